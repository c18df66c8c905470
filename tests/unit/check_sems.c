/* SPDX-License-Identifier: Apache-2.0 */
/* Unit tests of tables/sems.c: what takes effect, who waits, what is undone. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>
#include "tables/sems.h"

#define SEMS 3
#define OPS(...)                                           \
	(struct sembuf[]){ __VA_ARGS__ },                  \
		sizeof((struct sembuf[]){ __VA_ARGS__ }) / \
			sizeof(struct sembuf)

static struct pids pids;
static struct pid *pid, *other;
static struct sem_set *set;
static struct sem_undo_list list = { .refs = 1 };
static struct sem_pending *done;
static int64_t now;

static void setup(void)
{
	pids_init(&pids);
	pids_create(&pids, &pids.root, (host_pid){ 10 }, &pid);
	pids_create(&pids, &pids.root, (host_pid){ 20 }, &other);
	set = sem_set_create(SEMS);
	done = NULL;
	now = 1;
}

static void teardown(void)
{
	sem_set_end(set, &done);
	ck_assert_ptr_null(list.undos);
	ck_assert_uint_eq(set->complex, 0);
	sem_set_free(set);
	pid_put(&pids, pid);
	pid_put(&pids, other);
	ck_assert_uint_eq(pid->kept, 0);
	pids_fini(&pids);
}

static struct sem_pending pending(struct sembuf *ops, size_t len)
{
	struct sem_pending p = { .ops = ops,
				 .ops_len = (unsigned int)len,
				 .pid = pid };

	for (size_t i = 0; i < len; i++) {
		p.alter = p.alter || ops[i].sem_op;
		if ((ops[i].sem_flg & SEM_UNDO) && !p.undo)
			p.undo = sem_undo_find(&list, set);
		if ((ops[i].sem_flg & SEM_UNDO) && !p.undo)
			p.undo = sem_undo_create(&list, set);
	}
	return p;
}

static int operate(struct sembuf *ops, size_t len)
{
	struct sem_pending p = pending(ops, len);
	int r = sems_try(set, &p);

	if (r == 0)
		sems_tried(set, &p, ++now, &done);
	return r;
}

/* The memory of what waits in a test. */
static struct sem_pending waits[8];
static struct sembuf waiting_ops[8][SEMS];

static struct sem_pending *waits_in(int i, struct sembuf *ops, size_t len)
{
	memcpy(waiting_ops[i], ops, len * sizeof(*ops));
	waits[i] = pending(waiting_ops[i], len);
	ck_assert_int_eq(sems_try(set, &waits[i]), 1);
	sems_wait(set, &waits[i]);
	return &waits[i];
}

/* Takes the next one that is done. */
static const struct sem_pending *next_done(void)
{
	struct sem_pending *p = done;

	if (p)
		DL_DELETE(done, p);
	return p;
}

static void expect(int a, int b, int c)
{
	ck_assert_int_eq(set->sems[0].value, a);
	ck_assert_int_eq(set->sems[1].value, b);
	ck_assert_int_eq(set->sems[2].value, c);
}

START_TEST(all_or_nothing)
{
	ck_assert_int_eq(operate(OPS({ 0, 2, 0 }, { 1, 1, 0 })), 0);
	ck_assert_int_eq(operate(OPS({ 0, -1, 0 }, { 1, -2, 0 })), 1);
	ck_assert_int_eq(operate(OPS({ 0, -1, 0 }, { 1, -2, IPC_NOWAIT })),
			 -EAGAIN);
	ck_assert_int_eq(
		operate(OPS({ 0, -1, 0 }, { 2, 32767, 0 }, { 2, 1, 0 })),
		-ERANGE);
	expect(2, 1, 0);
	ck_assert_ptr_eq(set->sems[0].pid, pid);
	ck_assert_ptr_null(set->sems[2].pid);
	ck_assert_int_eq(set->otime, now);
}
END_TEST

START_TEST(undo_is_taken_back_with_what_failed)
{
	ck_assert_int_eq(operate(OPS({ 0, 5, SEM_UNDO },
				     { 1, -1, SEM_UNDO | IPC_NOWAIT })),
			 -EAGAIN);
	ck_assert_int_eq(list.undos->adjust[0], 0);
	ck_assert_int_eq(operate(OPS({ 0, 5, SEM_UNDO }, { 0, -2, SEM_UNDO })),
			 0);
	ck_assert_int_eq(list.undos->adjust[0], -3);
	sem_undo_apply(list.undos, other, ++now, &done);
	expect(0, 0, 0);
	ck_assert_ptr_eq(set->sems[0].pid, other);
	ck_assert_ptr_null(set->sems[1].pid);
	ck_assert_int_eq(set->otime, now);
}
END_TEST

START_TEST(the_last_used_undo_is_the_first)
{
	struct sem_set *more = sem_set_create(1);
	struct sem_undo *a = sem_undo_create(&list, set);
	struct sem_undo *b = sem_undo_create(&list, more);

	ck_assert_ptr_eq(list.undos, b);
	ck_assert_ptr_eq(sem_undo_find(&list, set), a);
	ck_assert_ptr_eq(list.undos, a);
	ck_assert_ptr_eq(sem_undo_find(&list, more), b);
	ck_assert_ptr_eq(list.undos, b);
	sem_set_end(more, &done);
	ck_assert_ptr_null(sem_undo_find(&list, more));
	sem_set_free(more);
}
END_TEST

START_TEST(one_queue_while_several_wait)
{
	struct sem_pending *a = waits_in(0, OPS({ 0, -1, 0 }));
	struct sem_pending *b = waits_in(1, OPS({ 1, -1, 0 }));
	struct sem_pending *c, *d;

	ck_assert_ptr_eq(set->sems[0].alter, a);
	c = waits_in(2, OPS({ 0, -1, 0 }, { 1, -1, 0 }));
	d = waits_in(3, OPS({ 0, -1, 0 }));
	ck_assert_ptr_null(set->sems[0].alter);
	/* What waits for a later semaphore comes first. */
	ck_assert_ptr_eq(set->alter, b);
	ck_assert_ptr_eq(b->next, a);
	ck_assert_ptr_eq(a->next, c);
	ck_assert_ptr_eq(c->next, d);
	ck_assert_int_eq(sems_count(set, 0, false), 3);
	ck_assert_int_eq(sems_count(set, 1, false), 1);
	sems_unwait(set, c);
	ck_assert_ptr_null(set->alter);
	ck_assert_ptr_eq(set->sems[0].alter, a);
	ck_assert_ptr_eq(a->next, d);
	ck_assert_ptr_eq(set->sems[1].alter, b);
}
END_TEST

START_TEST(the_oldest_goes_first)
{
	struct sem_pending *a = waits_in(0, OPS({ 0, -2, 0 }));
	struct sem_pending *b = waits_in(1, OPS({ 0, -1, 0 }));
	struct sem_pending *c = waits_in(2, OPS({ 0, 0, 0 }, { 1, -1, 0 }));

	ck_assert_int_eq(operate(OPS({ 0, 1, 0 })), 0);
	ck_assert_ptr_eq(next_done(), b);
	ck_assert_ptr_null(done);
	ck_assert_int_eq(operate(OPS({ 1, 1, 0 })), 0);
	ck_assert_ptr_eq(next_done(), c);
	ck_assert_int_eq(operate(OPS({ 0, 3, 0 })), 0);
	ck_assert_ptr_eq(next_done(), a);
	ck_assert_int_eq(a->result, 0);
	expect(1, 0, 0);
}
END_TEST

START_TEST(one_opens_the_way_for_an_older_one)
{
	struct sem_pending *a = waits_in(0, OPS({ 0, -1, 0 }));
	struct sem_pending *b = waits_in(1, OPS({ 1, -1, 0 }, { 0, 1, 0 }));

	ck_assert_int_eq(operate(OPS({ 1, 1, 0 })), 0);
	ck_assert_ptr_eq(next_done(), b);
	ck_assert_ptr_eq(next_done(), a);
	expect(0, 0, 0);
}
END_TEST

START_TEST(an_assignment_forgets_undo_and_wakes)
{
	struct sem_pending *a, *b;

	ck_assert_int_eq(operate(OPS({ 0, 1, SEM_UNDO }, { 1, 1, SEM_UNDO })),
			 0);
	a = waits_in(0, OPS({ 0, -5, 0 }));
	b = waits_in(1, OPS({ 1, 0, 0 }));
	sems_assign(set, 0, 7, other);
	sems_assigned(set, ++now, &done);
	ck_assert_ptr_eq(next_done(), a);
	ck_assert_int_eq(set->ctime, now);
	ck_assert_int_eq(set->otime, now);
	ck_assert_int_eq(list.undos->adjust[0], 0);
	ck_assert_int_eq(list.undos->adjust[1], -1);
	sems_assign(set, 2, 7, other);
	sems_assigned(set, ++now, &done);
	ck_assert_int_eq(set->ctime, now);
	ck_assert_int_eq(set->otime, now - 1);
	sem_undo_apply(list.undos, other, ++now, &done);
	ck_assert_ptr_eq(next_done(), b);
}
END_TEST

START_TEST(the_end_of_a_set_ends_all)
{
	waits_in(0, OPS({ 0, -1, SEM_UNDO }));
	waits_in(1, OPS({ 0, -1, 0 }, { 1, 1, 0 }));
	ck_assert_int_eq(operate(OPS({ 2, 1, 0 })), 0);
	waits_in(2, OPS({ 2, 0, 0 }));
	waits_in(3, OPS({ 2, 0, 0 }, { 2, 0, 0 }));
	waits_in(4, OPS({ 1, -1, 0 }));
	sem_set_end(set, &done);
	for (int i = 0; i < 5; i++)
		ck_assert_int_eq(next_done()->result, -EIDRM);
	ck_assert_ptr_null(done);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("sems");
	TCase *tcase = tcase_create("sems");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, all_or_nothing);
	tcase_add_test(tcase, undo_is_taken_back_with_what_failed);
	tcase_add_test(tcase, the_last_used_undo_is_the_first);
	tcase_add_test(tcase, one_queue_while_several_wait);
	tcase_add_test(tcase, the_oldest_goes_first);
	tcase_add_test(tcase, one_opens_the_way_for_an_older_one);
	tcase_add_test(tcase, an_assignment_forgets_undo_and_wakes);
	tcase_add_test(tcase, the_end_of_a_set_ends_all);
	suite_add_tcase(suite, tcase);
	srunner_set_fork_status(runner, CK_NOFORK);
	srunner_set_tap(runner, "-");
	srunner_run_all(runner, CK_SILENT);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

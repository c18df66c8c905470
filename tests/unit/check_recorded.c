/* SPDX-License-Identifier: Apache-2.0 */
/* Unit tests of tables/recorded.c: who takes which number. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include "tables/recorded.h"

static struct pids pids;
static struct pid_namespace *outer, *inner;
static struct recorded_pid entries[] = {
	{ .own = { 1, { 1 } }, .last = 90 },
	{ .own = { 1, { 50 } }, .parent = { 1, { 1 } }, .last = 90 },
	{ .own = { 1, { 51 } }, .parent = { 1, { 1 } }, .thread = true },
	{ .own = { 2, { 60, 1 } }, .parent = { 1, { 50 } }, .last = 7 },
	{ .own = { 1, { 40 } }, .parent = { 1, { 1 } }, .last = 90 },
};
static struct recorded_object shm[] = { { .key = 5, .id = 100 }, { .id = 7 },
				       { .id = 3 } };
static struct recorded_ipc ipcs[] = {
	{ .objects = { shm }, .n_objects = { 3 } },
	{ .n_objects = { 0 } },
};
static struct recorded rec;

static void setup(void)
{
	pids_init(&pids);
	outer = pid_namespace_create(&pids.root);
	inner = pid_namespace_create(outer);
	rec = (struct recorded){ .pids = entries, .n_pids = 5, .left = 5,
				 .ipcs = ipcs, .n_ipcs = 2 };
	entries[0].ipc = entries[4].ipc = &ipcs[0];
	entries[3].ipc = &ipcs[1];
	ipcs[0].taken = ipcs[1].taken = false;
	for (size_t i = 0; i < 5; i++)
		entries[i].taken = false;
	for (size_t i = 0; i < 3; i++)
		shm[i].taken = false;
}

static void teardown(void)
{
	pid_namespace_put(inner);
	pid_namespace_put(outer);
	pids_fini(&pids);
}

/* The next child of @parent, made; NULL: none was recorded. */
static struct pid *take(const struct pid *parent, struct pid_namespace *ns,
			bool thread)
{
	static int host = 1000;
	struct recorded_pid *entry =
		recorded_take(&rec, parent, ns->level, thread);
	struct pid *pid;

	if (!entry)
		return NULL;
	ck_assert_int_eq(recorded_reserve(entry, ns, &pid), 0);
	pids_settle(&pids, pid, (host_pid){ host++ });
	return pid;
}

START_TEST(each_parent_has_its_own_order)
{
	struct pid *first = take(NULL, outer, false), *a, *b, *deep, *thread;

	ck_assert_int_eq(pid_nr(first, outer).n, 1);
	ck_assert_ptr_null(take(NULL, outer, false));
	ck_assert_int_eq(outer->last, 90);
	a = take(first, outer, false);
	ck_assert_int_eq(pid_nr(a, outer).n, 50);
	deep = take(a, inner, false);
	ck_assert_int_eq(pid_nr(deep, inner).n, 1);
	ck_assert_int_eq(pid_nr(deep, outer).n, 60);
	ck_assert_int_eq(inner->last, 7);
	b = take(first, outer, false);
	ck_assert_int_eq(pid_nr(b, outer).n, 40);
	thread = take(first, outer, true);
	ck_assert_int_eq(pid_nr(thread, outer).n, 51);
	ck_assert_ptr_null(take(first, outer, false));
	ck_assert_uint_eq(rec.left, 0);
	pid_put(&pids, thread);
	pid_put(&pids, b);
	pid_put(&pids, deep);
	pid_put(&pids, a);
	pid_put(&pids, first);
}
END_TEST

START_TEST(what_was_not_made_is_the_next_again)
{
	struct pid *first = take(NULL, outer, false);
	struct recorded_pid *entry = recorded_take(&rec, first, 1, false);

	recorded_give_back(&rec, entry);
	ck_assert_ptr_eq(recorded_take(&rec, first, 1, false), entry);
	pid_put(&pids, first);
}
END_TEST

START_TEST(a_namespace_begins_with_its_first)
{
	struct recorded_pid *entry = &entries[1];
	struct pid *pid;

	ck_assert_int_eq(recorded_reserve(entry, outer, &pid), -EINVAL);
}
END_TEST

START_TEST(objects_by_key_and_in_order)
{
	ck_assert_int_eq(recorded_take_object(&ipcs[0], 0, 0), 7);
	ck_assert_int_eq(recorded_take_object(&ipcs[0], 0, 5), 100);
	ck_assert_int_eq(recorded_take_object(&ipcs[0], 0, 5), -1);
	ck_assert_int_eq(recorded_take_object(&ipcs[0], 0, 6), -1);
	ck_assert_int_eq(recorded_take_object(&ipcs[0], 0, 0), 3);
	ck_assert_int_eq(recorded_take_object(&ipcs[0], 0, 0), -1);
	ck_assert_int_eq(recorded_take_object(&ipcs[0], 1, 0), -1);
	ck_assert_int_eq(recorded_take_object(&ipcs[1], 0, 5), -1);
	ck_assert_int_eq(recorded_take_object(NULL, 0, 0), -1);
}
END_TEST

START_TEST(a_namespace_is_known_by_who_is_in_it)
{
	struct pid *first = take(NULL, outer, false), *a, *deep;

	a = take(first, outer, false);
	deep = take(a, inner, false);
	ck_assert_ptr_eq(recorded_take_first_ipc(&rec), &ipcs[0]);
	ck_assert_ptr_null(recorded_take_first_ipc(&rec));
	ck_assert_ptr_null(recorded_take_ipc(&rec, first));
	ck_assert_ptr_null(recorded_take_ipc(&rec, a));
	ck_assert_ptr_eq(recorded_take_ipc(&rec, deep), &ipcs[1]);
	ck_assert_ptr_null(recorded_take_ipc(&rec, deep));
	ck_assert_ptr_null(recorded_take_first_ipc(NULL));
	pid_put(&pids, deep);
	pid_put(&pids, a);
	pid_put(&pids, first);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("recorded");
	TCase *tc = tcase_create("recorded");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tc);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, each_parent_has_its_own_order);
	tcase_add_test(tc, what_was_not_made_is_the_next_again);
	tcase_add_test(tc, a_namespace_begins_with_its_first);
	tcase_add_test(tc, objects_by_key_and_in_order);
	tcase_add_test(tc, a_namespace_is_known_by_who_is_in_it);
	srunner_set_fork_status(runner, CK_NOFORK);
	srunner_set_tap(runner, "-");
	srunner_run_all(runner, CK_SILENT);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Unit tests of tables/pids.c: numbers, levels, lifetimes. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include "tables/pids.h"

static struct pids pids;
static struct pid_namespace *outer, *inner, *other;

static void setup(void)
{
	pids_init(&pids);
	outer = pid_namespace_create(&pids.root);
	inner = pid_namespace_create(outer);
	other = pid_namespace_create(outer);
}

static void teardown(void)
{
	ck_assert_uint_eq(pids_count(&pids), 0);
	pid_namespace_put(inner);
	pid_namespace_put(other);
	pid_namespace_put(outer);
	pids_fini(&pids);
	ck_assert_uint_eq(pids.root.refs, 1);
}

static struct pid *create(struct pid_namespace *ns, int host)
{
	struct pid *pid;

	ck_assert_int_eq(pids_create(&pids, ns, (host_pid){ host }, &pid), 0);
	return pid;
}

static void drop(struct pid *pid)
{
	pid_put(&pids, pid);
}

START_TEST(numbers_go_up_from_one)
{
	struct pid *a = create(outer, 100), *b = create(outer, 7);

	ck_assert_int_eq(pid_nr(a, outer).n, 1);
	ck_assert_int_eq(pid_nr(b, outer).n, 2);
	drop(b);
	/* The next is last + 1, though 2 is free again. */
	b = create(outer, 8);
	ck_assert_int_eq(pid_nr(b, outer).n, 3);
	drop(a);
	drop(b);
}
END_TEST

START_TEST(one_number_a_level)
{
	struct pid *init = create(outer, 50), *deep = create(inner, 51);

	ck_assert_uint_eq(deep->level, 2);
	ck_assert_int_eq(pid_nr(deep, inner).n, 1);
	ck_assert_int_eq(pid_nr(deep, outer).n, 2);
	ck_assert_int_eq(pid_nr(deep, &pids.root).n, 51);
	/* From below and from the side there is nothing to see. */
	ck_assert_int_eq(pid_nr(init, inner).n, 0);
	ck_assert_int_eq(pid_nr(deep, other).n, 0);
	ck_assert_int_eq(pid_nr(NULL, outer).n, 0);
	ck_assert_ptr_eq(pid_ns(&pids, deep), inner);
	drop(init);
	drop(deep);
}
END_TEST

START_TEST(found_both_ways)
{
	struct pid *a = create(inner, 60), *b = create(other, 61);

	ck_assert_ptr_eq(pids_by_host(&pids, (host_pid){ 60 }), a);
	ck_assert_ptr_null(pids_by_host(&pids, (host_pid){ 1 }));
	ck_assert_ptr_eq(pids_by_number(inner, (ns_pid){ 1 }), a);
	ck_assert_ptr_eq(pids_by_number(other, (ns_pid){ 1 }), b);
	ck_assert_ptr_eq(pids_by_number(outer, (ns_pid){ 2 }), b);
	ck_assert_ptr_null(pids_by_number(outer, (ns_pid){ 3 }));
	drop(a);
	drop(b);
}
END_TEST

START_TEST(taken_until_the_last_reference)
{
	struct pid *pid = create(outer, 70);

	pid_get(pid);	/* a process group that outlives its leader */
	drop(pid);
	ck_assert_ptr_eq(pids_by_number(outer, (ns_pid){ 1 }), pid);
	ck_assert_uint_eq(pids_count(&pids), 1);
	drop(pid);
	ck_assert_ptr_null(pids_by_number(outer, (ns_pid){ 1 }));
	ck_assert_uint_eq(pids_count(&pids), 0);
}
END_TEST

START_TEST(the_departed_are_remembered)
{
	struct pid *pid = create(outer, 80);

	drop(pid);
	pid = pids_by_host(&pids, (host_pid){ 80 });
	ck_assert_ptr_nonnull(pid);
	ck_assert(pid->departed);
	ck_assert_int_eq(pid_nr(pid, outer).n, 1);
	for (int i = 0; i < PIDS_DEPARTED; i++)
		drop(create(outer, 1000 + i));
	ck_assert_ptr_null(pids_by_host(&pids, (host_pid){ 80 }));
}
END_TEST

START_TEST(a_host_number_comes_back)
{
	struct pid *old = create(outer, 90), *new = create(outer, 90);

	ck_assert_ptr_eq(pids_by_host(&pids, (host_pid){ 90 }), new);
	ck_assert_ptr_eq(pids_by_number(outer, (ns_pid){ 1 }), old);
	drop(old);
	ck_assert_ptr_eq(pids_by_host(&pids, (host_pid){ 90 }), new);
	drop(new);
}
END_TEST

START_TEST(wraps_past_the_reserved)
{
	struct pid *first = create(outer, 1), *last, *wrapped;

	outer->last = outer->max - 2;
	last = create(outer, 2);
	ck_assert_int_eq(pid_nr(last, outer).n, outer->max - 1);
	wrapped = create(outer, 3);
	ck_assert_int_eq(pid_nr(wrapped, outer).n, PIDS_RESERVED);
	drop(first);
	drop(last);
	drop(wrapped);
}
END_TEST

/* A whole round, the host's numbers too; who stays is left out. */
START_TEST(short_lived_ones_go_round)
{
	enum { ROUND = 32768 };
	struct pid *init = create(outer, 1), *kept = NULL;
	int before = 1;

	outer->max = ROUND;
	for (int i = 0; i < 2 * ROUND; i++) {
		struct pid *pid = create(outer, 1000 + i % 30000);
		int nr = pid_nr(pid, outer).n;

		if (nr == 301 && !kept) {
			kept = pid;
			before = nr;
			continue;
		}
		if (before == ROUND - 1)
			ck_assert_int_eq(nr, PIDS_RESERVED);
		else
			ck_assert_int_eq(nr, before + (before == 300 && kept ?
						       2 : 1));
		before = nr;
		drop(pid);
	}
	drop(kept);
	drop(init);
}
END_TEST

START_TEST(full_is_eagain_and_takes_nothing)
{
	struct pid *all[20], *pid;
	int n = 0;

	inner->max = 10;
	while (pids_create(&pids, inner, (host_pid){ 200 + n }, &pid) == 0)
		all[n++] = pid;
	ck_assert_int_eq(n, 9);
	ck_assert(pid_namespace_full(inner, 1));
	ck_assert(!pid_namespace_full(outer, 1));
	ck_assert_int_eq(pids_create(&pids, inner, (host_pid){ 300 }, &pid),
			 -EAGAIN);
	ck_assert_uint_eq(HASH_COUNT(outer->numbers), 9);
	while (n > 0)
		drop(all[--n]);
}
END_TEST

START_TEST(nothing_is_born_into_a_dying_namespace)
{
	struct pid *init = create(outer, 400), *pid;

	outer->dying = true;
	ck_assert_int_eq(pids_create(&pids, outer, (host_pid){ 401 }, &pid),
			 -ENOMEM);
	/* An ancestor that dies takes what is below along. */
	ck_assert_int_eq(pids_create(&pids, inner, (host_pid){ 402 }, &pid),
			 -ENOMEM);
	ck_assert_uint_eq(HASH_COUNT(inner->numbers), 0);
	drop(init);
}
END_TEST

START_TEST(init_is_number_one)
{
	struct pid *init = create(outer, 500), *deep = create(inner, 501);

	ck_assert_ptr_eq(outer->child_reaper, init);
	ck_assert_ptr_eq(inner->child_reaper, deep);
	drop(deep);
	ck_assert_ptr_null(inner->child_reaper);
	drop(init);
}
END_TEST

START_TEST(a_number_can_be_skipped)
{
	struct pid *a = create(inner, 600), *b;

	pid_namespace_skip(inner);
	b = create(inner, 601);
	ck_assert_int_eq(pid_nr(b, inner).n, 3);
	ck_assert_int_eq(pid_nr(b, outer).n, 3);
	drop(a);
	drop(b);
}
END_TEST

START_TEST(a_number_is_taken_back)
{
	struct pid *init = create(outer, 50), *one, *two;

	ck_assert_int_eq(pids_reserve(inner, NULL, 0, &one), 0);
	pid_take_back(one);
	drop(one);
	ck_assert_int_eq(pids_reserve(inner, NULL, 0, &one), 0);
	ck_assert_int_eq(pid_nr(one, inner).n, 1);
	ck_assert_int_eq(pid_nr(one, outer).n, 2);
	/* Not where another was given since. */
	ck_assert_int_eq(pids_reserve(outer, NULL, 0, &two), 0);
	pid_take_back(one);
	drop(one);
	ck_assert_int_eq(outer->last, 3);
	ck_assert_int_eq(inner->last, 0);
	drop(two);
	drop(init);
}
END_TEST

START_TEST(what_is_kept_outlives_its_number)
{
	struct pid *first = create(inner, 500), *again;
	ns_pid nr = pid_nr(first, inner);

	ck_assert_ptr_eq(pid_keep(first), first);
	pid_keep(first);
	drop(first);
	ck_assert_ptr_null(pids_by_number(inner, nr));
	for (int i = 0; i < PIDS_DEPARTED; i++)
		drop(create(outer, 1000 + i));
	ck_assert_ptr_null(pids_by_host(&pids, (host_pid){ 500 }));
	ck_assert_int_eq(pid_nr(first, inner).n, nr.n);
	ck_assert_int_eq(pid_nr(first, &pids.root).n, 500);
	ck_assert_int_eq(pid_nr(first, other).n, 0);
	again = create(inner, 500);
	pid_keep(again);
	pid_forget(again);	/* in use all the same */
	pid_forget(first);
	pid_forget(first);
	pid_forget(NULL);
	ck_assert_ptr_eq(pids_by_host(&pids, (host_pid){ 500 }), again);
	drop(again);
}
END_TEST

START_TEST(levels_have_an_end)
{
	struct pid_namespace *ns[PIDS_LEVELS_MAX + 1];
	int n = 0;

	ns[0] = pid_namespace_create(&pids.root);
	while (ns[n]) {
		ns[n + 1] = pid_namespace_create(ns[n]);
		n++;
	}
	ck_assert_int_eq(n, PIDS_LEVELS_MAX);
	while (n > 0)
		pid_namespace_put(ns[--n]);
}
END_TEST

static unsigned int gone_levels;

static void note_gone(struct ns_common *ns)
{
	gone_levels = gone_levels * 10 + ((struct pid_namespace *)ns)->level;
}

START_TEST(the_last_reference_says_so)
{
	struct pid_namespace *one = pid_namespace_create(&pids.root);
	struct pid_namespace *two = pid_namespace_create(one);
	struct pid_namespace *three = pid_namespace_create(two);

	one->common.gone = two->common.gone = three->common.gone = note_gone;
	pid_namespace_put(one);
	pid_namespace_put(two);
	ck_assert_uint_eq(gone_levels, 0);
	pid_namespace_put(three);
	ck_assert_uint_eq(gone_levels, 321);
}
END_TEST

START_TEST(ten_thousand_leave_nothing)
{
	for (int i = 0; i < 10000; i++)
		drop(create(inner, 1 + i % 500));
	ck_assert_uint_eq(pids_count(&pids), 0);
	ck_assert_uint_eq(HASH_COUNT(inner->numbers), 0);
	ck_assert_uint_eq(HASH_COUNT(outer->numbers), 0);
	ck_assert_uint_le(HASH_COUNT(pids.by_host), PIDS_DEPARTED);
}
END_TEST

START_TEST(chosen_numbers_are_reserved)
{
	struct pid *first = create(inner, 1), *kept, *taken;
	const int chosen[] = { 40, 50 };

	ck_assert_int_eq(pids_reserve(inner, chosen, 2, &kept), 0);
	ck_assert_int_eq(pid_nr(kept, inner).n, 40);
	ck_assert_int_eq(pid_nr(kept, outer).n, 50);
	/* Nobody else gets them, and the next ones are not moved. */
	ck_assert_int_eq(pids_reserve(inner, chosen, 1, &taken), -EEXIST);
	ck_assert_int_eq(pids_reserve(outer, chosen + 1, 1, &taken), -EEXIST);
	ck_assert_int_eq(inner->last, 1);
	ck_assert_int_eq(outer->last, 1);
	pids_settle(&pids, kept, (host_pid){ 7 });
	ck_assert_ptr_eq(pids_by_host(&pids, (host_pid){ 7 }), kept);
	drop(kept);
	/* Given back without a bearer, they are free again. */
	ck_assert_int_eq(pids_reserve(inner, chosen, 1, &kept), 0);
	ck_assert_int_eq(pid_nr(kept, outer).n, 2);
	drop(kept);
	ck_assert_uint_eq(HASH_COUNT(inner->numbers), 1);
	ck_assert_ptr_eq(inner->child_reaper, first);
	drop(first);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("pids");
	TCase *tc = tcase_create("pids");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tc);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, numbers_go_up_from_one);
	tcase_add_test(tc, one_number_a_level);
	tcase_add_test(tc, found_both_ways);
	tcase_add_test(tc, taken_until_the_last_reference);
	tcase_add_test(tc, the_departed_are_remembered);
	tcase_add_test(tc, a_host_number_comes_back);
	tcase_add_test(tc, wraps_past_the_reserved);
	tcase_add_test(tc, short_lived_ones_go_round);
	tcase_add_test(tc, full_is_eagain_and_takes_nothing);
	tcase_add_test(tc, nothing_is_born_into_a_dying_namespace);
	tcase_add_test(tc, init_is_number_one);
	tcase_add_test(tc, a_number_can_be_skipped);
	tcase_add_test(tc, a_number_is_taken_back);
	tcase_add_test(tc, chosen_numbers_are_reserved);
	tcase_add_test(tc, what_is_kept_outlives_its_number);
	tcase_add_test(tc, levels_have_an_end);
	tcase_add_test(tc, the_last_reference_says_so);
	tcase_add_test(tc, ten_thousand_leave_nothing);
	srunner_set_fork_status(runner, CK_NOFORK);
	srunner_set_tap(runner, "-");
	srunner_run_all(runner, CK_SILENT);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

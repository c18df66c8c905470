/* SPDX-License-Identifier: Apache-2.0 */
/* Unit tests of tables/ipc_ids.c: how ids are given out and found. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include "tables/ipc_ids.h"

static struct ipc_ids ids;

static void setup(void)
{
	ipc_ids_init(&ids);
}

static void teardown(void)
{
	ipc_ids_fini(&ids);
}

START_TEST(index_goes_on_and_sequence_grows)
{
	struct ipc_perm_entry a = { 0 }, b = { 0 };

	ck_assert_int_eq(ipc_ids_add(&ids, &a, 100), 0);
	ipc_ids_remove(&ids, &a);
	/* The next index, though 0 is free again; no round, no new sequence. */
	ck_assert_int_eq(ipc_ids_add(&ids, &b, 100), 1);
	ipc_ids_remove(&ids, &b);
	for (int i = 2; i < 64; i++) {
		ck_assert_int_eq(ipc_ids_add(&ids, &a, 100), i);
		ipc_ids_remove(&ids, &a);
	}
	ck_assert_int_eq(ipc_ids_add(&ids, &a, 100), 1 << IPC_IDS_SHIFT);
	ipc_ids_remove(&ids, &a);
	ck_assert_int_eq(ids.top, -1);
}
END_TEST

START_TEST(found_by_id_and_key)
{
	struct ipc_perm_entry a = { .key = 42 }, *found = NULL;
	int id = ipc_ids_add(&ids, &a, 1);
	struct ipc_perm_entry b = { .key = 43 };

	ck_assert_int_eq(ipc_ids_add(&ids, &b, 1), -ENOSPC);
	ck_assert_ptr_eq(ipc_ids_by_key(&ids, 42), &a);
	ck_assert_ptr_null(ipc_ids_by_key(&ids, 43));
	ck_assert_int_eq(ipc_ids_by_id(&ids, id, &found), 0);
	ck_assert_ptr_eq(found, &a);
	ck_assert_int_eq(ipc_ids_by_id(&ids, id + (1 << IPC_IDS_SHIFT), &found),
			 -EINVAL);
	ck_assert_int_eq(ipc_ids_by_id(&ids, id + 1, &found), -EINVAL);
	ck_assert_int_eq(ipc_ids_by_id(&ids, -1, &found), -EINVAL);
	ipc_ids_forget_key(&ids, &a);
	ck_assert_ptr_null(ipc_ids_by_key(&ids, 42));
	ck_assert_int_eq(ipc_ids_by_id(&ids, id, &found), 0);
	ipc_ids_remove(&ids, &a);
	ck_assert_int_eq(ipc_ids_by_id(&ids, id, &found), -EINVAL);
}
END_TEST

START_TEST(next_id_is_chosen_once)
{
	struct ipc_perm_entry a = { 0 }, b = { 0 }, c = { 0 };
	const int chosen = (7 << IPC_IDS_SHIFT) + 300;

	ids.next_id = chosen;
	ck_assert_int_eq(ipc_ids_add(&ids, &a, 100), chosen);
	ck_assert_int_eq(ids.next_id, -1);
	ck_assert_ptr_eq(ipc_ids_by_index(&ids, 300), &a);
	/* Taken: the next free index, with that sequence number. */
	ids.next_id = chosen;
	ck_assert_int_eq(ipc_ids_add(&ids, &b, 100), chosen + 1);
	ck_assert_int_eq(ipc_ids_add(&ids, &c, 100), 0);
	ck_assert_int_eq(ids.top, 301);
	ipc_ids_remove(&ids, &b);
	ck_assert_int_eq(ids.top, 300);
	ipc_ids_remove(&ids, &a);
	ck_assert_int_eq(ids.top, 0);
	ipc_ids_remove(&ids, &c);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("ipc_ids");
	TCase *tcase = tcase_create("ipc_ids");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, index_goes_on_and_sequence_grows);
	tcase_add_test(tcase, found_by_id_and_key);
	tcase_add_test(tcase, next_id_is_chosen_once);
	suite_add_tcase(suite, tcase);
	srunner_set_fork_status(runner, CK_NOFORK);
	srunner_set_tap(runner, "-");
	srunner_run_all(runner, CK_SILENT);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

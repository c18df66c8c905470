/* SPDX-License-Identifier: Apache-2.0 */
/* The filters made at build time are those that would be made at a start. */
#include <check.h>
#include <stdlib.h>
#include "interpose/filter.h"
#include "interpose/outer.h"
#include "interpose/prebuilt.h"
#include "src/syscall.h"

/* What filter.c asks: there is nothing to begin with. */
unsigned int outer_forms(const struct outer_form **ret_forms)
{
	*ret_forms = NULL;
	return 0;
}

static void compare(unsigned int active, enum filter_mode mode)
{
	/* A trace of no call: then libseccomp is asked. */
	static const bool traced[SYSCALL_LIMIT];
	const struct sock_fprog *made = prebuilt_caught(active, mode);
	struct filter built;

	ck_assert_ptr_nonnull(made);
	ck_assert_int_eq(filter_build(&built, active, mode, traced, 1), 0);
	ck_assert_uint_eq(made->len, built.caught.len);
	ck_assert_mem_eq(made->filter, built.caught.filter,
			 made->len * sizeof(struct sock_filter));
	filter_free(&built);
}

START_TEST(usual_instances)
{
	compare(NS_BASE | NS_DEFAULT | NS_BARE, FILTER_BARE);
	compare(NS_BASE | NS_DEFAULT, FILTER_KILLABLE);
	compare(NS_BASE | NS_DEFAULT | NS_USER | NS_BARE, FILTER_BARE);
	compare(NS_BASE | NS_PID | NS_USER | NS_BARE, FILTER_BARE);
	compare(NS_BASE | NS_USER, FILTER_KILLABLE);
}
END_TEST

START_TEST(others)
{
	ck_assert_ptr_null(prebuilt_caught(NS_BASE | NS_UTS, FILTER_KILLABLE));
	ck_assert_ptr_null(prebuilt_caught(NS_BASE | NS_DEFAULT, FILTER_STOP));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("prebuilt");
	TCase *tcase = tcase_create("prebuilt");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_test(tcase, usual_instances);
	tcase_add_test(tcase, others);
	suite_add_tcase(suite, tcase);
	srunner_set_fork_status(runner, CK_NOFORK);
	srunner_set_tap(runner, "-");
	srunner_run_all(runner, CK_SILENT);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed > 0;
}

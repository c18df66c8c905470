/* SPDX-License-Identifier: Apache-2.0 */
/* Unit tests of tables/idmap.c: ranges, their limits, both directions. */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tables/idmap.h"

static struct idmap map;

static void setup(void)
{
	map.n = 0;
}

START_TEST(both_ways)
{
	ck_assert_int_eq(idmap_add(&map, 0, 1000, 1), 0);
	ck_assert_int_eq(idmap_add(&map, 10, 100000, 5), 0);
	ck_assert_uint_eq(idmap_lower(&map, 0), 1000);
	ck_assert_uint_eq(idmap_lower(&map, 1), IDMAP_NONE);
	ck_assert_uint_eq(idmap_lower(&map, 9), IDMAP_NONE);
	ck_assert_uint_eq(idmap_lower(&map, 10), 100000);
	ck_assert_uint_eq(idmap_lower(&map, 14), 100004);
	ck_assert_uint_eq(idmap_lower(&map, 15), IDMAP_NONE);
	ck_assert_uint_eq(idmap_upper(&map, 1000), 0);
	ck_assert_uint_eq(idmap_upper(&map, 0), IDMAP_NONE);
	ck_assert_uint_eq(idmap_upper(&map, 99999), IDMAP_NONE);
	ck_assert_uint_eq(idmap_upper(&map, 100004), 14);
	ck_assert_uint_eq(idmap_upper(&map, 100005), IDMAP_NONE);
	ck_assert_uint_eq(idmap_upper(&map, IDMAP_NONE), IDMAP_NONE);
}
END_TEST

START_TEST(what_is_no_range)
{
	ck_assert_int_eq(idmap_add(&map, 0, 0, 0), -EINVAL);
	ck_assert_int_eq(idmap_add(&map, IDMAP_NONE, 0, 1), -EINVAL);
	ck_assert_int_eq(idmap_add(&map, 0, IDMAP_NONE, 1), -EINVAL);
	ck_assert_int_eq(idmap_add(&map, 4294967290, 0, 6), -EINVAL);
	ck_assert_int_eq(idmap_add(&map, 0, 4294967290, 6), -EINVAL);
	ck_assert_int_eq(idmap_add(&map, 1, 1, UINT32_MAX), -EINVAL);
	ck_assert_uint_eq(map.n, 0);
	ck_assert_int_eq(idmap_add(&map, 4294967290, 0, 5), 0);
	ck_assert_uint_eq(idmap_lower(&map, 4294967294), 4);
	map.n = 0;
	/* What a namespace of the kernel that maps all has. */
	ck_assert_int_eq(idmap_add(&map, 0, 0, UINT32_MAX), 0);
	ck_assert_uint_eq(idmap_lower(&map, 4294967294), 4294967294);
}
END_TEST

START_TEST(overlaps_on_either_side)
{
	ck_assert_int_eq(idmap_add(&map, 10, 100, 10), 0);
	ck_assert_int_eq(idmap_add(&map, 19, 500, 1), -EINVAL);
	ck_assert_int_eq(idmap_add(&map, 5, 500, 6), -EINVAL);
	ck_assert_int_eq(idmap_add(&map, 500, 109, 1), -EINVAL);
	ck_assert_int_eq(idmap_add(&map, 500, 90, 11), -EINVAL);
	ck_assert_int_eq(idmap_add(&map, 0, 0, 1000), -EINVAL);
	ck_assert_int_eq(idmap_add(&map, 20, 110, 1), 0);
	ck_assert_int_eq(idmap_add(&map, 9, 99, 1), 0);
}
END_TEST

START_TEST(limit)
{
	for (uint32_t i = 0; i < IDMAP_EXTENTS_MAX; i++)
		ck_assert_int_eq(idmap_add(&map, 2 * i, 3 * i, 1), 0);
	ck_assert_int_eq(idmap_add(&map, 9999, 9999, 1), -E2BIG);
	ck_assert_int_eq(idmap_add(&map, 0, 9999, 1), -EINVAL);
}
END_TEST

START_TEST(fill_leaves_what_is_there)
{
	ck_assert_int_eq(idmap_add(&map, 0, 1000, 1), 0);
	ck_assert_int_eq(idmap_add(&map, 50, 2000, 10), 0);
	ck_assert_int_eq(idmap_add(&map, 200, 3000, 10), 0);
	ck_assert_int_eq(idmap_fill(&map, 100, 1U << 30), 0);
	ck_assert_uint_eq(map.n, 5);
	ck_assert_uint_eq(idmap_lower(&map, 0), 1000);
	ck_assert_uint_eq(idmap_lower(&map, 1), (1U << 30) + 1);
	ck_assert_uint_eq(idmap_lower(&map, 55), 2005);
	ck_assert_uint_eq(idmap_lower(&map, 60), (1U << 30) + 60);
	ck_assert_uint_eq(idmap_lower(&map, 99), (1U << 30) + 99);
	ck_assert_uint_eq(idmap_lower(&map, 100), IDMAP_NONE);
	map.n = 0;
	ck_assert_int_eq(idmap_fill(&map, 65536, 7), 0);
	ck_assert_uint_eq(map.n, 1);
}
END_TEST

START_TEST(fill_can_meet_another)
{
	ck_assert_int_eq(idmap_add(&map, 0, 500, 1), 0);
	ck_assert_int_eq(idmap_fill(&map, 100, 450), -EINVAL);
}
END_TEST

START_TEST(ranges_below)
{
	ck_assert_int_eq(idmap_add(&map, 10, 100, 10), 0);
	ck_assert_int_eq(idmap_add(&map, 20, 110, 10), 0);
	ck_assert_uint_eq(idmap_lower_range(&map, 10, 10), 100);
	ck_assert_uint_eq(idmap_lower_range(&map, 15, 5), 105);
	ck_assert_uint_eq(idmap_lower_range(&map, 29, 1), 119);
	/* Two ranges do not make one, though they would fit. */
	ck_assert_uint_eq(idmap_lower_range(&map, 15, 6), IDMAP_NONE);
	ck_assert_uint_eq(idmap_lower_range(&map, 9, 2), IDMAP_NONE);
	ck_assert_uint_eq(idmap_lower_range(&map, 29, 2), IDMAP_NONE);
	ck_assert_uint_eq(idmap_lower_range(&map, 15, UINT32_MAX), IDMAP_NONE);
}
END_TEST

START_TEST(text)
{
	ck_assert_int_eq(idmap_parse(&map, " 0\t1000  1 \n5 70 3\n"), 0);
	ck_assert_uint_eq(map.n, 2);
	ck_assert_uint_eq(idmap_lower(&map, 0), 1000);
	ck_assert_uint_eq(idmap_lower(&map, 7), 72);
}
END_TEST

START_TEST(text_cut_to_32_bits)
{
	ck_assert_int_eq(idmap_parse(&map, "4294967297 4294967298 1"), 0);
	ck_assert_uint_eq(idmap_lower(&map, 1), 2);
}
END_TEST

static const char *const no_maps[] = {
	"",	 "\n",	    "0",       "0 0",	   "0 0 ",    "0 0 0",
	"a 0 1", "0 0 1 1", "0 0 1x",  "-1 0 1",   "0 0 1\n\n", "\n0 0 1",
	"0,0,1", "0 0 1\n0 5 1", "0\n0 1", "0 0 4294967297x",
};

START_TEST(text_that_is_none)
{
	ck_assert_int_eq(idmap_parse(&map, no_maps[_i]), -EINVAL);
}
END_TEST

START_TEST(text_of_too_many_lines)
{
	static char lines[IDMAP_EXTENTS_MAX + 1][16];
	char all[sizeof(lines)] = "";

	for (int i = 0; i <= IDMAP_EXTENTS_MAX; i++) {
		snprintf(lines[i], sizeof(lines[i]), "%d %d 1\n", i, i);
		if (i < IDMAP_EXTENTS_MAX)
			strcat(all, lines[i]);
	}
	ck_assert_int_eq(idmap_parse(&map, all), 0);
	ck_assert_uint_eq(map.n, IDMAP_EXTENTS_MAX);
	map.n = 0;
	strcat(all, lines[IDMAP_EXTENTS_MAX]);
	ck_assert_int_eq(idmap_parse(&map, all), -EINVAL);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("idmap");
	TCase *tc = tcase_create("idmap");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, both_ways);
	tcase_add_test(tc, what_is_no_range);
	tcase_add_test(tc, overlaps_on_either_side);
	tcase_add_test(tc, limit);
	tcase_add_test(tc, fill_leaves_what_is_there);
	tcase_add_test(tc, fill_can_meet_another);
	tcase_add_test(tc, ranges_below);
	tcase_add_test(tc, text);
	tcase_add_test(tc, text_cut_to_32_bits);
	tcase_add_loop_test(tc, text_that_is_none, 0,
			    sizeof(no_maps) / sizeof(no_maps[0]));
	tcase_add_test(tc, text_of_too_many_lines);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_set_tap(runner, "-");
	srunner_run_all(runner, CK_SILENT);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rules that every row of src/syscalls.def keeps.
 *
 * The rows are read twice: as the array of src/syscall.c, and as the text of
 * the columns gate, when and handler, which the array does not keep. Handlers
 * are not linked.
 */
#define _GNU_SOURCE 1
#include <check.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include "src/signature.h"
#include "src/syscall.h"

struct text {
	int nr;
	const char *name;
	const char *gate;
	const char *when;
	const char *handler;
};

#define SYSCALL(nr, name, gate, when, handler, signature, ns, level, note) \
	{ nr, #name, #gate, #when, #handler },
static const struct text texts[] = {
#include "src/syscalls.def"
};
#undef SYSCALL

#define TEXTS ((int)(sizeof(texts) / sizeof(texts[0])))

/* What the kernel's own header says, made at build time. */
#define UNISTD(nr, name) { nr, #name, NULL, NULL, NULL },
static const struct text unistd[] = {
#include "unistd_names.h"
};
#undef UNISTD

#define UNISTDS (sizeof(unistd) / sizeof(unistd[0]))

static bool is_caught(const struct syscall *row)
{
	return row->gate == GATE_NOTIFY || row->gate == GATE_STOP;
}

START_TEST(array_has_every_row)
{
	const struct text *text = &texts[_i];
	const struct syscall *row = syscall_row(text->nr);

	ck_assert_ptr_nonnull(row);
	ck_assert_int_eq(row->nr, text->nr);
	ck_assert_str_eq(row->name, text->name);
	ck_assert_ptr_eq(syscall_by_name(text->name), row);
}
END_TEST

START_TEST(rows_are_sorted_and_single)
{
	const struct text *text = &texts[_i];

	for (int i = 0; i < _i; i++) {
		ck_assert_int_lt(texts[i].nr, text->nr);
		ck_assert_str_ne(texts[i].name, text->name);
	}
}
END_TEST

START_TEST(caught_rows_have_a_handler)
{
	const struct text *text = &texts[_i];
	const struct syscall *row = syscall_row(text->nr);
	bool none = strcmp(text->handler, "none") == 0;

	ck_assert_msg(is_caught(row) == !none, "%s: handler %s", text->name,
		      text->handler);
	if (!is_caught(row))
		ck_assert(row->handler == NULL);
}
END_TEST

START_TEST(gate_is_the_one_written)
{
	const struct text *text = &texts[_i];
	const struct syscall *row = syscall_row(text->nr);
	static const char *const parts[] = {
		[AGENT_VIEW] = "VIEW",
		[AGENT_KIN] = "KIN",
		[AGENT_SELF] = "SELF",
		[AGENT_SENDS] = "SENDS",
		[AGENT_OWN] = "OWN",
		[AGENT_NATIVE] = "NATIVE",
		[AGENT_WALLED] = "WALLED",
		[AGENT_RUNS] = "RUNS",
		[AGENT_CLONES] = "CLONES",
		[AGENT_INSTEAD] = "INSTEAD",
	};
	/* ONCE is the notify gate, for calls with an effect. */
	const char *name = row->agent ? parts[row->agent] :
			   row->once  ? "ONCE" :
					gate_name(row->gate);

	ck_assert_int_ne(row->gate, GATE_NONE);
	ck_assert_int_eq(strncasecmp(text->gate, name, strlen(name)), 0);
	ck_assert_int_eq(row->gate == GATE_DENY, row->err > 0);
	if (row->gate == GATE_DENY)
		ck_assert_ptr_nonnull(strstr(text->gate,
					     strerrorname_np(row->err)));
}
END_TEST

START_TEST(when_is_the_one_written)
{
	static const char *const words[] = {
		[WHEN_ALWAYS] = "ALWAYS",
		[WHEN_NONZERO] = "NONZERO(",
		[WHEN_IS] = "IS(",
		[WHEN_ANY_BIT] = "ANY_BIT(",
		[WHEN_ARMED] = "ARMED",
		[WHEN_ZERO] = "ZERO(",
		[WHEN_ZEROS] = "ZEROS(",
		[WHEN_NO_BIT] = "NO_BIT(",
		[WHEN_ISNT] = "ISNT(",
		[WHEN_BITS] = "BITS(",
	};
	const struct text *text = &texts[_i];
	const struct syscall *row = syscall_row(text->nr);

	const char *when = text->when;

	ck_assert_int_eq(strncmp(when, "UNLESS(", 7) == 0, row->always != 0);
	ck_assert_int_eq(strncmp(when, "WITH(", 5) == 0, row->with != 0);
	if (row->always || row->with)
		when = strstr(when, ", ") + 2;
	if (row->with)
		when = strstr(when, ", ") + 2;
	ck_assert_int_eq(strncmp(when, words[row->when],
				 strlen(words[row->when])), 0);
	if (row->when != WHEN_ALWAYS)
		ck_assert_msg(is_caught(row) || row->gate == GATE_DENY,
			      "%s passes, but sometimes", text->name);
}
END_TEST

/* A value of 0 would end the list early, unseen. */
START_TEST(when_values_are_as_many_as_written)
{
	const struct text *text = &texts[_i];
	const struct syscall *row = syscall_row(text->nr);
	int commas = 0, values = 0;

	for (const char *s = text->when; *s; s++)
		commas += *s == ',';
	commas -= (row->always != 0) + 2 * (row->with != 0);
	while (values < WHEN_VALUES_MAX && row->when_values[values])
		values++;
	ck_assert_int_eq(values, commas);
	ck_assert_int_lt(values, WHEN_VALUES_MAX);
	if (row->when == WHEN_IS || row->when == WHEN_ANY_BIT)
		ck_assert_int_gt(values, 0);
}
END_TEST

START_TEST(signature_parses)
{
	const struct syscall *row = syscall_row(texts[_i].nr);
	int args = -1;

	ck_assert_msg(signature_check(row->signature, &args) == 0,
		      "%s: \"%s\"", row->name, row->signature);
	ck_assert_int_ge(args, 0);
	ck_assert_int_le(args, SIGNATURE_ARGS);
	if (row->when != WHEN_ALWAYS && row->when != WHEN_ARMED)
		ck_assert_int_lt(row->when_arg, args);
}
END_TEST

START_TEST(less_than_full_says_why)
{
	const struct syscall *row = syscall_row(texts[_i].nr);

	ck_assert_msg((row->level == LEVEL_FULL) == (*row->note == '\0'),
		      "%s: %s, \"%s\"", row->name, level_name(row->level),
		      row->note);
	ck_assert_int_eq(row->gate == GATE_DENY, row->level == LEVEL_NONE);
	/* It goes into a cell of a Markdown table. */
	ck_assert_ptr_null(strpbrk(row->note, "|\n"));
}
END_TEST

START_TEST(namespaces_decide_what_is_caught)
{
	const struct syscall *row = syscall_row(texts[_i].nr);

	ck_assert_uint_ne(row->ns, 0);
	ck_assert(row->gate == GATE_PASS || syscall_caught(row, row->ns));
	ck_assert(row->gate != GATE_PASS || !syscall_caught(row, UINT_MAX));
	ck_assert(!syscall_caught(row, ~row->ns));
}
END_TEST

START_TEST(header_agrees)
{
	const struct syscall *row = syscall_row(unistd[_i].nr);

	ck_assert_msg(row != NULL, "no row for %s", unistd[_i].name);
	ck_assert_str_eq(row->name, unistd[_i].name);
}
END_TEST

/* 337 to 423 are left out on every 64-bit architecture. */
START_TEST(no_holes)
{
	for (long nr = 0; nr < SYSCALL_LIMIT; nr++)
		ck_assert_msg(!syscall_row(nr) == (nr > 336 && nr < 424),
			      "number %ld", nr);
}
END_TEST

START_TEST(unknown_numbers_have_no_row)
{
	static const long unknown[] = {
		-1, -2, INT_MIN, LONG_MIN, 337, 423, SYSCALL_LIMIT, 512, 548,
		0x40000000, 0x40000001, INT_MAX, 1L << 32, LONG_MAX,
	};

	for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++)
		ck_assert_ptr_null(syscall_row(unknown[i]));
	ck_assert_ptr_null(syscall_by_name(""));
	ck_assert_ptr_null(syscall_by_name("none"));
	ck_assert_ptr_null(syscall_by_name("getpid "));
}
END_TEST

/* How many lines of the table start with a number. */
static int count_listed(const char *text)
{
	int n = 0;

	while ((text = strstr(text, "\n| "))) {
		text += strlen("\n| ");
		if (strspn(text, "0123456789") > 0)
			n++;
	}
	return n;
}

START_TEST(list_has_every_row)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	ck_assert_ptr_nonnull(out);
	syscall_list(out);
	ck_assert_int_eq(fclose(out), 0);
	ck_assert_int_eq(count_listed(text), TEXTS);
	ck_assert_ptr_nonnull(strstr(text, "| 39 | getpid | notify, agent | ALWAYS "
				     "| pid | full |  |\n"));
	ck_assert_ptr_nonnull(strstr(text, "| 436 | close_range | pass |  "
				     "| host | full |  |\n"));
	ck_assert_ptr_nonnull(strstr(text, "| 427 | io_uring_register | deny "
				     "ENOSYS | ALWAYS | base | none |"));
	free(text);
}
END_TEST

static Suite *rows_suite(void)
{
	Suite *suite = suite_create("rows");
	TCase *each = tcase_create("each row");
	TCase *table = tcase_create("table");

	tcase_add_loop_test(each, array_has_every_row, 0, TEXTS);
	tcase_add_loop_test(each, rows_are_sorted_and_single, 0, TEXTS);
	tcase_add_loop_test(each, caught_rows_have_a_handler, 0, TEXTS);
	tcase_add_loop_test(each, gate_is_the_one_written, 0, TEXTS);
	tcase_add_loop_test(each, when_is_the_one_written, 0, TEXTS);
	tcase_add_loop_test(each, when_values_are_as_many_as_written, 0, TEXTS);
	tcase_add_loop_test(each, signature_parses, 0, TEXTS);
	tcase_add_loop_test(each, less_than_full_says_why, 0, TEXTS);
	tcase_add_loop_test(each, namespaces_decide_what_is_caught, 0, TEXTS);
	tcase_add_loop_test(table, header_agrees, 0, (int)UNISTDS);
	tcase_add_test(table, no_holes);
	tcase_add_test(table, unknown_numbers_have_no_row);
	tcase_add_test(table, list_has_every_row);
	suite_add_tcase(suite, each);
	suite_add_tcase(suite, table);
	return suite;
}

int main(void)
{
	SRunner *runner = srunner_create(rows_suite());
	int failed;

	srunner_set_fork_status(runner, CK_NOFORK);
	srunner_set_tap(runner, "-");
	srunner_run_all(runner, CK_SILENT);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed > 0;
}

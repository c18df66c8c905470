/* SPDX-License-Identifier: Apache-2.0 */
/* Which call sites the agent takes over, and what is written there. */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include "interpose/agent/site.h"

static const uint64_t cwd[6] = { 0xffffff9c, 1, 2, 3, 4, 5 };
static const uint64_t other[6] = { 7, 1, 2, 3, 4, 5 };

/* SITE_WINDOW bytes, as hexadecimal text. */
static bool matches(const char *text, int nr, const uint64_t *args,
		    struct site_head *head)
{
	unsigned char window[SITE_WINDOW];

	ck_assert_uint_eq(strlen(text), 3 * SITE_WINDOW - 1);
	for (int i = 0; i < SITE_WINDOW; i++)
		window[i] = (unsigned char)strtoul(text + 3 * i, NULL, 16);
	return site_match(window, nr, args, head);
}

START_TEST(plain_forms)
{
	struct site_head head;

	/* getpid() of libc: endbr64 before it */
	ck_assert(matches("0f 1e fa b8 27 00 00 00 0f 05", SYS_getpid, other,
			  &head));
	ck_assert(head.number);
	ck_assert_mem_eq(head.bytes, "\xb8\x27\0\0\0", SITE_HEAD);
	/* openat(): mov %rcx,%r10 before it */
	ck_assert(matches("49 89 ca b8 01 01 00 00 0f 05", SYS_openat, cwd,
			  &head));
	/* __open_nocancel(): mov $-100,%edi */
	ck_assert(matches("48 89 fe bf 9c ff ff ff 0f 05", SYS_openat, cwd,
			  &head));
	ck_assert(!head.number);
	/* syscall(): mov 8(%rsp),%r9 */
	ck_assert(matches("4d 89 c8 4c 8b 4c 24 08 0f 05", SYS_uname, other,
			  &head));
	ck_assert(!head.number);
}
END_TEST

START_TEST(others_are_left)
{
	static const char *const texts[] = {
		"0f 1e fa b8 28 00 00 00 0f 05",	/* another number */
		"0f 1e fa b8 27 00 01 00 0f 05",
		"0f 1e fa bf 27 00 00 00 0f 05",	/* another register */
		"0f 1e fa b8 27 00 00 00 0f 34",	/* sysenter */
		"0f 1e fa b8 27 00 00 00 cd 80",
		"00 00 41 b8 27 00 00 00 0f 05",	/* mov $39,%r8d */
		"00 c7 45 b8 27 00 00 00 0f 05",	/* movl $39,-72(%rbp) */
		"c7 44 24 b8 27 00 00 00 0f 05",	/* movl $39,-72(%rsp) */
		"00 81 7d b8 27 00 00 00 0f 05",	/* cmpl $39,-72(%rbp) */
		"00 48 8d b8 27 00 00 00 0f 05",	/* lea 39(%rax),%rdi */
		"00 0f 1f b8 27 00 00 00 0f 05",	/* nopl 39(%rax) */
		"ff 24 25 00 02 0f 05 00 0f 05",
	};
	struct site_head head;

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		ck_assert_msg(!matches(texts[i], SYS_getpid, cwd, &head),
			      "%s", texts[i]);
	/* Not the descriptor that was passed. */
	ck_assert(!matches("48 89 fe bf 9c ff ff ff 0f 05", SYS_openat, other,
			   &head));
}
END_TEST

/* The five bytes, and the two that stay, jump through the site's slot. */
START_TEST(jump_leads_to_the_slot)
{
	for (unsigned int i = 0; i < AGENT_SITES_MAX; i++) {
		unsigned char bytes[SITE_LEN] = { 0 };
		uint32_t slot;

		memcpy(bytes + SITE_HEAD, "\x0f\x05", 2);
		site_jump(i, bytes);
		ck_assert_mem_eq(bytes, "\xff\x24\x25", 3);
		memcpy(&slot, bytes + 3, sizeof(slot));
		ck_assert_uint_eq(slot, site_address(i));
		ck_assert_uint_ge(slot, AGENT_BASE + AGENT_SITES);
		ck_assert_uint_le(slot + AGENT_SITE_SIZE, AGENT_TEXT);
	}
	ck_assert_uint_ge(AGENT_SITES, sizeof(struct agent_view));
}
END_TEST

START_TEST(record_says_where_to)
{
	const struct site_head head = { { 0xb8, 0x27, 0, 0, 0 }, true };
	const uint64_t ip = 0x7f1234567890;
	const uint32_t entry = AGENT_TEXT + 0x40;
	struct agent_site site;
	uint64_t back;
	int32_t to;

	ck_assert_uint_eq(sizeof(site), AGENT_SITE_SIZE);
	site_record(3, &head, ip, entry, &site);
	ck_assert_uint_eq(site.slot, site_address(3) + 8);
	ck_assert_mem_eq(site.code, "\x49\xbb", 2);
	memcpy(&back, site.code + 2, sizeof(back));
	ck_assert_uint_eq(back, ip);
	ck_assert_mem_eq(site.code + 10, head.bytes, SITE_HEAD);
	ck_assert_uint_eq(site.code[15], 0xe9);
	memcpy(&to, site.code + 16, sizeof(to));
	ck_assert_uint_eq(site.slot + 20 + (uint64_t)(int64_t)to, entry);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("site");
	TCase *tcase = tcase_create("site");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_test(tcase, plain_forms);
	tcase_add_test(tcase, others_are_left);
	tcase_add_test(tcase, jump_leads_to_the_slot);
	tcase_add_test(tcase, record_says_where_to);
	suite_add_tcase(suite, tcase);
	srunner_set_fork_status(runner, CK_NOFORK);
	srunner_set_tap(runner, "-");
	srunner_run_all(runner, CK_SILENT);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed > 0;
}

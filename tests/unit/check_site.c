/* SPDX-License-Identifier: Apache-2.0 */
/* Which call sites the agent takes over, and what is written there. */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include "interpose/agent/site.h"

static const uint64_t cwd[6] = { 0xffffff9c, 1, 2, 3, 4, 5 };
static const uint64_t other[6] = { 7, 1, 2, 3, 4, 5 };

#define FAR 0x7f1234567890
#define NEAR 0x401860

/* The last bytes of the window, as hexadecimal text, and int3 before. */
static bool matches_at(uint64_t ip, const char *text, int nr,
		       const uint64_t *args, struct site_head *head)
{
	unsigned char window[SITE_WINDOW];
	size_t n = (strlen(text) + 1) / 3;

	ck_assert_uint_le(n, SITE_WINDOW);
	memset(window, 0xcc, sizeof(window));
	for (size_t i = 0; i < n; i++)
		window[SITE_WINDOW - n + i] =
			(unsigned char)strtoul(text + 3 * i, NULL, 16);
	return site_match(window, ip, nr, args, head);
}

static bool matches(const char *text, int nr, const uint64_t *args,
		    struct site_head *head)
{
	return matches_at(FAR, text, nr, args, head);
}

START_TEST(plain_forms)
{
	struct site_head head;

	/* getpid() of libc: endbr64 before it */
	ck_assert(matches("0f 1e fa b8 27 00 00 00 0f 05", SYS_getpid, other,
			  &head));
	ck_assert(head.number);
	ck_assert_mem_eq(head.bytes, "\xb8\x27\0\0\0", SITE_HEAD);
	ck_assert_uint_eq(head.len, SITE_HEAD);
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

/* With other instructions between: of musl, and gcc's like it. */
static const struct {
	const char *text;
	int nr;
	unsigned int len;
	bool number;
} between[] = {
	/* stat(): mov %r9,%rdi; mov %rdx,%rsi */
	{ "00 00 00 b8 04 00 00 00 4c 89 cf 48 89 d6 0f 05", SYS_stat, 11,
	  true },
	/* readdir(): mov $2048,%edx; mov %r9,%rsi */
	{ "08 48 63 7f 08 b8 d9 00 00 00 ba 00 08 00 00 4c 89 ce 0f 05",
	  SYS_getdents64, 13, true },
	/* _Fork(): mov %fs:0,%rdx */
	{ "85 c0 75 50 b8 ba 00 00 00 64 48 8b 14 25 00 00 00 00 0f 05",
	  SYS_gettid, 14, true },
	/* __syscall_cp_c(): mov 8(%rsp),%r9; mov %rcx,%rdx */
	{ "89 d6 4c 8b 4c 24 08 48 89 ca 0f 05", SYS_open, 8, false },
	/* movslq %edi,%rdi; xor %edx,%edx; lea 16(%rsp),%rsi */
	{ "00 00 00 b8 04 00 00 00 48 63 ff 31 d2 48 8d 74 24 10 0f 05",
	  SYS_stat, 15, true },
};

START_TEST(forms_with_others_between)
{
	struct site_head head;

	for (size_t i = 0; i < sizeof(between) / sizeof(*between); i++) {
		const char *text = between[i].text;

		ck_assert_msg(matches_at(NEAR, text, between[i].nr, other,
					 &head),
			      "%s", text);
		ck_assert_uint_eq(head.len, between[i].len);
		ck_assert(head.number == between[i].number);
		/* A jump would not reach. */
		ck_assert(!matches(text, between[i].nr, other, &head));
		ck_assert(!matches_at(UINT64_C(1) << 31, text, between[i].nr,
				      other, &head));
	}
}
END_TEST

/* What stands between is not known to be reached from the mov alone. */
START_TEST(unknown_between)
{
	static const char *const texts[] = {
		"b8 04 00 00 00 89 d8 0f 05",		/* mov %ebx,%eax */
		"b8 04 00 00 00 31 c0 0f 05",		/* xor %eax,%eax */
		"b8 04 00 00 00 48 89 dc 0f 05",	/* mov %rbx,%rsp */
		"b8 04 00 00 00 8b 44 24 08 0f 05",	/* to %eax */
		"b8 04 00 00 00 48 8b 37 0f 05",	/* mov (%rdi),%rsi */
		"b8 04 00 00 00 48 8d 35 00 00 00 00 0f 05", /* lea (%rip) */
		"b8 04 00 00 00 41 8b 7c 24 08 0f 05",	/* 8(%r12) */
		"b8 04 00 00 00 57 0f 05",		/* push %rdi */
		"b8 04 00 00 00 74 00 0f 05",		/* je */
		"b8 04 00 00 00 eb 00 0f 05",		/* jmp */
		"b8 04 00 00 00 0f 05 0f 05",		/* another call */
		"b8 04 00 00 00 89 0f 05",		/* mov %ecx,(%rdi)… */
		"b8 04 00 00 00 48 c7 45 f8 04 00 00 00 0f 05",
		"b8 05 00 00 00 4c 89 cf 0f 05",	/* another number */
		"41 b8 04 00 00 00 4c 89 cf 0f 05",	/* mov $4,%r8d */
		/* Go's Syscall6() */
		"49 89 f2 48 89 fa 48 89 ce 48 89 df 0f 05",
		/* __syscall_cp_asm(): r11 is needed after it */
		"4c 8b 4c 24 10 4c 89 5c 24 08 0f 05",
		/* __clone() */
		"48 89 0e 0f 05",
	};
	struct site_head head;

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		ck_assert_msg(!matches_at(NEAR, texts[i], SYS_stat, other,
					  &head),
			      "%s", texts[i]);
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
	const struct site_head head = { .len = SITE_HEAD };

	for (unsigned int i = 0; i < AGENT_SITES_MAX; i++) {
		unsigned char bytes[SITE_HEAD + SITE_SYSCALL] = { 0 };
		uint32_t slot;

		memcpy(bytes + SITE_HEAD, "\x0f\x05", 2);
		site_jump(i, &head, FAR, bytes);
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
	const struct site_head head = { { 0xb8, 0x27, 0, 0, 0 },
					SITE_HEAD,
					true };
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

/* Only the mov is written over; what follows it is done in the record. */
START_TEST(near_record_does_all)
{
	static const unsigned char code[] = { 0xb8, 4,	  0,	0,    0,   0x4c,
					      0x89, 0xcf, 0x48, 0x89, 0xd6 };
	const uint32_t entry = AGENT_TEXT + 0x40;
	struct site_head head = { .len = sizeof(code), .number = true };
	unsigned char jump[SITE_HEAD], record[AGENT_SITE_SIZE];
	struct agent_site site;
	uint32_t to;

	memcpy(head.bytes, code, sizeof(code));
	ck_assert_uint_eq(site_start(&head, NEAR), NEAR - 13);
	site_jump(3, &head, NEAR, jump);
	ck_assert_uint_eq(jump[0], 0xe9);
	memcpy(&to, jump + 1, sizeof(to));
	ck_assert_uint_eq(NEAR - 13 + SITE_HEAD + to, site_address(3));

	site_record(3, &head, NEAR, entry, &site);
	memcpy(record, &site, sizeof(record));
	ck_assert_mem_eq(record, code, sizeof(code));
	ck_assert_uint_eq(site_way(3, &head), site_address(3) + sizeof(code));
	ck_assert_mem_eq(record + 11, "\x41\xbb\x60\x18\x40\0\xe9", 7);
	memcpy(&to, record + 18, sizeof(to));
	ck_assert_uint_eq((uint32_t)site_address(3) + 22 + to, entry);
}
END_TEST

/* For who takes the jump away again. */
START_TEST(records_say_what_was_there)
{
	const uint64_t far = 0x7f1234567890;
	struct agent_site record[2];
	struct site_head head = { .bytes = { 0xb8, 4, 0, 0, 0, 0x48, 0x89,
					     0xd6 } },
			 read;
	uint64_t ip;

	head.len = 8;
	site_record(3, &head, NEAR, AGENT_TEXT, record);
	ck_assert(site_of(3, record, &read, &ip));
	ck_assert_uint_eq(ip, NEAR);
	ck_assert_uint_eq(read.len, head.len);
	ck_assert_mem_eq(read.bytes, head.bytes, head.len);

	head.len = SITE_HEAD;
	site_record(3, &head, far, AGENT_TEXT, record);
	ck_assert(site_of(3, record, &read, &ip));
	ck_assert_uint_eq(ip, far);
	ck_assert_uint_eq(read.len, SITE_HEAD);
	ck_assert_mem_eq(read.bytes, head.bytes, SITE_HEAD);

	site_record(3, &head, site_address(4), AGENT_TEXT, record);
	site_clone(4, far, AGENT_TEXT, AGENT_TEXT, record + 1);
	ck_assert(site_of(3, record, &read, &ip));
	ck_assert_uint_eq(ip, far);
	memset(record, 0xcc, sizeof(record));
	ck_assert(!site_of(3, record, &read, &ip));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("site");
	TCase *tcase = tcase_create("site");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_test(tcase, plain_forms);
	tcase_add_test(tcase, forms_with_others_between);
	tcase_add_test(tcase, unknown_between);
	tcase_add_test(tcase, others_are_left);
	tcase_add_test(tcase, jump_leads_to_the_slot);
	tcase_add_test(tcase, record_says_where_to);
	tcase_add_test(tcase, near_record_does_all);
	tcase_add_test(tcase, records_say_what_was_there);
	suite_add_tcase(suite, tcase);
	srunner_set_fork_status(runner, CK_NOFORK);
	srunner_set_tap(runner, "-");
	srunner_run_all(runner, CK_SILENT);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed > 0;
}

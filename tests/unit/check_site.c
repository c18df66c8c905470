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

/* Bytes of hexadecimal @text. Return: how many. */
static size_t scan(const char *text, unsigned char *bytes, size_t size)
{
	size_t n = (strlen(text) + 1) / 3;

	ck_assert_uint_le(n, size);
	for (size_t i = 0; i < n; i++)
		bytes[i] = (unsigned char)strtoul(text + 3 * i, NULL, 16);
	return n;
}

static bool higher;	/* where the agent lies */

/* What is up to the call's end, and behind it; int3 where nothing is said. */
static bool matches_about(uint64_t ip, const char *text, const char *after,
			  int nr, const uint64_t *args, struct site_head *head)
{
	unsigned char window[SITE_WINDOW], bytes[SITE_UPTO];
	size_t n = scan(text, bytes, sizeof(bytes));

	memset(window, 0xcc, sizeof(window));
	memcpy(window + SITE_UPTO - n, bytes, n);
	scan(after, window + SITE_UPTO, SITE_AFTER);
	return site_match(window, ip, nr, args, higher, head);
}

static bool matches_at(uint64_t ip, const char *text, int nr,
		       const uint64_t *args, struct site_head *head)
{
	return matches_about(ip, text, "", nr, args, head);
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
		ck_assert(!head.stub);
		/* A jump to the record would not reach. */
		ck_assert(matches(text, between[i].nr, other, &head));
		ck_assert(head.stub);
		ck_assert(matches_at(UINT64_C(1) << 31, text, between[i].nr,
				     other, &head));
		ck_assert(head.stub);
	}
}
END_TEST

#define SYSCALL6 "49 89 f2 48 89 fa 48 89 ce 48 89 df 0f 05"
#define VFORK "48 8b 44 24 08 41 5c 0f 05"

START_TEST(functions_of_go)
{
	struct site_head head;

	ck_assert(matches_about(NEAR, SYSCALL6, "48 3d 01 f0 ff ff 76",
				SYS_openat, other, &head));
	ck_assert(head.stub && !head.number && !head.clones);
	ck_assert_uint_eq(head.len, 3);
	ck_assert_mem_eq(head.bytes, "\x48\x89\xdf\x0f\x05", SITE_HEAD);
	ck_assert(matches_about(NEAR, VFORK, "41 54 48 3d 01 f0 ff ff",
				SYS_clone, other, &head));
	ck_assert(!head.stub && head.clones);
	ck_assert_uint_eq(head.len, 7);

	/* Without what is behind it, or for calls that it is not for */
	ck_assert(!matches_at(NEAR, SYSCALL6, SYS_openat, other, &head));
	ck_assert(!matches_about(NEAR, SYSCALL6, "48 3d 01 f0 ff ff 76",
				 SYS_clone, other, &head));
	ck_assert(!matches_about(NEAR, VFORK, "41 54 48 3d 01 f0 ff ff",
				 SYS_clone3, other, &head));
	/* Position-independent */
	ck_assert(matches_about(FAR, VFORK, "41 54 48 3d 01 f0 ff ff",
				SYS_clone, other, &head));
	ck_assert(head.stub && head.clones);
}
END_TEST

/* Its r11 is kept on the stack before the record takes it. */
START_TEST(functions_of_musl)
{
	const char *text = "4d 89 ca 4c 8b 44 24 08 4c 8b 4c 24 10"
			   " 4c 89 5c 24 08 0f 05";
	struct site_head head;
	struct agent_site site;

	ck_assert(matches_about(FAR, text, "c3", SYS_wait4, other, &head));
	ck_assert(head.cancels && !head.number && !head.stub);
	ck_assert_uint_eq(head.len, SITE_HEAD);
	ck_assert(!matches_about(FAR, text, "90", SYS_wait4, other, &head));
	site_record(site_address(3), &head, FAR, AGENT_TEXT, &site);
	ck_assert_mem_eq(site.code, "\x4c\x89\x5c\x24\x08\x49\xbb", 7);
	ck_assert_uint_eq(site_way(site_address(3), &head), site.slot + SITE_HEAD);

	/* __clone(), and what may be another's */
	text = "48 83 e6 f0 48 83 ee 08 48 89 0e 0f 05";
	ck_assert(matches_about(NEAR, text, "85 c0 75 0f", SYS_clone, other,
				&head));
	ck_assert(head.stub && head.clones);
	ck_assert_uint_eq(head.len, 3);
	ck_assert(!matches_about(NEAR, text + 3, "85 c0 75 0f", SYS_clone,
				 other, &head));
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
		/* __syscall_cp_asm(), without all of it */
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
		site_jump(site_address(i), &head, FAR, 0, bytes);
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
					.number = true };
	const uint64_t ip = 0x7f1234567890;
	const uint32_t entry = AGENT_TEXT + 0x40;
	struct agent_site site;
	uint64_t back;
	int32_t to;

	ck_assert_uint_eq(sizeof(site), AGENT_SITE_SIZE);
	site_record(site_address(3), &head, ip, entry, &site);
	ck_assert_uint_eq(site.slot, site_address(3) + 8);
	ck_assert_mem_eq(site.code, head.bytes, SITE_HEAD);
	ck_assert_mem_eq(site.code + 5, "\x49\xbb", 2);
	memcpy(&back, site.code + 7, sizeof(back));
	ck_assert_uint_eq(back, ip);
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
	struct site_head head = { .len = sizeof(code),
				  .number = true,
				  .near = true };
	unsigned char jump[SITE_HEAD], record[AGENT_SITE_SIZE];
	struct agent_site site;
	uint32_t to;

	memcpy(head.bytes, code, sizeof(code));
	ck_assert_uint_eq(site_start(&head, NEAR), NEAR - 13);
	site_jump(site_address(3), &head, NEAR, 0, jump);
	ck_assert_uint_eq(jump[0], 0xe9);
	memcpy(&to, jump + 1, sizeof(to));
	ck_assert_uint_eq(NEAR - 13 + SITE_HEAD + to, site_address(3));

	site_record(site_address(3), &head, NEAR, entry, &site);
	memcpy(record, &site, sizeof(record));
	ck_assert_mem_eq(record, code, sizeof(code));
	ck_assert_uint_eq(site_way(site_address(3), &head), site_address(3) + sizeof(code));
	ck_assert_mem_eq(record + 11, "\x41\xbb\x60\x18\x40\0\xe9", 7);
	memcpy(&to, record + 18, sizeof(to));
	ck_assert_uint_eq((uint32_t)site_address(3) + 22 + to, entry);
}
END_TEST

/* Three bytes, and two that are the syscall instruction, there and in the jump */
START_TEST(stub_of_few_bytes)
{
	struct site_head head = { .bytes = { 0x48, 0x89, 0xdf, 0x0f, 0x05 },
				  .len = 3 };
	uint64_t area, size, stub, ip;
	unsigned char jump[SITE_HEAD], code[STUB_SIZE];
	uint32_t rel;

	head.stub = true;
	size = stub_area(0x401000, 0x601000, &area);
	for (ip = 0x401010; ip < 0x601000; ip += 4099)
		for (unsigned int i = 0; i < AGENT_SITES_MAX; i += 35) {
			stub = stub_address(i, &head, ip, area);
			ck_assert_uint_ge(stub, area);
			ck_assert_uint_le(stub + STUB_SIZE, area + size);
			ck_assert_uint_eq(site_start(&head, ip), ip - 5);
			site_jump(site_address(i), &head, ip, stub, jump);
			ck_assert_uint_eq(jump[0], 0xe9);
			ck_assert_mem_eq(jump + 3, "\x0f\x05", 2);
			memcpy(&rel, jump + 1, sizeof(rel));
			ck_assert_uint_eq(ip + rel, stub);
		}
	stub_code(site_address(7), &head, code);
	ck_assert_mem_eq(code, "\x48\x89\xdf\xff\x24\x25", 6);
	memcpy(&rel, code + 6, sizeof(rel));
	ck_assert_uint_eq(rel, site_address(7));
}
END_TEST

/* No two sites have one, whether they choose it by their place or not. */
START_TEST(stubs_are_apart)
{
	const struct site_head few = { .len = 3, .stub = true },
			       more = { .len = 8, .stub = true };
	uint64_t area, a, b;

	stub_area(FAR & ~UINT64_C(4095), FAR + 0x9000, &area);
	for (unsigned int i = 0; i < AGENT_SITES_MAX; i++)
		for (unsigned int j = 0; j < i; j += 7)
			for (uint64_t ip = FAR; ip < FAR + 0x9000; ip += 4096) {
				a = stub_address(i, &few, ip, area);
				b = stub_address(j, &few, FAR, area);
				ck_assert(a != b);
				b = stub_address(j, &more, ip, area);
				ck_assert(a != b);
			}
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
	unsigned char code[STUB_SIZE];
	uint64_t ip;

	head.len = 8;
	head.near = true;
	site_record(site_address(3), &head, NEAR, AGENT_TEXT, record);
	ck_assert(site_of(site_address(3), record, &read, &ip));
	ck_assert_uint_eq(ip, NEAR);
	ck_assert_uint_eq(read.len, head.len);
	ck_assert_mem_eq(read.bytes, head.bytes, head.len);

	head.len = SITE_HEAD;
	head.near = false;
	site_record(site_address(3), &head, far, AGENT_TEXT, record);
	ck_assert(site_of(site_address(3), record, &read, &ip));
	ck_assert_uint_eq(ip, far);
	ck_assert_uint_eq(read.len, SITE_HEAD);
	ck_assert_mem_eq(read.bytes, head.bytes, SITE_HEAD);

	head.stub = true;
	head.len = 8;
	site_record(site_address(3), &head, far, AGENT_TEXT, record);
	stub_code(site_address(3), &head, code);
	ck_assert(site_of(site_address(3), record, &read, &ip) && read.stub);
	ck_assert_uint_eq(ip, far);
	ck_assert_uint_eq(read.len, head.len);
	stub_read(code, &read);
	ck_assert_mem_eq(read.bytes, head.bytes, head.len);
	head.stub = false;
	head.len = SITE_HEAD;

	site_record(site_address(3), &head, site_address(4), AGENT_TEXT, record);
	site_clone(site_address(4), far, AGENT_TEXT, AGENT_TEXT, record + 1);
	ck_assert(site_of(site_address(3), record, &read, &ip));
	ck_assert_uint_eq(ip, far);
	memset(record, 0xcc, sizeof(record));
	ck_assert(!site_of(site_address(3), record, &read, &ip));
}
END_TEST

/* No slot is where the jump could lead through: to the record, or a stub. */
START_TEST(agent_lies_higher)
{
	const uint64_t record = site_address(3) + AGENT_HIGHER;
	struct agent_site records[2] = { 0 };
	struct site_head head, read;
	unsigned char jump[SITE_HEAD], code[STUB_SIZE];
	uint64_t ip;
	uint32_t to;

	higher = true;
	ck_assert(matches_at(NEAR, "b8 27 00 00 00 0f 05", SYS_getpid, other,
			     &head));
	ck_assert(head.near && !head.stub);
	site_jump(record, &head, NEAR, 0, jump);
	ck_assert_uint_eq(jump[0], 0xe9);
	memcpy(&to, jump + 1, sizeof(to));
	ck_assert_uint_eq(NEAR - SITE_SYSCALL + to, record);
	site_record(record, &head, NEAR, AGENT_TEXT + AGENT_HIGHER, records);
	ck_assert(site_of(record, records, &read, &ip) && read.near);
	ck_assert_uint_eq(ip, NEAR);
	ck_assert_uint_eq(read.len, SITE_HEAD);

	ck_assert(matches_at(FAR, "b8 27 00 00 00 0f 05", SYS_getpid, other,
			     &head));
	higher = false;
	ck_assert(head.stub && !head.near);
	stub_code(record, &head, code);
	ck_assert_mem_eq(code, "\xb8\x27\0\0\0\xff\x24\x25", 8);
	memcpy(&to, code + 8, sizeof(to));
	ck_assert_uint_eq(to, record);
	ck_assert_int_gt((int32_t)to, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("site");
	TCase *tcase = tcase_create("site");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_test(tcase, plain_forms);
	tcase_add_test(tcase, agent_lies_higher);
	tcase_add_test(tcase, forms_with_others_between);
	tcase_add_test(tcase, functions_of_go);
	tcase_add_test(tcase, functions_of_musl);
	tcase_add_test(tcase, unknown_between);
	tcase_add_test(tcase, others_are_left);
	tcase_add_test(tcase, jump_leads_to_the_slot);
	tcase_add_test(tcase, record_says_where_to);
	tcase_add_test(tcase, near_record_does_all);
	tcase_add_test(tcase, stub_of_few_bytes);
	tcase_add_test(tcase, stubs_are_apart);
	tcase_add_test(tcase, records_say_what_was_there);
	suite_add_tcase(suite, tcase);
	srunner_set_fork_status(runner, CK_NOFORK);
	srunner_set_tap(runner, "-");
	srunner_run_all(runner, CK_SILENT);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed > 0;
}

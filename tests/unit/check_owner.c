/* SPDX-License-Identifier: Apache-2.0 */
/* Unit tests of tables/owner.c: what is written down, and who may what. */
#include <check.h>
#include <errno.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "tables/owner.h"

/* As protoc makes them of message Resource: name, ids, bytes. */
static const struct {
	uint32_t uid, gid;
	size_t len;
	const char *bytes;
} messages[] = {
	{ 0, 0, 0, "" },
	{ 1, 0, 2, "\x08\x01" },
	{ 0, 1, 2, "\x10\x01" },
	{ 10, 20, 4, "\x08\x0a\x10\x14" },
	{ 100, 200, 5, "\x08\x64\x10\xc8\x01" },
	{ 1000, 65534, 7, "\x08\xe8\x07\x10\xfe\xff\x03" },
	{ OWNER_NONE, 5, 8, "\x08\xff\xff\xff\xff\x0f\x10\x05" },
	{ OWNER_NONE, OWNER_NONE, 12,
	  "\x08\xff\xff\xff\xff\x0f\x10\xff\xff\xff\xff\x0f" },
};

#define MESSAGES ((int)(sizeof(messages) / sizeof(messages[0])))

START_TEST(ids_are_the_published_bytes)
{
	struct owner_record record = { .uid = messages[_i].uid,
				       .gid = messages[_i].gid };
	unsigned char buf[OWNER_IDS_MAX];

	ck_assert_uint_eq(owner_encode_ids(&record, buf), messages[_i].len);
	ck_assert_mem_eq(buf, messages[_i].bytes, messages[_i].len);
	record.uid = record.gid = 7;
	ck_assert_int_eq(owner_decode_ids(buf, messages[_i].len, &record), 0);
	ck_assert_uint_eq(record.uid, messages[_i].uid);
	ck_assert_uint_eq(record.gid, messages[_i].gid);
}
END_TEST

static int decode(const char *bytes, size_t len, struct owner_record *record)
{
	return owner_decode_ids((const unsigned char *)bytes, len, record);
}

START_TEST(ids_of_later_versions_are_read)
{
	struct owner_record record = { 0 };

	/* Fields 3 (bytes), 4 (64 bits), 5 (32 bits), 16 (a varint). */
	ck_assert_int_eq(decode("\x1a\x03"
				"abc"
				"\x21"
				"12345678"
				"\x10\x02"
				"\x2d"
				"1234"
				"\x80\x01\x05"
				"\x08\x01",
				26, &record),
			 0);
	ck_assert_uint_eq(record.uid, 1);
	ck_assert_uint_eq(record.gid, 2);
	/* The last of two counts; a longer varint is cut to 32 bits. */
	ck_assert_int_eq(
		decode("\x08\x01\x08\x81\x80\x80\x80\x80\x01", 9, &record), 0);
	ck_assert_uint_eq(record.uid, 1);
	ck_assert_uint_eq(record.gid, 0);
}
END_TEST

START_TEST(ids_that_make_no_sense)
{
	static const struct {
		size_t len;
		const char *bytes;
	} wrong[] = {
		{ 1, "\x08" },
		{ 2, "\x08\x80" },
		{ 3, "\x08\x01\x10" },
		{ 1, "\x00" },
		{ 3, "\x1a\x02x" },
		{ 7, "\x1a\xff\xff\xff\xff\xff\x0f" },
		{ 4, "\x21"
		     "123" },
		{ 2, "\x0b\x01" }, /* a group */
		{ 2, "\x0f\x01" },
		{ 12, "\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01" },
		{ 8, "33:44\n\n\n" },
	};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct owner_record record = { .uid = 7, .gid = 8 };

		ck_assert_msg(decode(wrong[i].bytes, wrong[i].len, &record) ==
				      -EINVAL,
			      "%zu", i);
		ck_assert_uint_eq(record.uid, 7);
		ck_assert_uint_eq(record.gid, 8);
	}
}
END_TEST

/* The sanitizers say whether it reads beyond the end. */
START_TEST(any_bytes_at_all)
{
	srand(1);
	for (int i = 0; i < 20000; i++) {
		size_t len = (size_t)rand() % 40;
		unsigned char *buf = malloc(len ? len : 1);
		struct owner_record record = { 0 };

		ck_assert_ptr_nonnull(buf);
		for (size_t at = 0; at < len; at++)
			buf[at] = (unsigned char)rand();
		owner_decode_ids(buf, len, &record);
		owner_decode_mode((char *)buf, len, &record);
		free(buf);
	}
}
END_TEST

START_TEST(mode_there_and_back)
{
	struct owner_record record = { .mode = S_IFREG | 04755, .over = 0755 };
	struct owner_record back = { 0 };
	char buf[OWNER_MODE_MAX];
	size_t len = owner_encode_mode(&record, buf);

	ck_assert_uint_eq(len, strlen("104755 755"));
	ck_assert_mem_eq(buf, "104755 755", len);
	ck_assert_int_eq(owner_decode_mode(buf, len, &back), 0);
	ck_assert(back.has_mode && back.mode == record.mode &&
		  back.over == record.over);
	record.mode = S_IFCHR | 0666;
	record.major = 1;
	record.minor = 3;
	len = owner_encode_mode(&record, buf);
	ck_assert_mem_eq(buf, "20666 755 1:3", len);
	ck_assert_int_eq(owner_decode_mode(buf, len, &back), 0);
	ck_assert(back.major == 1 && back.minor == 3);
}
END_TEST

START_TEST(modes_that_make_no_sense)
{
	static const char *const wrong[] = {
		"",
		"100644",
		"100644 ",
		"x 644",
		"100644 9",
		"20666 666",
		"20666 666 1",
		"20666 666 1:",
		"100644 644 1:3 x",
		"100644 17777",
		"99999999999999999999 644",
		"100644 644\n7",
	};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct owner_record record = { 0 };

		ck_assert_msg(owner_decode_mode(wrong[i], strlen(wrong[i]),
						&record) == -EINVAL,
			      "\"%s\"", wrong[i]);
		ck_assert(!record.has_mode);
	}
	ck_assert_int_eq(owner_decode_mode("100644 644\0", 11,
					   &(struct owner_record){ 0 }),
			 -EINVAL);
}
END_TEST

static uint32_t mode_seen(uint32_t mode, uint32_t over, uint32_t real)
{
	const struct owner_record record = {
		.uid = OWNER_NONE,
		.gid = 9,
		.has_mode = true,
		.mode = mode,
		.over = over,
	};
	struct owner_seen seen = { .uid = 5, .gid = 6, .mode = real };

	owner_apply(&record, &seen);
	ck_assert_uint_eq(seen.uid, 5);
	ck_assert_uint_eq(seen.gid, 9);
	return seen.mode;
}

START_TEST(a_mode_counts_while_the_real_one_stays)
{
	const uint32_t reg = S_IFREG, chr = S_IFCHR, dir = S_IFDIR;

	ck_assert_uint_eq(mode_seen(reg | 0400, 0600, reg | 0600), reg | 0400);
	ck_assert_uint_eq(mode_seen(reg | 0400, 0600, reg | 0640), reg | 0640);
	ck_assert_uint_eq(mode_seen(chr | 0666, 0600, reg | 0600), chr | 0666);
	ck_assert_uint_eq(mode_seen(chr | 0666, 0600, reg | 0640), chr | 0640);
	/* Neither makes a folder a file, nor anything but a file a device. */
	ck_assert_uint_eq(mode_seen(reg | 0400, 0700, dir | 0700), dir | 0700);
	ck_assert_uint_eq(mode_seen(chr | 0400, 0700, dir | 0700), dir | 0700);
}
END_TEST

START_TEST(times)
{
	const struct owner_seen seen = { .uid = 1, .gid = 2, .mode = 0100620 };
	const struct owner_who owner = { .uid = 1, .gid = 9 };
	const struct owner_who member = { .uid = 9, .gid = 2 };
	const struct owner_who other = { .uid = 9, .gid = 9 };
	const struct owner_who capable = { .uid = 9,
					   .gid = 9,
					   .caps = UINT64_C(1) << CAP_FOWNER };

	ck_assert_int_eq(owner_touch(&owner, &seen, true), 0);
	ck_assert_int_eq(owner_touch(&owner, &seen, false), 0);
	ck_assert_int_eq(owner_touch(&member, &seen, true), -EPERM);
	ck_assert_int_eq(owner_touch(&member, &seen, false), 0);
	ck_assert_int_eq(owner_touch(&other, &seen, true), -EPERM);
	ck_assert_int_eq(owner_touch(&other, &seen, false), -EACCES);
	ck_assert_int_eq(owner_touch(&capable, &seen, true), 0);
}
END_TEST

START_TEST(permission)
{
	const uint32_t groups[] = { 50 };
	struct owner_who who = {
		.uid = 1, .gid = 2, .groups_len = 1, .groups = groups
	};
	struct owner_seen seen = { .uid = 1,
				   .gid = 50,
				   .mode = S_IFREG | 0640 };

	ck_assert_int_eq(owner_permission(&who, &seen, OWNER_WRITE), 0);
	who.uid = 3;
	ck_assert_int_eq(owner_permission(&who, &seen, OWNER_READ), 0);
	ck_assert_int_eq(owner_permission(&who, &seen, OWNER_WRITE), -EACCES);
	who.groups_len = 0;
	ck_assert_int_eq(owner_permission(&who, &seen, OWNER_READ), -EACCES);
	who.caps = UINT64_C(1) << CAP_DAC_OVERRIDE;
	ck_assert_int_eq(owner_permission(&who, &seen, OWNER_WRITE), 0);
	ck_assert_int_eq(owner_permission(&who, &seen, OWNER_EXEC), -EACCES);
	seen.mode = S_IFDIR;
	ck_assert_int_eq(owner_permission(&who, &seen, OWNER_EXEC), 0);
	who.caps = UINT64_C(1) << CAP_DAC_READ_SEARCH;
	ck_assert_int_eq(owner_permission(&who, &seen, OWNER_READ | OWNER_EXEC),
			 0);
	ck_assert_int_eq(owner_permission(&who, &seen, OWNER_WRITE), -EACCES);
	/* The owner's bits count for the owner, be they fewer. */
	who = (struct owner_who){ .uid = 1, .gid = 50 };
	seen.mode = S_IFREG | 0077;
	ck_assert_int_eq(owner_permission(&who, &seen, OWNER_READ), -EACCES);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("owner");
	TCase *tcase = tcase_create("owner");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_loop_test(tcase, ids_are_the_published_bytes, 0, MESSAGES);
	tcase_add_test(tcase, ids_of_later_versions_are_read);
	tcase_add_test(tcase, ids_that_make_no_sense);
	tcase_add_test(tcase, any_bytes_at_all);
	tcase_add_test(tcase, mode_there_and_back);
	tcase_add_test(tcase, modes_that_make_no_sense);
	tcase_add_test(tcase, a_mode_counts_while_the_real_one_stays);
	tcase_add_test(tcase, times);
	tcase_add_test(tcase, permission);
	suite_add_tcase(suite, tcase);
	srunner_set_fork_status(runner, CK_NOFORK);
	srunner_set_tap(runner, "-");
	srunner_run_all(runner, CK_SILENT);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

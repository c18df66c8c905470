/* SPDX-License-Identifier: Apache-2.0 */
/* Unit tests of tables/msgs.c: which message a receiver gets. */
#include <check.h>
#include <stdlib.h>
#include <sys/msg.h>
#include "tables/msgs.h"

static struct msgs msgs;

/* Types and lengths of a queue, in their order. */
static const struct { int64_t type; size_t len; } sent[] = {
	{ 5, 1 }, { 3, 10 }, { 5, 100 }, { 2, 1000 }, { 2, 10000 },
};

#define SENT (sizeof(sent) / sizeof(sent[0]))

static void setup(void)
{
	msgs = (struct msgs){ 0 };
	for (size_t i = 0; i < SENT; i++) {
		struct msg *msg = msg_alloc(sent[i].len);

		msg->type = sent[i].type;
		msgs_add(&msgs, msg);
	}
}

static void teardown(void)
{
	while (msgs.list) {
		struct msg *msg = msgs.list;

		msgs_remove(&msgs, msg);
		free(msg);
	}
	ck_assert_uint_eq(msgs.count, 0);
	ck_assert_uint_eq(msgs.bytes, 0);
}

/* Return: the length of what is found, which tells them apart; 0: none. */
static size_t find(int64_t type, int flags)
{
	const struct msg *msg = msgs_find(&msgs, msg_wanted(type, flags));

	return msg ? msg->len : 0;
}

START_TEST(found_by_type)
{
	ck_assert_uint_eq(find(0, 0), 1);
	ck_assert_uint_eq(find(5, 0), 1);
	ck_assert_uint_eq(find(3, 0), 10);
	ck_assert_uint_eq(find(2, 0), 1000);
	ck_assert_uint_eq(find(4, 0), 0);
	ck_assert_uint_eq(find(5, MSG_EXCEPT), 10);
	ck_assert_uint_eq(find(4, MSG_EXCEPT), 1);
	ck_assert_uint_eq(find(0, MSG_EXCEPT), 1);
}
END_TEST

START_TEST(least_type_up_to)
{
	ck_assert_uint_eq(find(-1, 0), 0);
	ck_assert_uint_eq(find(-2, 0), 1000);
	ck_assert_uint_eq(find(-3, 0), 1000);
	ck_assert_uint_eq(find(-100, 0), 1000);
	ck_assert_uint_eq(find(INT64_MIN, 0), 1000);
	ck_assert_uint_eq(find(-5, MSG_EXCEPT), 1000);
}
END_TEST

START_TEST(by_index)
{
	for (size_t i = 0; i < SENT; i++)
		ck_assert_uint_eq(find((int64_t)i, MSG_COPY), sent[i].len);
	ck_assert_uint_eq(find(SENT, MSG_COPY), 0);
	ck_assert_uint_eq(find(-1, MSG_COPY), 0);
}
END_TEST

START_TEST(matches_who_waits)
{
	struct msg msg = { .type = 7 };

	ck_assert(msg_matches(&msg, msg_wanted(0, 0)));
	ck_assert(msg_matches(&msg, msg_wanted(7, 0)));
	ck_assert(!msg_matches(&msg, msg_wanted(8, 0)));
	ck_assert(msg_matches(&msg, msg_wanted(-7, 0)));
	ck_assert(!msg_matches(&msg, msg_wanted(-6, 0)));
	ck_assert(!msg_matches(&msg, msg_wanted(7, MSG_EXCEPT)));
	ck_assert(msg_matches(&msg, msg_wanted(6, MSG_EXCEPT)));
}
END_TEST

START_TEST(room_is_bytes_and_messages)
{
	ck_assert_uint_eq(msgs.bytes, 11111);
	ck_assert(msgs_fit(&msgs, 0, 11111));
	ck_assert(!msgs_fit(&msgs, 1, 11111));
	ck_assert(msgs_fit(&msgs, 1, 11112));
	teardown();
	ck_assert(!msgs_fit(&msgs, 0, 0));
	ck_assert(msgs_fit(&msgs, 0, 1));
	msgs_add(&msgs, msg_alloc(0));
	ck_assert(!msgs_fit(&msgs, 0, 1));
	ck_assert(msgs_fit(&msgs, 0, 2));
}
END_TEST

START_TEST(taken_out_in_any_order)
{
	struct msg *msg = msgs_find(&msgs, msg_wanted(3, 0));

	msgs_remove(&msgs, msg);
	free(msg);
	ck_assert_uint_eq(find(3, 0), 0);
	ck_assert_uint_eq(find(1, MSG_COPY), 100);
	ck_assert_uint_eq(msgs.count, SENT - 1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("msgs");
	TCase *tcase = tcase_create("msgs");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, found_by_type);
	tcase_add_test(tcase, least_type_up_to);
	tcase_add_test(tcase, by_index);
	tcase_add_test(tcase, matches_who_waits);
	tcase_add_test(tcase, room_is_bytes_and_messages);
	tcase_add_test(tcase, taken_out_in_any_order);
	suite_add_tcase(suite, tcase);
	srunner_set_fork_status(runner, CK_NOFORK);
	srunner_set_tap(runner, "-");
	srunner_run_all(runner, CK_SILENT);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

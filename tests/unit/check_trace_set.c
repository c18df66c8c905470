/* SPDX-License-Identifier: Apache-2.0 */
/* The SET of `--trace=SET`: what it means, and what means nothing. */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include "src/trace_set.h"

static bool has(const struct trace_set *set, const char *name)
{
	const struct syscall *row = syscall_by_name(name);

	ck_assert_msg(row != NULL, "no call %s", name);
	return set->nr[row->nr];
}

static const struct {
	const char *text;
	bool all;
	const char *in[6];
	const char *out[6];
} sets[] = {
	{ "getpid", false, { "getpid" }, { "getppid", "kill" } },
	{ "getpid,kill", false, { "getpid", "kill" }, { "getppid" } },
	{ "!getpid", false, { "kill", "read", "exit_group" }, { "getpid" } },
	{ "!getpid,kill", false, { "read" }, { "getpid", "kill" } },
	{ "all", true, { "read", "getpid", "ptrace", "listns" }, { NULL } },
	{ "!all", false, { NULL }, { "read", "getpid" } },
	{ "none", false, { NULL }, { "read", "getpid" } },
	{ "!none", false, { "read", "getpid" }, { NULL } },
	{ "none,kill", false, { "kill" }, { "getpid" } },
	{ "%process", false,
	  { "clone", "execve", "wait4", "kill", "exit_group" },
	  { "read", "openat", "getpid" } },
	{ "process", false, { "clone", "execve" }, { "read" } },
	{ "%ipc", false, { "shmget", "msgsnd", "semop" }, { "pipe", "kill" } },
	{ "%network", false, { "socket", "connect", "sendmsg" }, { "read" } },
	{ "%net", false, { "socket" }, { "read" } },
	{ "%file", false,
	  { "open", "openat", "execve", "getcwd", "readlink", "stat" },
	  { "read", "fstat", "close", "mq_open" } },
	{ "%desc", false,
	  { "read", "close", "openat", "epoll_wait", "pipe2", "mmap" },
	  { "socket", "kill", "stat" } },
	{ "%memory", false, { "mmap", "brk", "mprotect" }, { "read" } },
	{ "%signal", false, { "kill", "rt_sigaction" }, { "read" } },
	{ "%creds", false, { "getuid", "capset" }, { "getpid" } },
	{ "%clock", false, { "clock_gettime" }, { "nanosleep" } },
	{ "%ipc,getpid,%creds", false, { "semget", "getpid", "getuid" },
	  { "read" } },
	{ "!%file", false, { "read", "kill" }, { "openat", "execve" } },
	{ "?nothing,getpid", false, { "getpid" }, { "read" } },
	{ "getpid,all", true, { "read" }, { NULL } },
};

START_TEST(set_means)
{
	struct trace_set set = { 0 };
	const char *word = NULL;
	size_t len = 0;

	ck_assert_int_eq(trace_set_parse(sets[_i].text, &set, &word, &len), 0);
	ck_assert(set.all == sets[_i].all);
	for (int i = 0; i < 6 && sets[_i].in[i]; i++)
		ck_assert_msg(has(&set, sets[_i].in[i]), "%s lacks %s",
			      sets[_i].text, sets[_i].in[i]);
	for (int i = 0; i < 6 && sets[_i].out[i]; i++)
		ck_assert_msg(!has(&set, sets[_i].out[i]), "%s has %s",
			      sets[_i].text, sets[_i].out[i]);
}
END_TEST

static const struct {
	const char *text, *word;
} bad[] = {
	{ "", "" }, { "!", "" }, { ",", "" }, { "getpid,", "" },
	{ "nothing", "nothing" }, { "getpid,nothing,kill", "nothing" },
	{ "%nothing", "%nothing" }, { "%", "%" }, { "?", "?" },
	{ "!getpid,!kill", "!kill" }, { "getpi", "getpi" },
	{ "getpidx", "getpidx" }, { "%getpid", "%getpid" },
	{ " getpid", " getpid" },
};

START_TEST(set_is_refused)
{
	struct trace_set set = { 0 }, empty = { 0 };
	const char *word = NULL;
	size_t len = 0;

	ck_assert_int_eq(trace_set_parse(bad[_i].text, &set, &word, &len), -1);
	ck_assert_uint_eq(len, strlen(bad[_i].word));
	ck_assert_int_eq(memcmp(word, bad[_i].word, len), 0);
	ck_assert_mem_eq(&set, &empty, sizeof(set));
}
END_TEST

START_TEST(sets_add_up)
{
	struct trace_set set = { 0 };
	const char *word;
	size_t len;

	ck_assert_int_eq(trace_set_parse("getpid", &set, &word, &len), 0);
	ck_assert_int_eq(trace_set_parse("kill", &set, &word, &len), 0);
	ck_assert(has(&set, "getpid") && has(&set, "kill"));
	ck_assert(!has(&set, "read"));
}
END_TEST

/* A class that lists a call which the table does not name is a mistake. */
START_TEST(every_class_has_members)
{
	for (size_t i = 0; trace_set_classes[i]; i++) {
		struct trace_set set = { 0 };
		const char *word;
		char text[32];
		size_t len, n = 0;

		snprintf(text, sizeof(text), "%%%s", trace_set_classes[i]);
		ck_assert_int_eq(trace_set_parse(text, &set, &word, &len), 0);
		for (long nr = 0; nr < SYSCALL_LIMIT; nr++)
			n += set.nr[nr];
		ck_assert_uint_gt(n, 7);
	}
}
END_TEST

/* The forms that the filter catches are those that the table takes. */
START_TEST(forms)
{
	const uint64_t zero[6] = { 0 }, one[6] = { 1, 1, 1 };
	const uint64_t owner[6] = { 3, 8 }, high[6] = { 0x80000000, 0 };
	const uint64_t wide[6] = { UINT64_C(1) << 32, 0 };
	const uint64_t mounts[6] = { 0x20000 };	/* CLONE_NEWNS */
	const unsigned int on = NS_BASE | NS_PID;

	ck_assert(syscall_takes(syscall_by_name("getpid"), zero, on));
	ck_assert(!syscall_takes(syscall_by_name("getpid"), zero, NS_BASE));
	ck_assert(!syscall_takes(syscall_by_name("writev"), zero, on));
	ck_assert(!syscall_takes(syscall_by_name("fcntl"), one, on));
	ck_assert(syscall_takes(syscall_by_name("fcntl"), owner, on));
	ck_assert(!syscall_takes(syscall_by_name("prlimit64"), zero, on));
	ck_assert(syscall_takes(syscall_by_name("prlimit64"), one, on));
	ck_assert(syscall_takes(syscall_by_name("prlimit64"), wide, on));
	ck_assert(syscall_takes(syscall_by_name("clock_gettime"), high, on));
	ck_assert(!syscall_takes(syscall_by_name("clock_gettime"), one, on));
	ck_assert(!syscall_takes(syscall_by_name("clock_gettime"), wide, on));
	ck_assert(syscall_takes(syscall_by_name("ptrace"), zero,
				   NS_BASE));
	ck_assert(!syscall_takes(syscall_by_name("unshare"), one, on));
	ck_assert(syscall_takes(syscall_by_name("unshare"), mounts, on));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("trace_set");
	TCase *tcase = tcase_create("sets");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tcase, set_means, 0,
			    sizeof(sets) / sizeof(sets[0]));
	tcase_add_loop_test(tcase, set_is_refused, 0,
			    sizeof(bad) / sizeof(bad[0]));
	tcase_add_test(tcase, sets_add_up);
	tcase_add_test(tcase, every_class_has_members);
	tcase_add_test(tcase, forms);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_set_tap(runner, "-");
	srunner_run_all(runner, CK_SILENT);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls that name a process, made again and again with the caller's own
 * number, with 0, and with its child's.
 */
#include "scenario.h"

#define OFTEN 10

struct robust_list_head;

/* The same place each time; the last result. */
#define SEE(call)                                      \
	({                                             \
		long last_ = 0;                        \
		for (int i_ = 0; i_ < OFTEN; i_++)     \
			if ((last_ = (long)(call)) < 0)        \
				last_ = -errno;                \
		see("  %s: %s", #call, raw(last_));    \
	})

static void nice_of(pid_t who)
{
	SEE(syscall(SYS_getpriority, PRIO_PROCESS, who));
	SEE(syscall(SYS_getpriority, PRIO_PGRP, who) > 0);
	SEE(syscall(SYS_ioprio_get, 1, who));
}

static void schedule_of(pid_t who)
{
	struct sched_param param = { 0 };
	cpu_set_t set;
	char attr[64] = { 0 };

	SEE(sched_getaffinity(who, sizeof(set), &set));
	SEE(sched_setaffinity(who, sizeof(set), &set));
	SEE(sched_setscheduler(who, SCHED_BATCH, &param));
	SEE(sched_getscheduler(who));
	SEE(sched_setparam(who, &param));
	SEE(sched_getparam(who, &param));
	SEE(syscall(SYS_sched_getattr, who, attr, 48, 0));
	SEE(syscall(SYS_sched_setattr, who, attr, 0));
	SEE(syscall(SYS_sched_getaffinity, who, 1, &set));
	SEE(syscall(SYS_sched_getaffinity, who, 128, BAD_ADDR));
}

static void limits_of(pid_t who)
{
	struct rlimit limit = { 100, 200 };
	struct robust_list_head *head;
	size_t len;

	SEE(prlimit(who, RLIMIT_NOFILE, &limit, NULL));
	limit.rlim_cur = 0;
	SEE(prlimit(who, RLIMIT_NOFILE, NULL, &limit));
	see("  limit %d", (int)limit.rlim_cur);
	SEE(syscall(SYS_get_robust_list, who, &head, &len));
}

static void all_of(const char *name, pid_t who)
{
	see("%s: %d", name, getpid());
	nice_of(who);
	schedule_of(who);
	limits_of(who);
}

static struct gate go;

static void family(const char *name)
{
	pid_t pid = child();

	if (pid == 0) {
		pass(&go);
		see("the child's %d", sched_getscheduler(getpid()));
		_exit(0);
	}
	see("%s", name);
	all_of("0", 0);
	all_of("itself", getpid());
	all_of("its child", pid);
	all_of("nobody", NOBODY);
	let(&go, 1);
	reap(pid);
}

static void *in_thread(void *unused)
{
	(void)unused;
	all_of("its thread", gettid());
	all_of("the thread's process", getpid());
	return NULL;
}

int main(void)
{
	pthread_t thread;
	pid_t pid;

	gate_init(&go);
	family("init");
	pid = child();
	if (pid == 0) {
		family("child");
		_exit(0);
	}
	reap(pid);
	MUST(-pthread_create(&thread, NULL, in_thread, NULL));
	pthread_join(thread, NULL);
	return done();
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The many calls that take the number of a process and are not about it. */
#include "scenario.h"

#include <linux/capability.h>
#include <sys/uio.h>

#define WHO_PROCESS 1
#define WHO_GROUP   2
#define IDLE	    (3 << 13)

/* The value, for calls whose result is a number of the machine's. */
#define OK(call)  see("%s: %s", #call, (call) == -1 ? res(-1) : "ok")
#define SEE(call) see("%s: %s", #call, res(call))

static struct gate hold, ready;
static pid_t tid;

static void affinity(pid_t pid)
{
	cpu_set_t set;

	OK(sched_getaffinity(0, sizeof(set), &set));
	OK(sched_getaffinity(getpid(), sizeof(set), &set));
	OK(sched_setaffinity(pid, sizeof(set), &set));
	OK(sched_getaffinity(pid, sizeof(set), &set));
	OK(sched_getaffinity(tid, sizeof(set), &set));
	OK(sched_setaffinity(tid, sizeof(set), &set));
	SEE(sched_getaffinity(NOBODY, sizeof(set), &set));
	SEE(sched_setaffinity(NOBODY, sizeof(set), &set));
	SEE(sched_getaffinity(-1, sizeof(set), &set));
	SEE(syscall(SYS_sched_getaffinity, NOBODY, 1, &set));
	SEE(syscall(SYS_sched_getaffinity, pid, 128, BAD_ADDR));
}

static void scheduler(pid_t pid)
{
	struct sched_param param = { 0 };
	struct timespec slice;
	unsigned int attr[14] = { 48 };

	SEE(sched_getscheduler(pid));
	SEE(sched_getscheduler(tid));
	SEE(sched_getscheduler(NOBODY));
	SEE(sched_getscheduler(-1));
	SEE(sched_getparam(pid, &param));
	SEE(sched_getparam(NOBODY, &param));
	SEE(sched_setscheduler(pid, SCHED_BATCH, &param));
	SEE(sched_getscheduler(pid));
	SEE(sched_getscheduler(0));
	SEE(sched_setscheduler(NOBODY, SCHED_BATCH, &param));
	SEE(sched_setscheduler(-1, SCHED_BATCH, &param));
	SEE(sched_setparam(pid, &param));
	SEE(sched_setparam(NOBODY, &param));
	SEE(sched_rr_get_interval(pid, &slice));
	SEE(sched_rr_get_interval(NOBODY, &slice));
	SEE(syscall(SYS_sched_getattr, pid, attr, 48, 0));
	SEE(syscall(SYS_sched_setattr, pid, attr, 0));
	SEE(syscall(SYS_sched_getattr, NOBODY, attr, 48, 0));
	SEE(syscall(SYS_sched_setattr, NOBODY, attr, 0));
}

static void priority(pid_t pid)
{
	SEE(setpriority(PRIO_PROCESS, pid, 7));
	SEE(getpriority(PRIO_PROCESS, pid));
	SEE(getpriority(PRIO_PROCESS, 0));
	SEE(getpriority(PRIO_PROCESS, getpid()));
	SEE(getpriority(PRIO_PROCESS, tid));
	SEE(getpriority(PRIO_PROCESS, NOBODY));
	SEE(setpriority(PRIO_PROCESS, NOBODY, 7));
	SEE(getpriority(PRIO_PROCESS, -1));
	SEE(setpriority(PRIO_PGRP, pid, 9));
	SEE(getpriority(PRIO_PGRP, pid));
	SEE(getpriority(PRIO_PGRP, NOBODY));
	SEE(getpriority(PRIO_PROCESS, 0));
	SEE(getpriority(PRIO_USER, 4242));
	SEE(getpriority(77, 0));
	SEE(setpriority(PRIO_PROCESS, pid, 0));
}

static void io_priority(pid_t pid)
{
	SEE(syscall(SYS_ioprio_set, WHO_PROCESS, pid, IDLE));
	SEE(syscall(SYS_ioprio_get, WHO_PROCESS, pid) == IDLE);
	SEE(syscall(SYS_ioprio_get, WHO_PROCESS, 0) == IDLE);
	SEE(syscall(SYS_ioprio_get, WHO_PROCESS, NOBODY));
	SEE(syscall(SYS_ioprio_set, WHO_PROCESS, NOBODY, IDLE));
	SEE(syscall(SYS_ioprio_get, WHO_PROCESS, -1));
	SEE(syscall(SYS_ioprio_get, WHO_GROUP, pid) == IDLE);
	SEE(syscall(SYS_ioprio_get, WHO_GROUP, NOBODY));
	SEE(syscall(SYS_ioprio_set, WHO_GROUP, NOBODY, IDLE));
	SEE(syscall(SYS_ioprio_get, 9, pid));
}

static void limits(pid_t pid)
{
	struct rlimit limit = { 321, 654 };

	SEE(prlimit(pid, RLIMIT_NOFILE, &limit, NULL));
	memset(&limit, 0, sizeof(limit));
	SEE(prlimit(pid, RLIMIT_NOFILE, NULL, &limit));
	see("limit of the child %lu %lu", limit.rlim_cur, limit.rlim_max);
	OK(prlimit(0, RLIMIT_NOFILE, NULL, &limit));
	see("own limit differs %d", limit.rlim_cur != 321);
	OK(prlimit(getpid(), RLIMIT_NOFILE, NULL, &limit));
	OK(prlimit(tid, RLIMIT_NOFILE, NULL, &limit));
	SEE(prlimit(NOBODY, RLIMIT_NOFILE, NULL, &limit));
	SEE(prlimit(-1, RLIMIT_NOFILE, NULL, &limit));
	SEE(prlimit(NOBODY, 99, NULL, &limit));
	SEE(prlimit(pid, RLIMIT_NOFILE, NULL, BAD_ADDR));
}

static void memory(pid_t pid)
{
	static volatile int mine = 3;
	int copy = 0;
	struct iovec here = { &copy, sizeof(copy) };
	struct iovec there = { (void *)&mine, sizeof(mine) };

	mine = 8;
	SEE(process_vm_readv(pid, &here, 1, &there, 1, 0));
	see("the child's copy: %d", copy);
	SEE(process_vm_writev(pid, &here, 1, &there, 1, 0));
	SEE(process_vm_readv(NOBODY, &here, 1, &there, 1, 0));
	SEE(process_vm_writev(NOBODY, &here, 1, &there, 1, 0));
	SEE(process_vm_readv(-1, &here, 1, &there, 1, 0));
	SEE(process_vm_readv(getpid(), &here, 1, &there, 1, 0));
	see("the own copy: %d", copy);
}

static void others(pid_t pid)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3,
						 pid };
	struct __user_cap_data_struct data[2];
	void *list;
	size_t length;

	SEE(syscall(SYS_capget, &head, data));
	head.pid = NOBODY;
	SEE(syscall(SYS_capget, &head, data));
	head.pid = -1;
	SEE(syscall(SYS_capget, &head, data));
	head.pid = pid;
	SEE(syscall(SYS_capset, &head, data));
	SEE(syscall(SYS_get_robust_list, pid, &list, &length));
	SEE(syscall(SYS_get_robust_list, 0, &list, &length));
	SEE(syscall(SYS_get_robust_list, NOBODY, &list, &length));
	SEE(syscall(SYS_kcmp, getpid(), pid, 2, 0, 0) > 0);
	SEE(syscall(SYS_kcmp, getpid(), tid, 2, 0, 0));
	SEE(syscall(SYS_kcmp, getpid(), NOBODY, 2, 0, 0));
	SEE(syscall(SYS_kcmp, NOBODY, pid, 2, 0, 0));
	SEE(syscall(SYS_migrate_pages, NOBODY, 0, NULL, NULL));
	SEE(syscall(SYS_move_pages, NOBODY, 0, NULL, NULL, NULL, 0));
	SEE(syscall(SYS_getpgid, 0x100000000L + pid) == getpgid(pid));
}

static void *thread(void *unused)
{
	tid = gettid();
	let(&ready, 1);
	pass(&hold);
	return unused;
}

int main(void)
{
	pthread_t id;
	pid_t pid;

	gate_init(&hold);
	gate_init(&ready);
	pid = child();
	if (pid == 0) {
		setpgid(0, 0);
		let(&ready, 1);
		pass(&hold);
		see("child: priority %d, scheduler %d",
		    getpriority(PRIO_PROCESS, 0), sched_getscheduler(0));
		_exit(0);
	}
	pass(&ready);
	pthread_create(&id, NULL, thread, NULL);
	pass(&ready);
	see("child %d thread %d", pid, tid);
	affinity(pid);
	scheduler(pid);
	priority(pid);
	io_priority(pid);
	limits(pid);
	memory(pid);
	others(pid);
	let(&hold, 2);
	pthread_join(id, NULL);
	reap(pid);
	until_gone(tid);
	SEE(getpriority(PRIO_PROCESS, pid));
	SEE(sched_getscheduler(tid));
	return done();
}

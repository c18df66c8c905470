/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parent, process group and session, asked for again and again from the same
 * places, while they change: by the process itself, by its parent, by a fork,
 * and by the parent's death.
 */
#include "scenario.h"

#define TIMES 40

static struct gate go, told;

/* The same place each time, and the same answer. */
static long often(long (*ask)(void))
{
	long first = ask();

	for (int i = 1; i < TIMES; i++)
		if (ask() != first)
			die("%ld became %ld", first, ask());
	return first;
}

static long ppid(void)
{
	return getppid();
}

static long pgrp(void)
{
	return getpgrp();
}

static long pgid(void)
{
	return getpgid(0);
}

static long own_pgid(void)
{
	return getpgid(getpid());
}

static long sid(void)
{
	return getsid(0);
}

static long own_sid(void)
{
	return getsid(getpid());
}

/* As libc's syscall() makes it, whatever the number. */
static long any_ppid(void)
{
	return syscall(SYS_getppid);
}

static void kin(const char *who)
{
	see("%s %d: parent %ld %ld, group %ld %ld %ld, session %ld %ld", who,
	    getpid(), often(ppid), often(any_ppid), often(pgrp), often(pgid),
	    often(own_pgid), often(sid), often(own_sid));
}

static void *in_thread(void *who)
{
	kin(who);
	return NULL;
}

static void by_thread(const char *who)
{
	pthread_t thread;

	MUST(-pthread_create(&thread, NULL, in_thread, (void *)who));
	pthread_join(thread, NULL);
	kin("after it");
}

/* Its parent moves it to a group of its own, and back. */
static void moved(void)
{
	pid_t pid = child();

	if (pid == 0) {
		kin("child");
		let(&told, 1);
		pass(&go);
		kin("moved");
		let(&told, 1);
		pass(&go);
		kin("moved back");
		_exit(0);
	}
	pass(&told);
	MUST(setpgid(pid, pid));
	let(&go, 1);
	pass(&told);
	MUST(setpgid(pid, getpgrp()));
	let(&go, 1);
	reap(pid);
}

/* Its parent dies: @reaper gets it. */
static void orphaned(const char *who, bool reaper)
{
	pid_t middle = child();
	int status;

	if (middle == 0) {
		kin("middle");
		if (child() > 0)
			pass(&told);
		else {
			kin(who);
			let(&told, 1);
			pass(&go);
			kin("orphan");
			let(&told, 1);
		}
		_exit(0);
	}
	reap(middle);
	let(&go, 1);
	pass(&told);
	if (reaper)
		see("an orphan came: %d", wait(&status) > 0);
}

static void by_vfork(void)
{
	pid_t pid = vfork();

	if (pid == 0) {
		kin("by vfork");
		_exit(0);
	}
	reap(pid);
	kin("its parent");
}

static void leader(void)
{
	see("setpgid %s", res(setpgid(0, 0)));
	kin("leader of a group");
	if (child() == 0) {
		kin("member");
		see("setsid %d", setsid() == getpid());
		kin("leader of a session");
		_exit(0);
	}
	wait(NULL);
	kin("its parent");
	_exit(0);
}

int main(void)
{
	pid_t pid;

	gate_init(&go);
	gate_init(&told);
	kin("first");
	see("of another: %s", raw(getpgid(1) > 0));
	see("of nobody: %s %s", res(getpgid(NOBODY)), res(getsid(-1)));
	moved();
	by_vfork();
	pid = child();
	if (pid == 0)
		leader();
	reap(pid);
	orphaned("child of the middle", true);
	pid = child();
	if (pid == 0) {
		MUST(prctl(PR_SET_CHILD_SUBREAPER, 1));
		orphaned("child of a reaper's", true);
		kin("reaper");
		_exit(0);
	}
	reap(pid);
	by_thread("thread");
	return done();
}

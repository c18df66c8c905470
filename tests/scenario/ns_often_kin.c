/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parent, process group and session, asked for again and again from the same
 * places, across pid namespaces: a child in a new one does not see what its
 * parent has asked for before, nor does one that shares its memory.
 *
 * scenario: run-as=root bare=skip
 * (without namespaces, the machine's own would be changed)
 */
#include "scenario.h"

#define TIMES 40

static struct gate go, told;

static void kin(const char *who)
{
	long seen[4] = { 0 };

	for (int i = 0; i < TIMES; i++) {
		const long now[] = { getppid(), getpgrp(), getpgid(0),
				     getsid(0) };

		if (i > 0 && memcmp(now, seen, sizeof(now)) != 0)
			die("turn %d is another", i);
		memcpy(seen, now, sizeof(now));
	}
	see("%s: %d parent %ld, group %ld %ld, session %ld", who, getpid(),
	    seen[0], seen[1], seen[2], seen[3]);
}

/* An orphan of a namespace inside has that one's init as parent. */
static void inner(void)
{
	pid_t pid;

	kin("init");
	pid = child();
	if (pid == 0) {
		if (child() == 0) {
			kin("grandchild");
			let(&told, 1);
			pass(&go);
			kin("orphan");
			_exit(0);
		}
		pass(&told);
		kin("child");
		_exit(0);
	}
	reap(pid);
	let(&go, 1);
	wait(NULL);
	see("setsid: %d", setsid());
	kin("init, own session");
	_exit(0);
}

static int shares(void *unused)
{
	(void)unused;
	kin("init in its parent's memory");
	return 0;
}

int main(void)
{
	static char stack[65536];
	pid_t pid;

	gate_init(&go);
	gate_init(&told);
	setpgid(0, 0);
	kin("outside");
	pid = (pid_t)MUST(sys_clone(CLONE_NEWPID | SIGCHLD, NULL, NULL));
	if (pid == 0)
		inner();
	reap(pid);
	kin("outside");
	pid = MUST(clone(shares, stack + sizeof(stack),
			 CLONE_NEWPID | CLONE_VM | CLONE_VFORK | SIGCHLD,
			 NULL));
	reap(pid);
	kin("outside");
	MUST(unshare(CLONE_NEWPID));
	pid = child();
	if (pid == 0)
		inner();
	reap(pid);
	kin("outside");
	return done();
}

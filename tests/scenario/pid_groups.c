/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Process groups and sessions: the first process's are outside and read 0;
 * every error of setpgid, getpgid, setsid and getsid.
 */
#include "scenario.h"

#define SEE(call) see("%s: %s", #call, res(call))

static void init_groups(void)
{
	SEE(getpgrp());
	SEE(getpgid(0));
	SEE(getpgid(1));
	SEE(getsid(0));
	SEE(getsid(1));
	SEE(getpgid(NOBODY));
	SEE(getpgid(-1));
	SEE(getsid(NOBODY));
	SEE(getsid(-1));
	SEE(setpgid(-1, 0));
	SEE(setpgid(0, -1));
	SEE(setpgid(-1, -1));
	SEE(setpgid(NOBODY, 0));
	SEE(setpgid(NOBODY, NOBODY));
	SEE(setpgid(0, NOBODY));
}

static void in_child(void)
{
	see("child %d of group %d session %d", getpid(), getpgrp(), getsid(0));
	SEE(setpgid(1, 0));
	SEE(setpgid(1, 1));
	SEE(setpgid(getppid(), 0));
	SEE(setpgid(0, 0));
	SEE(getpgrp());
	SEE(setpgid(0, 0));
	SEE(setpgid(0, 1));
	SEE(setsid());
	if (child() == 0) {
		see("grandchild %d of group %d session %d", getpid(), getpgrp(),
		    getsid(0));
		SEE(setsid());
		SEE(setsid());
		see("grandchild %d of group %d session %d", getpid(), getpgrp(),
		    getsid(0));
		SEE(getsid(1));
		SEE(getpgid(1));
		SEE(getsid(getppid()));
		SEE(setpgid(0, 0));
		SEE(setpgid(0, getppid()));
		_exit(0);
	}
	wait(NULL);
	_exit(0);
}

static void *other_thread(void *result)
{
	SEE(setpgid(gettid(), 0));
	SEE(getpgid(gettid()));
	SEE(getsid(gettid()));
	return result;
}

/* What a parent may do to a child that has become something. */
static void of_children(void)
{
	struct gate ready, hold;
	pid_t leader, member, executed, grandchild, pid;
	int fd[2];
	char rest;

	gate_init(&ready);
	gate_init(&hold);
	leader = child();
	if (leader == 0) {
		setsid();
		let(&ready, 1);
		pass(&hold);
		_exit(0);
	}
	pass(&ready);
	member = child();
	if (member == 0) {
		pass(&hold);
		_exit(0);
	}
	MUST(pipe2(fd, O_CLOEXEC));
	executed = child();
	if (executed == 0) {
		execl(self_path, self_path, "pause", NULL);
		_exit(1);
	}
	close(fd[1]);
	read(fd[0], &rest, 1); /* ends by the exec */
	pid = child();
	if (pid == 0) {
		child();
		pass(&hold);
		_exit(0);
	}
	grandchild = pid + 1;
	SEE(getpgid(leader));
	SEE(getsid(leader));
	SEE(setpgid(leader, 0));
	SEE(setpgid(leader, leader));
	SEE(setpgid(member, leader));
	SEE(setpgid(member, NOBODY));
	SEE(setpgid(member, member));
	SEE(getpgid(member));
	SEE(setpgid(0, member));
	SEE(getpgrp());
	SEE(setpgid(0, 0));
	SEE(setpgid(executed, 0));
	SEE(setpgid(executed, NOBODY));
	SEE(setpgid(grandchild, 0));
	SEE(setsid());
	kill(executed, SIGKILL);
	reap(executed);
	SEE(setpgid(executed, 0));
	let(&hold, 4);
	while (wait(NULL) > 0) {
		;
	}
}

int main(int argc, char **argv)
{
	pthread_t thread;
	pid_t pid;

	(void)argv;
	if (argc > 1) {
		pause();
		return 0;
	}
	init_groups();
	pid = child();
	if (pid == 0) {
		in_child();
	}
	reap(pid);
	pthread_create(&thread, NULL, other_thread, NULL);
	pthread_join(thread, NULL);
	of_children();
	SEE(setpgid(0, 0));
	pid = child();
	if (pid == 0) {
		see("child %d of group %d session %d", getpid(), getpgrp(),
		    getsid(0));
		_exit(0);
	}
	reap(pid);
	return done();
}

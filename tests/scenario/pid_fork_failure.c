/* SPDX-License-Identifier: Apache-2.0 */
/* Forks that fail: what they say, and which of them use up a number. */
#include "scenario.h"

static void next(const char *after)
{
	pid_t pid = child();

	if (pid == 0) {
		_exit(0);
	}
	reap(pid);
	see("%s: next is %d", after, pid);
}

int main(void)
{
	struct rlimit none = { 0, 0 }, old, few;
	int fd = -1;

	next("start");
	MUST(getrlimit(RLIMIT_NPROC, &old));
	few = (struct rlimit){ 0, old.rlim_max };
	MUST(setrlimit(RLIMIT_NPROC, &few));
	see("fork over RLIMIT_NPROC: %s", res(fork()));
	see("vfork-like: %s",
	    res(sys_clone(CLONE_VFORK | SIGCHLD, NULL, NULL)));
	see("no child: %s", res(wait(NULL)));
	MUST(setrlimit(RLIMIT_NPROC, &old));
	next("RLIMIT_NPROC");
	see("bad flags: %s", res(sys_clone(CLONE_THREAD, NULL, NULL)));
	next("bad flags");
	see("bad pidfd address: %s",
	    res(sys_clone(CLONE_PIDFD | SIGCHLD, BAD_ADDR, NULL)));
	next("bad pidfd address");
	MUST(getrlimit(RLIMIT_NOFILE, &old));
	none.rlim_max = old.rlim_max;
	MUST(setrlimit(RLIMIT_NOFILE, &none));
	see("pidfd over RLIMIT_NOFILE: %s",
	    res(sys_clone(CLONE_PIDFD | SIGCHLD, &fd, NULL)));
	see("pidfd_open over it: %s", res(sys_pidfd_open(1, 0)));
	see("descriptor %d", fd);
	MUST(setrlimit(RLIMIT_NOFILE, &old));
	next("RLIMIT_NOFILE");
	see("no child: %s", res(wait(NULL)));
	return done();
}

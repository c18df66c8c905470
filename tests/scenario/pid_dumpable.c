/* SPDX-License-Identifier: Apache-2.0 */
/* A process that makes itself undumpable is served as before. */
#include "scenario.h"

#include <sys/utsname.h>

static void work(const char *what)
{
	struct utsname *names = guard_alloc(sizeof(*names));
	siginfo_t *info = guard_alloc(sizeof(*info));
	int *status = guard_alloc(sizeof(*status));
	sigset_t set;
	pid_t pid;

	see("%s: dumpable %d, getpid %d", what, prctl(PR_GET_DUMPABLE),
	    getpid());
	see("uname: %s %s", res(uname(names)), names->nodename);
	pid = child();
	if (pid == 0) {
		see("child %d of %d, dumpable %d", getpid(), getppid(),
		    prctl(PR_GET_DUMPABLE));
		_exit(7);
	}
	waitid(P_PID, pid, info, WEXITED | WNOWAIT);
	see("waitid: %s", info_text(info));
	wait4(pid, status, 0, NULL);
	see("wait4: %s", wait_text(*status));
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	kill(getpid(), SIGUSR1);
	sigwaitinfo(&set, info);
	see("sigwaitinfo: %s", info_text(info));
}

int main(int argc, char **argv)
{
	pid_t pid;

	(void)argv;
	if (argc > 1) {
		see("after exec: dumpable %d", prctl(PR_GET_DUMPABLE));
		work("after exec");
		_exit(0);
	}
	see("PR_SET_DUMPABLE 2: %s", res(prctl(PR_SET_DUMPABLE, 2)));
	see("PR_SET_DUMPABLE -1: %s", res(prctl(PR_SET_DUMPABLE, -1)));
	see("PR_SET_DUMPABLE 0: %s", res(prctl(PR_SET_DUMPABLE, 0)));
	work("undumpable");
	pid = child();
	if (pid == 0) {
		exec_self("again");
	}
	reap(pid);
	see("PR_SET_DUMPABLE 1: %s", res(prctl(PR_SET_DUMPABLE, 1)));
	work("dumpable");
	return done();
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exec keeps the number, the parent, group, session and the pending signals;
 * handlers are reset; an exec that fails changes nothing.
 */
#include "scenario.h"

static void after(void)
{
	struct sigaction action;
	sigset_t set;

	see("after: %d of %d, group %d session %d", getpid(), getppid(),
	    getpgrp(), getsid(0));
	sigpending(&set);
	see("after: SIGUSR1 pending %d", sigismember(&set, SIGUSR1));
	sigaction(SIGUSR2, NULL, &action);
	see("after: SIGUSR2 is default %d", action.sa_handler == SIG_DFL);
	sigaction(SIGHUP, NULL, &action);
	see("after: SIGHUP is ignored %d", action.sa_handler == SIG_IGN);
	catch_signal(SIGUSR1, 0);
	unblock(SIGUSR1);
	see("after: %s", info_text(&caught_info));
	_exit(0);
}

int main(int argc, char **argv)
{
	char *const none[] = { NULL };
	pid_t pid;

	(void)argv;
	if (argc > 1) {
		after();
	}
	pid = child();
	if (pid == 0) {
		setsid();
		if (child() == 0) {
			setpgid(0, 0);
			block(SIGUSR1);
			catch_signal(SIGUSR2, 0);
			signal(SIGHUP, SIG_IGN);
			kill(getpid(), SIGUSR1);
			see("exec of nothing: %s",
			    res(execve("/nonexistent", none, none)));
			see("exec of a folder: %s",
			    res(execve("/", none, none)));
			see("exec of a bad address: %s",
			    res(syscall(SYS_execve, BAD_ADDR, none, none)));
			see("before: %d of %d", getpid(), getppid());
			exec_self("after");
		}
		wait(NULL);
		_exit(0);
	}
	reap(pid);
	return done();
}

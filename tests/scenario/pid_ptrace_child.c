/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A debugger inside: PTRACE_TRACEME, PTRACE_SEIZE, the stops at exec and
 * fork, and the numbers that it is told.
 */
#include "scenario.h"

#include <sys/ptrace.h>

#define SEE(call) see("%s: %s", #call, res(call))

static void see_stop(const char *what, pid_t pid)
{
	unsigned long message = 0;
	siginfo_t info;
	int status;
	pid_t r = waitpid(pid, &status, __WALL);

	see("%s: %s %s event %d", what, res(r), wait_text(status & 0xffff),
	    status >> 16);
	if (WIFSTOPPED(status)) {
		if (status >> 16) {
			ptrace(PTRACE_GETEVENTMSG, r, NULL, &message);
			see("  message %lu", message);
		} else if (ptrace(PTRACE_GETSIGINFO, r, NULL, &info) == 0) {
			see("  %s", info_text(&info));
		}
	}
}

static void errors(void)
{
	SEE(ptrace(PTRACE_ATTACH, NOBODY, NULL, NULL));
	SEE(ptrace(PTRACE_ATTACH, -1, NULL, NULL));
	SEE(ptrace(PTRACE_CONT, NOBODY, NULL, NULL));
	SEE(ptrace(PTRACE_CONT, getpid(), NULL, NULL));
	SEE(ptrace(PTRACE_SEIZE, getpid(), NULL, NULL));
	SEE(ptrace(PTRACE_SEIZE, 0, NULL, NULL));
}

static void traceme(void)
{
	pid_t pid = child(), inner;
	long r;

	if (pid == 0) {
		r = ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		see("traceme: %s", res(r));
		if (r == -1) {
			_exit(1); /* or the stop would be for ever */
		}
		see("again: %s", res(ptrace(PTRACE_TRACEME, 0, NULL, NULL)));
		raise(SIGSTOP);
		inner = fork();
		if (inner == 0) {
			_exit(5);
		}
		_exit(wait(NULL) == inner ? 6 : 7);
	}
	see_stop("raise", pid);
	if (kill(pid, 0) == -1) {
		return;
	}
	SEE(ptrace(PTRACE_SETOPTIONS, pid, NULL,
		   PTRACE_O_TRACEFORK | PTRACE_O_EXITKILL));
	SEE(ptrace(PTRACE_CONT, pid, NULL, 0));
	see_stop("fork", pid);
	see_stop("new child", pid + 1);
	SEE(ptrace(PTRACE_CONT, pid + 1, NULL, 0));
	SEE(ptrace(PTRACE_CONT, pid, NULL, 0));
	see_stop("new child", pid + 1);
	see_stop("SIGCHLD", pid);
	SEE(ptrace(PTRACE_CONT, pid, NULL, 0));
	see_stop("end", pid);
}

static void seize(void)
{
	struct gate hold;
	pid_t pid;

	gate_init(&hold);
	pid = child();
	if (pid == 0) {
		pass(&hold);
		exec_self("after");
	}
	if (ptrace(PTRACE_SEIZE, pid, NULL, PTRACE_O_TRACEEXEC) == -1) {
		see("seize: %s", res(-1));
		kill(pid, SIGKILL);
		reap(pid);
		return;
	}
	SEE(ptrace(PTRACE_INTERRUPT, pid, NULL, NULL));
	see_stop("interrupt", pid);
	SEE(ptrace(PTRACE_CONT, pid, NULL, 0));
	let(&hold, 1);
	see_stop("exec", pid);
	kill(pid, SIGUSR1);
	SEE(ptrace(PTRACE_CONT, pid, NULL, 0));
	see_stop("SIGUSR1", pid);
	SEE(ptrace(PTRACE_DETACH, pid, NULL, SIGUSR1));
	see_stop("end", pid);
}

int main(int argc, char **argv)
{
	(void)argv;
	if (argc > 1) {
		for (;;) {
			pause();
		}
	}
	errors();
	traceme();
	seize();
	return done();
}

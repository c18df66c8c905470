/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stops by job control of a traced task, attached and seized; PTRACE_LISTEN,
 * PTRACE_INTERRUPT, and what the options of waits say of them.
 */
#include "ptrace_common.h"

static struct gate ready;

static void see_stop(const char *what, pid_t pid)
{
	siginfo_t info;
	int status;
	pid_t r = waitpid(pid, &status, __WALL);

	see("%s: %s %s event %d", what, res(r), wait_text(status & 0xffff),
	    status >> 16);
	if (r > 0 && WIFSTOPPED(status)) {
		memset(&info, 0, sizeof(info));
		see("  info %s, SIG%d code %#x pid %d",
		    res(ptrace(PTRACE_GETSIGINFO, r, NULL, &info)),
		    info.si_signo, info.si_code, info.si_pid);
	}
}

#define SEE(call) see("%s: %s", #call, res(call))

static void attached(void)
{
	pid_t pid = sleeper(&ready);

	see("-- attached");
	SEE(ptrace(PTRACE_ATTACH, pid, NULL, NULL));
	SEE(ptrace(PTRACE_ATTACH, pid, NULL, NULL));
	see_stop("attach", pid);
	SEE(ptrace(PTRACE_INTERRUPT, pid, NULL, NULL));
	SEE(ptrace(PTRACE_LISTEN, pid, NULL, NULL));
	SEE(ptrace(PTRACE_CONT, pid, NULL, SIGSTOP));
	see_stop("stopped", pid);
	SEE(ptrace(PTRACE_CONT, pid, NULL, 0));
	SEE(ptrace(PTRACE_CONT, pid, NULL, 0));
	kill(pid, SIGCONT);
	see_stop("continued", pid);
	SEE(ptrace(PTRACE_CONT, pid, NULL, SIGCONT));
	kill(pid, SIGSTOP);
	see_stop("SIGSTOP", pid);
	SEE(ptrace(PTRACE_CONT, pid, NULL, SIGSTOP));
	see_stop("stopped", pid);
	SEE(ptrace(PTRACE_DETACH, pid, NULL, SIGSTOP));
	SEE(ptrace(PTRACE_CONT, pid, NULL, 0));
	kill(pid, SIGCONT);
	kill(pid, SIGTERM);
	reap(pid);
}

static void seized(void)
{
	pid_t pid = sleeper(&ready);

	see("-- seized");
	SEE(ptrace(PTRACE_SEIZE, pid, 1, NULL));
	SEE(ptrace(PTRACE_SEIZE, pid, NULL, 1L << 30));
	SEE(ptrace(PTRACE_SEIZE, pid, NULL, NULL));
	SEE(ptrace(PTRACE_CONT, pid, NULL, 0));
	SEE(ptrace(PTRACE_INTERRUPT, pid, NULL, NULL));
	see_stop("interrupt", pid);
	SEE(ptrace(PTRACE_CONT, pid, NULL, 0));
	kill(pid, SIGSTOP);
	see_stop("SIGSTOP", pid);
	SEE(ptrace(PTRACE_CONT, pid, NULL, SIGSTOP));
	see_stop("stopped", pid);
	SEE(ptrace(PTRACE_LISTEN, pid, NULL, NULL));
	SEE(ptrace(PTRACE_CONT, pid, NULL, 0));
	SEE(ptrace(PTRACE_INTERRUPT, pid, NULL, NULL));
	see_stop("interrupt", pid);
	SEE(ptrace(PTRACE_LISTEN, pid, NULL, NULL));
	kill(pid, SIGCONT);
	see_stop("SIGCONT", pid);
	SEE(ptrace(PTRACE_CONT, pid, NULL, 0));
	see_stop("SIGCONT", pid);
	SEE(ptrace(PTRACE_DETACH, pid, NULL, SIGTERM));
	see_stop("end", pid);
}

static void see_waitid(pid_t pid, int options)
{
	siginfo_t info = { 0 };
	int r = waitid(P_PID, (id_t)pid, &info, options);

	see("waitid %#x: %s %s", options, res(r),
	    info.si_pid ? info_text(&info) : "nobody");
}

static void waits(void)
{
	pid_t pid = sleeper(&ready);
	int status = 0;

	see("-- waits");
	SEE(waitpid(pid, &status, WNOHANG));
	SEE(ptrace(PTRACE_SEIZE, pid, NULL, NULL));
	SEE(waitpid(pid, &status, WNOHANG | __WALL));
	see_waitid(pid, WSTOPPED | WNOHANG);
	SEE(ptrace(PTRACE_INTERRUPT, pid, NULL, NULL));
	see_waitid(pid, WSTOPPED | WNOWAIT);
	see_waitid(pid, WEXITED | WNOWAIT);
	see_waitid(pid, WSTOPPED);
	see_waitid(pid, WSTOPPED | WNOHANG);
	SEE(ptrace(PTRACE_CONT, pid, NULL, 0));
	kill(pid, SIGSTOP);
	see_waitid(-1, WSTOPPED);
	see_waitid(pid, WSTOPPED);
	SEE(ptrace(PTRACE_CONT, pid, NULL, SIGSTOP));
	SEE(waitpid(0, &status, WUNTRACED));
	see("%s", wait_text(status & 0xffff));
	SEE(waitpid(pid, &status, WUNTRACED | WNOHANG));
	SEE(waitpid(pid, &status, 1 << 20));
	SEE(waitpid(-getpid() - 100, &status, 0));
	SEE(ptrace(PTRACE_KILL, pid, NULL, NULL));
	SEE(waitpid(-1, &status, __WALL));
	see("%s", wait_text(status));
	SEE(waitpid(-1, &status, __WALL));
}

int main(void)
{
	gate_init(&ready);
	attached();
	seized();
	waits();
	return done();
}

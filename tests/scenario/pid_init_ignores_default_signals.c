/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A signal with the default action does nothing to the first process, not
 * even SIGKILL and SIGSTOP, if it comes from within; a handler gets it.
 *
 * scenario: bare=skip
 * (without namespaces the first signal ends it)
 */
#include "scenario.h"

static const int deadly[] = {
	SIGTERM, SIGKILL, SIGSTOP, SIGINT,  SIGHUP,  SIGQUIT, SIGTSTP, SIGSEGV,
	SIGABRT, SIGTRAP, SIGSYS,  SIGALRM, SIGTTIN, SIGPIPE, SIGUSR1, 64,
};

static void from_child(void)
{
	siginfo_t info = { 0 };
	size_t i;

	for (i = 0; i < sizeof(deadly) / sizeof(*deadly); i++) {
		see("kill(1, %s): %s", sig_text(deadly[i]),
		    res(kill(1, deadly[i])));
		see("tgkill(1, 1, %s): %s", sig_text(deadly[i]),
		    res(sys_tgkill(1, 1, deadly[i])));
	}
	info.si_code = SI_QUEUE;
	info.si_pid = getpid();
	see("sigqueueinfo(1, SIGKILL): %s",
	    res(syscall(SYS_rt_sigqueueinfo, 1, SIGKILL, &info)));
	_exit(0);
}

static void from_itself(void)
{
	see("kill(1, SIGKILL) by itself: %s", res(kill(1, SIGKILL)));
	see("raise(SIGTERM): %s", res(raise(SIGTERM)));
	see("raise(SIGSTOP): %s", res(raise(SIGSTOP)));
}

static void blocked(void)
{
	siginfo_t info;
	sigset_t set;
	pid_t pid;

	block(SIGTERM);
	pid = child();
	if (pid == 0) {
		see("kill(1, SIGTERM): %s", res(kill(1, SIGTERM)));
		_exit(0);
	}
	reap(pid);
	sigpending(&set);
	see("SIGTERM, blocked: pending %d", sigismember(&set, SIGTERM));
	unblock(SIGTERM);
	sigpending(&set);
	see("SIGTERM, unblocked: pending %d", sigismember(&set, SIGTERM));
	block(SIGTERM);
	pid = child();
	if (pid == 0) {
		kill(1, SIGTERM);
		_exit(0);
	}
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigwaitinfo(&set, &info);
	see("sigwaitinfo: %s", info_text(&info));
	reap(pid);
	unblock(SIGTERM);
}

int main(void)
{
	pid_t pid = child();

	if (pid == 0) {
		from_child();
	}
	see("child %d %s", pid, wait_text(reap(pid)));
	from_itself();
	blocked();
	catch_signal(SIGTERM, 0);
	pid = child();
	if (pid == 0) {
		kill(1, SIGTERM);
		_exit(0);
	}
	reap(pid);
	see("handler: %s", info_text(&caught_info));
	return done();
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signals of a traced task: what is told of them, those that the tracer drops,
 * puts in the place of others, or adds; and what a handler gets.
 */
#include "scenario.h"

#include <sys/ptrace.h>

static void handler(int sig, siginfo_t *info, void *context)
{
	(void)context;
	see("  handler: %s %s value %d", sig_text(sig), info_text(info),
	    info->si_code == SI_QUEUE ? info->si_value.sival_int : 0);
}

static void handle(int sig)
{
	struct sigaction action = { .sa_sigaction = handler,
				    .sa_flags = SA_SIGINFO };

	sigaction(sig, &action, NULL);
}

static void program(void)
{
	union sigval value = { .sival_int = 5 };
	sigset_t set;

	handle(SIGUSR1);
	handle(SIGUSR2);
	signal(SIGURG, SIG_IGN);
	MUST(ptrace(PTRACE_TRACEME, 0, NULL, NULL));
	raise(SIGUSR1);			    /* passed on */
	kill(getpid(), SIGUSR1);	    /* dropped */
	kill(getpid(), SIGUSR1);	    /* another one in its place */
	sigqueue(getpid(), SIGUSR1, value); /* other words */
	kill(getpid(), SIGURG);		    /* ignored, and told all the same */
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	sigqueue(getpid(), SIGUSR1, value);
	raise(SIGSTOP);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	kill(getppid(), 0);
	abort();
}

static void see_stop(pid_t pid)
{
	siginfo_t info;
	int status;

	MUST(waitpid(pid, &status, 0));
	see("%s", wait_text(status));
	if (WIFSTOPPED(status) &&
	    ptrace(PTRACE_GETSIGINFO, pid, NULL, &info) == 0) {
		see("  %s errno %d", info_text(&info), info.si_errno);
	}
}

static void go(pid_t pid, int sig)
{
	MUST(ptrace(PTRACE_CONT, pid, NULL, sig));
}

static void other_words(pid_t pid)
{
	siginfo_t info;

	MUST(ptrace(PTRACE_GETSIGINFO, pid, NULL, &info));
	info.si_value.sival_int = 9;
	info.si_pid = 123;
	MUST(ptrace(PTRACE_SETSIGINFO, pid, NULL, &info));
}

static void pending(pid_t pid)
{
	struct __ptrace_peeksiginfo_args args = { .flags = 1, .nr = 4 };
	siginfo_t infos[4];
	uint64_t mask = 0;
	long n = ptrace(PTRACE_PEEKSIGINFO, pid, &args, infos);

	see("pending: %ld, %s value %d", n, n > 0 ? info_text(&infos[0]) : "-",
	    n > 0 ? infos[0].si_value.sival_int : 0);
	MUST(ptrace(PTRACE_GETSIGMASK, pid, sizeof(mask), &mask));
	see("mask: %#lx", mask);
	see("other size: %s", res(ptrace(PTRACE_GETSIGMASK, pid, 4, &mask)));
}

/*
 * A stop can be waited for before its SIGCHLD is sent, but no request is served
 * before: see_stop() makes one.
 */
static void see_sigchld(void)
{
	see("tracer: %d, %s", caught_count, info_text(&caught_info));
	caught_count = 0;
}

int main(void)
{
	pid_t pid = child();

	if (pid == 0) {
		program();
	}
	see_stop(pid);
	go(pid, SIGUSR1);
	see_stop(pid);
	go(pid, 0);
	see_stop(pid);
	go(pid, SIGUSR2);
	see_stop(pid);
	other_words(pid);
	go(pid, SIGUSR1);
	see_stop(pid);
	go(pid, SIGURG);
	see_stop(pid);
	pending(pid);
	go(pid, 0);
	see_stop(pid);
	see("no signal: %s", res(ptrace(PTRACE_CONT, pid, NULL, 65)));
	/* SIGCHLD is sent for the stop, too. */
	catch_signal(SIGCHLD, SA_RESTART);
	go(pid, 0);
	see_stop(pid);
	see_sigchld();
	go(pid, SIGABRT);
	see_stop(pid);
	see_sigchld();
	return done();
}

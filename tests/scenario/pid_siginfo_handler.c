/* SPDX-License-Identifier: Apache-2.0 */
/* What a handler reads in its siginfo, for every way to get a signal. */
#include "scenario.h"

static void expect(const char *what)
{
	see("%s: %d time, %s", what, caught_count, info_text(&caught_info));
	caught_count = 0;
	memset(&caught_info, 0, sizeof(caught_info));
}

static void own_signals(void)
{
	union sigval value = { .sival_int = 4711 };

	kill(getpid(), SIGUSR1);
	expect("own kill");
	raise(SIGUSR1);
	expect("raise");
	sys_tkill(gettid(), SIGUSR1);
	expect("own tkill");
	sigqueue(getpid(), SIGUSR1, value);
	expect("own sigqueue");
	pthread_sigqueue(pthread_self(), SIGUSR1, value);
	expect("own pthread_sigqueue");
	kill(0, SIGUSR1);
	expect("kill(0)");
}

static void child_signals(int way)
{
	static const char *const names[] = { "kill",	 "tgkill",  "tkill",
					     "sigqueue", "kill(0)", "pidfd" };
	union sigval value = { .sival_int = 815 };
	pid_t pid = child();

	if (pid == 0) {
		signal(SIGUSR1, SIG_IGN);
		switch (way) {
		case 0:
			kill(getppid(), SIGUSR1);
			break;
		case 1:
			sys_tgkill(getppid(), getppid(), SIGUSR1);
			break;
		case 2:
			sys_tkill(getppid(), SIGUSR1);
			break;
		case 3:
			sigqueue(getppid(), SIGUSR1, value);
			break;
		case 4:
			kill(0, SIGUSR1);
			break;
		case 5:
			sys_pidfd_send(MUST(sys_pidfd_open(getppid(), 0)),
				       SIGUSR1, NULL, 0);
			break;
		}
		_exit(0);
	}
	reap(pid);
	expect(names[way]);
}

/* Waits until the handler has run, with SIGCHLD blocked otherwise. */
static void expect_chld(const char *what)
{
	sigset_t set;

	sigprocmask(SIG_BLOCK, NULL, &set);
	sigdelset(&set, SIGCHLD);
	while (!caught_count) {
		sigsuspend(&set);
	}
	expect(what);
}

static void sigchld(void)
{
	struct rlimit none = { 0, 0 };
	struct gate hold;
	pid_t pid;

	gate_init(&hold);
	block(SIGCHLD);
	catch_signal(SIGCHLD, 0);
	setrlimit(RLIMIT_CORE, &none);
	pid = child();
	if (pid == 0) {
		_exit(42);
	}
	expect_chld("exit");
	reap(pid);
	pid = child();
	if (pid == 0) {
		pass(&hold);
		_exit(0);
	}
	kill(pid, SIGSTOP);
	expect_chld("stop");
	kill(pid, SIGCONT);
	expect_chld("continue");
	kill(pid, SIGQUIT);
	expect_chld("kill");
	reap(pid);
}

int main(void)
{
	int way;

	catch_signal(SIGUSR1, 0);
	own_signals();
	for (way = 0; way < 6; way++) {
		child_signals(way);
	}
	sigchld();
	return done();
}

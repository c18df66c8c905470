/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A stopped group that becomes orphaned gets SIGHUP and SIGCONT from the
 * kernel; in an orphaned group the terminal stops do nothing.
 */
#include "scenario.h"

static struct gate hold, told;
static volatile sig_atomic_t hups, conts;
static siginfo_t hup;

static void on_signal(int sig, siginfo_t *info, void *context)
{
	(void)context;
	if (sig == SIGHUP) {
		hups++;
		hup = *info;
	} else {
		conts++;
	}
}

static void stopped_member(void)
{
	struct sigaction action = { .sa_sigaction = on_signal,
				    .sa_flags = SA_SIGINFO };

	sigaction(SIGHUP, &action, NULL);
	sigaction(SIGCONT, &action, NULL);
	setpgid(0, 0);
	raise(SIGSTOP);
	pass(&hold);
	see("group %d: SIGHUP %d, SIGCONT %d", getpgrp(), hups, conts);
	see("  %s", info_text(&hup));
	see("parent %d", getppid());
	see("SIGTSTP in an orphaned group: %s", res(raise(SIGTSTP)));
	see("SIGTTIN in an orphaned group: %s", res(raise(SIGTTIN)));
	let(&told, 1);
	_exit(5);
}

static void middle(void)
{
	int status;
	pid_t pid;

	setsid();
	pid = child();
	if (pid == 0) {
		stopped_member();
	}
	waitpid(pid, &status, WUNTRACED);
	see("member %d %s", pid, wait_text(status));
	_exit(4);
}

int main(void)
{
	int status;
	pid_t pid;

	gate_init(&hold);
	gate_init(&told);
	pid = child();
	if (pid == 0) {
		middle();
	}
	waitpid(pid, &status, 0);
	see("middle %d %s", pid, wait_text(status));
	let(&hold, 1);
	pass(&told);
	pid = wait(&status);
	see("orphan %s %s", res(pid), wait_text(status));
	return done();
}

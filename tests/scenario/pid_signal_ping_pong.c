/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A number that one process tells another stays valid between them: signals
 * both ways through a session and a group of their own, a thousand times.
 */
#include "scenario.h"

#define ROUNDS 1000

int main(void)
{
	int i, wrong = 0;
	siginfo_t info;
	sigset_t set;
	pid_t pid;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	pid = child();
	if (pid == 0) {
		setsid();
		for (i = 0; i < ROUNDS; i++) {
			sigwaitinfo(&set, &info);
			kill(info.si_pid, SIGUSR1);
		}
		_exit(info.si_pid);
	}
	for (i = 0; i < ROUNDS; i++) {
		kill(pid, SIGUSR1);
		sigwaitinfo(&set, &info);
		wrong += info.si_pid != pid;
	}
	see("%d rounds with %d, wrong %d", i, pid, wrong);
	see("the other %s", wait_text(reap(pid)));
	return done();
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Children that make every kind of call in a loop are killed at any moment:
 * the rest goes on, no number is lost and none comes twice.
 */
#include "scenario.h"

#include <sys/utsname.h>

#define ROUNDS 200

static void calls(struct gate *ready)
{
	struct utsname names;
	static bool told;
	cpu_set_t set;
	sigset_t all;
	int status;
	pid_t pid;

	sigfillset(&all);
	for (;;) {
		getppid();
		uname(&names);
		getpgid(0);
		kill(getpid(), 0);
		sys_tgkill(getpid(), gettid(), 0);
		sched_getaffinity(getpid(), sizeof(set), &set);
		waitpid(-1, &status, WNOHANG);
		close(sys_pidfd_open(getpid(), 0));
		getpriority(PRIO_PROCESS, getpid());
		if (!told) {
			let(ready, 1);
			told = true;
		}
		pid = vfork();
		if (pid == 0) {
			_exit(1);
		}
		waitpid(pid, &status, 0);
	}
}

int main(void)
{
	int round, status, bad = 0;
	struct gate ready;
	volatile int spin;
	pid_t pid, r;

	see("getpid %d", getpid());
	gate_init(&ready);
	for (round = 0; round < ROUNDS; round++) {
		pid = child();
		if (pid == 0) {
			calls(&ready);
		}
		pass(&ready);
		for (spin = 0; spin < round * 100; spin++) {
			;
		}
		bad += kill(pid, SIGKILL) != 0;
		while ((r = waitpid(-1, &status, 0)) > 0) {
			/* The other may be the orphan that it had just made. */
			bad += r == pid && status != SIGKILL;
		}
		bad += errno != ECHILD;
		bad += kill(pid, 0) == 0 || errno != ESRCH;
	}
	see("%d rounds, bad %d", round, bad);
	return done();
}

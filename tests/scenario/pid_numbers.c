/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The first process is 1, its children are 2, 3, ...; the parent of the first
 * is 0, and an orphan's parent becomes 1.
 */
#include "scenario.h"

static void numbers(const char *who)
{
	see("%s: getpid %d gettid %d getppid %d", who, getpid(), gettid(),
	    getppid());
}

static void orphan(void)
{
	struct gate ready, gone;
	pid_t middle;

	gate_init(&ready);
	gate_init(&gone);
	middle = child();
	if (middle == 0) {
		if (child() == 0) {
			numbers("grandchild before");
			let(&ready, 1);
			pass(&gone);
			numbers("grandchild after");
			let(&ready, 1);
			_exit(0);
		}
		pass(&ready);
		_exit(0);
	}
	reap(middle);
	see("middle was %d", middle);
	let(&gone, 1);
	pass(&ready);
}

int main(void)
{
	pid_t pid;
	int i;

	numbers("init");
	for (i = 0; i < 3; i++) {
		pid = child();
		if (pid == 0) {
			numbers("child");
			_exit(0);
		}
		reap(pid);
		see("fork returned %d", pid);
	}
	orphan();
	return done();
}

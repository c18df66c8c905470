/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A subreaper inside takes the orphans among its descendants; the first
 * process is none by that name, and the attribute is not inherited.
 */
#include "scenario.h"

static struct gate hold, ready;

static int is_subreaper(void)
{
	int value = 77;

	MUST(prctl(PR_GET_CHILD_SUBREAPER, &value));
	return value;
}

/* Leaves an orphan that reports its parents as it is let. */
static void leave_orphan(void)
{
	if (child() == 0) {
		if (child() == 0) {
			let(&ready, 1);
			pass(&hold);
			see("orphan %d of %d, subreaper %d", getpid(),
			    getppid(), is_subreaper());
			let(&ready, 1);
			pass(&hold);
			see("orphan %d of %d", getpid(), getppid());
			_exit(31);
		}
		_exit(30);
	}
}

int main(void)
{
	int status;
	pid_t pid, reaper;

	gate_init(&hold);
	gate_init(&ready);
	see("init: subreaper %d", is_subreaper());
	reaper = child();
	if (reaper == 0) {
		see("child: subreaper %d", is_subreaper());
		see("set: %s", res(prctl(PR_SET_CHILD_SUBREAPER, 1)));
		see("child: subreaper %d", is_subreaper());
		leave_orphan();
		pid = wait(&status);
		see("reaper: %d %s", pid, wait_text(status));
		pass(&ready);
		let(&hold, 1);
		pass(&ready);
		_exit(32);
	}
	see("reaper %d %s", reaper, wait_text(reap(reaper)));
	see("kill(orphan, 0): %s", res(kill(4, 0)));
	let(&hold, 1);
	pid = wait(&status);
	see("init: %d %s", pid, wait_text(status));
	/* Setting it for the first process changes nothing. */
	see("set: %s", res(prctl(PR_SET_CHILD_SUBREAPER, 1)));
	see("init: subreaper %d", is_subreaper());
	see("unset: %s", res(prctl(PR_SET_CHILD_SUBREAPER, 0)));
	see("init: subreaper %d", is_subreaper());
	leave_orphan();
	pid = wait(&status);
	see("init: %d %s", pid, wait_text(status));
	pass(&ready);
	let(&hold, 1);
	pass(&ready);
	let(&hold, 1);
	pid = wait(&status);
	see("init: %d %s", pid, wait_text(status));
	return done();
}

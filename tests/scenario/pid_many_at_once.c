/* SPDX-License-Identifier: Apache-2.0 */
/* Many live at the same time; all are found by number, none twice. */
#include "scenario.h"

#define COUNT 300

int main(void)
{
	static pid_t pids[COUNT];
	struct gate hold;
	int i, bad = 0;
	pid_t pid;

	gate_init(&hold);
	for (i = 0; i < COUNT; i++) {
		pids[i] = child();
		if (pids[i] == 0) {
			pass(&hold);
			_exit(getpid() % 256);
		}
		bad += i > 0 && pids[i] != pids[i - 1] + 1;
	}
	see("first %d last %d bad %d", pids[0], pids[COUNT - 1], bad);
	for (i = 0; i < COUNT; i++) {
		bad += kill(pids[i], 0) != 0;
		bad += getpgid(pids[i]) != getpgrp();
	}
	see("after the last: %s", res(kill(pids[COUNT - 1] + 1, 0)));
	let(&hold, COUNT);
	for (i = 0; i < COUNT; i++) {
		int status;

		pid = wait(&status);
		bad += status != W_EXITCODE(pid % 256, 0);
		bad += pid < pids[0] || pid > pids[COUNT - 1];
	}
	see("bad %d, then %s", bad, res(wait(NULL)));
	return done();
}

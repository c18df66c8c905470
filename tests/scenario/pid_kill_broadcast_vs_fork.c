/* SPDX-License-Identifier: Apache-2.0 */
/* One kill(-1, SIGKILL) leaves none alive of those who fork all the time. */
#include "scenario.h"

#define CHAINS 3
#define ROUNDS 20

/* Each hands over to a child and goes on, or waits, or ends. */
static void chain(struct gate *ready, int kind)
{
	bool first = true;
	pid_t pid;

	for (;;) {
		pid = fork();
		if (first && pid != 0) {
			let(ready, 1);
		}
		first = false;
		if (pid == 0) {
			continue;
		}
		if (kind == 1) {
			for (;;) {
				pause();
			}
		}
		if (kind == 2 && pid > 0) {
			setpgid(0, 0);
		}
		_exit(0);
	}
}

int main(void)
{
	int i, round, missed = 0;
	struct gate ready;
	pid_t first = 0;

	see("init is %d", getpid());
	gate_init(&ready);
	for (round = 0; round < ROUNDS; round++) {
		for (i = 0; i < CHAINS; i++) {
			pid_t pid = child();

			if (pid == 0) {
				chain(&ready, i == 1 && round % 4 ? 0 : i);
			}
			first = first ?: pid;
		}
		for (i = 0; i < CHAINS; i++) {
			pass(&ready);
		}
		if (kill(-1, SIGKILL) == -1) {
			missed++;
		}
		while (wait(NULL) > 0) {
			;
		}
		if (kill(-1, 0) == 0 || errno != ESRCH) {
			missed++;
		}
	}
	see("first child %d, %d rounds, missed %d", first, round, missed);
	return done();
}

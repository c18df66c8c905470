/* SPDX-License-Identifier: Apache-2.0 */
/* Orphans become children of the first process, and its wait reaps them. */
#include "scenario.h"

#define ORPHANS 4

int main(void)
{
	struct gate ready, go[ORPHANS];
	int i, status;
	pid_t pid;

	gate_init(&ready);
	for (i = 0; i < ORPHANS; i++) {
		gate_init(&go[i]);
	}
	if (child() == 0) {
		for (i = 0; i < ORPHANS; i++) {
			if (child() == 0) {
				if (i % 2) {
					setsid();
				}
				let(&ready, 1);
				pass(&go[i]);
				_exit(10 + i);
			}
		}
		for (i = 0; i < ORPHANS; i++) {
			pass(&ready);
		}
		_exit(3);
	}
	pid = wait(&status);
	see("wait: %s %s", res(pid), wait_text(status));
	for (i = ORPHANS - 1; i >= 0; i--) {
		let(&go[i], 1);
		pid = wait(&status);
		see("wait: %s %s", res(pid), wait_text(status));
	}
	see("wait: %s", res(wait(&status)));
	return done();
}

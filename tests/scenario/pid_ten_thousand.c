/* SPDX-License-Identifier: Apache-2.0 */
/* Ten thousand processes, one after the other: the numbers go up by one. */
#include "scenario.h"

#define COUNT 10000

int main(void)
{
	int i, bad = 0;
	pid_t pid = 0;

	for (i = 0; i < COUNT; i++) {
		pid = child();
		if (pid == 0) {
			_exit(i % 256);
		}
		bad += pid != getpid() + 1 + i;
		bad += reap(pid) != W_EXITCODE(i % 256, 0);
	}
	see("last %d, bad %d", pid, bad);
	return done();
}

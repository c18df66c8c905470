/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A signal that a process sends to itself, unblocked and with a single
 * thread, is handled before the call returns, ten thousand times.
 */
#include "scenario.h"

#define COUNT 10000

int main(void)
{
	int i, late_kill = 0, late_tgkill = 0, late_queue = 0, wrong = 0;
	union sigval value = { 0 };

	catch_signal(SIGUSR1, 0);
	for (i = 0; i < COUNT; i++) {
		caught_count = 0;
		kill(getpid(), SIGUSR1);
		late_kill += caught_count != 1;
		wrong += caught_info.si_pid != getpid();
		caught_count = 0;
		sys_tgkill(getpid(), gettid(), SIGUSR1);
		late_tgkill += caught_count != 1;
		caught_count = 0;
		value.sival_int = i;
		sigqueue(getpid(), SIGUSR1, value);
		late_queue += caught_count != 1;
		wrong += caught_info.si_value.sival_int != i;
	}
	see("%d: %d rounds, late: kill %d tgkill %d sigqueue %d, wrong %d",
	    getpid(), COUNT, late_kill, late_tgkill, late_queue, wrong);
	return done();
}

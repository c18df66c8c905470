/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Many operations, chosen by a fixed series of numbers, while many wait: the
 * same go on, in the same order.
 *
 * scenario: bare=same
 * (a set of one's own looks the same in every namespace)
 */
#include "ipc_sem.h"

#define STEPS 700

static unsigned int next = 12345;

static int roll(int sides)
{
	next = next * 1103515245 + 12345;
	return (int)(next >> 16) % sides;
}

static size_t choose(struct sembuf *ops, int most, int least, short flags)
{
	int n = 1 + (roll(3) ? 0 : roll(most));

	for (int i = 0; i < n; i++) {
		int by = roll(4) ? roll(3 - least) + least : 0;

		ops[i] = (struct sembuf){ (unsigned short)roll(SEMS),
					  (short)by, flags };
		/* Some would wait only for what comes before. */
		if (flags == 0 && i > 0 && roll(8) == 0) {
			ops[i].sem_flg = IPC_NOWAIT;
		}
	}
	return n;
}

static int free_letter(void)
{
	for (int i = 0; i < WAITERS_MAX; i++) {
		if (waiters[i] == 0) {
			return i;
		}
	}
	return -1;
}

static bool has_ended(pid_t pid)
{
	siginfo_t info = { 0 };

	MUST(waitid(P_PID, pid, &info, WEXITED | WNOHANG | WNOWAIT));
	return info.si_pid == pid;
}

/* One more child, that waits or not. */
static void add(int letter)
{
	struct sembuf ops[5];
	size_t n = choose(ops, 5, -3, 0);
	int before = waiting();
	pid_t pid = child();

	if (pid == 0) {
		_exit(semop(set, ops, n) == 0 ? 0 : errno);
	}
	waiters[letter] = pid;
	while (waiting() != before + 1 && !has_ended(pid)) {
		sched_yield();
	}
}

int main(void)
{
	new_set();
	for (int step = 0; step < STEPS; step++) {
		int what = roll(10), letter = free_letter();
		char text[64];

		if (what < 5 && letter >= 0) {
			add(letter);
			snprintf(text, sizeof(text), "%d: %c", step,
				 'a' + letter);
		} else if (what < 9) {
			struct sembuf ops[3];
			size_t n = choose(ops, 3, -1, IPC_NOWAIT);

			snprintf(text, sizeof(text), "%d: semop %s", step,
				 res(semop(set, ops, n)));
		} else {
			int sem = roll(SEMS);

			MUST(semctl(set, sem, SETVAL, roll(3)));
			snprintf(text, sizeof(text), "%d: SETVAL %d", step,
				 sem);
		}
		see_ended(text);
	}
	end_set();
	return done();
}

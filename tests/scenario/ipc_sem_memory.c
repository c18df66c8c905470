/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The largest sets, more of them than the supervisor holds; and what becomes
 * of the memory of those that are removed.
 *
 * scenario: bare=same
 * (the sets are the same in every namespace)
 */
#include "ipc_sem.h"

#define SETS 20

static int ids[SETS];

static int fill(void)
{
	for (int i = 0; i < SETS; i++) {
		ids[i] = semget(IPC_PRIVATE, 32000, 0600);
		if (ids[i] == -1) {
			return i;
		}
	}
	return SETS;
}

static void empty(int n)
{
	while (n-- > 0) {
		MUST(semctl(ids[n], 0, IPC_RMID));
	}
}

/* Undo and waits, as often as a leak of them would show. */
static void use(int id, int times)
{
	struct timespec none = { 0, 1 };

	for (int i = 0; i < times; i++) {
		pid_t pid = child();

		if (pid == 0) {
			MUST(semop(id, OPS({ 31999, 1, SEM_UNDO })));
			semtimedop(id, OPS({ 0, -1, SEM_UNDO }), &none);
			_exit(0);
		}
		reap(pid);
	}
}

int main(void)
{
	struct sembuf last = { 31999, 1, SEM_UNDO };
	int n;

	n = fill();
	see("sets: %d, then %s", n, n < SETS ? res(-1) : "enough");
	see("last of the first: %s", res(semop(ids[0], &last, 1)));
	see("value %d", MUST(semctl(ids[0], 31999, GETVAL)));
	empty(n);
	see("once more: %d", fill() == n);
	empty(n);
	ids[0] = MUST(semget(IPC_PRIVATE, 32000, 0600));
	use(ids[0], 1200);
	see("value %d", MUST(semctl(ids[0], 31999, GETVAL)));
	empty(1);
	see("once more: %d", fill() == n);
	empty(n);
	return done();
}

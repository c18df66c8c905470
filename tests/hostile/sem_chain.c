/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Many who wait for one set, with many operations each, of whom the last can
 * go on first, and then the one before it: after each all are tried again.
 * Meanwhile others must be answered.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <sys/ipc.h>
#include <sys/sem.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define OPS 500
#define WAITERS 1500
#define LONG_MS 1500

static int id;

/* Up and down, and then it waits for the next one's turn and gives its own. */
static void wait_turn(int i)
{
	struct sembuf ops[OPS];
	int n = 0;

	while (n < OPS - 2) {
		ops[n++] = (struct sembuf){ 0, 1, 0 };
		ops[n++] = (struct sembuf){ 0, -1, 0 };
	}
	ops[n++] = (struct sembuf){ (unsigned short)(i + 2), -1, 0 };
	ops[n++] = (struct sembuf){ (unsigned short)(i + 1), 1, 0 };
	semop(id, ops, OPS);
	_exit(0);
}

static long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int waiting(void)
{
	int sum = 0;

	for (int i = 0; i < WAITERS; i++)
		sum += semctl(id, i + 2, GETNCNT);
	return sum;
}

/* Who was refused. */
static int gone(void)
{
	int n = 0;

	while (waitpid(-1, NULL, WNOHANG) > 0)
		n++;
	return n;
}

int main(void)
{
	struct sembuf last = { WAITERS + 1, 1, 0 };
	int refused = 0;
	long begin;

	id = semget(IPC_PRIVATE, WAITERS + 2, 0600);
	if (id < 0)
		return 1;
	for (int i = 0; i < WAITERS; i++) {
		pid_t pid = fork();

		if (pid < 0)
			return 2;
		if (!pid)
			wait_turn(i);
	}
	while (waiting() + refused < WAITERS)
		refused += gone();
	begin = now_ms();
	semop(id, &last, 1);
	printf("long %d\n", now_ms() - begin > LONG_MS);
	semctl(id, 0, IPC_RMID);
	while (wait(NULL) > 0)
		;
	return 0;
}

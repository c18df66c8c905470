/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Processes that do nothing but stop for nsrun must not keep it from
 * answering the others.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define SPINNERS 8

static void spin(int ready)
{
	char mask[128];

	if (write(ready, "x", 1) != 1)
		_exit(1);
	for (;;)
		syscall(SYS_sched_getaffinity, getppid(), sizeof(mask), mask);
}

int main(void)
{
	pid_t spinners[SPINNERS];
	int ready[2];
	char byte;

	if (pipe(ready))
		return 2;
	for (int i = 0; i < SPINNERS; i++) {
		spinners[i] = fork();
		if (!spinners[i])
			spin(ready[1]);
	}
	for (int i = 0; i < SPINNERS; i++)
		if (read(ready[0], &byte, 1) != 1)
			return 2;
	for (int i = 0; i < 500; i++)
		if (syscall(SYS_getpid) != 1)
			return 1;
	for (int i = 0; i < SPINNERS; i++)
		kill(spinners[i], SIGKILL);
	while (wait(NULL) > 0)
		;
	puts("done");
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Children are reaped while another thread waits; when their numbers on the
 * host belong to processes outside, the old ones must name nobody.
 */
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#define COUNT 100

static void *waiter(void *child)
{
	waitpid((int)(intptr_t)child, NULL, 0);
	return NULL;
}

int main(void)
{
	pid_t child, old[COUNT];
	pthread_t thread;
	char byte;
	int wrong = 0;

	child = fork();
	if (!child) {
		pause();
		_exit(0);
	}
	pthread_create(&thread, NULL, waiter, (void *)(intptr_t)child);
	usleep(50000);		/* nothing tells that it waits */
	for (int i = 0; i < COUNT; i++) {
		old[i] = fork();
		if (!old[i])
			_exit(0);
		if (waitpid(old[i], NULL, 0) != old[i])
			return 1;
	}
	/* See outside.c. */
	puts("victims");
	fflush(stdout);
	if (read(0, &byte, 1) != 1)
		return 2;
	for (int i = 0; i < COUNT; i++)
		wrong += kill(old[i], SIGTERM) == 0;
	kill(child, SIGKILL);
	pthread_join(thread, NULL);
	printf("%d named\n", wrong);
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Processes are killed while they make threads: what nsrun remembers of those
 * that it never met must not hit a new child that gets such a number.
 */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static void *nothing(void *unused)
{
	return unused;
}

static void make_threads(void)
{
	pthread_attr_t attr;
	pthread_t thread;

	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	for (;;)
		pthread_create(&thread, &attr, nothing, NULL);
}

int main(void)
{
	int status, wrong = 0;
	char byte;
	pid_t child;

	for (int i = 0; i < 250; i++) {
		child = fork();
		if (!child)
			make_threads();
		usleep(1000 + rand() % 3000);
		kill(child, SIGKILL);
		waitpid(child, &status, 0);
	}
	/* See outside.c: the numbers begin anew. */
	puts("again");
	fflush(stdout);
	if (read(0, &byte, 1) != 1)
		return 2;
	for (int i = 0; i < 5000; i++) {
		child = fork();
		if (!child)
			_exit(0);
		wrong += waitpid(child, &status, 0) != child || status;
	}
	printf("%d wrong\n", wrong);
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Who has to wait while the supervisor is kept busy, and for how long. */
#ifndef NSRUN_HOSTILE_WAITER_H
#define NSRUN_HOSTILE_WAITER_H

#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Seconds: what once took longer on an idle machine; a busy one is slow. */
#define PATIENT 8.0

static struct {
	double longest;
	unsigned int calls;
} volatile *waited;

static pid_t waiter;

static double waiter_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void waiter_start(void)
{
	const pid_t parent = getpid();

	waited = mmap(NULL, sizeof(*waited), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	waiter = fork();
	while (waiter == 0) {
		double began = waiter_now(), took;

		syscall(SYS_getpgid, parent);
		took = waiter_now() - began;
		if (took > waited->longest)
			waited->longest = took;
		waited->calls++;
	}
	while (!waited->calls)
		sched_yield();
}

/* After the call that it is in, and one more. */
static void waiter_end(void)
{
	const unsigned int calls = waited->calls;

	while (waited->calls - calls < 2)
		sched_yield();
	kill(waiter, SIGKILL);
	waitpid(waiter, NULL, 0);
	if (waited->longest > PATIENT)
		printf("waited %.1f s\n", waited->longest);
}

#endif

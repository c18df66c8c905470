/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Several threads wait at once: each child is given to one of them, and who
 * is left when there is none gets ECHILD.
 */
#include "scenario.h"

#define WAITERS	 6
#define CHILDREN 40

static struct gate hold;
static int reaped[CHILDREN + 100], no_more;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void *waiter(void *unused)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, 0)) > 0) {
		pthread_mutex_lock(&lock);
		if (pid < CHILDREN + 100 && status == W_EXITCODE(pid, 0)) {
			reaped[pid]++;
		}
		pthread_mutex_unlock(&lock);
	}
	pthread_mutex_lock(&lock);
	no_more += errno == ECHILD;
	pthread_mutex_unlock(&lock);
	return unused;
}

static void *wait_one(void *pid)
{
	int status;
	pid_t r = waitpid((int)(intptr_t)pid, &status, 0);

	pthread_mutex_lock(&lock);
	if (r > 0) {
		reaped[0]++;
	} else {
		no_more += errno == ECHILD;
	}
	pthread_mutex_unlock(&lock);
	return NULL;
}

int main(void)
{
	pthread_t ids[WAITERS];
	int i, once = 0;
	pid_t pid = 0;

	gate_init(&hold);
	for (i = 0; i < CHILDREN; i++) {
		pid = child();
		if (pid == 0) {
			pass(&hold);
			_exit(getpid());
		}
	}
	for (i = 0; i < WAITERS; i++) {
		pthread_create(&ids[i], NULL, waiter, NULL);
	}
	let(&hold, CHILDREN);
	for (i = 0; i < WAITERS; i++) {
		pthread_join(ids[i], NULL);
	}
	for (i = 0; i < CHILDREN + 100; i++) {
		once += reaped[i] == 1;
	}
	see("last %d, reaped once %d, ECHILD %d", pid, once, no_more);
	no_more = 0;
	pid = child();
	if (pid == 0) {
		pass(&hold);
		_exit(0);
	}
	for (i = 0; i < WAITERS; i++) {
		pthread_create(&ids[i], NULL, wait_one, (void *)(intptr_t)pid);
	}
	let(&hold, 1);
	for (i = 0; i < WAITERS; i++) {
		pthread_join(ids[i], NULL);
	}
	see("one child %d: reaped %d, ECHILD %d", pid, reaped[0], no_more);
	return done();
}

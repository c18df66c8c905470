/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A thread that ends with a robust mutex locked, in memory that no other
 * process has: the next one is told, be it that it waits for it already.
 */
#include "scenario.h"

#define ROUNDS 20

static pthread_mutex_t mutex;
static struct gate locked, waits;

static void mutex_init(void)
{
	pthread_mutexattr_t attr;

	pthread_mutexattr_init(&attr);
	pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
	pthread_mutex_init(&mutex, &attr);
}

static void *ends(void *unused)
{
	pthread_mutex_lock(&mutex);
	return unused;
}

static void *ends_late(void *unused)
{
	pthread_mutex_lock(&mutex);
	let(&locked, 1);
	pass(&waits);
	return unused;
}

/* Return: whether it was told of an owner that has ended. */
static bool take(void)
{
	if (pthread_mutex_lock(&mutex) != EOWNERDEAD) {
		return false;
	}
	pthread_mutex_consistent(&mutex);
	pthread_mutex_unlock(&mutex);
	return true;
}

static void *takes(void *told)
{
	pass(&locked);
	let(&waits, 1);
	*(int *)told += take();
	return NULL;
}

static void *takes_of_leader(void *leader)
{
	pthread_join(*(pthread_t *)leader, NULL);
	see("  told %d, number %d in %d", take(), gettid() - getpid(),
	    getpid());
	exit(0);
}

int main(void)
{
	pthread_t first, second;
	int told = 0, status;

	mutex_init();
	gate_init(&locked);
	gate_init(&waits);
	for (int i = 0; i < ROUNDS; i++) {
		pthread_create(&first, NULL, ends, NULL);
		pthread_join(first, NULL);
		told += take();
	}
	see("of threads that have ended: told %d", told);
	told = 0;
	for (int i = 0; i < ROUNDS; i++) {
		pthread_create(&first, NULL, ends_late, NULL);
		pthread_create(&second, NULL, takes, &told);
		pthread_join(first, NULL);
		pthread_join(second, NULL);
	}
	see("of threads that end meanwhile: told %d", told);
	see("of the leader");
	if (child() == 0) {
		first = pthread_self();
		pthread_mutex_lock(&mutex);
		pthread_create(&second, NULL, takes_of_leader, &first);
		pthread_exit(NULL);
	}
	wait(&status);
	see("  %s", wait_text(status));
	return done();
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Priority-inheritance futexes, and all the others beside them.
 * scenario: bare=same
 * A futex shows a number of a thread only where it is one of these.
 */
#include "scenario.h"

#include <linux/futex.h>

#ifndef FUTEX_LOCK_PI2
#define FUTEX_LOCK_PI2 13
#endif

static unsigned int word, other;

static long futex(int op, unsigned int value, void *arg, void *at2,
		  unsigned int value3)
{
	return syscall(SYS_futex, &word, op, value, arg, at2, value3);
}

static void pi(void)
{
	static const struct {
		const char *name;
		int op;
	} ops[] = {
		{ "LOCK_PI", FUTEX_LOCK_PI },
		{ "LOCK_PI2", FUTEX_LOCK_PI2 },
		{ "TRYLOCK_PI", FUTEX_TRYLOCK_PI },
	};
	pthread_mutexattr_t attr;
	pthread_mutex_t mutex;
	int r;

	for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
		word = 0;
		see("%s: %s", ops[i].name,
		    res(futex(ops[i].op, 0, NULL, NULL, 0)));
		word = 0;
		see("%s, private: %s", ops[i].name,
		    res(futex(ops[i].op | FUTEX_PRIVATE_FLAG, 0, NULL, NULL,
			      0)));
	}
	word = (unsigned int)gettid();
	see("UNLOCK_PI: %s", res(futex(FUTEX_UNLOCK_PI, 0, NULL, NULL, 0)));
	word = (unsigned int)gettid();
	see("UNLOCK_PI, private: %s",
	    res(futex(FUTEX_UNLOCK_PI | FUTEX_PRIVATE_FLAG, 0, NULL, NULL, 0)));
	word = 0;
	for (int flags = 0; flags < 512; flags += 128) {
		see("WAIT_REQUEUE_PI, flags %d: %s", flags,
		    res(futex(FUTEX_WAIT_REQUEUE_PI | flags, 1, NULL, &other,
			      0)));
		see("CMP_REQUEUE_PI, flags %d: %s", flags,
		    res(futex(FUTEX_CMP_REQUEUE_PI | flags, 1, NULL, &other,
			      1)));
	}
	pthread_mutexattr_init(&attr);
	r = pthread_mutexattr_setprotocol(&attr, PTHREAD_PRIO_INHERIT);
	see("attribute: %s", r ? strerrorname_np(r) : "0");
	r = pthread_mutex_init(&mutex, &attr);
	see("mutex: %s", r ? strerrorname_np(r) : "0");
}

int main(void)
{
	struct timespec soon = { 0, 1000 };

	word = 5;
	see("WAIT for another value: %s", res(futex(FUTEX_WAIT, 4, NULL, NULL, 0)));
	see("WAIT: %s", res(futex(FUTEX_WAIT, 5, &soon, NULL, 0)));
	see("WAIT_BITSET: %s", res(futex(FUTEX_WAIT_BITSET_PRIVATE |
					 FUTEX_CLOCK_REALTIME, 5, &soon, NULL,
					 1)));
	see("WAKE: %s", res(futex(FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0)));
	see("REQUEUE: %s", res(futex(FUTEX_REQUEUE, 1, NULL, &other, 0)));
	see("CMP_REQUEUE: %s", res(futex(FUTEX_CMP_REQUEUE, 1, NULL, &other,
					 5)));
	see("an unknown one: %s", res(futex(77, 1, NULL, &other, 5)));
	pi();
	return done();
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parked calls: those whose answer has to wait for another task's.
 *
 * A handler that can't answer yet puts its waiter into a queue of its own and
 * returns call_park(). Whoever makes the answer possible takes the waiter out
 * of the queue and says park_answer(). A wait that ends in another way (a
 * signal, its deadline, death) ends by the waiter's own ended().
 *
 * A row whose handler parks is of gate ONCE: an effect happens once.
 */
#ifndef NSRUN_PARK_H
#define NSRUN_PARK_H

#include <stdint.h>
#include "src/task/task.h"

/* Why a wait ended that nobody answered. */
enum park_end {
	PARK_SIGNAL,	/* one that is delivered, or that stops the task */
	PARK_TIMEOUT,
	PARK_GONE,	/* the task has died, or makes another call */
};

struct waiter {
	struct task *task;	/* set by call_park() */
	uint64_t deadline;	/* CLOCK_MONOTONIC, ns; 0: none */
	/*
	 * Takes @w out of its queue and frees it. Return: what the kernel's
	 * own function returns then, restart codes too; with PARK_GONE it is
	 * told to nobody.
	 */
	long (*ended)(struct waiter *w, enum park_end why);
};

/* What a handler returns. @w stays the handler's until it has ended. */
long call_park(struct call *c, struct waiter *w);

/* The call of @w is over. From then on @w is not touched any more. */
void park_answer(struct waiter *w, long value);

/*
 * The answer of @w is a descriptor, @fd, which is taken: if it can be given at
 * once. Return: false, and @fd stays open: where it can't.
 */
bool park_can_give(const struct waiter *w);
bool park_give(struct waiter *w, int fd, bool cloexec);

/* CLOCK_MONOTONIC, in nanoseconds. */
uint64_t park_now(void);

/* ---- for the gates and the loop ---- */

struct notify;

void park_init(struct notify *notify);

/* The call of @task has been parked at the notify gate, at the trace gate. */
void park_at_notify(struct task *task, uint64_t id);
void park_at_stop(struct task *task);
/* Likewise at STOP_TRAPPED. */
void park_at_trap(struct task *task);

/* At a stop by PTRACE_INTERRUPT. Return: whether it was for a parked call. */
bool park_trapped(struct task *task);

/* At a signal-delivery stop; @deliver: the guest is to see the signal. */
void park_signalled(struct task *task, int sig, bool deliver);

/* At a stop by job control: the call is over. */
void park_group_stopped(struct task *task);

/* At a stop of another kind, that a parked call has no use for. */
void park_stepped(struct task *task);

/* Does the task sleep, by nsrun's doing, in the call @nr? */
bool park_sleeps(const struct task *task, long nr);

/* @task has died, or left its call. */
void park_abandon(struct task *task);

/* Nanoseconds to the next thing to do; -1: none. */
int64_t park_timeout(void);
void park_expire(void);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Calls that come by the notify gate. */
#ifndef NSRUN_BY_NOTIFY_H
#define NSRUN_BY_NOTIFY_H

#include "src/loop.h"
#include "src/task/task.h"

/* Takes and answers one, when poll() has announced it. */
void by_notify_next(struct loop *loop);

/* Answers those that could not be answered while a thread was in exec. */
void by_notify_deferred(struct loop *loop);

/* Does this gate catch calls of @row in this instance? */
bool by_notify_catches(const struct syscall *row);

/*
 * At a signal-delivery stop: a call that the signal ended is set right, as
 * the head of by_notify.c says.
 */
void by_notify_mend(struct loop *loop, struct task *task);

#endif

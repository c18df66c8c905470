/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The threads of a process kept from running its code for a moment, so that
 * the supervisor may write over code that they share.
 */
#ifndef NSRUN_QUIESCE_H
#define NSRUN_QUIESCE_H

#include <stdbool.h>
#include <stdint.h>
#include "src/task/task.h"

/*
 * From here to memory_release() no task of @caller's group executes its
 * program. @caller waits in a notification, or is stopped; nobody else uses its
 * memory. The supervisor waits for the others, but not longer than @patience
 * (ns).
 * Return: 0; or a negative errno, and nobody may be relied on to stand still:
 * -EAGAIN: not in time, -E2BIG: too many.
 */
long memory_quiesce(struct task *caller, uint64_t patience);
void memory_release(struct task *caller);

/* Between the two: is a thread about to go on within (@start, @end)? */
bool memory_is_entered(const struct task *caller, uint64_t start,
		       uint64_t end);

/* At a stop by PTRACE_INTERRUPT: a call that it ended is not to be seen so. */
void memory_mend(struct task *task);

#endif

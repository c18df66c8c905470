/* SPDX-License-Identifier: Apache-2.0 */
/* From a call to its handler and back; src/syscalls.def says which. */
#ifndef NSRUN_DISPATCH_H
#define NSRUN_DISPATCH_H

#include "src/call.h"

/*
 * Runs the handler of @c's number for @task. The host_args begin as the args.
 * Return: what the handler did: a value, a negative errno, a CALL_ code.
 */
long dispatch(struct call *c, struct task *task);

/*
 * Likewise for a call that was caught because the trace wants it: a form that
 * the table does not take passes.
 */
long dispatch_shown(struct call *c, struct task *task);

/* Would dispatch() run a handler for a call like this of @task's? */
bool dispatch_handles(const struct task *task, int nr, const uint64_t *args);

/* At the end of what call_then() asked for; returns likewise. */
long dispatch_after(struct call *c, long result);

#endif

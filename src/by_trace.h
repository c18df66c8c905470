/* SPDX-License-Identifier: Apache-2.0 */
/* Calls that come by the trace gate, and calls that a task is made to run. */
#ifndef NSRUN_BY_TRACE_H
#define NSRUN_BY_TRACE_H

#include "interpose/stop.h"
#include "src/task/task.h"

/* At STOP_CALL and STOP_STEP. */
void by_trace_call(const struct stop *stop);
void by_trace_step(const struct stop *stop);

/*
 * After the first stop of a task: if there is a call that it has to make ahead
 * of its program, it goes on with that. Return: whether it does.
 */
bool by_trace_begin(struct task *task);

/*
 * At STOP_TRAPPED. Return: whether it was for a call that an outer filter
 * answers; if not, it is a signal as any other.
 */
bool by_trace_trapped(const struct stop *stop);

/* Lets a stopped task go on, to where it has to be met next. */
void by_trace_go_on(struct task *task, int sig);

/* Is this the call that nsrun has asked @task to make? */
bool by_trace_is_ours(const struct task *task, long nr, uint64_t ip,
		      const uint64_t *args);

/* What nsrun asked for will not come: the guest's own goes on. */
void by_trace_abandon(struct task *task);

/* From the entry of a call, which was shown to a debugger. */
void by_trace_entered(struct task *task);

/* Its signals are its own again. */
void by_trace_unmask(struct task *task);

#endif

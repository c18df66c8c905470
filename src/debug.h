/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stops of tasks that a debugger inside traces; see doc/debuggers.md.
 *
 * Each function here is asked at a stop of nsrun's own where the kernel would
 * stop such a task for its tracer. If it returns true, the task stands still,
 * and goes on by debug_resume(). Of other tasks nothing is asked.
 */
#ifndef NSRUN_DEBUG_H
#define NSRUN_DEBUG_H

#include "interpose/stop.h"
#include "src/task/task.h"

/* At each stop, before all else. */
void debug_arrives(struct task *task);

/* A signal is about to be delivered: @info, as the program is to see it. */
bool debug_signal(struct task *task, int sig, const siginfo_t *info);

/* The entry or exit of the program's own call. */
bool debug_step(struct task *task);

/* A call that nsrun followed is over. */
bool debug_exit(struct task *task);

/* At STOP_TRAP and STOP_GROUP. */
bool debug_trap(struct task *task, const struct stop *stop);

bool debug_exec(struct task *task, host_pid former);
bool debug_ends(struct task *task, const struct stop *stop);

/* At STOP_FORK, of any task. */
void debug_forks(const struct stop *stop);

/* A stop has swallowed the one that was asked for. */
void debug_remind(host_pid tid);

/* Does it stand still for its tracer? */
bool debug_stands(const struct task *task);

/*
 * A tracer that is perhaps in a wait by its agent: it is answered there.
 * Return: whether it has gone on.
 */
bool debug_agent_waits(struct task *task);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `--trace` and `--stats`: each call, as the program made it and as it was
 * answered. All of it does nothing when neither is on.
 */
#ifndef NSRUN_TRACE_H
#define NSRUN_TRACE_H

#include <stdbool.h>
#include "src/call.h"
#include "src/trace_set.h"

struct trace_config {
	bool lines;		/* a line for each call */
	bool json;		/* as objects, not as text */
	bool stack;		/* with the program's call stack */
	bool stats;		/* a table at the end */
	const char *path;	/* NULL: standard error */
	const struct trace_set *set;	/* NULL: what nsrun catches */
};

/* @config stays the caller's, and stays. Return: 0 or a negative errno. */
long trace_open(const struct trace_config *config);

/* The table, if asked for; and says what could not be written. */
void trace_close(void);

/* Its descriptor, -1 without one. */
int trace_fd(void);

/* The time of an event: what comes until trace_tock() is spent on @tid. */
void trace_tick(void);
void trace_tock(host_pid tid);

/*
 * @task, at the entry of @c: nothing if its call is known already, or is not
 * meant. The task must be stopped if stacks are shown.
 */
void trace_begin(struct task *task, const struct call *c);

/* Is a call known, so that its exit must be seen? */
bool trace_follows(const struct task *task);

/* It came by @gate, a word. @foreign: its number is not x86_64's. */
void trace_gate(struct task *task, const char *gate);
void trace_foreign(struct task *task);

/*
 * The guest gets @result. @c: the call, if a handler saw it; @raw: what the
 * kernel returned, 0 if it was not asked.
 */
void trace_end(struct task *task, const struct call *c, long result, long raw);

/* It does not return, or nobody can know what. Nothing without a call. */
void trace_lost(struct task *task);

/* It was told already. */
void trace_drop(struct task *task);

/* @leader has a new program, that its thread @former had asked for. */
void trace_exec(struct task *leader, host_pid former);

#endif

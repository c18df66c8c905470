/* SPDX-License-Identifier: Apache-2.0 */
/* `--trace`: each caught call, as the program made it and as it was answered. */
#ifndef NSRUN_TRACE_H
#define NSRUN_TRACE_H

#include <stdbool.h>
#include "src/call.h"

/*
 * Starts writing to @path, or to standard error for NULL. @stack: with the
 * program's call stack, which needs the trace gate for every call.
 * Return: 0 or a negative errno.
 */
long trace_open(const char *path, bool stack);

/* Writes what is held back, and says what could not be written. */
void trace_close(void);

/* Its descriptor, -1 without one. */
int trace_fd(void);

/* @gate: by which gate the call came, as a word. All do nothing when off. */
void trace_result(const struct call *c, const char *gate, long result);
void trace_passed(const struct call *c, const char *gate);

/* The call stack of @tid, which is stopped, before its call @c is printed. */
void trace_stack(host_pid tid, const struct call *c);

#endif

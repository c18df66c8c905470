/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The loader (ELF interpreter) of a program of a task with a root of its own.
 *
 * Theory of operation. The kernel takes it by its path from the host's root
 * folder. If what lies there is not the very file that lies in the task's root,
 * it is exchanged before it has run: the task maps the right one, drops the
 * other, is told where (AT_BASE), and goes on at its entry. So all else of the
 * program is what the kernel has made of it: its name, its arguments,
 * /proc/PID/exe.
 */
#ifndef NSRUN_TASK_LOADER_H
#define NSRUN_TASK_LOADER_H

#include <stdbool.h>
#include "src/call.h"

struct task;
struct loader;

/*
 * exec is about to begin a program that asks for the loader @name, which is
 * @path of the host's, a file that is there, by rights.
 * Return: 0; -ENOENT where the host has no such loader; or another errno.
 */
long loader_plan(struct task *task, const char *name, const char *path);

/*
 * The program is to be told that it was started as @name (AT_EXECFN), which is
 * another than the kernel's; @renamed: so is its last component, by which
 * PR_GET_NAME calls it.
 */
long loader_plan_name(struct task *task, const char *name, bool renamed);

/* Nothing is to be done, or it was. */
void loader_forget(struct task *task);

/*
 * At the exec event: does the task have to make calls ahead of its program?
 * @sp is where its stack begins.
 */
bool loader_is_due(struct task *task, uint64_t sp);

/* At the end of its exec: fills in @c with the first one. */
long loader_begin(struct task *task, struct call *c);

#endif

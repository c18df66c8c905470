/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bare tasks: those that are not traced.
 *
 * Theory of operation. A stop costs more than a caught call, so a task is
 * traced only while it has to be: while it is made to run something
 * (by_trace.c), and while a stop is what nsrun must see of it (bare_may()). A
 * task that is not traced has its calls caught by the notify gate alone; the
 * rows of the trace gate come there, too, and are recalled (by_notify.c). What
 * a stop would have told is learnt in another way: the end of a process by its
 * pidfd, an exec at the next call (exec.c).
 */
#ifndef NSRUN_BARE_H
#define NSRUN_BARE_H

#include "interpose/stop.h"
#include "src/loop.h"
#include "src/task/task.h"

/* Its epoll is told of the ends of bare processes: bare_ended(). */
void bare_start(const struct loop *loop);

/*
 * Lets a stopped task go on, with @sig, and untraced if it may be.
 * Return: what stop_resume() says.
 */
long bare_resume(struct task *task, int sig);

/* Is it traced, but need not be? */
bool bare_wants(const struct task *task);

/* From now on it is traced. Return: whether it is; if not, it is dying. */
bool bare_hold(struct task *task);

/*
 * The parent of @child, a process made by vfork, is to stop when it goes on,
 * since something was lent on the stack of both: task_take_back().
 */
void group_hold_parent(const struct group *child);

/* The process with this host number has ended, epoll says. */
void bare_ended(host_pid tgid);

/* A caught call has come: has it begun another program meanwhile? */
void bare_settle_exec(struct task *task);

/* Likewise: have those that it has made by vfork()? */
void bare_settle_children(struct task *task);

/* It is about to exec, which the supervisor will not see. */
void bare_note_exec(struct task *task);

/* It is about to exit: a thread is not heard of again, and @task is gone. */
void bare_note_exit(struct task *task);

#endif

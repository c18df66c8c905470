/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The trace gate: ptrace stops, as events.
 *
 * Theory of operation. Tasks are seized, never attached, so that group stops
 * can be told from signals and left alone (PTRACE_LISTEN). A stopped task
 * stays stopped until exactly one stop_ function has let it go. Every one of
 * them may find that the task was killed meanwhile (-ESRCH): that is normal,
 * its death comes as an event of its own.
 */
#ifndef NSRUN_STOP_H
#define NSRUN_STOP_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>
#include "interpose/regs_x86_64.h"
#include "src/call.h"
#include "tables/pids.h"

#define STOPS_TAKEN_MAX 256

enum stop_kind {
	STOP_NONE,	/* nothing waits to be told */
	STOP_CALL,	/* at the entry of a caught call */
	STOP_STEP,	/* at the entry or exit of a call that is followed */
	STOP_SIGNAL,	/* a signal is about to be delivered */
	STOP_TRAPPED,	/* likewise: a call that a filter made a trap of */
	STOP_GROUP,	/* stopped by job control, together with its group */
	STOP_TRAP,	/* a new task, or one that goes on after STOP_GROUP */
	STOP_EXIT,	/* about to die, with its memory still there */
	STOP_EXEC,	/* a new program; `former` is its tid before */
	STOP_FORK,	/* in a call that makes a child: stop_want_events() */
	STOP_OTHER,	/* let it go on */
	STOP_DIED,
};

struct stop {
	enum stop_kind kind;
	host_pid tid;
	int status;	/* STOP_DIED: the wait status */
	int sig;	/* STOP_SIGNAL, STOP_TRAPPED, STOP_GROUP */
	unsigned long data;	/* STOP_CALL: of the filter that stopped it;
				   STOP_FORK: the child; STOP_EXIT: its status */
	int event;	/* STOP_FORK: PTRACE_EVENT_ */
	host_pid former;
};

/*
 * @exits: it shall be told by STOP_EXIT, too; its children do as it does.
 * Return: 0, or a negative errno: -EPERM where ptrace is refused.
 */
long stop_seize(host_pid tid, bool exits);

/* The next event, without waiting. Return: 0, or -ECHILD: no child is left. */
long stop_next(struct stop *ret_stop);

/*
 * Takes @tid's next stop ahead of its turn: stop_next() tells it later, before
 * any other; until then the task stays stopped. A death is left where it is.
 * Return: 1; 0: it has none yet; or a negative errno: -ENOSPC.
 */
long stop_take(host_pid tid);

/* How many of these are still to be told. */
unsigned int stop_taken(void);

/*
 * What the last one that stop_next() told has used: struct rusage. Only once
 * stop_ask_how() was called, since the kernel adds all threads up for it.
 */
const struct rusage *stop_usage(void);

/* How many events there have been, deaths among them. */
unsigned long stop_count(void);

/*
 * stop_resume() asks @how for each task: 0, or a request of ptrace(2) that it
 * goes on by.
 */
void stop_ask_how(long (*how)(host_pid tid));

/* A stopped task tells its children by STOP_FORK: @events, of PTRACE_O_. */
long stop_want_events(host_pid tid, bool exits, unsigned long events);

/* Lets it go on; @sig is delivered unless 0. */
long stop_resume(host_pid tid, int sig);

/* As stop_resume(), and it is traced no more. */
long stop_let_go(host_pid tid, int sig);

/* Lets it go on to its next event, never to the next call. */
long stop_resume_unseen(host_pid tid);

/*
 * From now on every call of every task is told, at its entry and its exit:
 * stop_resume() does what stop_resume_step() does.
 */
void stop_step_always(void);

/* Likewise for a while, and for the tasks that stop meanwhile. */
void stop_step_now(bool on);

/*
 * At STOP_STEP: is it the entry of a call? @ret_foreign: by an entry point
 * that is not x86_64's own, as int 0x80, with other numbers.
 * Return: 1, 0 for an exit, or -ESRCH.
 */
long stop_is_entry(host_pid tid, bool *ret_foreign);

/* As stop_resume(), up to the next entry or exit of a call. */
long stop_resume_step(host_pid tid, int sig);

/*
 * Makes a running task stop (STOP_TRAP) on its way back to its program; a
 * call that it waits in is interrupted.
 */
long stop_interrupt(host_pid tid);

/*
 * The signal mask of a stopped task, so that no handler comes between the
 * parts of what it is made to do. Return: 0 or a negative errno.
 */
long stop_block_signals(host_pid tid, uint64_t *ret_old);
long stop_set_mask(host_pid tid, uint64_t mask);

/*
 * At STOP_TRAPPED: where SIGSYS was blocked or ignored, the kernel has reset
 * that to force it. Blocks it again where all else is blocked, as libc does
 * around a clone; elsewhere it can't be known.
 */
void stop_mend_mask(host_pid tid);

/* It stays stopped by job control, but is told when that ends. */
long stop_listen(host_pid tid);

long stop_get_signal(host_pid tid, siginfo_t *ret_info);
long stop_set_signal(host_pid tid, const siginfo_t *info);

/* Fills @c from the registers at the entry of a call. */
void stop_fill_call(struct call *c, const struct regs *regs);

/*
 * Answers a call at its entry with @value: it does not reach the kernel. Or at
 * STOP_TRAPPED, where it has been refused already.
 * @regs are those of the stop.
 */
long stop_answer(host_pid tid, struct regs *regs, long value);

/* Likewise, but it does not go on yet. */
long stop_put_answer(host_pid tid, struct regs *regs, long value);

/* Changes what runs to c->host_nr and c->host_args, and follows it. */
long stop_run(host_pid tid, struct regs *regs, const struct call *c);

/* At an exit stop, or STOP_TRAPPED: the same for one more call. */
long stop_run_again(host_pid tid, struct regs *regs, const struct call *c);

/* At an exit stop: the guest's own registers, and its result. */
void stop_finish(struct regs *regs, const struct call *c, long result);

#endif

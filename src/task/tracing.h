/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Debuggers inside: who traces whom, in which stop a traced task is, and what
 * a wait of its tracer is to be told; see doc/debuggers.md.
 *
 * The kernel's own tracer of all these tasks is nsrun. What is kept here is the
 * relation that programs see.
 */
#ifndef NSRUN_TASK_TRACING_H
#define NSRUN_TASK_TRACING_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>
#include "src/task/task.h"

/* Where a task stands still for its tracer, and so how it goes on. */
enum traced_at {
	TRACED_SIGNAL, /* a signal is about to be delivered: `info` */
	TRACED_ENTRY,  /* of a call */
	TRACED_EXIT,
	TRACED_EVENT,	/* PTRACE_EVENT_FORK and its like */
	TRACED_GROUP,	/* by job control */
	TRACED_TRAP,	/* PTRACE_EVENT_STOP */
	TRACED_BEGUN,	/* it is new, and has a SIGSTOP before all else */
	TRACED_STEPPED, /* one instruction, which was a call */
};

/* Of one traced task; owned by its tracer's list. */
struct tracing {
	struct task *task;
	struct group *tracer;
	host_pid by; /* its thread; 0: any, after PTRACE_TRACEME */
	struct tracing *prev, *next; /* of the tracer's */
	bool seized;
	unsigned long options; /* PTRACE_O_ */
	bool options_due;      /* the kernel is to be told at the next stop */
	enum {
		TRACED_RUNS,
		TRACED_STOPPED,
		TRACED_LISTENS
	} state;
	enum traced_at at;
	int code;	       /* of the stop: a signal, and the event << 8 */
	bool told;	       /* a wait has returned it */
	unsigned long message; /* PTRACE_GETEVENTMSG */
	siginfo_t info;	       /* PTRACE_GETSIGINFO */
	struct rusage usage;   /* for waits */
	bool info_set;	       /* by the tracer: the kernel's is another */
	siginfo_t given;       /* such a one that the agent asks for */
	long how;	 /* it went on: PTRACE_CONT, _SYSCALL, _SINGLESTEP */
	bool begins;	 /* its first stop is due */
	bool interrupt;	 /* PTRACE_INTERRUPT is */
	bool notify;	 /* the end of its stop by job control is */
	bool in_call;	 /* the entry of a call was told */
	long nr;	 /* which */
	int then;	/* the code of a stop that comes after this one, */
	enum traced_at then_at;	/* if not 0 */
	uint64_t sent;	 /* signals that came in the kernel's name */
	uint64_t silent; /* those that were told already */
};

/* A traced task that has ended, which its tracer has not waited for yet. */
struct traced_end {
	struct pid *tid;  /* owned reference */
	struct pid *pgrp; /* likewise, or NULL */
	int status;
	struct rusage usage;
	struct traced_end *prev, *next;
};

/* Is there anything that a wait of @group may be told here? */
bool tracing_any(const struct group *group);

/*
 * @task is traced by @tracer from now on. Return: NULL without memory. It is
 * held by nsrun (bare_hold()) and has no tracer.
 */
struct tracing *tracing_begin(struct task *task, struct group *tracer,
			      host_pid by);

/* Is @info one that its tracer has set? It is what that has said then. */
bool tracing_given(const struct task *task, siginfo_t *info);

/* A child that its tracer gets with its parent. */
void tracing_inherit(struct task *child, const struct tracing *from);

/* It is over; the task is not touched. */
void tracing_end(struct tracing *tr);

/* The task has died with @status. */
void tracing_died(struct task *task, int status);

/* @task is no more: neither traced, nor a tracer. */
void tracing_forget(struct task *task);

/* exec by another thread than the leader, whose number it takes over. */
void tracing_take_over(struct task *leader, struct task *caller);

/* The whole process has died: those that it traced are free. */
void tracing_tracer_died(struct group *group);

/* It stands still now: its tracer is told. */
void tracing_stop(struct tracing *tr, enum traced_at at, int code);

/* What a wait asks for, in the host's numbers. */
struct wanted {
	int type; /* P_ALL, P_PID, P_PGID */
	int nr;	  /* P_PGID, 0: its own group */
	int options;
};

/* What it is told: a wait status, or what of it waitid(2) tells. */
struct traced_news {
	host_pid host;
	int nr; /* for the tracer */
	bool ended;
	int status;
	uint32_t uid;
	struct rusage usage;
};

/*
 * Return: whether there is something to tell @waiter, which is told then, and
 * not again (but with WNOWAIT).
 */
bool tracing_news(struct task *waiter, const struct wanted *w,
		  struct traced_news *ret_news);

/* Does @waiter trace one that @w is for, which may have news later? */
bool tracing_awaits(const struct task *waiter, const struct wanted *w);

/* A number of one that @waiter may still be told of, or 0: its host's. */
int tracing_ended(const struct task *waiter, int nr);

/* Has @group a child of its own that @w is for? */
bool tracing_has_child(const struct group *group, const struct wanted *w);

/* ---- debug.c: the task itself ---- */

/* The tracer may sleep in a wait. */
void debug_wake(struct group *tracer);

/* The process is a tracer now, or is traced: its agent must not hide calls. */
void debug_begins(struct group *tracer, const struct task *caller);

/* It goes on as the tracer says, with @sig. */
void debug_resume(struct tracing *tr, long how, int sig);

/* Likewise, and is traced no more. */
void debug_detach(struct tracing *tr, int sig);

/* PTRACE_LISTEN: it stays stopped by job control. */
void debug_listen(struct tracing *tr);

/* Makes it stop, if it runs: tr->interrupt, or job control. */
void debug_interrupt(struct tracing *tr);

/* The kernel's own options follow those of the tracer. */
void debug_set_options(struct tracing *tr);

/* The general registers: of a call that nsrun changed, as the program made it.
 */
long debug_get_regs(struct tracing *tr, void *ret_regs, size_t len);
long debug_set_regs(struct tracing *tr, const void *regs, size_t len);

/* Those of a call, where PTRACE_GET_SYSCALL_INFO finds them. */
struct debug_call {
	long nr, result;
	uint64_t args[CALL_ARGS], ip, sp;
};
long debug_get_call(struct tracing *tr, struct debug_call *ret_call);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parked calls; see park.h.
 *
 * Theory of operation. A task at the notify gate simply stays there: the
 * cheapest wait there is, and the answer is one system call. But it is deaf
 * to signals (the killable wait), so that lasts GRACE at most. Then the task
 * is made to stop, and goes on in a ppoll() without end, which every signal
 * ends, and which is ended from here by another stop. A call that comes by
 * the trace gate goes there at once.
 *
 * A signal that is ignored does not end a wait of the kernel's. A tracer is
 * shown it all the same; the ppoll() is then repeated by the kernel. At any
 * other signal the call's own result is put in place of that of ppoll(), with
 * the call's own number and arguments, so that a restart code makes the
 * kernel run the call again where it would have.
 *
 * An answer that comes while the task is on its way to or out of a stop is
 * kept, and given there. So none is lost, but by the death of the task. A stop
 * of any other kind swallows the one that was asked for, which is then asked
 * for again (park_stepped()).
 *
 * A task that is stopped by job control leaves its call, as in the kernel,
 * where what stops it is a signal, too.
 */
#include "src/park.h"

#include <errno.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include <utlist.h>
#include "interpose/notify.h"
#include "interpose/stop.h"
#include "src/bare.h"
#include "src/debug.h"
#include "src/host/sys.h"
#include "src/trace.h"

#define NS_PER_S UINT64_C(1000000000)
#define GRACE (2 * NS_PER_S / 1000)

static struct notify *gate;

/* In the order of what is due: a grace is the same for all. */
static struct parked *graces;
static struct parked *deadlines;

uint64_t park_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

void park_init(struct notify *notify)
{
	gate = notify;
}

long call_park(struct call *c, struct waiter *w)
{
	w->task = c->task;
	c->task->parked.waiter = w;
	return CALL_PARK;
}

/* ---- what is due ---- */

static void drop_grace(struct parked *p)
{
	if (p->grace)
		DL_DELETE2(graces, p, grace_prev, grace_next);
	p->grace = 0;
}

static void drop_deadline(struct parked *p)
{
	if (p->deadline)
		DL_DELETE2(deadlines, p, deadline_prev, deadline_next);
	p->deadline = 0;
}

static void add_grace(struct parked *p)
{
	p->grace = park_now() + GRACE;
	DL_APPEND2(graces, p, grace_prev, grace_next);
}

static void add_deadline(struct parked *p)
{
	struct parked *after;

	p->deadline = p->waiter->deadline;
	if (!p->deadline)
		return;
	/* The last of those that are due before; most waits are as long. */
	after = deadlines ? deadlines->deadline_prev : NULL;
	while (after && after->deadline > p->deadline)
		after = after == deadlines ? NULL : after->deadline_prev;
	if (after)
		DL_APPEND_ELEM2(deadlines, after, p, deadline_prev,
				deadline_next);
	else
		DL_PREPEND2(deadlines, p, deadline_prev, deadline_next);
}

int64_t park_timeout(void)
{
	uint64_t due = graces ? graces->grace : UINT64_MAX, now;

	if (deadlines && deadlines->deadline < due)
		due = deadlines->deadline;
	if (due == UINT64_MAX)
		return -1;
	now = park_now();
	return due > now ? (int64_t)(due - now) : 0;
}

/* ---- states ---- */

/* Nobody answers it any more, or nobody has to. */
static void leave(struct task *task)
{
	struct parked *p = &task->parked;

	drop_grace(p);
	drop_deadline(p);
	p->waiter = NULL;
	p->state = PARK_NONE;
}

static long end(struct task *task, enum park_end why)
{
	struct waiter *w = task->parked.waiter;

	task->parked.waiter = NULL;
	return w->ended(w, why);
}

void park_at_notify(struct task *task, uint64_t id)
{
	struct parked *p = &task->parked;

	p->task = task;
	p->id = id;
	p->listener = gate->listener;
	p->state = PARK_NOTIFIED;
	add_grace(p);
	add_deadline(p);
}

/* To be run without end, at an entry or after a stop. */
static void sleep_args(struct regs *regs)
{
	for (int i = 0; i < CALL_ARGS; i++)
		regs_set_arg(regs, i, 0);
}

/* @refused: the task is behind its own call. */
static void sleep_instead(struct task *task, bool refused)
{
	host_pid tid = task->tid->host;
	struct regs regs;

	task->parked.task = task;
	task->parked.state = PARK_SLEEPING;
	add_deadline(&task->parked);
	if (regs_read(tid, &regs) < 0)
		return;
	if (refused)
		regs_again(&regs, SYS_ppoll);
	else
		regs_set_nr(&regs, SYS_ppoll);
	sleep_args(&regs);
	if (regs_write(tid, &regs) == 0)
		stop_resume(tid, 0);
}

void park_at_stop(struct task *task)
{
	sleep_instead(task, false);
}

void park_at_trap(struct task *task)
{
	sleep_instead(task, true);
}

/*
 * The guest's registers, as after its own call: it may not have come to what
 * was put in its place.
 */
static void give(struct task *task, struct regs *regs, long value)
{
	/* Its instruction has been overwritten, and it has gone on. */
	if (!regs_is_at_call(regs, task->call.ip))
		return;
	stop_finish(regs, &task->call, value);
	regs_set_ip(regs, task->call.ip);
	regs_write(task->tid->host, regs);
	trace_gate(task, "trace");
	trace_end(task, &task->call, value, 0);
}

/* By the listener that it came by: an instance has several (join.c). */
static void answer_notified(const struct parked *p, long value)
{
	int listener = gate->listener;

	gate->listener = p->listener;
	notify_answer(gate, p->id, value);
	gate->listener = listener;
}

static void set_answer(struct task *task, long value)
{
	struct parked *p = &task->parked;

	drop_grace(p);
	drop_deadline(p);
	p->waiter = NULL;
	switch (p->state) {
	case PARK_NOTIFIED:
		p->state = PARK_NONE;
		trace_end(task, &task->call, value, 0);
		/* Not taken: it has been killed. */
		answer_notified(p, value);
		return;
	case PARK_SLEEPING:
		stop_interrupt(task->tid->host);
		break;
	default:
		break;
	}
	p->answer = value;
	p->state = PARK_ANSWERED;
}

void park_answer(struct waiter *w, long value)
{
	set_answer(w->task, value);
}

bool park_can_give(const struct waiter *w)
{
	return w->task->parked.state == PARK_NOTIFIED;
}

bool park_give(struct waiter *w, int fd, bool cloexec)
{
	struct task *task = w->task;
	struct parked *p = &task->parked;
	int listener = gate->listener;
	long number;

	if (!park_can_give(w))
		return false;
	drop_grace(p);
	drop_deadline(p);
	p->waiter = NULL;
	p->state = PARK_NONE;
	gate->listener = p->listener;
	number = notify_install(gate, p->id, fd, cloexec);
	gate->listener = listener;
	trace_end(task, &task->call, number, 0);
	close(fd);
	return true;
}

/* From the notify gate to a sleep that signals end. */
static void call_back(struct task *task)
{
	drop_grace(&task->parked);
	if (!bare_hold(task))
		return;	/* it is dying */
	task->parked.state = PARK_CALLED;
	stop_interrupt(task->tid->host);
	answer_notified(&task->parked, -CALL_ERESTARTNOINTR);
}

void park_expire(void)
{
	uint64_t now = graces || deadlines ? park_now() : 0;

	while (deadlines && deadlines->deadline <= now) {
		struct task *task = deadlines->task;

		drop_deadline(&task->parked);
		set_answer(task, end(task, PARK_TIMEOUT));
	}
	while (graces && graces->grace <= now)
		call_back(graces->task);
}

bool park_trapped(struct task *task)
{
	struct parked *p = &task->parked;
	host_pid tid = task->tid->host;
	struct regs regs;

	if (p->state == PARK_NONE || p->state == PARK_NOTIFIED ||
	    regs_read(tid, &regs) < 0)
		return false;
	if (p->state == PARK_ANSWERED) {
		give(task, &regs, p->answer);
		leave(task);
		if (!debug_exit(task))
			bare_resume(task, 0);
		return true;
	}
	if (!regs_is_at_call(&regs, task->call.ip)) {
		park_abandon(task);
		bare_resume(task, 0);
		return true;
	}
	if (p->state == PARK_CALLED) {
		p->state = PARK_SLEEPING;
		regs_set_ip(&regs, task->call.ip);
		regs_again(&regs, SYS_ppoll);
		sleep_args(&regs);
		regs_write(tid, &regs);
	}
	stop_resume(tid, 0);
	return true;
}

/* sig_ignored() of kernel/signal.c, of a signal that has come all the same. */
static bool is_ignored(const struct task *task, int sig)
{
	const uint64_t bit = UINT64_C(1) << (sig - 1);
	struct sys_signals signals;

	if (sys_signals(task->tid->host, &signals) < 0)
		return false;
	if (signals.caught & bit)
		return false;
	return (signals.ignored & bit) || sig == SIGCHLD || sig == SIGCONT ||
	       sig == SIGURG || sig == SIGWINCH;
}

/* It is stopped, and leaves its call there. */
static void leave_stopped(struct task *task)
{
	struct parked *p = &task->parked;
	struct regs regs;
	long value;

	if (regs_read(task->tid->host, &regs) < 0)
		return;
	value = p->state == PARK_ANSWERED ? p->answer : end(task, PARK_SIGNAL);
	/* As if it had waited in the kernel: task_restart() */
	if (value == -CALL_ERESTARTSYS) {
		task->passed = true;
		task->passed_nr = task->call.nr;
	}
	give(task, &regs, value);
	leave(task);
}

static bool is_stoppable(const struct task *task)
{
	return task->parked.state != PARK_NONE &&
	       task->parked.state != PARK_NOTIFIED;
}

void park_signalled(struct task *task, int sig, bool deliver)
{
	if (!is_stoppable(task))
		return;
	if (task->parked.state == PARK_ANSWERED ||
	    (deliver && !is_ignored(task, sig)))
		leave_stopped(task);
	else
		park_stepped(task);
}

void park_group_stopped(struct task *task)
{
	if (is_stoppable(task))
		leave_stopped(task);
}

void park_stepped(struct task *task)
{
	if (task->parked.state == PARK_CALLED ||
	    task->parked.state == PARK_ANSWERED)
		stop_interrupt(task->tid->host);
}

bool park_sleeps(const struct task *task, long nr)
{
	return nr == SYS_ppoll && (task->parked.state == PARK_SLEEPING ||
				   task->parked.state == PARK_ANSWERED);
}

void park_abandon(struct task *task)
{
	if (task->parked.waiter)
		end(task, PARK_GONE);
	leave(task);
}

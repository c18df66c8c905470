/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls that come by the trace gate, and calls that a task is made to run.
 *
 * Theory of operation. A call is met at its entry (STOP_CALL), handled, and
 * answered there, or followed to its exit (in_call) with what it was changed
 * to. A handler may ask for one more call after it (again): then the task
 * meets an entry first, and it is looked whether the call is the one that was
 * asked for.
 *
 * A call that an outer filter answers is met after that (STOP_TRAPPED; see
 * outer.h). It is handled in the same way, but what is to run in its place is
 * run as one more call. A call that an outer filter would answer is never made
 * in its place: it gets that answer at once. CALL_PASS is that answer, too.
 *
 * The trace. A call that is only to be seen is no `in_call`: its steps come to
 * on_shown(), and change nothing. Where every call is stepped, a call that is
 * handled has an entry step before its STOP_CALL or notification, and an exit
 * step after its answer, that nobody waits for.
 */
#include "src/by_trace.h"

#include <errno.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "interpose/filter.h"
#include "src/bare.h"
#include "src/by_notify.h"
#include "src/debug.h"
#include "interpose/outer.h"
#include "src/dispatch.h"
#include "src/give.h"
#include "src/host/sys.h"
#include "src/park.h"
#include "src/task/loader.h"
#include "src/trace.h"
#include "src/view/proc_map.h"

#define MAX_ERRNO 4095

void by_trace_go_on(struct task *task, int sig)
{
	if (task->in_call || task->recalled || task->unseal > 0 ||
	    task->loads ||
	    trace_follows(task))
		stop_resume_step(task->tid->host, sig);
	else
		bare_resume(task, sig);
}

/* One more call is made by the task: nothing may come in between. */
static void run_again(struct task *task, struct regs *regs)
{
	host_pid tid = task->tid->host;

	if (!task->masked)
		task->masked = stop_block_signals(tid, &task->mask) == 0;
	task->in_call = true;
	task->at_entry = true;
	stop_run_again(tid, regs, &task->call);
}

/*
 * Is the call that the task makes the one that nsrun asked it for? Code that
 * changes under a program, or a signal, can bring another one instead; that
 * is the program's own, and is treated as such.
 */
bool by_trace_is_ours(const struct task *task, long nr, uint64_t ip,
		    const uint64_t *args)
{
	const struct call *c = &task->call;

	return task->in_call && nr == c->host_nr && ip == c->ip &&
	       memcmp(args, c->host_args, sizeof(c->host_args)) == 0;
}

static bool regs_are_ours(const struct task *task, const struct regs *regs)
{
	uint64_t args[CALL_ARGS];

	for (int i = 0; i < CALL_ARGS; i++)
		args[i] = regs_arg(regs, i);
	return by_trace_is_ours(task, regs_nr(regs), regs_ip(regs), args);
}

void by_trace_unmask(struct task *task)
{
	if (task->masked)
		stop_set_mask(task->tid->host, task->mask);
	task->masked = false;
}

/* What nsrun asked for will not come: the guest's own goes on. */
void by_trace_abandon(struct task *task)
{
	if (!task->in_call)
		return;
	trace_lost(task);
	by_trace_unmask(task);
	call_restore(&task->call);
	call_drop_fd(&task->call);
	task_cloning_orphaned(task);
	group_exec_failed(task);
	task->waiting = false;
	task->in_call = false;
	task->at_entry = false;
	task->trapped = false;
}

static void finish_call(struct task *task, struct regs *regs, long result)
{
	host_pid tid = task->tid->host;

	by_trace_unmask(task);
	task->in_call = false;
	/* Otherwise a signal has ended it: by_notify_mend() comes next. */
	if (result != -CALL_ERESTARTSYS)
		task->passed = false;
	trace_gate(task, "trace");
	trace_end(task, &task->call, result, regs_result(regs));
	stop_finish(regs, &task->call, result);
	if (regs_write(tid, regs) == 0 && !debug_exit(task))
		bare_resume(task, 0);
}

bool by_trace_begin(struct task *task)
{
	struct regs regs;

	task->begins = false;
	if (regs_read(task->tid->host, &regs) < 0)
		return false;
	stop_fill_call(&task->call, &regs);
	if (!task_begins(task, &task->call))
		return false;
	run_again(task, &regs);
	return true;
}

/* From its own call on, which is met as any other. */
static void start_over(struct task *task, struct regs *regs)
{
	by_trace_unmask(task);
	task->in_call = false;
	trace_drop(task);
	stop_finish(regs, &task->call, 0);
	regs_again(regs, task->call.nr);
	if (regs_write(task->tid->host, regs) == 0)
		stop_resume(task->tid->host, 0);
}

/* Is it more than a call that the kernel runs, or that is refused? */
static bool is_taken(const struct call *c, long answer)
{
	if (!c->row || c->row->gate == GATE_DENY)
		return false;
	return answer != CALL_PASS || (c->row->when != WHEN_ARMED &&
		syscall_takes(c->row, c->args, instance.active));
}

/* What is to run is answered already, if an outer filter does that. */
static long outer_answers(struct call *c, long answer)
{
	long err;

	while ((answer == CALL_THEN || answer == CALL_RUN_FD) &&
	       (err = outer_answer(c->host_nr, c->host_args)) < 0)
		answer = dispatch_after(c, err);
	return answer;
}

bool by_trace_trapped(const struct stop *stop)
{
	struct task *task = task_by_host(stop->tid);
	struct call *c, met = { 0 };
	struct regs regs;
	long answer, refused;

	if (!task || regs_read(stop->tid, &regs) < 0)
		return false;
	stop_fill_call(&met, &regs);
	refused = outer_answer(met.nr, met.args);
	if (refused == 0)
		return false;
	by_trace_abandon(task);
	park_abandon(task);
	c = &task->call;
	stop_fill_call(c, &regs);
	stop_mend_mask(stop->tid);
	trace_begin(task, c);
	/* A filter of its own may refuse it, and can't be asked: see outer.h */
	answer = task->group->heritage.watches ? CALL_PASS : dispatch(c, task);
	if (answer == CALL_GIVE_FD)
		answer = give_by_task(c);
	answer = outer_answers(c, answer);
	if (answer == CALL_PASS)
		answer = refused;
	else
		trace_gate(task, "trace");
	if (task->group->killed) {
		trace_end(task, c, answer, 0);
	} else if (answer == CALL_PARK) {
		park_at_trap(task);
	} else if (answer == CALL_THEN || answer == CALL_RUN_FD) {
		task->trapped = true;
		run_again(task, &regs);
	} else {
		trace_end(task, c, answer, 0);
		if (stop_put_answer(stop->tid, &regs, answer) == 0 &&
		    !debug_exit(task))
			stop_resume(stop->tid, 0);
	}
	return true;
}

void by_trace_call(const struct stop *stop)
{
	struct task *task = task_by_host(stop->tid);
	struct call *c;
	struct regs regs;
	long answer;

	if (regs_read(stop->tid, &regs) < 0)
		return;
	/* One that nsrun itself makes the task run: it is followed anyway. */
	if (!task || task->unseal > 0 ||
	    (task->in_call && regs_are_ours(task, &regs))) {
		stop_resume_step(stop->tid, 0);
		return;
	}
	/* The filters that need a tracer, by nsrun's child: filter_load_held() */
	if ((!instance.started || task->group->loads) &&
	    regs_nr(&regs) == SYS_seccomp) {
		stop_resume_unseen(stop->tid);
		return;
	}
	if (park_sleeps(task, regs_nr(&regs))) {
		park_stepped(task);
		stop_resume(stop->tid, 0);
		return;
	}
	by_trace_abandon(task);
	park_abandon(task);
	c = &task->call;
	stop_fill_call(c, &regs);
	/* A filter of the guest's own asks for a tracer that it has not. */
	if (stop->data != SYSCALL_TRACE_DATA && stop->data != FILTER_SHOWN &&
	    !dispatch_handles(task, c->nr, c->args)) {
		stop_answer(stop->tid, &regs, -ENOSYS);
		return;
	}
	trace_begin(task, c);
	answer = stop->data == FILTER_SHOWN ? dispatch_shown(c, task) :
					    dispatch(c, task);
	if (answer == CALL_GIVE_FD)
		answer = give_by_task(c);
	answer = outer_answers(c, answer);
	if (is_taken(c, answer))
		trace_gate(task, "trace");
	if (task->group->killed) {	/* by itself: see is_killed() */
		trace_end(task, c, answer, 0);
	} else if (answer == CALL_PASS) {
		by_trace_go_on(task, 0);
	} else if (answer == CALL_PARK) {
		park_at_stop(task);
	} else if (answer == CALL_THEN || answer == CALL_RUN_FD) {
		task->in_call = true;
		stop_run(stop->tid, &regs, c);
	} else {
		trace_end(task, c, answer, 0);
		stop_answer(stop->tid, &regs, answer);
	}
}

static long answer_after(struct call *c, long result)
{
	(void)result;
	return (long)c->cookie;
}

/*
 * Of a row of the trace gate: at the entry of a call that the notify gate
 * catches, an answer needs a call that nobody catches.
 */
static long answer_by_call(struct call *c, long answer)
{
	if (answer == CALL_RUN_FD)
		return CALL_THEN;
	if (answer == CALL_THEN || answer == CALL_GIVE_FD)
		return answer;
	if (answer == CALL_PASS) {
		memcpy(c->host_args, c->args, sizeof(c->host_args));
		return call_then(c, NULL);
	}
	c->cookie = (uint64_t)answer;
	return call_then_other(c, SYS_getuid, answer_after);
}

static bool is_same_call(const struct call *c, const struct regs *regs)
{
	struct call other;

	stop_fill_call(&other, regs);
	return other.nr == c->nr && other.ip == c->ip &&
	       memcmp(other.args, c->args, sizeof(c->args)) == 0;
}

static bool is_errno(long answer)
{
	return answer < 0 && answer >= -MAX_ERRNO;
}

/* The entry of a call that comes again; see the head of this file. */
static void on_recalled_entry(struct task *task)
{
	host_pid tid = task->tid->host;
	const struct syscall *row;
	struct regs regs;
	long answer;

	task->recalled = false;
	if (regs_read(tid, &regs) < 0)
		return;
	/*
	 * A signal handler's call, or no call at all, comes by its gate: to
	 * ask its handler here too would make it twice.
	 */
	if (!is_same_call(&task->call, &regs)) {
		stop_resume(tid, 0);
		return;
	}
	row = syscall_row(task->call.nr);
	stop_fill_call(&task->call, &regs);
	answer = dispatch(&task->call, task);
	if (row->gate == GATE_STOP || is_errno(answer))
		answer = answer_by_call(&task->call, answer);
	if (answer != CALL_THEN) {
		/* Something has changed: its notification will say it. */
		if (answer == CALL_GIVE_FD)
			close(task->call.give_fd);
		stop_resume(tid, 0);
		return;
	}
	task->in_call = true;
	stop_run(tid, &regs, &task->call);
}

static void on_recalled(struct task *task)
{
	bool foreign = false;

	/* Where all is stepped, the end of the first try comes before. */
	if (stop_is_entry(task->tid->host, &foreign) == 0)
		stop_resume_step(task->tid->host, 0);
	else if (!debug_step(task))
		on_recalled_entry(task);
}

/*
 * A program that its user may execute but not read is closed to the
 * supervisor, too (would_dump() in fs/exec.c), but may open itself: so it
 * makes one prctl() more, ahead of its first call. It goes on being told that
 * it is undumpable. The steps are: the exit of exec, the entry of its first
 * call, and the exit of what was made of that.
 */
static void on_unseal(struct task *task)
{
	host_pid tid = task->tid->host;
	struct call *c = &task->call;
	struct regs regs;

	if (regs_read(tid, &regs) < 0)
		return;
	switch (task->unseal--) {
	case 2:
		stop_fill_call(c, &regs);
		memcpy(c->host_args, c->args, sizeof(c->args));
		c->host_args[0] = PR_SET_DUMPABLE;
		c->host_args[1] = 1;
		c->host_nr = SYS_prctl;
		stop_run(tid, &regs, c);
		return;
	case 1:
		/* Interrupted, it is tried again ahead of the same call. */
		if (regs_result(&regs) <= -CALL_ERESTARTSYS)
			task->unseal = 2;
		stop_finish(&regs, c, 0);
		regs_again(&regs, c->nr);
		if (regs_write(tid, &regs) == 0)
			by_trace_go_on(task, 0);
		return;
	default:
		stop_resume_step(tid, 0);
	}
}

/* The end of exec, of a program that gets another loader first. */
static void on_loads(struct task *task)
{
	host_pid tid = task->tid->host;
	struct call *c = &task->call;
	struct regs regs;

	task->loads = false;
	if (regs_read(tid, &regs) < 0)
		return;
	stop_fill_call(c, &regs);
	if (loader_begin(task, c) != CALL_THEN) {
		sys_kill(tid, SIGKILL);
		return;
	}
	regs_set_ip(&regs, c->ip);
	run_again(task, &regs);
}

/* A step that shows a call, and is nobody's else. */
static void on_shown(struct task *task)
{
	host_pid tid = task->tid->host;
	bool foreign = false;
	long entry = stop_is_entry(tid, &foreign);
	struct call c = { 0 };
	struct regs regs;

	if (entry < 0 || regs_read(tid, &regs) < 0)
		return;
	stop_fill_call(&c, &regs);
	if (!entry) {
		/* It will be shown again, as STOP_TRAPPED. */
		if (outer_answer(c.nr, c.args) == 0)
			trace_end(task, &task->call, regs_result(&regs), 0);
		return;
	}
	trace_lost(task);	/* an entry without an exit: a vsyscall */
	trace_begin(task, &c);
	if (foreign)
		trace_foreign(task);
}

/* A write to a map of ids, which is met nowhere else: proc_map.c */
static bool takes_write(struct task *task)
{
	struct call *c = &task->call;
	bool foreign = false;
	struct regs regs;

	if (!proc_map_any_open() ||
	    stop_is_entry(task->tid->host, &foreign) != 1 || foreign ||
	    regs_read(task->tid->host, &regs) < 0 ||
	    regs_nr(&regs) != SYS_write)
		return false;
	stop_fill_call(c, &regs);
	if (dispatch(c, task) != CALL_THEN)
		return false;
	task->in_call = true;
	stop_run(task->tid->host, &regs, c);
	return true;
}

void by_trace_entered(struct task *task)
{
	if (task->recalled)
		on_recalled_entry(task);
	else if (!takes_write(task))
		stop_resume(task->tid->host, 0);
}

/* A step of the program's own call, or of what it sleeps in while parked. */
static void on_own_step(struct task *task)
{
	if (task->parked.state != PARK_NONE) {
		park_stepped(task);
		stop_resume(task->tid->host, 0);
		return;
	}
	on_shown(task);
	if (!debug_step(task))
		by_trace_entered(task);
}

void by_trace_step(const struct stop *stop)
{
	struct task *task = task_by_host(stop->tid);
	struct regs regs;
	long answer;

	if (task && task->unseal > 0) {
		trace_end(task, NULL, 0, 0);	/* of exec: see above */
		on_unseal(task);
		return;
	}
	if (task && task->loads) {
		trace_end(task, NULL, 0, 0);	/* of exec: see above */
		on_loads(task);
		return;
	}
	if (task && debug_agent_waits(task))
		return;
	if (task && task->recalled && !task->in_call) {
		on_recalled(task);
		return;
	}
	if (!task || !task->in_call) {
		if (!task)
			stop_resume(stop->tid, 0);
		else
			on_own_step(task);
		return;
	}
	if (regs_read(stop->tid, &regs) < 0)
		return;
	/* A call that was put in between is met at its entry first. */
	if (task->at_entry) {
		task->at_entry = false;
		if (!regs_are_ours(task, &regs)) {
			by_trace_abandon(task);
			on_own_step(task);
		} else {
			/* It is in its call: as if it had come by itself. */
			if (task->trapped)
				by_trace_unmask(task);
			task->trapped = false;
			stop_resume_step(stop->tid, 0);
		}
		return;
	}
	/* It is over: the next one like it may be interrupted before it is. */
	if (regs_result(&regs) > -CALL_ERESTARTSYS)
		task->passed = false;
	answer = dispatch_after(&task->call, regs_result(&regs));
	answer = outer_answers(&task->call, answer);
	if (answer == CALL_THEN) {
		run_again(task, &regs);
		return;
	}
	if (answer == CALL_AGAIN) {
		start_over(task, &regs);
		return;
	}
	finish_call(task, &regs, answer);
}

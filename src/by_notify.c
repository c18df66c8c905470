/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls that come by the notify gate.
 *
 * Interrupted calls. A signal ends the wait of a notified call, and the
 * kernel would give EINTR to a handler without SA_RESTART. Since the task is
 * traced, the signal-delivery stop comes first, and shows ERESTARTSYS as the
 * call's result. If the call had been answered already, and only the answer
 * was not taken, that answer is put in place: an effect happens once, and is
 * told once. If not, ERESTARTSYS becomes ERESTARTNOINTR, which restarts
 * always. So no caught call surfaces as EINTR that the kernel would not have
 * interrupted. One that went on in the kernel to wait (call_may_wait()) is
 * the kernel's to end. When the same call is made again and interrupted before
 * it has been taken off the queue, it can't be told from that one, and EINTR
 * stays: a window of microseconds, in calls that a signal may end anyway.
 *
 * Recalled calls. A handler may find at the notify gate that it has to change
 * the call, which that gate cannot. So the task is made to stop, and its call
 * is answered by a restart code, which the kernel heeds on the way to a stop.
 * From the stop on it is stepped, and meets its call again at the entry, where
 * it is handled as by the trace gate. Since seccomp comes after that stop, the
 * changed call is notified once more, and passed.
 */
#include "src/by_notify.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <utlist.h>
#include "interpose/agent/page.h"
#include "src/bare.h"
#include "src/by_agent.h"
#include "src/by_trace.h"
#include "src/dispatch.h"
#include "src/host/sys.h"
#include "src/ns/pid.h"
#include "src/park.h"
#include "src/task/tracing.h"
#include "src/trace.h"
#include "src/view/view.h"

bool by_notify_catches(const struct syscall *row)
{
	return row->gate == GATE_NOTIFY ||
	       (instance.bare && row->gate == GATE_STOP &&
		row->when != WHEN_ARMED);
}

/* Of many rows only some forms are caught. The others were the kernel's. */
static bool was_caught(const struct task *task, const struct syscall *row)
{
	uint64_t args[CALL_ARGS];
	struct regs regs;

	if (!by_notify_catches(row))
		return false;
	if (row->when == WHEN_ALWAYS)
		return true;
	if (regs_read(task->tid->host, &regs) < 0)
		return false;
	for (int i = 0; i < CALL_ARGS; i++)
		args[i] = regs_arg(&regs, i);
	return dispatch_handles(task, row->nr, args);
}

/* See the head of this file. */
void by_notify_mend(struct loop *loop, struct task *task)
{
	host_pid tid = task->tid->host;
	const struct syscall *row;
	long nr, result;
	uint64_t ip;

	if (!loop->notify.request ||
	    regs_peek_call(tid, &nr, &result) < 0 ||
	    result != -CALL_ERESTARTSYS)
		return;
	row = syscall_row(nr);
	if (!row || !was_caught(task, row) ||
	    (task->passed && task->passed_nr == nr))
		return;
	/* The agent's own: it was the kernel's all the time. */
	if (row->agent && regs_peek_ip(tid, &ip) == 0 &&
	    by_agent_is_native(task, ip))
		return;
	if (task->undelivered && task->undelivered_nr == nr) {
		regs_poke_result(tid, task->undelivered_value);
		regs_poke_no_call(tid);
	} else {
		regs_poke_result(tid, -CALL_ERESTARTNOINTR);
	}
	task->undelivered = false;
}

/* The task was interrupted before it took the answer. */
static void keep_answer(struct task *task, int nr, long value)
{
	task->undelivered = true;
	task->undelivered_nr = nr;
	task->undelivered_value = value;
}

static void answer_value(struct loop *loop, struct task *task, uint64_t id,
			 long value)
{
	trace_end(task, &task->call, value, 0);
	if (notify_answer(&loop->notify, id, value) == -ENOENT)
		keep_answer(task, task->call.nr, value);
}

static void give_fd(struct loop *loop, struct task *task, uint64_t id, int fd,
		    bool cloexec)
{
	long number = notify_install(&loop->notify, id, fd, cloexec);

	close(fd);
	if (number == -ENOENT)
		trace_lost(task);
	else
		trace_end(task, &task->call, number, 0);
}

/* The call goes on in the kernel. */
static void pass(struct loop *loop, struct task *task, uint64_t id, int nr)
{
	long r = notify_pass(&loop->notify, id);

	/* One that was interrupted before comes again. */
	task->passed = r == 0 && task->call.waits;
	task->passed_nr = nr;
}

/*
 * A call that nsrun makes the task run. The one of call_then_give() is there
 * to be answered with a descriptor.
 */
static void run_ours(struct loop *loop, struct task *task, uint64_t id,
		     int nr)
{
	struct call *c = &task->call;
	_cleanup_close_ int fd = -1;
	long r;

	if (!c->give_make || c->given) {
		pass(loop, task, id, nr);
		return;
	}
	r = c->give_make(c);
	fd = (int)r;
	/* The gate can't install such a one: it goes as without a gate. */
	if (r >= 0 && fcntl(fd, F_GETFL) & O_PATH) {
		pass(loop, task, id, nr);
		return;
	}
	if (r < 0)
		r = notify_answer(&loop->notify, id, r);
	else
		r = notify_install(&loop->notify, id, fd, true);
	c->given = r != -ENOENT;
}

/* See the head of this file. */
static void recall(struct loop *loop, struct task *task, uint64_t id)
{
	/* It is dying. */
	if (!bare_hold(task)) {
		notify_answer(&loop->notify, id, -ENOSYS);
		return;
	}
	task->recalled = true;
	stop_interrupt(task->tid->host);
	notify_answer(&loop->notify, id, -CALL_ERESTARTNOINTR);
}

/* The supervisor makes the descriptor and gives it away. */
static void answer_fd(struct loop *loop, struct task *task, uint64_t id)
{
	const struct call *c = &task->call;
	const uint64_t *a = c->host_args;
	long fd = sys_call(c->host_nr, a[0], a[1], a[2], a[3], a[4], a[5]);

	if (fd < 0) {
		answer_value(loop, task, id, fd);
		return;
	}
	give_fd(loop, task, id, (int)fd, true);
}

/* Only a stop can do what its row needs. */
static bool is_for_trace(const struct call *c)
{
	const struct syscall *row = syscall_row(c->nr);

	return row && row->gate == GATE_STOP && by_notify_catches(row);
}

/* Calls that nsrun makes the task run, and those of its own child. */
static bool run_own(struct loop *loop, struct task *task, const struct call *c,
		    uint64_t id)
{
	/* It holds host numbers already. */
	bool unseals = task->unseal == 1 && c->nr == SYS_prctl &&
		       c->args[0] == PR_SET_DUMPABLE;
	/* The filters that need a tracer: filter_load_held() */
	bool loads = (!instance.started || task->group->loads) &&
		     c->nr == SYS_seccomp;

	if (unseals || loads) {
		notify_pass(&loop->notify, id);
		return true;
	}
	if (!by_trace_is_ours(task, c->nr, c->ip, c->args))
		return false;
	run_ours(loop, task, id, c->nr);
	/* Of a row of the trace gate EINTR is the kernel's. */
	if (task->call.row && task->call.row->gate == GATE_STOP)
		task->passed = true;
	return true;
}

/* A call of the task's: what was under way before it is over. */
static void settle(struct task *task, const struct call *c)
{
	bare_settle_exec(task);
	bare_settle_children(task);
	by_trace_abandon(task);
	by_agent_settle(task);
	park_abandon(task);
	if (c->nr != AGENT_CALL_RESTART)
		task->passed = false;
	task->call = *c;
}

/* The same call once more, which had been answered? */
static bool answer_again(struct loop *loop, struct task *task, uint64_t id)
{
	bool again = task->undelivered && task->undelivered_nr == task->call.nr;

	task->undelivered = false;
	if (!again)
		return false;
	task->call.row = syscall_row(task->call.nr);
	trace_drop(task);
	answer_value(loop, task, id, task->undelivered_value);
	return true;
}

static void pass_on(struct loop *loop, struct task *task, uint64_t id, int nr)
{
	if (!loop->config->step)
		trace_lost(task);	/* its exit is not seen */
	if (nr == SYS_execve || nr == SYS_execveat)
		bare_note_exec(task);
	pass(loop, task, id, nr);
	trace_tock(task->tid->host);
	if (nr == SYS_exit)
		bare_note_exit(task);
}

/* To call @nr: that of task->call may be another by now. */
static void give_answer(struct loop *loop, struct task *task, uint64_t id,
			int nr, long answer)
{
	if (answer == CALL_PASS) {
		pass_on(loop, task, id, nr);
	} else if (answer == CALL_STOP || answer == CALL_THEN) {
		call_restore(&task->call);
		recall(loop, task, id);
	} else if (answer == CALL_PARK) {
		park_at_notify(task, id);
	} else if (answer == CALL_RUN_FD) {
		answer_fd(loop, task, id);
	} else if (answer == CALL_GIVE_FD) {
		give_fd(loop, task, id, task->call.give_fd,
			task->call.give_cloexec);
	} else {
		answer_value(loop, task, id, answer);
	}
}

/* A tracer's wait that need not wait. */
static bool tell_news(struct loop *loop, struct task *task, uint64_t id)
{
	struct call *c = &task->call;
	long r;

	if (!tracing_any(task->group) ||
	    (c->nr != SYS_wait4 && c->nr != SYS_waitid))
		return false;
	for (int i = 0; i < CALL_ARGS; i++)
		c->host_args[i] = c->args[i];
	pid_wait_to_host(c);
	r = pid_wait_news(c);
	if (r == CALL_PASS)
		return false;
	answer_value(loop, task, id, r);
	return true;
}

static void handle(struct loop *loop, struct task *task, const struct call *c,
		   uint64_t id)
{
	long answer;

	if (run_own(loop, task, c, id))
		return;
	settle(task, c);
	if (answer_again(loop, task, id) || by_agent_takes(loop, task, id))
		return;
	if (is_for_trace(c)) {
		if (!tell_news(loop, task, id))
			recall(loop, task, id);
		return;
	}
	trace_begin(task, c);
	trace_gate(task, "notify");
	answer = dispatch(&task->call, task);
	by_agent_fill(task, c);
	give_answer(loop, task, id, c->nr, answer);
}

/* Some wait for the end of another thread's exec: bare_hold(). */
static bool deferred;

/* Return: one that need not wait any more, or NULL. */
static struct task *next_deferred(void)
{
	struct group *group;
	struct task *task;

	deferred = false;
	DL_FOREACH(instance.groups, group) {
		DL_FOREACH2(group->tasks, task, in_group_next) {
			if (task->deferred && !group->execs)
				return task;
			deferred |= task->deferred != 0;
		}
	}
	return NULL;
}

void by_notify_deferred(struct loop *loop)
{
	struct task *task;

	while (deferred && (task = next_deferred())) {
		const struct call c = task->call;
		const uint64_t id = task->deferred;

		task->deferred = 0;
		deferred = true;
		handle(loop, task, &c, id);
	}
}

void by_notify_next(struct loop *loop)
{
	struct call c = { 0 };
	struct task *task;
	host_pid tid;
	uint64_t id;

	sys_mem_release();
	trace_tick();
	view_collect();
	if (notify_receive(&loop->notify, &c, &tid, &id) < 0)
		return;
	/* Of a child that tells of itself it is found out which it is. */
	if (c.nr != AGENT_CALL_CLONED || c.args[0])
		births_settle();
	task = task_by_host(tid);
	if (!task)
		task = task_adopt(tid);
	if (!task) {
		notify_answer(&loop->notify, id, -ENOSYS);
		return;
	}
	/* Its agent was to have it traced, and that has not happened. */
	if (!task->started && instance.bare)
		task_born_bare(task);
	c.task = task;
	if (task->bare && task->group->execs) {
		task->call = c;
		task->deferred = id;
		deferred = true;
		return;
	}
	handle(loop, task, &c, id);
}

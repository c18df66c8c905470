/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The event loop: where gates, dispatch and tasks meet.
 *
 * Theory of operation. One thread; it waits in poll() alone. Ptrace events
 * are taken before notifications, so that a notification never comes from a
 * task that is not known yet, and no decision rests on a task that has died.
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
#include "src/loop.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "interpose/stop.h"
#include "src/dispatch.h"
#include "src/host/log.h"
#include "src/host/sys.h"
#include "src/task/task.h"
#include "src/trace.h"

/* ---- the trace gate ---- */

static void finish_call(struct task *task, struct regs *regs, long result)
{
	host_pid tid = task->tid->host;

	task->in_call = false;
	trace_result(&task->call, "trace", result);
	stop_finish(regs, &task->call, result);
	if (regs_write(tid, regs) == 0)
		stop_resume(tid, 0);
}

static void on_call(const struct stop *stop)
{
	struct task *task = task_by_host(stop->tid);
	struct call *c;
	struct regs regs;
	long answer;

	if (regs_read(stop->tid, &regs) < 0)
		return;
	/* One that nsrun itself makes the task run: it is followed anyway. */
	if (!task || task->in_call || task->unseal > 0) {
		stop_resume_step(stop->tid, 0);
		return;
	}
	c = &task->call;
	stop_fill_call(c, &regs);
	trace_stack(stop->tid, c);
	answer = dispatch(c, task);
	if (task->group->killed) {	/* by itself: see is_killed() */
		trace_result(c, "trace", answer);
	} else if (answer == CALL_PASS) {
		trace_passed(c, "trace");
		stop_resume(stop->tid, 0);
	} else if (answer == CALL_THEN || answer == CALL_RUN_FD) {
		task->in_call = true;
		stop_run(stop->tid, &regs, c);
	} else {
		trace_result(c, "trace", answer);
		stop_answer(stop->tid, &regs, answer);
	}
}

/* The entry of a call that comes again; see the head of this file. */
static void on_recalled(const struct stop *stop, struct task *task)
{
	const struct syscall *row;
	struct regs regs;

	task->recalled = false;
	if (regs_read(stop->tid, &regs) < 0)
		return;
	/* A signal handler's call, or no call at all: it comes by its gate. */
	row = syscall_row(regs_nr(&regs));
	if (!row || row->gate != GATE_NOTIFY) {
		stop_resume(stop->tid, 0);
		return;
	}
	stop_fill_call(&task->call, &regs);
	if (dispatch(&task->call, task) != CALL_THEN) {
		stop_resume(stop->tid, 0);
		return;
	}
	task->in_call = true;
	stop_run(stop->tid, &regs, &task->call);
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
		stop_finish(&regs, c, 0);
		regs_again(&regs, c->nr);
		if (regs_write(tid, &regs) == 0)
			stop_resume(tid, 0);
		return;
	default:
		stop_resume_step(tid, 0);
	}
}

static void on_step(const struct stop *stop)
{
	struct task *task = task_by_host(stop->tid);
	struct regs regs;
	long answer;

	if (task && task->unseal > 0) {
		on_unseal(task);
		return;
	}
	if (task && task->recalled && !task->in_call) {
		on_recalled(stop, task);
		return;
	}
	if (!task || !task->in_call) {
		stop_resume(stop->tid, 0);
		return;
	}
	/* A call that was put in between is met at its entry first. */
	if (task->at_entry) {
		task->at_entry = false;
		stop_resume_step(stop->tid, 0);
		return;
	}
	if (regs_read(stop->tid, &regs) < 0)
		return;
	answer = dispatch_after(&task->call, regs_result(&regs));
	if (answer == CALL_THEN) {
		task->at_entry = true;
		stop_run_again(stop->tid, &regs, &task->call);
		return;
	}
	finish_call(task, &regs, answer);
}

/* ---- signals ---- */

static void go_on(struct task *task, int sig)
{
	if (task->in_call || task->recalled || task->unseal > 0)
		stop_resume_step(task->tid->host, sig);
	else
		stop_resume(task->tid->host, sig);
}

/* See the head of this file. */
static void mend_interrupted(struct loop *loop, struct task *task)
{
	host_pid tid = task->tid->host;
	const struct syscall *row;
	long nr, result;

	if (!loop->notify.request ||
	    regs_peek_call(tid, &nr, &result) < 0 ||
	    result != -CALL_ERESTARTSYS)
		return;
	row = syscall_row(nr);
	if (!row || row->gate != GATE_NOTIFY ||
	    (task->passed && task->passed_nr == nr))
		return;
	if (task->undelivered && task->undelivered_nr == nr) {
		regs_poke_result(tid, task->undelivered_value);
		regs_poke_no_call(tid);
	} else {
		regs_poke_result(tid, -CALL_ERESTARTNOINTR);
	}
	task->undelivered = false;
}

static void on_signal(struct loop *loop, const struct stop *stop)
{
	struct task *task = task_by_host(stop->tid);
	siginfo_t info;
	bool changed, deliver;
	int sig = stop->sig;

	if (!task) {
		stop_resume(stop->tid, sig);
		return;
	}
	mend_interrupted(loop, task);
	if (stop_get_signal(stop->tid, &info) == 0) {
		deliver = signal_deliver(task, &info, &changed);
		if (changed)
			stop_set_signal(stop->tid, &info);
		if (!deliver)
			sig = 0;
	}
	go_on(task, sig);
}

/* ---- tasks ---- */

/* Return: whether it is known now; if not, it has been killed. */
static bool first_stop(host_pid tid)
{
	struct cloned cloned;
	struct regs regs;
	int r;

	if (regs_read(tid, &regs) < 0)
		return false;
	r = task_first_stop(tid, regs_arg(&regs, CALL_ARGS - 1), &cloned);
	if (r < 0) {
		sys_kill(tid, SIGKILL);
		return false;
	}
	for (int i = 0; i < CALL_ARGS; i++)
		regs_set_arg(&regs, i, cloned.args[i]);
	regs_write(tid, &regs);
	return true;
}

static void on_trap(const struct stop *stop)
{
	struct task *task = task_by_host(stop->tid);

	if (!task || !task->started)
		first_stop(stop->tid);
	task = task_by_host(stop->tid);
	if (stop->kind == STOP_GROUP)
		stop_listen(stop->tid);
	else if (task)
		go_on(task, 0);
	else
		stop_resume(stop->tid, 0);
	if (instance.ending)
		sys_kill(stop->tid, SIGKILL);
}

/* Is the memory of a new program closed to the supervisor? */
static bool is_sealed(host_pid tid, const struct regs *regs)
{
	char byte;

	return sys_vm_read(tid, regs_sp(regs), &byte, 1) < 0;
}

static void on_exec(const struct stop *stop)
{
	struct task *task = task_by_host(stop->tid);
	struct regs regs;

	if (task)
		task_exec(task, stop->former);
	if (regs_read(stop->tid, &regs) == 0 && regs_is_compat(&regs)) {
		char path[64], name[256] = "?";

		snprintf(path, sizeof(path), "/proc/%d/exe", stop->tid.n);
		sys_readlink(path, name, sizeof(name));
		log_message("%s: 32-bit programs are not supported", name);
		log_hint("use a 64-bit build of it");
		/* The command itself: it can't be run. */
		instance.not_executable = task && !instance.started &&
					  task->group == instance.init;
		sys_kill(stop->tid, SIGKILL);
	}
	instance.started = true;
	if (task && is_sealed(stop->tid, &regs)) {
		task->group->dumpable = 0;
		task->unseal = 3;
	}
	if (task)
		go_on(task, 0);
	else
		stop_resume(stop->tid, 0);
}

static void on_exit_stop(const struct stop *stop)
{
	struct task *task = task_by_host(stop->tid);

	if (task)
		task->exiting = true;
	/* When all are killed, nobody is left to wait for a lock. */
	if (task && !instance.ending)
		task_robust_to_host(task);
	stop_resume(stop->tid, 0);
}

/*
 * SIGKILL ends every stop by itself, but STOP_EXIT: whoever lets a killed task
 * go from an older stop may take it out of that one, unseen.
 */
static bool is_killed(host_pid tid)
{
	const struct task *task = task_by_host(tid);

	return task && task->group->killed;
}

static void on_stop(struct loop *loop, const struct stop *stop)
{
	/* Exec changes who is who, killed or not. */
	if (stop->kind != STOP_EXIT && stop->kind != STOP_DIED &&
	    stop->kind != STOP_EXEC && is_killed(stop->tid))
		return;
	switch (stop->kind) {
	case STOP_CALL:
		on_call(stop);
		break;
	case STOP_STEP:
		on_step(stop);
		break;
	case STOP_SIGNAL:
		on_signal(loop, stop);
		break;
	case STOP_GROUP:
	case STOP_TRAP:
		on_trap(stop);
		break;
	case STOP_EXEC:
		on_exec(stop);
		break;
	case STOP_EXIT:
		on_exit_stop(stop);
		break;
	case STOP_DIED:
		task_died(stop->tid, stop->status);
		break;
	default:
		stop_resume(stop->tid, 0);
		break;
	}
}

/* Return: whether there is anything left to wait for. */
static bool drain_stops(struct loop *loop)
{
	struct stop stop;

	for (;;) {
		if (stop_next(&stop) < 0)
			return false;
		if (stop.kind == STOP_NONE)
			return true;
		on_stop(loop, &stop);
	}
}

/* ---- the notify gate ---- */

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
	trace_result(&task->call, "notify", value);
	if (notify_answer(&loop->notify, id, value) == -ENOENT)
		keep_answer(task, task->call.nr, value);
}

/* The call goes on in the kernel. */
static void pass(struct loop *loop, struct task *task, uint64_t id, int nr)
{
	long r = notify_pass(&loop->notify, id);

	/* One that was interrupted before comes again. */
	task->passed = r == 0 && task->call.waits;
	task->passed_nr = nr;
}

/* See the head of this file. */
static void recall(struct loop *loop, struct task *task, uint64_t id)
{
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
	trace_passed(c, "notify");
	notify_install(&loop->notify, id, (int)fd);
	close((int)fd);
}

static void on_notification(struct loop *loop)
{
	struct call c = { 0 };
	struct task *task;
	host_pid tid;
	uint64_t id;
	long answer;

	if (notify_receive(&loop->notify, &c, &tid, &id) < 0)
		return;
	task = task_by_host(tid);
	if (!task) {
		notify_answer(&loop->notify, id, -ENOSYS);
		return;
	}
	/* nsrun's own: on_unseal(), or what on_recalled() made of a call. */
	if (task->unseal > 0) {
		notify_pass(&loop->notify, id);
		return;
	}
	if (task->in_call) {
		pass(loop, task, id, c.nr);
		return;
	}
	task->passed = false;
	c.task = task;
	task->call = c;
	/* The same call once more, which had been answered. */
	if (task->undelivered && task->undelivered_nr == c.nr) {
		task->undelivered = false;
		task->call.row = syscall_row(c.nr);
		answer_value(loop, task, id, task->undelivered_value);
		return;
	}
	task->undelivered = false;
	answer = dispatch(&task->call, task);
	if (answer == CALL_PASS) {
		trace_passed(&task->call, "notify");
		pass(loop, task, id, c.nr);
	} else if (answer == CALL_STOP) {
		recall(loop, task, id);
	} else if (answer == CALL_RUN_FD) {
		answer_fd(loop, task, id);
	} else {
		/* Only a row of the wrong gate could ask for more. */
		answer_value(loop, task, id,
			     answer == CALL_THEN ? -ENOSYS : answer);
	}
}

/* ---- the front process ---- */

static void on_front_gone(struct loop *loop)
{
	sys_close(&loop->control);
	if (loop->config->kill_child && instance.init)
		sys_kill(instance.init->tgid->host, loop->config->kill_child);
	else
		task_kill_all();
}

/*
 * A signal for the command. Sent to the whole group of the front process, it
 * has reached the command already, and is pending there or was seen.
 */
static void forward_signal(int sig)
{
	struct sys_signals signals;
	host_pid init;

	if (!instance.init)
		return;
	init = instance.init->tgid->host;
	if (sys_signals(init, &signals) == 0 &&
	    (signals.pending & (UINT64_C(1) << (sig - 1))))
		return;
	sys_kill(init, sig);
}

static void on_control(struct loop *loop)
{
	struct control message;

	if (sys_read(loop->control, &message, sizeof(message)) !=
	    sizeof(message))
		on_front_gone(loop);
	else if (message.kind == CONTROL_SIGNAL)
		forward_signal(message.value);
}

static void on_own_signals(struct loop *loop)
{
	struct signalfd_siginfo info;

	while (sys_read(loop->signals, &info, sizeof(info)) == sizeof(info))
		if (info.ssi_signo == SIGTERM)
			task_kill_all();
}

int loop_run(struct loop *loop)
{
	for (;;) {
		struct pollfd fds[] = {
			{ .fd = loop->signals, .events = POLLIN },
			{ .fd = loop->notify.listener, .events = POLLIN },
			{ .fd = loop->control, .events = POLLIN },
		};

		if (instance.init_ended && instance.tasks == 0)
			break;
		if (sys_result(poll(fds, 3, -1)) < 0)
			continue;
		if (fds[0].revents) {
			on_own_signals(loop);
			if (!drain_stops(loop))
				break;
		}
		if (fds[1].revents & POLLIN)
			on_notification(loop);
		else if (fds[1].revents)	/* no task is left */
			sys_close(&loop->notify.listener);
		if (fds[2].revents)
			on_control(loop);
	}
	return instance.not_executable ? W_EXITCODE(EXIT_NOT_EXECUTABLE, 0) :
					 instance.init_status;
}

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
 *
 * The trace. A call that is only to be seen is no `in_call`: its steps come to
 * on_shown(), and change nothing. Where every call is stepped, a call that is
 * handled has an entry step before its STOP_CALL or notification, and an exit
 * step after its answer, that nobody waits for.
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
#include "interpose/filter.h"
#include "interpose/stop.h"
#include "src/dispatch.h"
#include "src/give.h"
#include "src/host/log.h"
#include "src/host/sys.h"
#include "src/task/task.h"
#include "src/trace.h"
#include "src/view/view.h"

#define STOPS_MAX 64

/* ---- the trace gate ---- */

static void go_on(struct task *task, int sig);

/* One more call is made by the task: nothing may come in between. */
static void run_again(struct task *task, struct regs *regs)
{
	host_pid tid = task->tid->host;

	if (!task->masked)
		task->masked = stop_block_signals(tid, &task->mask) == 0;
	task->in_call = true;
	task->again = true;
	task->at_entry = true;
	stop_run_again(tid, regs, &task->call);
}

/*
 * Is the call that the task makes the one that nsrun asked it for? Code that
 * changes under a program, or a signal, can bring another one instead; that
 * is the program's own, and is treated as such.
 */
static bool is_ours(const struct task *task, long nr, uint64_t ip,
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
	return is_ours(task, regs_nr(regs), regs_ip(regs), args);
}

static void unmask(struct task *task)
{
	if (task->masked)
		stop_set_mask(task->tid->host, task->mask);
	task->masked = false;
}

/* What nsrun asked for will not come: the guest's own goes on. */
static void abandon_call(struct task *task)
{
	if (!task->in_call)
		return;
	trace_lost(task);
	unmask(task);
	call_restore(&task->call);
	task_cloning_orphaned(task);
	task->waiting = false;
	task->in_call = false;
	task->again = false;
	task->at_entry = false;
}

static void finish_call(struct task *task, struct regs *regs, long result)
{
	host_pid tid = task->tid->host;

	unmask(task);
	task->in_call = false;
	task->again = false;
	trace_gate(task, "trace");
	trace_end(task, &task->call, result, regs_result(regs));
	stop_finish(regs, &task->call, result);
	if (regs_write(tid, regs) == 0)
		stop_resume(tid, 0);
}

/* Is it more than a call that the kernel runs, or that is refused? */
static bool is_taken(const struct call *c, long answer)
{
	if (!c->row || c->row->gate == GATE_DENY)
		return false;
	return answer != CALL_PASS || (c->row->when != WHEN_ARMED &&
		syscall_takes(c->row, c->args, instance.active));
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
	if (!task || task->unseal > 0 ||
	    (task->in_call && regs_are_ours(task, &regs))) {
		stop_resume_step(stop->tid, 0);
		return;
	}
	abandon_call(task);
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
	if (is_taken(c, answer))
		trace_gate(task, "trace");
	if (task->group->killed) {	/* by itself: see is_killed() */
		trace_end(task, c, answer, 0);
	} else if (answer == CALL_PASS) {
		go_on(task, 0);
	} else if (answer == CALL_THEN || answer == CALL_RUN_FD) {
		task->in_call = true;
		stop_run(stop->tid, &regs, c);
	} else {
		trace_end(task, c, answer, 0);
		stop_answer(stop->tid, &regs, answer);
	}
}

/* The entry of a call that comes again; see the head of this file. */
static void on_recalled(const struct stop *stop, struct task *task)
{
	const struct syscall *row;
	bool foreign = false;
	struct regs regs;
	long answer;

	/* Where all is stepped, the end of the first try comes before. */
	if (stop_is_entry(stop->tid, &foreign) == 0) {
		stop_resume_step(stop->tid, 0);
		return;
	}
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
	answer = dispatch(&task->call, task);
	if (answer != CALL_THEN) {
		/* Something has changed: its notification will say it. */
		if (answer == CALL_GIVE_FD)
			close(task->call.give_fd);
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
		/* Interrupted, it is tried again ahead of the same call. */
		if (regs_result(&regs) <= -CALL_ERESTARTSYS)
			task->unseal = 2;
		stop_finish(&regs, c, 0);
		regs_again(&regs, c->nr);
		if (regs_write(tid, &regs) == 0)
			go_on(task, 0);
		return;
	default:
		stop_resume_step(tid, 0);
	}
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
	if (!entry) {
		trace_end(task, &task->call, regs_result(&regs), 0);
		return;
	}
	trace_lost(task);	/* an entry without an exit: a vsyscall */
	stop_fill_call(&c, &regs);
	trace_begin(task, &c);
	if (foreign)
		trace_foreign(task);
}

static void on_step(const struct stop *stop)
{
	struct task *task = task_by_host(stop->tid);
	struct regs regs;
	long answer;

	if (task && task->unseal > 0) {
		trace_end(task, NULL, 0, 0);	/* of exec: see above */
		on_unseal(task);
		return;
	}
	if (task && task->recalled && !task->in_call) {
		on_recalled(stop, task);
		return;
	}
	if (!task || !task->in_call) {
		if (task)
			on_shown(task);
		stop_resume(stop->tid, 0);
		return;
	}
	if (regs_read(stop->tid, &regs) < 0)
		return;
	/* A call that was put in between is met at its entry first. */
	if (task->at_entry) {
		task->at_entry = false;
		if (!regs_are_ours(task, &regs)) {
			abandon_call(task);
			on_shown(task);
			stop_resume(stop->tid, 0);
		} else {
			stop_resume_step(stop->tid, 0);
		}
		return;
	}
	answer = dispatch_after(&task->call, regs_result(&regs));
	if (answer == CALL_THEN) {
		run_again(task, &regs);
		return;
	}
	finish_call(task, &regs, answer);
}

/* ---- signals ---- */

static void go_on(struct task *task, int sig)
{
	if (task->in_call || task->recalled || task->unseal > 0 ||
	    trace_follows(task))
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
	if (task)
		task->stopped = stop->kind == STOP_GROUP;
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
	struct regs regs = { 0 };

	if (task) {
		unmask(task);
		trace_exec(task, stop->former);
		task_exec(task, stop->former);
	}
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
	trace_tick();
	view_collect();
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
		trace_lost(task_by_host(stop->tid));
		task_died(stop->tid, stop->status);
		break;
	default:
		stop_resume(stop->tid, 0);
		break;
	}
	trace_tock(stop->tid);
}

/*
 * At most STOPS_MAX at a time, so that tasks which stop without end do not
 * keep the others' notifications waiting.
 * Return: what is left: nothing that waits, more stops, or no child at all.
 */
static enum drained { DRAINED_ALL, DRAINED_SOME, DRAINED_END }
drain_stops(struct loop *loop)
{
	struct stop stop;

	for (int i = 0; i < STOPS_MAX; i++) {
		if (stop_next(&stop) < 0)
			return DRAINED_END;
		if (stop.kind == STOP_NONE)
			return DRAINED_ALL;
		on_stop(loop, &stop);
	}
	return DRAINED_SOME;
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
	give_fd(loop, task, id, (int)fd, true);
}

static void on_notification(struct loop *loop)
{
	struct call c = { 0 };
	struct task *task;
	host_pid tid;
	uint64_t id;
	long answer;

	trace_tick();
	view_collect();
	if (notify_receive(&loop->notify, &c, &tid, &id) < 0)
		return;
	task = task_by_host(tid);
	if (!task) {
		notify_answer(&loop->notify, id, -ENOSYS);
		return;
	}
	/* One that nsrun makes the task run: it holds host numbers already. */
	if (task->unseal == 1 && c.nr == SYS_prctl &&
	    c.args[0] == PR_SET_DUMPABLE) {
		notify_pass(&loop->notify, id);
		return;
	}
	if (is_ours(task, c.nr, c.ip, c.args)) {
		pass(loop, task, id, c.nr);
		return;
	}
	abandon_call(task);
	task->passed = false;
	c.task = task;
	task->call = c;
	/* The same call once more, which had been answered. */
	if (task->undelivered && task->undelivered_nr == c.nr) {
		task->undelivered = false;
		task->call.row = syscall_row(c.nr);
		trace_drop(task);
		answer_value(loop, task, id, task->undelivered_value);
		return;
	}
	task->undelivered = false;
	trace_begin(task, &c);
	trace_gate(task, "notify");
	answer = dispatch(&task->call, task);
	if (answer == CALL_PASS) {
		if (!loop->config->step)
			trace_lost(task);	/* its exit is not seen */
		pass(loop, task, id, c.nr);
		trace_tock(tid);
	} else if (answer == CALL_STOP || answer == CALL_THEN) {
		call_restore(&task->call);
		recall(loop, task, id);
	} else if (answer == CALL_RUN_FD) {
		answer_fd(loop, task, id);
	} else if (answer == CALL_GIVE_FD) {
		give_fd(loop, task, id, task->call.give_fd,
			task->call.give_cloexec);
	} else {
		answer_value(loop, task, id, answer);
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
	enum drained drained = DRAINED_ALL;

	for (;;) {
		struct pollfd fds[] = {
			{ .fd = loop->signals, .events = POLLIN },
			{ .fd = loop->notify.listener, .events = POLLIN },
			{ .fd = loop->control, .events = POLLIN },
		};

		if (instance.init_ended && instance.tasks == 0)
			break;
		if (sys_result(poll(fds, 3, drained == DRAINED_SOME ? 0 : -1)) <
		    0)
			continue;
		if (fds[0].revents)
			on_own_signals(loop);
		if (fds[0].revents || drained == DRAINED_SOME)
			drained = drain_stops(loop);
		if (drained == DRAINED_END)
			break;
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

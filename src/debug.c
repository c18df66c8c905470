/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stops of tasks that a debugger inside traces; see debug.h.
 *
 * Theory of operation. Such a task is traced by nsrun, and stops for it more
 * often than for its tracer. A stop that the tracer is to see is one that
 * nsrun does not end: the kernel's registers, signal and memory are there, and
 * ns/ptrace.c asks the kernel for them. What nsrun does in between (a call that
 * is recalled, or made in the place of another) goes on unseen.
 *
 * At the entry of a call the tracer comes first, before any filter: so what it
 * changes is judged as what the program itself asked for. At the exit it comes
 * last, when the result is the program's.
 */
#include "src/debug.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <utlist.h>
#include "interpose/outer.h"
#include "src/bare.h"
#include "src/by_agent.h"
#include "src/by_trace.h"
#include "src/host/sys.h"
#include "src/loop.h"
#include "src/ns/pid.h"
#include "src/park.h"
#include "src/task/agent.h"
#include "src/task/cloning.h"
#include "src/task/tracing.h"

#define EVENT(event) (SIGTRAP | (event) << 8)
#define SYSGOOD	     0x80

/* PTRACE_EVENTMSG_SYSCALL_ENTRY and _EXIT of the kernel */
#define MESSAGE_ENTRY 1
#define MESSAGE_EXIT  2

static uint64_t bit_of(int sig)
{
	return sig > 0 && sig <= 64 ? UINT64_C(1) << (sig - 1) : 0;
}

bool debug_stands(const struct task *task)
{
	return task->tracing && task->tracing->state != TRACED_RUNS;
}

static bool stand(struct tracing *tr, enum traced_at at, int code)
{
	by_agent_undo(tr->task);
	tracing_stop(tr, at, code);
	return true;
}

/* It may have been seized while it ran. */
void debug_arrives(struct task *task)
{
	struct tracing *tr = task->tracing;

	if (!tr)
		return;
	tr->usage = *stop_usage();
	if (tr->options_due)
		debug_set_options(tr);
	/* It was killed out of its stop. */
	if (tr->state == TRACED_STOPPED)
		tr->state = TRACED_RUNS;
}

/* How stop_resume() is to let it go on. */
static long how(host_pid tid)
{
	const struct task *task = task_by_host(tid);

	return task && task->tracing ? task->tracing->how : 0;
}

/* ---- signals ---- */

/* Sent in the kernel's name: SEND_SIG_PRIV */
static void make_kernels(struct tracing *tr, int sig)
{
	memset(&tr->info, 0, sizeof(tr->info));
	tr->info.si_signo = sig;
	tr->info.si_code = SI_KERNEL;
	tr->info_set = true;
}

/* The step over a call that is made once more is none. */
static bool is_early_step(const struct task *task, const siginfo_t *info)
{
	return task->recalled && task->tracing->how == PTRACE_SINGLESTEP &&
	       info->si_signo == SIGTRAP && info->si_code > 0;
}

/* The exit of the call that it ended comes before. */
static bool stand_after_call(struct tracing *tr, enum traced_at at, int code)
{
	if (!tr->in_call || tr->how != PTRACE_SYSCALL)
		return stand(tr, at, code);
	tr->then = code;
	tr->then_at = at;
	return debug_exit(tr->task);
}

bool debug_signal(struct task *task, int sig, const siginfo_t *info)
{
	struct tracing *tr = task->tracing;

	if (!tr || (tr->silent & bit_of(sig))) {
		if (tr)
			tr->silent &= ~bit_of(sig);
		return false;
	}
	if (is_early_step(task, info)) {
		by_trace_go_on(task, 0);
		return true;
	}
	tr->info = *info;
	tr->info_set = false;
	if (tr->sent & bit_of(sig))
		make_kernels(tr, sig);
	tr->sent &= ~bit_of(sig);
	return stand_after_call(tr, TRACED_SIGNAL, sig);
}

/* In ptrace_signal(): another signal is one of the tracer's. */
static void make_tracers(struct tracing *tr, int sig)
{
	const struct group *tracer = tr->tracer;

	memset(&tr->info, 0, sizeof(tr->info));
	tr->info.si_signo = sig;
	tr->info.si_code = SI_USER;
	tr->info.si_pid = pid_nr(tracer->tgid, task_pid_ns(tr->task)).n;
	tr->info.si_uid =
		tracer->tasks ? signal_uid(tracer->tasks, tr->task->group) : 0;
	tr->info_set = true;
}

static void deliver(struct tracing *tr, int sig)
{
	struct task *task = tr->task;
	siginfo_t info;

	if (sig && sig != tr->code)
		make_tracers(tr, sig);
	info = tr->info;
	/* The agent asks for it itself: task_siginfo() */
	if (task->group->heritage.acted & bit_of(sig)) {
		tr->given = tr->info;
		signal_make_own(&info);
	}
	if (sig && tr->info_set)
		stop_set_signal(task->tid->host, &info);
}

/* send_sig(): it is told like any other. */
static void send_own(struct tracing *tr, int sig)
{
	if (sig && signal_task(tr->task, sig) == 0)
		tr->sent |= bit_of(sig);
}

/* ---- calls ---- */

static int syscall_code(const struct tracing *tr)
{
	return SIGTRAP | (tr->options & PTRACE_O_TRACESYSGOOD ? SYSGOOD : 0);
}

static bool outer_answers(const struct regs *regs)
{
	uint64_t args[CALL_ARGS];

	for (int i = 0; i < CALL_ARGS; i++)
		args[i] = regs_arg(regs, i);
	return outer_answer(regs_nr(regs), args) != 0;
}

bool debug_step(struct task *task)
{
	struct tracing *tr = task->tracing;
	bool foreign = false;
	struct regs regs;
	long entry;

	if (!tr || tr->how != PTRACE_SYSCALL)
		return false;
	entry = stop_is_entry(task->tid->host, &foreign);
	if (entry < 0 || regs_read(task->tid->host, &regs) < 0)
		return false;
	/* One that an outer filter answers comes once more: STOP_TRAPPED */
	if (!entry && outer_answers(&regs))
		return false;
	if (!entry)
		return debug_exit(task);
	/* It begins anew: call_again() */
	if (tr->in_call)
		return false;
	tr->in_call = true;
	tr->nr = regs_nr(&regs);
	tr->message = MESSAGE_ENTRY;
	return stand(tr, TRACED_ENTRY, syscall_code(tr));
}

/* What the tracer has left of the call is made. */
static void note_number(struct tracing *tr)
{
	struct regs regs;

	if (tr->in_call && regs_read(tr->task->tid->host, &regs) == 0)
		tr->nr = regs_nr(&regs);
}

/* seccomp's way to skip a call has taken its number. */
static void show_number(const struct tracing *tr)
{
	struct regs regs;

	if (!tr->in_call || regs_read(tr->task->tid->host, &regs) < 0 ||
	    regs_nr(&regs) != -1)
		return;
	regs_set_nr(&regs, tr->nr);
	regs_write(tr->task->tid->host, &regs);
}

static bool begin(struct tracing *tr)
{
	tr->begins = false;
	debug_set_options(tr);
	if (tr->seized)
		return stand(tr, TRACED_TRAP, EVENT(PTRACE_EVENT_STOP));
	return stand(tr, TRACED_BEGUN, SIGSTOP);
}

bool debug_exit(struct task *task)
{
	struct tracing *tr = task->tracing;

	if (!tr)
		return false;
	if (tr->begins)
		return begin(tr);
	if (tr->how == PTRACE_SYSCALL)
		show_number(tr);
	tr->in_call = false;
	tr->message = MESSAGE_EXIT;
	if (tr->how == PTRACE_SYSCALL)
		return stand(tr, TRACED_EXIT, syscall_code(tr));
	if (tr->how != PTRACE_SINGLESTEP)
		return false;
	memset(&tr->info, 0, sizeof(tr->info));
	tr->info.si_signo = SIGTRAP;
	tr->info.si_code = TRAP_BRKPT;
	return stand(tr, TRACED_STEPPED, SIGTRAP);
}

/* ---- other stops ---- */

bool debug_trap(struct task *task, const struct stop *stop)
{
	struct tracing *tr = task->tracing;

	if (!tr)
		return false;
	if (tr->begins)
		return begin(tr);
	if (stop->kind == STOP_GROUP)
		return stand_after_call(
			tr, TRACED_GROUP,
			tr->seized ? stop->sig | PTRACE_EVENT_STOP << 8
				   : stop->sig);
	if (!tr->seized ||
	    !(tr->interrupt || tr->notify || tr->state == TRACED_LISTENS))
		return false;
	tr->notify = false;
	park_group_stopped(task);
	/* The exit of a call that it ends takes its place: ptrace_stop() */
	if (tr->in_call && tr->how == PTRACE_SYSCALL)
		return debug_exit(task);
	return stand(tr, TRACED_TRAP, EVENT(PTRACE_EVENT_STOP));
}

void debug_remind(host_pid tid)
{
	const struct task *task = task_by_host(tid);

	if (task && task->tracing && task->tracing->interrupt &&
	    task->tracing->state == TRACED_RUNS && !task->exiting)
		stop_interrupt(tid);
}

bool debug_exec(struct task *task, host_pid former)
{
	struct tracing *tr = task->tracing;
	struct pid *pid;

	if (!tr)
		return false;
	debug_set_options(tr);
	if (tr->options & PTRACE_O_TRACEEXEC) {
		pid = pids_by_host(&instance.pids, former);
		tr->message =
			(unsigned long)pid_nr(pid, group_pid_ns(tr->tracer)).n;
		return stand(tr, TRACED_EVENT, EVENT(PTRACE_EVENT_EXEC));
	}
	if (!tr->seized)
		signal_send(task, task->group, task, SIGTRAP, SIGNAL_KILL);
	return false;
}

bool debug_ends(struct task *task, const struct stop *stop)
{
	struct tracing *tr = task->tracing;

	if (!tr || !(tr->options & PTRACE_O_TRACEEXIT) || instance.ending ||
	    task->group->killed)
		return false;
	tr->message = stop->data;
	return stand(tr, TRACED_EVENT, EVENT(PTRACE_EVENT_EXIT));
}

static bool wants(const struct tracing *tr, int event)
{
	return tr && (tr->options & 1UL << event);
}

void debug_forks(const struct stop *stop)
{
	struct task *task = task_by_host(stop->tid);
	struct cloning *cl = task ? task->cloning : NULL;
	struct tracing *tr = task ? task->tracing : NULL;

	if (cl && !cl->child && stop->event != PTRACE_EVENT_VFORK_DONE &&
	    cloning_bear(cl, (host_pid){ (int)stop->data }) < 0)
		tr = NULL;
	if (!cl || !cl->child || !wants(tr, stop->event)) {
		stop_resume_step(stop->tid, 0);
		return;
	}
	tr->message =
		(unsigned long)pid_nr(cl->child, group_pid_ns(tr->tracer)).n;
	stand(tr, TRACED_EVENT, EVENT(stop->event));
}

/* ---- it goes on ---- */

static unsigned long host_options(const struct tracing *tr)
{
	return tr->options & (PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
			      PTRACE_O_TRACECLONE | PTRACE_O_TRACEVFORKDONE);
}

void debug_set_options(struct tracing *tr)
{
	tr->options_due = false;
	stop_want_events(tr->task->tid->host, true, host_options(tr));
}

static void go_on(struct task *task, enum traced_at at, int sig)
{
	if (task->group->killed && at != TRACED_EVENT)
		return; /* by itself */
	if (at == TRACED_ENTRY)
		by_trace_entered(task);
	else if (task->exiting)
		loop_end_task(task);
	else
		by_trace_go_on(task, at == TRACED_SIGNAL ? sig : 0);
}

/* What @sig is to the stop that it is in. */
static void give_signal(struct tracing *tr, int sig)
{
	switch (tr->at) {
	case TRACED_SIGNAL:
		deliver(tr, sig);
		break;
	case TRACED_ENTRY:
		note_number(tr);
		send_own(tr, sig);
		break;
	case TRACED_EXIT:
		send_own(tr, sig);
		break;
	case TRACED_BEGUN:
	case TRACED_STEPPED:
		if (sig && signal_task(tr->task, sig) == 0)
			tr->silent |= bit_of(sig);
		break;
	default:
		break;
	}
}

void debug_resume(struct tracing *tr, long request, int sig)
{
	struct task *task = tr->task;
	int code;

	give_signal(tr, sig);
	tr->state = TRACED_RUNS;
	tr->how = request;
	if (tr->at == TRACED_GROUP) {
		task->stopped = false;
		tr->notify = true;
	}
	if (tr->then) {
		code = tr->then;
		tr->then = 0;
		stand(tr, tr->then_at, code);
		return;
	}
	go_on(task, tr->at, sig);
}

void debug_detach(struct tracing *tr, int sig)
{
	struct task *task = tr->task;
	const bool stopped = tr->state == TRACED_STOPPED;
	enum traced_at at;

	/* The signal that it is stopped for comes after all. */
	if (stopped && tr->then) {
		tr->at = tr->then_at;
		tr->code = tr->then;
		sig = tr->at == TRACED_SIGNAL && !sig ? tr->code : sig;
	}
	at = tr->at;
	if (stopped) {
		give_signal(tr, sig);
		stop_want_events(task->tid->host, instance.active & NS_PID, 0);
	}
	tracing_end(tr);
	if (stopped && at == TRACED_GROUP)
		stop_listen(task->tid->host);
	else if (stopped)
		go_on(task, at, sig);
}

void debug_listen(struct tracing *tr)
{
	tr->state = TRACED_LISTENS;
	stop_listen(tr->task->tid->host);
}

void debug_interrupt(struct tracing *tr)
{
	if (tr->state != TRACED_STOPPED)
		stop_interrupt(tr->task->tid->host);
}

/* ---- registers ---- */

/* Within a call that nsrun has changed: a clone. */
static void show_call(const struct task *task, struct regs *regs)
{
	if (!task->in_call)
		return;
	regs_set_nr(regs, task->call.nr);
	for (int i = 0; i < CALL_ARGS; i++)
		regs_set_arg(regs, i, task->call.args[i]);
}

long debug_get_regs(struct tracing *tr, void *ret_regs, size_t len)
{
	struct regs regs;
	long r = regs_read(tr->task->tid->host, &regs);

	if (r < 0)
		return r;
	show_call(tr->task, &regs);
	memcpy(ret_regs, &regs.raw,
	       len < sizeof(regs.raw) ? len : sizeof(regs.raw));
	return 0;
}

/* The kernel's own checks of what registers may hold are made by the kernel. */
long debug_set_regs(struct tracing *tr, const void *new, size_t len)
{
	struct task *task = tr->task;
	host_pid tid = task->tid->host;
	struct regs regs, old;
	long r = regs_read(tid, &regs);

	if (r < 0)
		return r;
	old = regs;
	memcpy(&regs.raw, new, len < sizeof(regs.raw) ? len : sizeof(regs.raw));
	for (int i = 0; task->in_call && i < CALL_ARGS; i++) {
		task->call.args[i] = regs_arg(&regs, i);
		regs_set_arg(&regs, i, regs_arg(&old, i));
	}
	if (task->in_call)
		regs_set_nr(&regs, regs_nr(&old));
	return sys_call(SYS_ptrace, PTRACE_SETREGS, (uint64_t)tid.n, 0,
			(uintptr_t)&regs.raw, 0, 0);
}

long debug_get_call(struct tracing *tr, struct debug_call *ret_call)
{
	struct regs regs;
	long r = regs_read(tr->task->tid->host, &regs);

	if (r < 0)
		return r;
	show_call(tr->task, &regs);
	ret_call->nr = regs_nr(&regs);
	ret_call->result = regs_result(&regs);
	ret_call->ip = regs_ip(&regs);
	ret_call->sp = regs_sp(&regs);
	for (int i = 0; i < CALL_ARGS; i++)
		ret_call->args[i] = regs_arg(&regs, i);
	return 0;
}

/* ---- tracers ---- */

void debug_wake(struct group *tracer)
{
	struct task *task;

	DL_FOREACH2(tracer->tasks, task, in_group_next)
	{
		/* In that wait, or another call by now: memory_mend() */
		if (task->wait_passed)
			task->interrupted = true;
		if ((task->waiting && task->in_call) || task->agent_waits ||
		    task->wait_passed)
			stop_interrupt(task->tid->host);
		task->wait_passed = false;
	}
}

void debug_begins(struct group *tracer, const struct task *caller)
{
	struct task *task;

	stop_ask_how(how);
	if (!tracer->agent || tracer->agent->state != AGENT_PRESENT ||
	    tracer->tracees->next)
		return;
	DL_FOREACH2(tracer->tasks, task, in_group_next)
	{
		if (task == caller || !bare_hold(task))
			continue;
		task->agent_waits = true;
		stop_interrupt(task->tid->host);
	}
}

/* Is it in a wait of its agent's? What it waits for is in the host's words. */
static bool is_waiting(const struct task *task, const struct regs *regs,
		       struct wait_call *w)
{
	const long nr = regs_nr(regs), result = regs_result(regs);

	if (!by_agent_is_native(task, regs_ip(regs)) ||
	    (nr != SYS_wait4 && nr != SYS_waitid) ||
	    (result != -ENOSYS && result != -CALL_ERESTARTSYS))
		return false;
	for (int i = 0; i < CALL_ARGS; i++)
		w->args[i] = regs_arg(regs, i);
	w->is_waitid = nr == SYS_waitid;
	return true;
}

/*
 * The agent makes waits natively, and asks nobody. From the first
 * PTRACE_TRACEME of a child on it does not begin one; but a thread may be in
 * one, or about to. So it is stepped until it has left the agent. A wait that
 * is being made gets the host's number, which the agent has translated.
 */
bool debug_agent_waits(struct task *task)
{
	host_pid tid = task->tid->host;
	struct wait_call w;
	struct regs regs;
	long r;

	if (!task->agent_waits)
		return false;
	if (task->in_call || regs_read(tid, &regs) < 0 ||
	    !by_agent_is_inside(task->group, regs_ip(&regs))) {
		task->agent_waits = false;
		return false;
	}
	if (is_waiting(task, &regs, &w)) {
		r = pid_wait_native(task, &w);
		if (r != CALL_PASS) {
			regs_set_nr(&regs, -1);
			regs_set_result(&regs, r);
			regs_write(tid, &regs);
		}
	}
	stop_resume_step(tid, 0);
	return true;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The event loop: where gates, dispatch and tasks meet.
 *
 * Theory of operation. One thread; it waits in poll() alone. Ptrace events
 * are taken before notifications, so that a notification never comes from a
 * task that is not known yet, and no decision rests on a task that has died.
 */
#include "src/loop.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utlist.h>
#include "interpose/stop.h"
#include "src/bare.h"
#include "src/by_agent.h"
#include "src/by_notify.h"
#include "src/by_trace.h"
#include "src/debug.h"
#include "src/host/log.h"
#include "src/host/sys.h"
#include "src/host/watchdog.h"
#include "src/net/sock.h"
#include "src/ns/nsfs.h"
#include "src/ns/user_cred.h"
#include "src/outside/serve.h"
#include "src/ns/mnt_folder.h"
#include "src/owner/store.h"
#include "src/park.h"
#include "src/quiesce.h"
#include "src/task/loader.h"
#include "src/task/task.h"
#include "src/trace.h"
#include "src/view/proc_map.h"
#include "src/view/view.h"

#define STOPS_MAX 64

/* ---- signals ---- */

static void on_signal(struct loop *loop, const struct stop *stop)
{
	struct task *task = task_by_host(stop->tid);
	siginfo_t info = { 0 };
	bool changed, deliver;
	int sig = stop->sig;

	if (!task) {
		stop_resume(stop->tid, sig);
		return;
	}
	if (by_agent_signal(task, stop))
		return;
	by_notify_mend(loop, task);
	if (stop_get_signal(stop->tid, &info) == 0) {
		deliver = signal_deliver(task, &info, &changed);
		/* The agent asks for it itself: task_siginfo() */
		if (changed && !(task->group->heritage.acted >> (sig - 1) & 1))
			stop_set_signal(stop->tid, &info);
		if (!deliver)
			sig = 0;
	}
	park_signalled(task, stop->sig, sig != 0);
	if (!sig || !debug_signal(task, sig, &info))
		by_trace_go_on(task, sig);
}

/* ---- tasks ---- */

/* Return: whether it is known now; if not, it has been killed. */
static bool first_stop(host_pid tid)
{
	uint64_t args[CALL_ARGS];
	struct cloned cloned;
	struct regs regs;
	int r;

	if (regs_read(tid, &regs) < 0)
		return false;
	for (int i = 0; i < CALL_ARGS; i++)
		args[i] = regs_arg(&regs, i);
	r = task_first_stop(tid, args, &cloned);
	if (r < 0) {
		sys_kill(tid, SIGKILL);
		return false;
	}
	for (int i = 0; cloned.changed && i < CALL_ARGS; i++)
		regs_set_arg(&regs, i, cloned.args[i]);
	if (cloned.changed) {
		regs_write(tid, &regs);
		cloned.task->begins = true;
	}
	return true;
}

bool loop_is_command(const struct loop *loop, const struct group *group)
{
	if (!loop->config->init)
		return group == instance.init;
	return group->parent == instance.init &&
	       pid_nr(group->tgid, group_pid_ns(group)).n == 2;
}

/* Of threads that are not traced the leader alone is known: look_at_init(). */
static bool all_stopped(const struct group *group)
{
	const struct task *task;

	DL_FOREACH2(group->tasks, task, in_group_next)
		if (!task->stopped &&
		    (!task->bare || task->tid == group->tgid))
			return false;
	return true;
}

/* The front process stops and goes on as the command does. */
static void tell_front(const struct loop *loop, struct task *task, int sig)
{
	struct control message = {
		.kind = task->stopped ? CONTROL_STOPPED : CONTROL_CONTINUED,
		.value = sig,
	};

	if (loop->control < 0 || !loop_is_command(loop, task->group) ||
	    all_stopped(task->group) != task->stopped)
		return;
	send(loop->control, &message, sizeof(message),
	     MSG_NOSIGNAL | MSG_DONTWAIT);
	if (!task->stopped)
		kill(loop->config->front, SIGCONT);
}

static void on_trap(struct loop *loop, const struct stop *stop)
{
	struct task *task = task_by_host(stop->tid);
	bool was_stopped = task && task->stopped;

	if (!task || !task->started)
		first_stop(stop->tid);
	task = task_by_host(stop->tid);
	if (task)
		task->stopped = stop->kind == STOP_GROUP;
	if (task && task->stopped != was_stopped)
		tell_front(loop, task, stop->sig);
	if (task && task->stopped)
		park_group_stopped(task);
	if (task && !task->stopped)
		memory_mend(task);
	if (task && task->begins && stop->kind == STOP_TRAP &&
	    by_trace_begin(task))
		;	/* it goes on with a call of nsrun's */
	else if (task && (debug_agent_waits(task) || debug_trap(task, stop)))
		;	/* it stands still for its tracer */
	else if (stop->kind == STOP_GROUP)
		stop_listen(stop->tid);
	else if (task && park_trapped(task))
		;	/* it goes on by itself */
	else if (task)
		by_trace_go_on(task, 0);
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
		/* Its thread was traced, and is the leader now. */
		task->bare = false;
		by_trace_unmask(task);
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
	if (task)
		user_exec_auxv(task, regs_sp(&regs));
	if (task && is_sealed(stop->tid, &regs)) {
		task->group->dumpable = 0;
		task->unseal = 3;
	} else if (task) {
		task->loads = loader_is_due(task, regs_sp(&regs));
	}
	if (task && !debug_exec(task, stop->former))
		by_trace_go_on(task, 0);
	else if (!task)
		stop_resume(stop->tid, 0);
}

void loop_end_task(struct task *task)
{
	ns_task_exit(task);
	/* When all are killed, nobody is left to wait for a lock. */
	if (!instance.ending)
		task_robust_to_host(task);
	if (!task_ends(task))
		stop_resume(task->tid->host, 0);
}

static void on_exit_stop(const struct stop *stop)
{
	struct task *task = task_by_host(stop->tid);

	if (!task) {
		stop_resume(stop->tid, 0);
		return;
	}
	task->exiting = true;
	park_abandon(task);
	if (!debug_ends(task, stop))
		loop_end_task(task);
}

/* Inits that waited for others go on with their end. */
static void release_inits(void)
{
	struct task *task;

	while ((task = task_released()))
		stop_resume(task->tid->host, 0);
}

/* A kept instance goes on without its command, and without the front process. */
static void on_died(struct loop *loop, const struct stop *stop)
{
	const struct task *task = task_by_host(stop->tid);
	bool over = loop->config->keep && task &&
		    loop_is_command(loop, task->group) && !task->in_group_next;
	bool alone = over && task->group->tasks == task;

	task_died(stop->tid, stop->status);
	if (alone)
		serve_detach(loop, stop->status);
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
	struct task *task = task_by_host(stop->tid);

	sys_mem_release();
	trace_tick();
	view_collect();
	stop_step_now(proc_map_any_open());
	/* Exec changes who is who, killed or not. */
	if (stop->kind != STOP_EXIT && stop->kind != STOP_DIED &&
	    stop->kind != STOP_EXEC && is_killed(stop->tid))
		return;
	if (task && stop->kind != STOP_DIED)
		by_agent_release(task);
	if (task) {
		task_take_back(task);
		debug_arrives(task);
	}
	switch (stop->kind) {
	case STOP_CALL:
		by_trace_call(stop);
		break;
	case STOP_STEP:
		by_trace_step(stop);
		break;
	case STOP_TRAPPED:
		if (by_trace_trapped(stop))
			break;
		on_signal(loop, stop);
		break;
	case STOP_SIGNAL:
		on_signal(loop, stop);
		break;
	case STOP_GROUP:
	case STOP_TRAP:
		on_trap(loop, stop);
		break;
	case STOP_EXEC:
		on_exec(stop);
		break;
	case STOP_FORK:
		debug_forks(stop);
		break;
	case STOP_EXIT:
		on_exit_stop(stop);
		break;
	case STOP_DIED:
		trace_lost(task_by_host(stop->tid));
		on_died(loop, stop);
		break;
	default:
		stop_resume(stop->tid, 0);
		break;
	}
	debug_remind(stop->tid);
	trace_tock(stop->tid);
}

/* Init is our own child: its job control is told though it is not traced. */
static void look_at_init(struct loop *loop)
{
	struct task *task = instance.init ? instance.init->tasks : NULL;
	const int which = WSTOPPED | WCONTINUED | WNOHANG;
	siginfo_t info = { 0 };

	if (!task || !task->bare)
		return;
	/* A stop of a thread that is traced, and takes its place by exec. */
	if (waitid(P_PID, (id_t)task->tid->host.n, &info, which | WNOWAIT) < 0 ||
	    !info.si_pid || info.si_code == CLD_TRAPPED)
		return;
	waitid(P_PID, info.si_pid, &info, which);
	task->stopped = info.si_code == CLD_STOPPED;
	tell_front(loop, task, info.si_status);
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

	look_at_init(loop);
	for (int i = 0; i < STOPS_MAX; i++) {
		if (stop_next(&stop) < 0)
			return DRAINED_END;
		if (stop.kind == STOP_NONE)
			return DRAINED_ALL;
		on_stop(loop, &stop);
	}
	return DRAINED_SOME;
}

/* ---- the front process ---- */

/* Others can have it open, and it would stay in the set. */
void loop_leave_front(struct loop *loop)
{
	epoll_ctl(loop->seldom, EPOLL_CTL_DEL, loop->control, NULL);
	sys_close(&loop->control);
}

static void on_front_gone(struct loop *loop)
{
	loop_leave_front(loop);
	if (loop->config->keep)
		return;
	if (loop->config->kill_child && instance.init)
		sys_kill(instance.init->tgid->host, loop->config->kill_child);
	else
		task_kill_all();
}

/*
 * A signal for the command. Sent to the whole group of the front process, it
 * has reached the command already, and is pending there or was seen.
 */
static void forward_signal(const struct loop *loop, int sig)
{
	const uint64_t bit = UINT64_C(1) << (sig - 1);
	struct sys_signals signals;
	host_pid init;

	if (!instance.init)
		return;
	init = instance.init->tgid->host;
	if (sys_signals(init, &signals) == 0 &&
	    ((signals.pending & bit) ||
	     /* To go on twice is nothing, but for who is told of it. */
	     (sig == SIGCONT && (signals.caught & bit) &&
	      sys_getpgid(init) == getpgid(loop->config->front))))
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
		forward_signal(loop, message.value);
}

static void on_own_signals(struct loop *loop)
{
	struct signalfd_siginfo info;

	while (sys_read(loop->signals, &info, sizeof(info)) == sizeof(info))
		if (info.ssi_signo == SIGTERM)
			task_kill_all();
}

/*
 * Ends of bare processes. All that are known to epoll: a number that has come
 * back is not taken for the old process then.
 */
static void on_ends(struct loop *loop)
{
	struct epoll_event events[STOPS_MAX];
	int n;

	do {
		n = epoll_wait(loop->epoll, events, STOPS_MAX, 0);
		for (int i = 0; i < n; i++)
			bare_ended((host_pid){ (int)events[i].data.u64 });
	} while (n == STOPS_MAX);
}

/* How long the loop may sleep. Return: NULL without an end. */
static const struct timespec *sleep_time(bool busy, struct timespec *time)
{
	int64_t left = busy ? 0 : park_timeout();
	int64_t store = store_timeout(), sock = sock_wait_timeout();

	if (store >= 0 && (left < 0 || store < left))
		left = store;
	if (sock >= 0 && (left < 0 || sock < left))
		left = sock;
	if (left < 0)
		return NULL;
	time->tv_sec = left / 1000000000;
	time->tv_nsec = left % 1000000000;
	return time;
}

/* Some come to be when they are needed. */
static void watch_seldom(struct loop *loop)
{
	const int now[SELDOM_COUNT] = {
		[SELDOM_SIGNALS] = loop->signals,
		[SELDOM_CONTROL] = loop->control,
		[SELDOM_NSFS] = nsfs_watch(),
		[SELDOM_SERVE] = serve_fd(),
		[SELDOM_ENDS] = loop->epoll,
		[SELDOM_SOCK] = sock_wait_fd(),
	};

	for (unsigned int i = 0; i < SELDOM_COUNT; i++) {
		struct epoll_event event = { .events = EPOLLIN };

		event.data.u32 = i;
		if (now[i] == loop->watched[i])
			continue;
		if (now[i] < 0 || epoll_ctl(loop->seldom, EPOLL_CTL_ADD,
					    now[i], &event) == 0)
			loop->watched[i] = now[i];
	}
}

/* Return: a set of those that have something. */
static unsigned int ready_seldom(const struct loop *loop)
{
	struct epoll_event events[SELDOM_COUNT];
	int n = epoll_wait(loop->seldom, events, SELDOM_COUNT, 0);
	unsigned int ready = 0;

	for (int i = 0; i < n; i++)
		ready |= 1U << events[i].data.u32;
	return ready;
}

#define IS_READY(ready, which) ((ready) >> (which) & 1)

static void on_others(struct loop *loop, unsigned int ready)
{
	if (IS_READY(ready, SELDOM_CONTROL))
		on_control(loop);
	if (IS_READY(ready, SELDOM_NSFS))
		nsfs_collect();
	if (IS_READY(ready, SELDOM_SERVE))
		serve_next(loop);
	if (IS_READY(ready, SELDOM_SOCK))
		sock_wait_ready();
}

static void start(struct loop *loop)
{
	park_init(&loop->notify);
	loop->epoll = epoll_create1(EPOLL_CLOEXEC);
	loop->seldom = epoll_create1(EPOLL_CLOEXEC);
	for (int i = 0; i < SELDOM_COUNT; i++)
		loop->watched[i] = -1;
	bare_start(loop);
	watchdog_start();
}

int loop_run(struct loop *loop)
{
	enum drained drained = DRAINED_ALL;
	struct timespec time;

	start(loop);
	for (;;) {
		/*
		 * What came before a notification is seen with it. POLLERR of
		 * a listener is no end: a signal came while it was locked,
		 * seccomp_notify_poll() of kernel/seccomp.c.
		 */
		struct pollfd fds[] = {
			{ .fd = loop->notify.listener, .events = POLLIN },
			{ .fd = loop->seldom, .events = POLLIN },
		};
		unsigned int ready = 0;

		if (instance.init_ended && instance.tasks == 0)
			break;
		if (stop_taken() > 0)
			drained = DRAINED_SOME;
		watch_seldom(loop);
		watchdog_sleep();
		if (sys_result(ppoll(fds, 2, sleep_time(drained == DRAINED_SOME,
							&time), NULL)) < 0)
			continue;
		watchdog_wake();
		if (fds[1].revents)
			ready = ready_seldom(loop);
		if (IS_READY(ready, SELDOM_SIGNALS))
			on_own_signals(loop);
		if (IS_READY(ready, SELDOM_SIGNALS) || drained == DRAINED_SOME)
			drained = drain_stops(loop);
		if (drained == DRAINED_END)
			break;
		if (IS_READY(ready, SELDOM_ENDS))
			on_ends(loop);
		if (fds[0].revents & POLLIN)
			by_notify_next(loop);
		else if (fds[0].revents & POLLHUP)	/* no task is left */
			sys_close(&loop->notify.listener);
		by_notify_deferred(loop);
		on_others(loop, ready);
		serve_settle();
		release_inits();
		park_expire();
		sock_wait_expire();
		store_expire();
	}
	store_end();
	mnt_folders_end();
	return instance.not_executable ? W_EXITCODE(EXIT_NOT_EXECUTABLE, 0) :
					 instance.init_status;
}

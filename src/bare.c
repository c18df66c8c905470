/* SPDX-License-Identifier: Apache-2.0 */
/* Tasks that are not traced; see bare.h. */
#include "src/bare.h"

#include <linux/auxvec.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <limits.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utlist.h>
#include "src/host/auxv.h"
#include "src/host/sys.h"
#include "src/ns/ipc_shm.h"
#include "src/task/agent.h"
#include "src/view/proc_map.h"
#include "tables/sems.h"

static const struct loop *loop;

void bare_start(const struct loop *l)
{
	loop = l;
}

/* Its stops are told to the front process: of init they are, see loop.c. */
static bool is_told(const struct group *group)
{
	return group != instance.init && loop_is_command(loop, group);
}

/* ---- may it be? ---- */

/* The init of a namespace inside waits for the others at its exit stop. */
static bool is_inner_init(const struct group *group)
{
	return group != instance.init && group_is_init(group);
}

static bool has_undo(const struct group *group)
{
	const struct task *task;

	DL_FOREACH2(group->tasks, task, in_group_next)
	if (task->sem_undo && task->sem_undo->undos)
		return true;
	return false;
}

/*
 * No process but itself runs its program, and no stop is needed for it. What it
 * has of semaphores and shared memory goes when it ends, before its files do.
 */
static bool group_may(const struct group *group)
{
	return !group->heritage.held && !group->heritage.handlers && !group->killed &&
	       !group->execs &&
	       !group->signalfds && !group->heritage.no_agent && !group->heritage.unguarded &&
	       !group->heritage.rooted &&
	       !shm_list_any(group) && !is_told(group) &&
	       !is_inner_init(group) && !has_undo(group);
}

/* Is nothing under way that ends at a stop? */
static bool is_idle(const struct task *task)
{
	return task->started && !task->in_call && !task->recalled &&
	       !task->unseal && !task->stopped && !task->masked &&
	       !task->agent_held && !task->cloning && !task->bearing &&
	       !task->undelivered && !task->exiting &&
	       !task->tracing && !task->agent_waits &&
	       task->parked.state == PARK_NONE &&
	       (!task->group->agent ||
		(task->group->agent->state != AGENT_PENDING &&
		 task->group->agent->state != AGENT_COMING));
}

/* Half of the descriptors are for what else there is. */
static int pidfd_max(void)
{
	static int max;
	struct rlimit limit;

	if (!max)
		max = getrlimit(RLIMIT_NOFILE, &limit) == 0 &&
				      limit.rlim_cur / 2 < INT_MAX
			      ? (int)limit.rlim_cur / 2
			      : 512;
	return max;
}

/* Return: whether its end will be told. */
static bool watch(struct group *group)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLET };

	if (group->pidfd >= 0)
		return true;
	group->pidfd = (int)sys_call(
		SYS_pidfd_open, (uint64_t)group->tgid->host.n, 0, 0, 0, 0, 0);
	if (group->pidfd >= pidfd_max())
		sys_close(&group->pidfd);
	if (group->pidfd < 0)
		return false;
	event.data.u64 = (uint32_t)group->tgid->host.n;
	if (sys_result(epoll_ctl(loop->epoll, EPOLL_CTL_ADD, group->pidfd,
				 &event)) == 0)
		return true;
	sys_close(&group->pidfd);
	return false;
}

bool bare_wants(const struct task *task)
{
	/* All are stepped while one is open: proc_map.c */
	return instance.bare && !task->bare && !task->tracing && !proc_map_any_open() &&
	       group_may(task->group);
}

long bare_resume(struct task *task, int sig)
{
	host_pid tid = task->tid->host;
	long r;

	if (!bare_wants(task) || instance.ending || !is_idle(task) ||
	    !watch(task->group))
		return stop_resume(tid, sig);
	r = stop_let_go(tid, sig);
	task->bare = r == 0;
	return r;
}

/* ---- taking hold ---- */

bool bare_hold(struct task *task)
{
	long r;

	/*
	 * A leader that has ended waits for its threads. In an exec the kernel
	 * has to wait for them, and who seizes one, for the exec: it is held
	 * when that has failed.
	 */
	if (!task->bare || task->exiting || task->group->execs)
		return true;
	r = stop_seize(task->tid->host, instance.active & NS_PID);
	task->bare = r < 0;
	/* What can't be taken hold of can't be served, unless it has ended. */
	if (r < 0 && task_is_alive(task->tid->host))
		sys_tgkill(task->group->tgid->host, task->tid->host, SIGKILL);
	return r == 0;
}

/* Which of several threads sleeps in vfork is not known here. */
void group_hold_parent(const struct group *child)
{
	struct task *task = child->parent ? child->parent->tasks : NULL;

	if (!child->vforked || !task || task->in_group_next)
		return;
	child->parent->lends = true;
	if (bare_hold(task))
		stop_interrupt(task->tid->host);
}

bool task_hold(struct task *task)
{
	return bare_hold(task);
}

void group_hold_once(struct group *group)
{
	struct task *task;

	births_tell(group);
	DL_FOREACH2(group->tasks, task, in_group_next)
	bare_hold(task);
}

void group_exec_begins(struct task *task)
{
	if (!task->group->tasks->in_group_next || task->execs)
		return;
	group_hold_once(task->group);
	task->group->execs++;
	task->execs = true;
}

void group_exec_failed(struct task *task)
{
	struct group *group = task->group;

	if (!task->execs)
		return;
	task->execs = false;
	/* Those that came meanwhile. */
	if (--group->execs == 0 && !group_may(group))
		group_hold_once(group);
}

void group_hold(struct group *group)
{
	group->heritage.held = true;
	group_hold_once(group);
}

void task_born_bare(struct task *task)
{
	task->bare = true;
	task->started = true;
	/*
	 * No descriptor is left, if it has not ended; or its process has come
	 * to need stops while it was made.
	 */
	if ((!watch(task->group) && sys_exists(task->tid->host)) ||
	    !group_may(task->group))
		bare_hold(task);
}

/* ---- ends ---- */

static bool is_bare(const struct group *group)
{
	const struct task *task;

	DL_FOREACH2(group->tasks, task, in_group_next)
	if (!task->bare)
		return false;
	return group->tasks && !group->zombie;
}

/* Its own parent alone gets to know how; of init that is the supervisor. */
static int end_of(host_pid tgid)
{
	int status;

	return waitpid(tgid.n, &status, WNOHANG | __WALL) == tgid.n ? status
								    : 0;
}

bool group_end_bare(struct group *group)
{
	host_pid tgid = group->tgid->host;
	int status;

	if (!is_bare(group))
		return false;
	group->ended = false;
	status = end_of(tgid);
	while (group->tasks->in_group_next)
		task_died(group->tasks->in_group_next->tid->host, 0);
	task_died(group->tasks->tid->host, status);
	return true;
}

void bare_ended(host_pid tgid)
{
	struct task *task = task_by_host(tgid);

	/* One that is traced is reaped first by its tracer. */
	if (task && task->tid == task->group->tgid &&
	    !group_end_bare(task->group))
		task->group->ended = true;
}

void bare_note_exit(struct task *task)
{
	if (task->bare && task->tid != task->group->tgid)
		task_died(task->tid->host, 0);
}

/* ---- exec ---- */

/*
 * A place that is other in a new program: the agent's text, which that begins
 * without, or AT_RANDOM, which the kernel fills anew.
 */
void bare_note_exec(struct task *task)
{
	struct exec_mark *mark = &task->exec_mark;

	/* What the program is given of its users is made true at a stop. */
	if (instance.active & NS_USER)
		bare_hold(task);
	if (!task->bare)
		return;
	task->execing = true;
	mark->at = agent_at(task->group->agent, AGENT_TEXT);
	if (task->group->agent && task->group->agent->state == AGENT_PRESENT &&
	    sys_vm_read(task->tid->host, mark->at, mark->bytes,
			sizeof(mark->bytes)) == 0)
		return;
	mark->at = auxv_value(task->tid->host, AT_RANDOM);
	if (!mark->at || sys_vm_read(task->tid->host, mark->at, mark->bytes,
				     sizeof(mark->bytes)) < 0) {
		task->execing = false;
		bare_hold(task);
	}
}

static bool is_new_program(const struct task *task)
{
	const struct exec_mark *mark = &task->exec_mark;
	unsigned char now[sizeof(mark->bytes)];

	return task->execing &&
	       (sys_vm_read(task->tid->host, mark->at, now, sizeof(now)) < 0 ||
		memcmp(now, mark->bytes, sizeof(now)) != 0);
}

void bare_settle_exec(struct task *task)
{
	if (is_new_program(task))
		task_exec(task, task->tid->host);
	task->execing = false;
}

void bare_settle_children(struct task *task)
{
	const struct agent *agent = task->group->agent;
	struct group *child;

	/*
	 * A thread that is awake has none that shares its memory by vfork(),
	 * but others can have one, which may be on the way to its exec.
	 */
	if (!agent || agent->users == 1)
		return;
	DL_FOREACH2(task->group->children, child, sibling_next)
	if (child->agent == agent && child->vforked && child->tasks &&
	    is_new_program(child->tasks))
		task_exec(child->tasks, child->tasks->tid->host);
}

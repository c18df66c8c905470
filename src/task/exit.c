/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Death, reaping, and the end of a pid namespace.
 *
 * Theory of operation. The tracer sees each death first; only when it has
 * collected it, the real parent can wait for the zombie. So a group becomes a
 * zombie here before any wait() inside can answer with it. It is freed when
 * its real parent has reaped it, which shows in one of three ways: the
 * parent's wait returned (pid_wait.c); it vanished at once, because the
 * parent ignores SIGCHLD; or it vanished when its parent died.
 *
 * When init of a namespace ends, everything in it is killed, as
 * zap_pid_ns_processes() does. The orphans of the outermost one have the
 * supervisor as their real parent then, a child subreaper, which collects them.
 *
 * A namespace inside ends as in the kernel: its init waits, at its exit stop,
 * until all others are dead, so that nobody who waited for init finds one of
 * them. The kernel's init would reap them. This one no longer can: to the
 * kernel its zombies become children of an outer init. Here they are gone at
 * once, and marked as strangers: a wait that meets one goes on (pid_wait.c).
 */
#include <errno.h>
#include <signal.h>
#include <utlist.h>
#include "src/host/sys.h"
#include "src/task/agent.h"
#include "src/task/task.h"
#include "src/task/tracing.h"

#define EARLY_MAX   64
#define ZOMBIES_MIN 1024

/* Deaths of tasks that were not known yet; the oldest is overwritten. */
static struct {
	host_pid tid;
	int status;
} early[EARLY_MAX];
static unsigned int early_next;

static void remember_early(host_pid tid, int status)
{
	early[early_next].tid = tid;
	early[early_next].status = status;
	early_next = (early_next + 1) % EARLY_MAX;
}

void task_forget_early(host_pid tid)
{
	for (unsigned int i = 0; i < EARLY_MAX; i++)
		if (early[i].tid.n == tid.n)
			early[i].tid.n = 0;
}

bool task_is_alive(host_pid tid)
{
	char state = sys_state(tid);

	return state && state != 'Z' && state != 'X';
}

/* One that nobody claimed may be of an older bearer of the number. */
void task_died_early(host_pid tid)
{
	for (unsigned int i = 0; i < EARLY_MAX; i++)
		if (early[i].tid.n == tid.n) {
			early[i].tid.n = 0;
			if (!task_is_alive(tid))
				task_died(tid, early[i].status);
			return;
		}
}

/*
 * Is a thread of @group on its way back from a wait? One that sleeps in it
 * has not reaped anything.
 */
static bool is_back_from_wait(const struct group *group)
{
	const struct task *task;

	DL_FOREACH2(group->tasks, task, in_group_next)
	if (task->waiting && sys_state(task->tid->host) != 'S')
		return true;
	return false;
}

void group_reaped(host_pid host)
{
	struct pid *pid = pids_by_host(&instance.pids, host);

	if (!pid || pid->departed || !pid->group)
		return;
	/* One that is not traced: the wait is the first to tell. */
	if (group_end_bare(pid->group))
		pid = pids_by_host(&instance.pids, host);
	if (pid && !pid->departed && pid->group && pid->group->zombie)
		group_free(pid->group);
}

void group_settle_gone(struct group *parent)
{
	struct group *child, *next;

	if (!parent->gone_children || is_back_from_wait(parent))
		return;
	DL_FOREACH_SAFE2(parent->children, child, next, sibling_next)
	if (child->gone)
		group_free(child);
	parent->gone_children = false;
}

void group_reap_children(struct group *group)
{
	struct group *child, *next;

	DL_FOREACH_SAFE2(group->children, child, next, sibling_next)
	{
		if (child->gone || !sys_exists(child->tgid->host)) {
			if (!child->zombie)
				group_end_bare(child);
			else
				group_free(child);
		}
	}
}

static struct group *reaper_of(const struct group *group)
{
	const struct pid *reaper = group_pid_ns(group)->child_reaper;

	return reaper && reaper->group != group ? reaper->group : NULL;
}

/* A zombie whose parent is alive stays until that has reaped it. */
static void settle_zombie(struct group *group)
{
	struct group *parent;

	if (!group->gone && sys_exists(group->tgid->host)) {
		group_parent(group);
		instance.strays |= !group->parent;
		return;
	}
	/* Gone: reaped by a wait that is on its way back, or by itself. */
	group->gone = true;
	parent = group->parent && !group->parent->zombie ? group->parent
							 : reaper_of(group);
	if (!parent || !is_back_from_wait(parent)) {
		group_free(group);
		return;
	}
	if (group->parent != parent)
		group_set_parent(group, parent);
	parent->gone_children = true;
}

/* Is @group in a namespace inside that ends, and its parent as well? */
static bool is_zapped(const struct group *group)
{
	const struct pid *parent = group->parent ? group->parent->tgid : NULL;
	const struct pid_namespace *ns = group_pid_ns(group);

	for (; ns->level > 1; ns = ns->parent)
		if (ns->dying && ns->child_reaper != group->tgid &&
		    (!parent || pid_nr(parent, ns).n > 0))
			return true;
	return false;
}

/* Gone for everybody inside, though the kernel has a zombie yet. */
static void vanish(struct group *group)
{
	group->tgid->stranger = true;
	group_free(group);
}

/* Its children have a new parent now, or, zombies, none at all. */
static void orphan_children(struct group *group)
{
	struct group *child, *next;

	DL_FOREACH_SAFE2(group->children, child, next, sibling_next)
	{
		group_set_parent(child, NULL);
		if (child->zombie && is_zapped(child))
			vanish(child);
		else if (child->zombie)
			settle_zombie(child);
	}
}

static struct task *held;	/* list by held_next */

static void unhold(struct task *task)
{
	struct task **at = &held;

	while (*at && *at != task)
		at = &(*at)->held_next;
	if (*at)
		*at = task->held_next;
	task->held = false;
}

bool task_ends(struct task *task)
{
	struct group *group = task->group;
	struct pid_namespace *ns = group_pid_ns(group);

	if (!group_is_init(group) || group == instance.init ||
	    instance.ending || task->held || !group_is_ending(group))
		return false;
	task_kill_namespace(ns);
	if (ns->processes <= 1)
		return false;
	task->held = true;
	task->held_next = held;
	held = task;
	return true;
}

struct task *task_released(void)
{
	struct task *task = held;

	while (task && !instance.ending &&
	       group_pid_ns(task->group)->processes > 1)
		task = task->held_next;
	if (task)
		unhold(task);
	return task;
}

void task_kill_namespace(struct pid_namespace *ns)
{
	struct group *group;

	ns->dying = true;
	for (group = instance.groups; group; group = task_next_group(group))
		if (!group->zombie && pid_nr(group->tgid, ns).n > 1)
			sys_kill(group->tgid->host, SIGKILL);
}

void task_kill_all(void)
{
	struct group *group;

	instance.ending = true;
	for (group = instance.groups; group; group = task_next_group(group))
		if (!group->zombie)
			sys_kill(group->tgid->host, SIGKILL);
}

/*
 * A zombie that was reaped by a wait that nobody told of: a program can do so
 * by the agent's instruction. Looked for when there are many.
 */
static void sweep_zombies(void)
{
	static unsigned int zombies, limit = ZOMBIES_MIN;
	struct group *group, *next;

	if (++zombies < limit)
		return;
	zombies = 0;
	DL_FOREACH_SAFE (instance.groups, group, next) {
		if (!group->zombie)
			continue;
		if (!group->gone && !sys_exists(group->tgid->host))
			group_free(group);
		else
			zombies++;
	}
	limit = zombies * 2 < ZOMBIES_MIN ? ZOMBIES_MIN : zombies * 2;
}

static void group_died(struct group *group, int status)
{
	bool init = group_is_init(group);

	tracing_tracer_died(group);
	if (instance.bare)
		sweep_zombies();
	group->zombie = true;
	sys_close(&group->pidfd);
	for (unsigned int i = 0; i < group->tgid->level; i++)
		group->tgid->numbers[i].ns->processes--;
	agent_leave(group);
	ns_group_exit(group);
	if (group == instance.init) {
		instance.init_ended = true;
		instance.init_status = status;
		instance.init = NULL;
	}
	orphan_children(group);
	if (init)
		task_kill_namespace(group_pid_ns(group));
	/* Without a pid namespace no wait is caught, so nothing is kept. */
	if (is_zapped(group)) {
		vanish(group);
	} else if (instance.active & NS_PID) {
		settle_zombie(group);
	} else {
		group_free(group);
	}
}

/*
 * exit(2) of one thread, which is not traced: it runs no more code of its
 * program, so what is done at a traced one's exit stop is done here.
 */
long task_exit(struct call *c)
{
	if (c->task->bare) {
		c->task->exiting = true;
		task_robust_to_host(c->task);
	}
	return call_pass(c);
}

static void forget(struct task *task)
{
	if (task->group->tasks->in_group_next)
		agent_thread_ends(task);
	task_cloning_orphaned(task);
	task_cloning_child_died(task);
	group_exec_failed(task);
	if (task->held)
		unhold(task);
	task_free(task);
}

void task_died(host_pid tid, int status)
{
	struct task *task = task_by_host(tid);
	struct group *group;

	if (!task) {
		remember_early(tid, status);
		return;
	}
	group = task->group;
	/* The leader is the last: of others nobody had to tell (born.c). */
	while (task->tid == group->tgid && group->tasks != task)
		forget(group->tasks);
	while (task->tid == group->tgid && task->in_group_next)
		forget(task->in_group_next);
	tracing_died(task, status);
	forget(task);
	if (!group->tasks)
		group_died(group, status);
	else if (group->ended)
		group_end_bare(group);
}

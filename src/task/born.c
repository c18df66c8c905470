/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Children that a task makes by its agent, without a stop.
 *
 * Theory of operation. The agent asks first (task_clone_begin()), and gets a
 * birth to be made (birth.c), or nothing: then it makes the call as if it was
 * not there. The kernel runs the call. The parent knows the child's number
 * then, and goes on. The child of a fork tells that it is there
 * (task_clone_end()): its view and the word of CLONE_CHILD_SETTID are written
 * before it goes on. A thread needs none of these.
 *
 * Of what they tell nothing is believed: who is whose parent, the kernel says.
 * A child that tells nothing is found by its birth with the next event. If its
 * parent is gone by then, it is looked for in /proc (task_adopt_unborn()), and
 * ends with the instance.
 *
 * A traced task has its child traced: CLONE_PTRACE, as in clone.c. Its first
 * stop comes then, too, and the parent tells that it is back.
 */
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <utlist.h>
#include "interpose/agent/page.h"
#include "src/host/sys.h"
#include "src/host/tree.h"
#include "src/task/agent.h"
#include "src/task/clone.h"
#include "src/task/cloning.h"

#define STALE_MAX 4 /* of one task, that came to nothing: longjmp() */

/* ---- whose child is it? ---- */

/* Orphans are an init's, and the supervisor's without it. */
static bool is_reaper(host_pid host)
{
	const struct pid *pid = pids_by_host(&instance.pids, host);

	return host.n == getpid() ||
	       (pid && pid->group && group_is_init(pid->group));
}

static bool is_parent(const struct cloning *cl, host_pid host)
{
	return cl->parent_tgid->host.n == host.n;
}

static bool is_thread_of(const struct cloning *cl, host_pid tid)
{
	return !cl->parent_tgid->departed &&
	       sys_tgkill(cl->parent_tgid->host, tid, 0) != -ESRCH;
}

/* It has died, or is about to, which need not be known yet. */
static bool is_dead(const struct cloning *cl)
{
	const struct group *group = cl->parent_tgid->group;

	return cl->orphaned || cl->parent_tgid->departed || !group ||
	       group->killed || group->zombie ||
	       !task_is_alive(cl->parent_tgid->host);
}

/* Is it one of the instance at all? */
static bool is_inside(host_pid parent)
{
	const struct pid *pid = pids_by_host(&instance.pids, parent);

	return is_reaper(parent) || (pid && !pid->departed && pid->group &&
				     !pid->group->zombie);
}

/* Can a child with real parent @parent be @cl's? */
static bool fits(const struct cloning *cl, host_pid tid, host_pid parent)
{
	if (cl->flags & CLONE_THREAD)
		return is_thread_of(cl, tid);
	return is_parent(cl, parent) ||
	       (is_inside(parent) && (is_dead(cl) || is_reaper(parent)));
}

struct cloning *born_find(host_pid tid)
{
	struct cloning *cl, *guess = NULL;
	host_pid parent = { 0 };

	DL_FOREACH(clonings, cl) {
		if (cl->token)
			continue;
		if (cl->child && cl->child->host.n == tid.n)
			return cl;
		if (cl->child)
			continue;
		/* A thread has none. */
		if (!parent.n && sys_parent_fast(tid, &parent) < 0)
			parent.n = -1;
		if (!fits(cl, tid, parent))
			continue;
		if (birth_is_of(cl, tid))
			return cl;
		/* There is no birth any more that could say so. */
		if (!guess && !cl->quiet && is_dead(cl))
			guess = cl;
	}
	return guess;
}

static struct task *adopt(host_pid tid)
{
	struct cloning *cl = born_find(tid);

	if (!cl || (!cl->child && cloning_bear(cl, tid) < 0))
		return NULL;
	return cl->child->task;
}

struct task *task_adopt(host_pid tid)
{
	struct task *task = instance.bare ? adopt(tid) : NULL;

	/* Of nobody's making: it has gone behind nsrun's back. */
	if (!task)
		sys_kill(tid, SIGKILL);
	return task;
}

static bool is_known(host_pid tid)
{
	const struct pid *pid = pids_by_host(&instance.pids, tid);

	return pid && !pid->departed;
}

static bool is_expected(void)
{
	const struct cloning *cl;

	DL_FOREACH (clonings, cl)
		if (!cl->token && !cl->child)
			return true;
	return false;
}

bool task_adopt_unborn(void)
{
	struct dirent *entry;
	bool found = false;
	DIR *dir;

	if (!is_expected())
		return false;
	dir = opendir("/proc");
	while (dir && (entry = readdir(dir))) {
		host_pid tid = { atoi(entry->d_name) };

		/*
		 * Nobody outside is ever taken for one of the instance, and no
		 * zombie: it may have been of a namespace that has ended.
		 */
		if (tid.n > 0 && !is_known(tid) && tree_has(tid) &&
		    task_is_alive(tid) && adopt(tid))
			found = true;
	}
	if (dir)
		closedir(dir);
	return found;
}

struct group *task_next_group(const struct group *group)
{
	if (group->next)
		return group->next;
	return task_adopt_unborn() ? group->next : NULL;
}

/* ---- before ---- */

/* Those that will not be heard of again, when there are many. */
static void drop_stale(struct task *task)
{
	struct cloning *cl, *next;
	unsigned int n = 0;

	DL_FOREACH (clonings, cl)
		n += cl->parent == task && !cl->child;
	DL_FOREACH_SAFE (clonings, cl, next)
		if (n >= STALE_MAX && cl->parent == task && !cl->child) {
			cloning_free(cl);
			n--;
		}
}

/*
 * Is there more to be done? What shares its memory or handlers with another
 * process is traced, and the kernel has to be told of an address before the
 * first thread: pid_set_tid_address().
 */
static bool is_for_stop(const struct task *task, uint64_t flags)
{
	const uint64_t thread = CLONE_THREAD | CLONE_SIGHAND | CLONE_VM;

	if (flags & CLONE_THREAD)
		return task->tid_address || (flags & thread) != thread;
	return (flags & CLONE_SIGHAND) ||
	       (flags & (CLONE_VM | CLONE_VFORK)) == CLONE_VM;
}

/* The first in a namespace begins with a call of nsrun's: task_begins(). */
static bool makes_init(const struct task *task)
{
	return task->nsproxy->pid_for_children != task_pid_ns(task);
}

/* Numbers that were chosen, a cgroup and the like: only a stop can do it. */
static bool is_plain(const struct clone_request *rq)
{
	const uint64_t words = CLONE_PARENT_SETTID | CLONE_CHILD_SETTID;

	return !(rq->flags & ~(words | (AGENT_CLONE_FLAGS & ~CSIGNAL))) &&
	       !(rq->flags & (CLONE_PTRACE | CLONE_UNTRACED)) &&
	       !rq->set_tid_size;
}

/* Return: what the agent is answered; 0: it is to be caught. */
static long begin(struct call *c, const struct clone_request *rq)
{
	struct task *task = c->task;
	struct cloning *cl;
	long r;

	if (!is_plain(rq) || makes_init(task) || task->tracing ||
	    is_for_stop(task, rq->flags) ||
	    cloning_check(c, rq->flags) < 0)
		return 0;
	drop_stale(task);
	if (cloning_create(c, rq->flags, &cl) < 0)
		return 0;
	cloning_reserve_recorded(cl);
	cloning_take_words(cl, rq->parent_tid, rq->child_tid);
	cl->traced = !task->bare;
	if (cl->traced)
		task->bearing++;
	r = birth_begin(cl, rq, c->args);
	if (r <= AGENT_CLONE_OPEN)
		cloning_free(cl);
	return r;
}

long task_clone_begin(struct call *c)
{
	const struct clone_request rq = clone_request_of(c->args);

	return agent_tells(c) ? begin(c, &rq) : -ENOSYS;
}

long task_vfork_begin(struct call *c)
{
	const struct clone_request rq = {
		.flags = CLONE_VM | CLONE_VFORK,
		.exit_signal = SIGCHLD,
	};

	return agent_tells(c) ? begin(c, &rq) : -ENOSYS;
}

long task_fork_begin(struct call *c)
{
	const struct clone_request rq = { .exit_signal = SIGCHLD };

	return agent_tells(c) ? begin(c, &rq) : -ENOSYS;
}

/* With CLONE_VM the child has a stack of its own, or its parent sleeps. */
long task_clone3_begin(struct call *c)
{
	struct clone_request rq = { 0 };

	if (!agent_tells(c))
		return -ENOSYS;
	return clone3_read(c, &rq) < 0 ? 0 : begin(c, &rq);
}

/* ---- after ---- */

static long child_goes_on(struct call *c)
{
	struct cloning *cl;

	DL_SEARCH_SCALAR(clonings, cl, child, c->task->tid);
	if (!cl || cl->token) {
		sys_kill(c->task->tid->host, SIGKILL);
		return -ENOSYS;
	}
	cloning_child_starts(cl);
	cl->child_seen = true;
	cloning_settle(cl);
	return 0;
}

static struct cloning *find_own(const struct task *parent, uint64_t birth)
{
	struct cloning *cl;

	DL_FOREACH (clonings, cl)
		if (cl->parent == parent && !cl->token && cl->birth >= 0 &&
		    birth_address(cl) == birth)
			return cl;
	return NULL;
}

bool born_is_child(const struct cloning *cl, host_pid host)
{
	host_pid parent;

	if (cl->flags & CLONE_THREAD)
		return is_thread_of(cl, host);
	if (sys_parent_fast(host, &parent) < 0)
		return !sys_exists(host);
	return is_parent(cl, parent);
}

/* There is none: its call has failed, or nsrun has. */
static long parent_fails(struct cloning *cl, long r)
{
	birth_failed(cl);
	cloning_free(cl);
	return r;
}

/* One that had to ask. */
static long parent_knows(struct call *c, struct cloning *cl, host_pid host)
{
	long r = cl->child			? 0 :
		 born_is_child(cl, host) ? cloning_bear(cl, host) :
					   -EAGAIN;

	if (r < 0) {
		if (born_is_child(cl, host))
			sys_kill(host, SIGKILL);
		return parent_fails(cl, r);
	}
	r = pid_nr(cl->child, task_pid_ns(c->task)).n;
	cl->answered = true;
	if (cl->traced)
		c->task->bearing--;
	cl->parent = NULL;
	/* It has ended already, and nobody had to wait for it. */
	if (cl->child->group && !sys_exists(host))
		group_end_bare(cl->child->group);
	else
		cloning_settle(cl);
	return r;
}

static long parent_goes_on(struct call *c, long result)
{
	struct cloning *cl = find_own(c->task, c->args[2]);

	if (!cl || (cl->quiet && cl->child))
		return result < 0 ? result : -EAGAIN;
	return result < 0 ? parent_fails(cl, result) :
			    parent_knows(c, cl, (host_pid){ (int)result });
}

long task_clone_end(struct call *c)
{
	const long result = (long)c->args[0];

	if (!agent_tells(c))
		return -ENOSYS;
	return result == 0 ? child_goes_on(c) : parent_goes_on(c, result);
}

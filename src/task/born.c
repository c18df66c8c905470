/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Children that a task makes by its agent, without a stop.
 *
 * Theory of operation. The agent asks first (task_clone_begin()), and gets the
 * flags to be used, or nothing: then it makes the call as if it was not there.
 * The kernel runs the call. Then parent and child both tell its result
 * (task_clone_end()): whichever comes first makes the child known. The words
 * of CLONE_PARENT_SETTID and CLONE_CHILD_SETTID are written here, as in
 * clone.c, before either of them goes on.
 *
 * Of what they tell nothing is believed: who is whose parent, the kernel says.
 * A child that tells nothing is known with its first caught call. One that
 * never makes any is found in /proc when a signal goes to all (task_adopt_
 * unborn()), and ends with the instance.
 *
 * A traced task has its child traced: CLONE_PTRACE, as in clone.c. Its first
 * stop comes then, too.
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

/*
 * Threads of a process can be in it at the same time: the child has the
 * registers of its own. The first is the flags; fork's agent uses the second,
 * and clone3's the last.
 */
static bool has_args(const struct cloning *cl, const uint64_t *args)
{
	const bool all = cl->nr == SYS_clone || cl->nr == SYS_clone3;
	const int end = cl->nr == SYS_clone3 ? CALL_ARGS - 1 : CALL_ARGS;

	for (int i = all ? 1 : 2; i < end; i++)
		if (args[i] != cl->args[i])
			return false;
	return true;
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

/* How well @cl fits a child with real parent @parent; 0: not at all. */
static int fits(const struct cloning *cl, host_pid tid, host_pid parent,
		const uint64_t *args)
{
	const bool same = !args || has_args(cl, args);

	if (cl->flags & CLONE_THREAD)
		return !is_thread_of(cl, tid) ? 0 : same ? 5 : 4;
	/* An orphan is not for the clone that its new parent has in flight. */
	if (is_parent(cl, parent))
		return same ? 5 : 3;
	if (!is_inside(parent))
		return 0;
	if (is_dead(cl))
		return same ? 4 : 2;
	return is_reaper(parent);
}

struct cloning *born_find(host_pid tid, const uint64_t *args)
{
	struct cloning *cl, *found = NULL;
	host_pid parent = { 0 };
	int best = 0;

	DL_FOREACH(clonings, cl) {
		int fit;

		if (cl->token)
			continue;
		if (cl->child && cl->child->host.n == tid.n)
			return cl;
		if (cl->child)
			continue;
		/* A thread has none. */
		if (!parent.n && sys_parent_fast(tid, &parent) < 0)
			parent.n = -1;
		fit = fits(cl, tid, parent, args);
		if (fit > best)
			found = cl;
		best = fit > best ? fit : best;
	}
	return found;
}

static struct task *adopt(host_pid tid, const uint64_t *args)
{
	struct cloning *cl = born_find(tid, args);

	if (!cl || (!cl->child && cloning_bear(cl, tid) < 0))
		return NULL;
	return cl->child->task;
}

struct task *task_adopt(host_pid tid, const uint64_t *args)
{
	struct task *task = instance.bare ? adopt(tid, args) : NULL;

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
		    task_is_alive(tid) && adopt(tid, NULL))
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

/* Return: the flags for the native call; 0: it is to be caught. */
static long begin(struct call *c, int nr, const struct clone_request *rq,
		  struct cloning **ret_cl)
{
	struct task *task = c->task;
	struct cloning *cl;
	uint64_t flags;

	if (!agent_tells(c))
		return -ENOSYS;
	if (!is_plain(rq) || makes_init(task) || task->tracing ||
	    is_for_stop(task, rq->flags) ||
	    cloning_check(c, rq->flags) < 0)
		return 0;
	drop_stale(task);
	if (cloning_create(c, rq->flags, &cl) < 0)
		return 0;
	*ret_cl = cl;
	cl->nr = nr;
	cloning_reserve_recorded(cl);
	flags = cloning_take_words(cl, rq->parent_tid, rq->child_tid) |
		rq->exit_signal;
	cl->traced = !task->bare;
	if (!cl->traced)
		return nr == SYS_clone || nr == SYS_clone3 ? (long)flags : 1;
	task->bearing++;
	return (long)(flags | CLONE_PTRACE | CLONE_UNTRACED);
}

long task_clone_begin(struct call *c)
{
	const struct clone_request rq = clone_request_of(c->args);
	struct cloning *cl;

	return begin(c, SYS_clone, &rq, &cl);
}

long task_vfork_begin(struct call *c)
{
	const struct clone_request rq = {
		.flags = CLONE_VM | CLONE_VFORK,
		.exit_signal = SIGCHLD,
	};
	struct cloning *cl;

	return begin(c, SYS_vfork, &rq, &cl);
}

long task_fork_begin(struct call *c)
{
	const struct clone_request rq = { .exit_signal = SIGCHLD };
	struct cloning *cl;

	return begin(c, SYS_fork, &rq, &cl);
}

/* The last argument is a place for four of clone's. */
long task_clone3_begin(struct call *c)
{
	const uint64_t room = c->args[5];
	struct clone_request rq = { 0 };
	struct cloning *cl;
	uint64_t args[4];
	long flags;

	if (clone3_read(c, &rq) < 0)
		return agent_tells(c) ? 0 : -ENOSYS;
	/* With CLONE_VM the child has a stack of its own, or its parent sleeps. */
	flags = begin(c, SYS_clone3, &rq, &cl);
	if (flags <= 0)
		return flags;
	memcpy(cl->own, c->args, sizeof(cl->own));
	cl->args[1] = args[0] = rq.stack;
	cl->args[2] = args[1] = rq.parent_tid;
	cl->args[3] = args[2] = rq.child_tid;
	cl->args[4] = args[3] = rq.tls;
	if (call_write(c, room, args, sizeof(args)) == 0)
		return flags;
	cloning_free(cl);
	return 0;
}

/* ---- after ---- */

/*
 * The result, and the argument registers that were changed for the call: of
 * clone the flags come with it, of vfork two are on the stack, of clone3 five.
 */
static long give_back(struct call *c, const struct cloning *cl, long result)
{
	if (cl->nr == SYS_clone)
		return (long)((cl->args[0] << 32) | (uint32_t)result);
	if (cl->nr == SYS_clone3)
		call_write(c, c->args[5], cl->own, 5 * sizeof(cl->own[0]));
	else if (cl->traced)
		call_write(c, c->args[1], cl->args, 2 * sizeof(cl->args[0]));
	return result;
}

static long child_goes_on(struct call *c)
{
	struct cloning *cl;
	long r;

	DL_SEARCH_SCALAR(clonings, cl, child, c->task->tid);
	if (!cl || cl->token) {
		sys_kill(c->task->tid->host, SIGKILL);
		return -ENOSYS;
	}
	cloning_child_starts(cl);
	cl->child_seen = true;
	r = give_back(c, cl, 0);
	cloning_settle(cl);
	return r;
}

/*
 * Two threads whose registers were the same: the child of one was taken for
 * that of the other.
 */
static struct cloning *exchange(struct cloning *cl, int host)
{
	struct task *parent = cl->parent;
	struct cloning *other;

	DL_FOREACH (clonings, other) {
		if (!other->child || other->child->host.n != host ||
		    !other->parent || other->parent->group != parent->group ||
		    other->token || other->answered)
			continue;
		cl->parent = other->parent;
		other->parent = parent;
		return other;
	}
	return cl;
}

/* The one that @host came of, or that is the oldest without a child. */
static struct cloning *find_own(struct task *parent, int host)
{
	struct cloning *cl, *found = NULL;

	DL_FOREACH (clonings, cl) {
		if (cl->parent != parent || cl->token || cl->answered)
			continue;
		if (cl->child && cl->child->host.n == host)
			return cl;
		if (!cl->child)
			found = cl;
	}
	return found && host > 0 ? exchange(found, host) : found;
}

/* Is @host a child of @cl's, or was it and has gone? */
static bool is_child(const struct cloning *cl, host_pid host)
{
	host_pid parent;

	if (cl->flags & CLONE_THREAD)
		return is_thread_of(cl, host) || !sys_exists(host);
	return sys_parent_fast(host, &parent) < 0 || is_parent(cl, parent);
}

static long parent_goes_on(struct call *c, long result)
{
	struct cloning *cl = find_own(c->task, (int)result);
	host_pid host = { (int)result };
	long r = result;

	if (!cl)
		return -EAGAIN;
	if (r > 0 && !cl->child)
		r = is_child(cl, host) ? cloning_bear(cl, host) : -EAGAIN;
	if (r < 0) {
		r = give_back(c, cl, r);
		if (result > 0 && is_child(cl, host))
			sys_kill(host, SIGKILL);
		cloning_free(cl);
		return r;
	}
	r = give_back(c, cl, pid_nr(cl->child, task_pid_ns(c->task)).n);
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

long task_clone_end(struct call *c)
{
	const long result = (long)c->args[0];

	if (!agent_tells(c))
		return -ENOSYS;
	return result == 0 ? child_goes_on(c) : parent_goes_on(c, result);
}

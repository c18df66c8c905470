/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Births: what a clone of the agent's needs in its own memory, so that nobody
 * has to tell of it.
 *
 * Theory of operation. The child's number is reserved when the clone begins,
 * and stands in a struct agent_birth, so that the parent knows it without
 * asking again. The kernel writes the child's own number there before the child
 * runs (CLONE_PARENT_SETTID). Ahead of each event births_settle() looks for
 * those: so whoever names a child, by whatever call, finds one that is known.
 * A thread begins without a word, too: what it would be told by the supervisor
 * is told to its parent before.
 *
 * The birth lies in the program's memory, and is not believed. Whether that
 * number is a child of this parent, the kernel says. Who writes another one
 * there exchanges numbers among children of his own that he has just made.
 *
 * When the parent dies, the birth goes with its memory. A forked child has a
 * copy, which says the number that is meant for it.
 *
 * A birth is had again when parent and child have read it, which they write
 * down. This is looked at when all are taken.
 */
#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <utlist.h>
#include "src/host/sys.h"
#include "src/task/agent.h"
#include "src/task/clone.h"
#include "src/task/cloning.h"

#define UNBORN_MAX 64 /* that are looked for ahead of each event */

#define FIELD(cl, field) \
	(birth_address(cl) + offsetof(struct agent_birth, field))

static unsigned int unborn; /* quiet ones, whose child is not known */

uint64_t birth_address(const struct cloning *cl)
{
	return agent_at(cl->from.agent, AGENT_BIRTHS) +
	       (uint64_t)cl->birth * sizeof(struct agent_birth);
}

static struct group *group_of(const struct cloning *cl)
{
	return cl->parent_tgid->departed ? NULL : cl->parent_tgid->group;
}

/* One through which the parent's memory is to be had. */
static host_pid memory_of(const struct cloning *cl)
{
	const struct group *group = group_of(cl);

	if (cl->parent)
		return cl->parent->tid->host;
	return group && group->tasks ? group->tasks->tid->host :
				       (host_pid){ SYS_NO_PID };
}

/* ---- which ---- */

static void free_done(struct agent *agent, host_pid tid)
{
	struct agent_birth births[AGENT_BIRTHS_MAX];

	if (!agent->births_over ||
	    sys_vm_read(tid, agent_at(agent, AGENT_BIRTHS), births,
			sizeof(births)) < 0)
		return;
	for (unsigned int i = 0; i < AGENT_BIRTHS_MAX; i++) {
		const uint64_t bit = UINT64_C(1) << i;

		if (!(agent->births_over & bit) || !births[i].parent_done ||
		    !births[i].child_done)
			continue;
		agent->births_over &= ~bit;
		agent->births_taken &= ~bit;
	}
}

/* The one that was had longest ago: what it says is of use to a wait. */
static int next_free(struct agent *agent)
{
	for (unsigned int i = 0; i < AGENT_BIRTHS_MAX; i++) {
		unsigned int at = (agent->birth_next + i) % AGENT_BIRTHS_MAX;

		if (agent->births_taken >> at & 1)
			continue;
		agent->births_taken |= UINT64_C(1) << at;
		agent->birth_next = (at + 1) % AGENT_BIRTHS_MAX;
		return (int)at;
	}
	return -1;
}

static int take(struct agent *agent, host_pid tid)
{
	int birth = next_free(agent);

	if (birth >= 0)
		return birth;
	free_done(agent, tid);
	return next_free(agent);
}

void birth_end(struct cloning *cl)
{
	struct agent *agent = cl->from.agent;

	if (cl->birth < 0)
		return;
	if (cl->quiet && !cl->child)
		unborn--;
	if (cl->quiet)
		agent->births_over |= UINT64_C(1) << cl->birth;
	else
		agent->births_taken &= ~(UINT64_C(1) << cl->birth);
	cl->birth = -1;
}

/* ---- the beginning ---- */

/*
 * A traced parent has to be told that its child is known. What only the parent
 * is to find in a word can't be written before the child has its copy.
 */
static bool may_be_quiet(const struct cloning *cl)
{
	return !cl->traced && unborn < UNBORN_MAX &&
	       ((cl->flags & CLONE_VM) || !cl->parent_settid);
}

/* The word that the kernel would write before the child runs. */
static void write_word(struct cloning *cl)
{
	const host_pid tid = cl->parent->tid->host;

	if (!cl->parent_settid ||
	    sys_vm_read(tid, cl->parent_settid, &cl->old_word,
			sizeof(cl->old_word)) < 0)
		return;
	cl->word = true;
	sys_vm_write(tid, cl->parent_settid, &cl->number, sizeof(cl->number));
}

static long write_birth(const struct cloning *cl,
			const struct clone_request *rq, const uint64_t *own)
{
	struct agent_birth birth = {
		.number = cl->number,
		.stack = rq->stack,
		.child_tid = rq->child_tid,
		.tls = rq->tls,
		.child_done = !cl->silent,
	};

	memcpy(birth.own, own, sizeof(birth.own));
	return sys_vm_write(cl->parent->tid->host, birth_address(cl), &birth,
			    sizeof(birth));
}

static long reserve(struct cloning *cl)
{
	long r;

	if (!may_be_quiet(cl))
		return 0;
	r = cl->reserved ? 0 : pids_reserve(cl->ns, NULL, 0, &cl->reserved);
	if (r < 0)
		return r;
	cl->number = (uint32_t)pid_nr(cl->reserved,
				      task_pid_ns(cl->parent)).n;
	cl->quiet = true;
	cl->answered = true;
	cl->silent = (cl->flags & CLONE_THREAD) && !cl->child_settid;
	unborn++;
	return 0;
}

long birth_begin(struct cloning *cl, const struct clone_request *rq,
		 const uint64_t *own)
{
	struct agent *agent = cl->from.agent;
	uint64_t flags;

	if (!agent->births_open) {
		agent->births_open = true;
		return AGENT_CLONE_OPEN;
	}
	cl->birth = take(agent, cl->parent->tid->host);
	if (cl->birth < 0 || reserve(cl) < 0)
		return 0;
	cl->from.births = UINT64_C(1) << cl->birth;
	if (write_birth(cl, rq, own) < 0) {
		birth_failed(cl);
		return 0;
	}
	if (cl->quiet)
		write_word(cl);
	if (cl->flags & CLONE_THREAD)
		agent_hide_thread(cl->parent->group);
	flags = (cl->flags & ~(uint64_t)CLONE_CHILD_SETTID) |
		CLONE_PARENT_SETTID | rq->exit_signal |
		(cl->traced ? CLONE_PTRACE | CLONE_UNTRACED : 0);
	return (long)(birth_address(cl) << 32 | flags);
}

void birth_failed(struct cloning *cl)
{
	if (!cl->quiet || cl->child)
		return;
	unborn--;
	if (!cl->recorded)
		pid_take_back(cl->reserved);
	if (cl->word && cl->parent)
		sys_vm_write(cl->parent->tid->host, cl->parent_settid,
			     &cl->old_word, sizeof(cl->old_word));
	cl->quiet = false;
}

void birth_known(const struct cloning *cl)
{
	if (cl->quiet)
		unborn--;
}

/* ---- the end ---- */

static bool reads(host_pid tid, uint64_t at, uint32_t *ret_word)
{
	return sys_vm_read(tid, at, ret_word, sizeof(*ret_word)) == 0;
}

/* The parent's memory is gone: what it was is shared by the child, or copied. */
static bool is_of_dead(const struct cloning *cl, host_pid host)
{
	uint32_t word;

	if (cl->flags & CLONE_VM)
		return reads(host, FIELD(cl, host), &word) &&
		       word == (uint32_t)host.n;
	return cl->reserved && reads(host, FIELD(cl, number), &word) &&
	       word == cl->number;
}

bool birth_is_of(const struct cloning *cl, host_pid host)
{
	uint32_t word;

	if (!cl->orphaned && reads(memory_of(cl), FIELD(cl, host), &word))
		return word == (uint32_t)host.n;
	return is_of_dead(cl, host);
}

static bool is_known(host_pid host)
{
	const struct pid *pid = pids_by_host(&instance.pids, host);

	return pid && !pid->departed;
}

/* What there is to do when the child of @cl has just become known. */
static void go_on(struct cloning *cl)
{
	const host_pid host = cl->child->host;

	if (cl->silent) {
		cloning_child_starts(cl);
		cl->child_seen = true;
	}
	/* It has ended already, and nobody had to wait for it. */
	if (cl->child->group && !sys_exists(host))
		group_end_bare(cl->child->group);
	else
		cloning_settle(cl);
}

/* Is the child there? Then it becomes known. Return: whether it was so. */
static bool settle(struct cloning *cl)
{
	host_pid host;
	uint32_t word;

	if (!reads(memory_of(cl), FIELD(cl, host), &word)) {
		cl->lost = true;
		return false;
	}
	host.n = (int)word;
	if (host.n <= 0 || is_known(host))
		return false;
	if (!born_is_child(cl, host)) {
		/* It can have died since: then it is another's child. */
		cl->lost = !task_is_alive(cl->parent_tgid->host);
		return false;
	}
	if (cloning_bear(cl, host) == 0) {
		go_on(cl);
	} else {
		sys_kill(host, SIGKILL);
		cloning_free(cl);
	}
	return true;
}

/* Others can be gone with it, so it begins anew. */
static bool settle_one(void)
{
	struct cloning *cl;

	DL_FOREACH (clonings, cl)
		if (cl->quiet && !cl->child && !cl->orphaned && settle(cl))
			return true;
	return false;
}

/*
 * Is there one to look for? Once when its parent has no memory any more, and
 * once when that is known to have died.
 */
static bool any_lost(void)
{
	struct cloning *cl;
	bool any = false;

	DL_FOREACH (clonings, cl) {
		if (!cl->quiet || cl->child || cl->searched ||
		    !(cl->lost || cl->orphaned))
			continue;
		cl->searched = true;
		any = true;
	}
	return any;
}

/* One that has not been made when its parent died never will be. */
static void find_lost(void)
{
	struct cloning *cl, *next;

	task_adopt_unborn();
	DL_FOREACH_SAFE (clonings, cl, next)
		if (cl->quiet && !cl->child && cl->orphaned)
			cloning_free(cl);
}

void births_settle(void)
{
	while (unborn && settle_one())
		;
	if (unborn && any_lost())
		find_lost();
}

bool births_thread(const struct group *group)
{
	const struct cloning *cl;

	if (!unborn)
		return false;
	DL_FOREACH (clonings, cl)
		if (cl->quiet && !cl->child && (cl->flags & CLONE_THREAD) &&
		    cl->parent_tgid == group->tgid)
			return true;
	return false;
}

void births_tell(const struct group *group)
{
	const uint32_t tells = 1;
	struct cloning *cl;

	if (!unborn)
		return;
	DL_FOREACH (clonings, cl) {
		if (!cl->silent || cl->child || cl->parent_tgid != group->tgid)
			continue;
		cl->silent = false;
		sys_vm_write(memory_of(cl), FIELD(cl, child_done), &tells,
			     sizeof(tells));
	}
	/* Those that have begun meanwhile may have looked before. */
	births_settle();
}

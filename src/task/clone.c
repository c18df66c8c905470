/* SPDX-License-Identifier: Apache-2.0 */
/*
 * clone, fork and vfork.
 *
 * Theory of operation. The task makes its child itself, with other arguments:
 *
 *  - CLONE_PTRACE makes the kernel attach nsrun to the child before it runs,
 *    and CLONE_UNTRACED suppresses the event stop of the parent that would
 *    come with PTRACE_O_TRACECLONE. So a clone costs the stops at its entry
 *    and exit, and the first stop of the child, and no more.
 *  - CLONE_PARENT_SETTID and CLONE_CHILD_SETTID are taken out, since the
 *    kernel would write host numbers; the words are written here, before
 *    parent or child runs again. No thread ever sees another number there.
 *  - the sixth argument register, which clone does not use, carries a token.
 *    The child's copy of the registers has it, so at its first stop it is
 *    known which call made it, even when the parent has died or (vfork) is
 *    still in the kernel.
 *
 * The exit of the parent and the first stop of the child come in any order.
 *
 * Flags of namespaces are taken out, too; the child gets its own in the tables.
 * A child that is the init of a new pid namespace begins with one call more, by
 * which it becomes a child subreaper: so its orphans come to it (exit.c).
 *
 * A signal that is sent to a whole group of processes, one by one, must not
 * miss a child that is being made. The kernel holds a lock; here, what was
 * sent while a member was in clone() is noted in `late` and sent to the child
 * when it comes. If the parent got the signal before it made the child, the
 * kernel repeats the call and the note is gone with the first try.
 */
#include <errno.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <utlist.h>
#include "src/host/sys.h"
#include "src/ns/user_cred.h"
#include "src/task/agent.h"
#include "src/task/task.h"

#define TOKEN_ARG 5
#define CLONINGS_ORPHANED 64	/* whose parent died before its child came */

struct cloning {
	uint64_t token;
	struct cloning *prev, *next;
	struct task *parent;	/* NULL: its call is over, or it died in it */
	struct pid *parent_tgid;	/* owned reference */
	struct pid_namespace *ns;	/* owned reference, of the child */
	struct nsproxy *nsproxy;	/* owned reference */
	struct pid *child;	/* owned reference; NULL until it is known */
	bool child_seen;	/* its first stop, or its death */
	bool answered;		/* the parent's call is over */
	bool orphaned;		/* because it died */
	uint64_t flags;
	unsigned long persona;
	bool no_new_privs;
	bool user_caught;
	struct user_cred *cred; /* owned reference */
	uint64_t parent_settid, child_settid;
	int nr;
	uint64_t args[CALL_ARGS];
	uint64_t names;		/* agent_names() before it */
	uint64_t late;		/* signals sent to the parent's group */
};

static struct cloning *clonings;
static unsigned int orphaned;
static uint64_t last_token;

static void cloning_free(struct cloning *cl)
{
	DL_DELETE(clonings, cl);
	if (cl->parent)
		cl->parent->cloning = NULL;
	if (cl->orphaned)
		orphaned--;
	pid_put(&instance.pids, cl->parent_tgid);
	pid_put(&instance.pids, cl->child);
	pid_namespace_put(cl->ns);
	nsproxy_put(cl->nsproxy);
	user_cred_put(cl->cred);
	free(cl);
}

/* Over when both halves have been seen. */
static void cloning_settle(struct cloning *cl)
{
	if (cl->answered && cl->child_seen)
		cloning_free(cl);
}

void task_cloning_child_died(struct task *child)
{
	struct cloning *cl;

	DL_SEARCH_SCALAR(clonings, cl, child, child->tid);
	if (!cl)
		return;
	cl->child_seen = true;
	cloning_settle(cl);
}

/* The parent died in its call. Its child may still come, or never. */
void task_cloning_orphaned(struct task *task)
{
	struct cloning *cl = task->cloning, *old, *next;

	if (!cl)
		return;
	cl->parent = NULL;
	cl->answered = true;
	cl->orphaned = true;
	task->cloning = NULL;
	orphaned++;
	if (cl->child) {
		cloning_settle(cl);
		return;
	}
	DL_FOREACH_SAFE(clonings, old, next) {
		if (orphaned <= CLONINGS_ORPHANED)
			break;
		if (old->orphaned)
			cloning_free(old);
	}
}

static struct group *cloning_group(const struct cloning *cl)
{
	return cl->parent_tgid->departed ? NULL : cl->parent_tgid->group;
}

/* The parent of the child: CLONE_PARENT makes it a sibling of the caller. */
static struct group *child_parent(const struct cloning *cl)
{
	struct group *group = cloning_group(cl);

	if (group && (cl->flags & CLONE_PARENT))
		return group_parent(group);
	return group;
}

static int cloning_bear(struct cloning *cl, host_pid host)
{
	struct group *group = cloning_group(cl);
	struct task *child;
	ns_pid nr;
	int r;

	if ((cl->flags & CLONE_THREAD) && !group)
		return -ESRCH;
	r = task_create(host, cl->ns,
			cl->flags & CLONE_THREAD ? group : NULL,
			child_parent(cl), cl->nsproxy, &child);
	if (r < 0)
		return r;
	cl->child = pid_get(child->tid);
	child->persona = cl->persona;
	child->no_new_privs = cl->no_new_privs;
	child->cred = user_cred_get(cl->cred);
	child->group->user_caught |= cl->user_caught;
	ns_task_clone(cl->parent, child, cl->flags);
	/* As in the kernel, a word that can't be written is no error. */
	if (cl->parent_settid && cl->parent) {
		nr = pid_nr(child->tid, task_pid_ns(cl->parent));
		sys_vm_write(cl->parent->tid->host, cl->parent_settid, &nr.n,
			     sizeof(nr.n));
	}
	if (child->group != group)
		agent_fork(child->group, group, cl->flags);
	task_died_early(host);
	return 0;
}

/*
 * A child that nothing is known of. It may have been born while a signal went
 * to its parent's group: it gets the signal too.
 */
static void send_late(struct cloning *cl)
{
	for (int sig = 1; sig <= 64; sig++)
		if (cl->late & (UINT64_C(1) << (sig - 1)))
			sys_kill(cl->child->host, sig);
}

void task_note_broadcast(struct group *group, int sig)
{
	struct task *task;

	if (sig <= 0 || sig > 64)
		return;
	DL_FOREACH2(group->tasks, task, in_group_next)
		if (task->cloning && !task->cloning->child)
			task->cloning->late |= UINT64_C(1) << (sig - 1);
}

/* clone() in the child. In its user namespace it must not run uncaught. */
static long begun_caught(struct call *c, long result)
{
	if (result < 0)
		sys_kill(c->task->tid->host, SIGKILL);
	return 0;
}

static long catch(struct call *c)
{
	long r = user_catch(c, begun_caught);

	return r < 0 && r != CALL_THEN ? begun_caught(c, r) : r;
}

static bool must_catch(const struct task *task)
{
	return task->cred && user_needs_catch(task);
}

static long begun_init(struct call *c, long result)
{
	(void)result;
	return must_catch(c->task) ? catch(c) : 0;
}

int task_first_stop(host_pid tid, uint64_t token, struct cloned *ret_cloned)
{
	struct cloning *cl;
	int r = 0;

	DL_SEARCH_SCALAR(clonings, cl, token, token);
	if (!cl || (cl->child && cl->child->host.n != tid.n))
		return -ESRCH;
	/* It lives: a death that was noted is that of an older bearer. */
	task_forget_early(tid);
	if (!cl->child)
		r = cloning_bear(cl, tid);
	if (r < 0)
		return r;
	if (!cl->child->task)
		return -ESRCH;
	cl->child->task->started = true;
	cl->child_seen = true;
	if (cl->child_settid) {
		ns_pid nr = pid_nr(cl->child, cl->ns);

		sys_vm_write(tid, cl->child_settid, &nr.n, sizeof(nr.n));
	}
	agent_first_stop(cl->child->task, cl->names);
	send_late(cl);
	ret_cloned->task = cl->child->task;
	ret_cloned->nr = cl->nr;
	for (int i = 0; i < CALL_ARGS; i++)
		ret_cloned->args[i] = cl->args[i];
	cloning_settle(cl);
	return 0;
}

/* Its args are the guest's own again. */
bool task_begins(struct task *task, struct call *c)
{
	bool is_init = group_is_init(task->group) &&
		       task->tid == task->group->tgid;

	c->task = task;
	if (!is_init)
		return must_catch(task) && catch(c) == CALL_THEN;
	c->host_nr = SYS_prctl;
	memset(c->host_args, 0, sizeof(c->host_args));
	c->host_args[0] = PR_SET_CHILD_SUBREAPER;
	c->host_args[1] = 1;
	c->after = begun_init;
	return true;
}

static long clone_after(struct call *c, long result)
{
	struct cloning *cl = c->task->cloning;
	ns_pid nr;
	int r = 0;

	if (!cl)	/* cannot be: the entry made it */
		return result < 0 ? result : -EAGAIN;
	if (result <= 0) {
		/* copy_process() makes the descriptor after the number. */
		if ((cl->flags & CLONE_PIDFD) &&
		    (result == -EFAULT || result == -EMFILE))
			pid_namespace_skip(cl->ns);
		cloning_free(cl);
		return result;
	}
	/*
	 * A filter of the guest's own can make a trap of the changed call; its
	 * number then stands where a child's would.
	 */
	if (!cl->child && result == SYS_clone &&
	    !sys_is_tracee((host_pid){ (int)result }))
		r = -ENOSYS;
	else if (!cl->child)
		r = cloning_bear(cl, (host_pid){ (int)result });
	cl->answered = true;
	if (r < 0) {
		cloning_free(cl);
		return r == -ENOSYS ? result : r;
	}
	nr = pid_nr(cl->child, task_pid_ns(c->task));
	c->task->cloning = NULL;
	cl->parent = NULL;
	cloning_settle(cl);
	return nr.n;
}

static bool has_all(uint64_t flags, uint64_t set)
{
	return (flags & set) == set;
}

/*
 * What the kernel refuses, in its order (copy_process()): some of it would be
 * hidden from it by the changed flags.
 */
static int check_flags(const struct call *c, uint64_t flags)
{
	const struct pid_namespace *ns = c->task->nsproxy->pid_for_children;
	int r = 0;

	if (has_all(flags, CLONE_PIDFD | CLONE_PARENT_SETTID))
		return -EINVAL;	/* both want the same argument */
	if (has_all(flags, CLONE_NEWNS | CLONE_FS) ||
	    has_all(flags, CLONE_NEWUSER | CLONE_FS) ||
	    ((flags & CLONE_THREAD) && !(flags & CLONE_SIGHAND)) ||
	    ((flags & CLONE_SIGHAND) && !(flags & CLONE_VM)))
		return -EINVAL;
	if ((flags & CLONE_PARENT) && group_is_init(c->task->group))
		return -EINVAL;	/* SIGNAL_UNKILLABLE */
	if ((flags & CLONE_THREAD) &&
	    ((flags & (CLONE_NEWUSER | CLONE_NEWPID)) ||
	     ns != task_pid_ns(c->task)))
		return -EINVAL;
	if (flags & NS_FLAGS_ALL)
		r = ns_check_copy(c->task, flags);
	/* copy_namespaces(): the right to it is asked for before. */
	if (r != -EPERM && has_all(flags, CLONE_NEWIPC | CLONE_SYSVSEM))
		return -EINVAL;
	if (r < 0)
		return r;
	if (ns->dying)
		return -ENOMEM;
	return pid_namespace_full(ns, CLONINGS_ORPHANED) ? -EAGAIN : 0;
}

static int cloning_create(struct call *c, uint64_t flags,
			  struct cloning **ret_cl)
{
	struct cloning *cl = calloc(1, sizeof(*cl));
	struct nsset set = { 0 };
	int r = 0;

	if (!cl)
		return -ENOMEM;
	if (flags & NS_FLAGS_ALL)
		r = nsset_copy(c->task, flags, &set);
	else
		set.proxy = nsproxy_get(c->task->nsproxy);
	if (r < 0) {
		free(cl);
		return r;
	}
	cl->nsproxy = set.proxy;
	cl->cred = set.cred ? set.cred : user_cred_get(c->task->cred);
	cl->token = ++last_token;
	cl->parent = c->task;
	cl->parent_tgid = pid_get(c->task->group->tgid);
	cl->ns = pid_namespace_get(cl->nsproxy->pid_for_children);
	cl->flags = flags;
	cl->persona = c->task->persona;
	cl->no_new_privs = c->task->no_new_privs;
	cl->user_caught = c->task->group->user_caught;
	cl->names = agent_names();
	cl->nr = c->nr;
	for (int i = 0; i < CALL_ARGS; i++)
		cl->args[i] = c->args[i];
	DL_APPEND(clonings, cl);
	c->task->cloning = cl;
	*ret_cl = cl;
	return 0;
}

/* clone(flags, stack, parent_tid, child_tid, tls), in the x86-64 order */
static long do_clone(struct call *c, const uint64_t args[5])
{
	uint64_t flags = args[0] & 0xffffffff;
	struct cloning *cl;
	int r = check_flags(c, flags);

	if (r == 0)
		r = cloning_create(c, flags, &cl);
	if (r < 0)
		return r;
	if (flags & CLONE_PARENT_SETTID)
		cl->parent_settid = args[2];
	if (flags & CLONE_CHILD_SETTID)
		cl->child_settid = args[3];
	flags &= ~(CLONE_PARENT_SETTID | CLONE_CHILD_SETTID | NS_FLAGS_ALL);
	c->host_args[0] = flags | CLONE_PTRACE | CLONE_UNTRACED;
	for (int i = 1; i < 5; i++)
		c->host_args[i] = args[i];
	c->host_args[TOKEN_ARG] = cl->token;
	return call_then_other(c, SYS_clone, clone_after);
}

long task_clone(struct call *c)
{
	return do_clone(c, c->args);
}

long task_fork(struct call *c)
{
	const uint64_t args[5] = { SIGCHLD };

	return do_clone(c, args);
}

long task_vfork(struct call *c)
{
	const uint64_t args[5] = { CLONE_VFORK | CLONE_VM | SIGCHLD };

	return do_clone(c, args);
}

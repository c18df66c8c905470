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
#include <linux/capability.h>
#include <linux/magic.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <utlist.h>
#include "src/host/sys.h"
#include "src/ns/mnt.h"
#include "src/ns/time.h"
#include "src/ns/user_cred.h"
#include "src/task/agent.h"
#include "src/task/clone.h"
#include "src/task/cloning.h"
#include "src/task/task.h"
#include "src/task/tracing.h"
#include "src/view/root.h"

#define TOKEN_ARG 5
#define CLONINGS_ORPHANED 64	/* whose parent died before its child came */

struct cloning *clonings;
static unsigned int orphaned;

void cloning_free(struct cloning *cl)
{
	DL_DELETE(clonings, cl);
	if (cl->parent && cl->parent->cloning == cl)
		cl->parent->cloning = NULL;
	if (cl->parent && cl->traced)
		cl->parent->bearing--;
	if (cl->orphaned)
		orphaned--;
	birth_end(cl);
	pid_put(&instance.pids, cl->parent_tgid);
	pid_put(&instance.pids, cl->child);
	pid_put(&instance.pids, cl->reserved);
	/* No child has come, and another try may be made. */
	if (cl->reserved && cl->recorded)
		recorded_give_back(instance.recorded, cl->recorded);
	pid_namespace_put(cl->ns);
	nsproxy_put(cl->nsproxy);
	agent_disinherit(&cl->from);
	user_cred_put(cl->cred);
	root_put(cl->root);
	free(cl);
}

void cloning_settle(struct cloning *cl)
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
	struct cloning *cl, *old, *next;

	DL_FOREACH_SAFE(clonings, cl, next) {
		if (cl->parent != task)
			continue;
		/* A thread that was made is known by now: births_settle(). */
		if (cl->quiet && !cl->child && (cl->flags & CLONE_THREAD)) {
			cloning_free(cl);
			continue;
		}
		cl->parent = NULL;
		cl->answered = true;
		cl->orphaned = true;
		cl->searched = false;
		orphaned++;
		if (cl->child)
			cloning_settle(cl);
	}
	task->cloning = NULL;
	task->bearing = 0;
	DL_FOREACH_SAFE(clonings, old, next) {
		if (orphaned <= CLONINGS_ORPHANED)
			break;
		if (old->orphaned)
			cloning_free(old);
	}
}

void task_cloning_threads_gone(const struct group *group)
{
	struct cloning *cl, *next;

	DL_FOREACH_SAFE(clonings, cl, next)
	if ((cl->flags & CLONE_THREAD) && cl->parent_tgid == group->tgid &&
	    !cl->child)
		cloning_free(cl);
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

static void inherit(struct group *child, const struct cloning *cl)
{
	struct group *parent = cloning_group(cl);
	const uint64_t flags = cl->flags;

	agent_fork(child, &cl->from, parent, flags);
	child->shares_vm = flags & CLONE_VM;
	child->vforked = (flags & CLONE_VFORK) && !(flags & CLONE_PARENT);
	/* What one of them does changes the other, who does not say so. */
	if ((flags & CLONE_SIGHAND) ||
	    ((flags & CLONE_VM) && !(flags & CLONE_VFORK))) {
		child->heritage.held = true;
		if (!parent)
			return;
		parent->shares_vm = true;
		group_hold(parent);
	}
}

static int create_child(struct cloning *cl, host_pid host,
			struct task **ret_child)
{
	struct group *group = cl->flags & CLONE_THREAD ? cloning_group(cl) :
							 NULL;
	struct pid *reserved = cl->reserved;

	cl->reserved = NULL;
	return reserved ? task_create_reserved(host, reserved, group,
					       child_parent(cl), cl->nsproxy,
					       ret_child) :
			  task_create(host, cl->ns, group, child_parent(cl),
				      cl->nsproxy, ret_child);
}

int cloning_bear(struct cloning *cl, host_pid host)
{
	struct group *group = cloning_group(cl);
	struct task *child;
	ns_pid nr;
	int r;

	if ((cl->flags & CLONE_THREAD) && !group)
		return -ESRCH;
	r = create_child(cl, host, &child);
	if (r < 0)
		return r;
	child->clears_handlers = cl->flags & CLONE_CLEAR_SIGHAND;
	cl->child = pid_get(child->tid);
	child->persona = cl->persona;
	child->no_new_privs = cl->no_new_privs;
	child->cred = user_cred_get(cl->cred);
	/* Who shares it may have changed it meanwhile. */
	child->root = root_get(cl->flags & CLONE_FS && cl->parent
				       ? cl->parent->root
				       : cl->root);
	child->root_armed = cl->root_armed;
	child->confined = cl->confined;
	child->late = cl->caught;
	birth_known(cl);
	ns_task_clone(cl->parent, child, cl->flags);
	/* As in the kernel, a word that can't be written is no error. */
	if (cl->parent_settid && cl->parent && !cl->quiet) {
		nr = pid_nr(child->tid, task_pid_ns(cl->parent));
		sys_vm_write(cl->parent->tid->host, cl->parent_settid, &nr.n,
			     sizeof(nr.n));
	}
	if (child->group != group)
		inherit(child->group, cl);
	if (cl->debugged && cl->parent && cl->parent->tracing)
		tracing_inherit(child, cl->parent->tracing);
	if (!cl->token && !cl->traced)
		task_born_bare(child);
	else
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

/* clone() in the child. In its namespaces it must not run uncaught. */
static long begun_armed(struct call *c, long result)
{
	if (result < 0)
		sys_kill(c->task->tid->host, SIGKILL);
	return c->task->clears_handlers ? clone_clear_handlers(c) : 0;
}

static long begun_caught(struct call *c, long result)
{
	if (result == 0 && mnt_needs_arm(c->task))
		return root_arm(c, begun_armed);
	return begun_armed(c, result);
}

static unsigned int must_catch(const struct task *task)
{
	return late_missing(task, task_active(task));
}

/* What else is to be done there, ahead of its program. */
static long begin_rest(struct call *c)
{
	unsigned int late = must_catch(c->task);
	long r = late ? late_catch(c, late, begun_caught) : 0;

	return r == CALL_THEN ? r : begun_caught(c, r);
}

static long begun_init(struct call *c, long result)
{
	(void)result;
	return begin_rest(c);
}

int task_first_stop(host_pid tid, const uint64_t *args,
		    struct cloned *ret_cloned)
{
	const uint64_t token = args[TOKEN_ARG];
	struct cloning *cl;
	int r = 0;

	DL_SEARCH_SCALAR(clonings, cl, token, token);
	if (!cl || !token)
		cl = born_find(tid);
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
	cloning_child_starts(cl);
	ret_cloned->task = cl->child->task;
	ret_cloned->changed = cl->token != 0;
	for (int i = 0; i < CALL_ARGS; i++)
		ret_cloned->args[i] = cl->args[i];
	/* One of the agent's says so itself. */
	cl->child_seen = cl->token != 0;
	cloning_settle(cl);
	return 0;
}

void cloning_child_starts(struct cloning *cl)
{
	const struct pid *child = cl->child;
	ns_pid nr = pid_nr(child, cl->ns);

	if (cl->started)
		return;
	cl->started = true;
	child->task->started = true;
	if (cl->child_settid)
		sys_vm_write(child->host, cl->child_settid, &nr.n,
			     sizeof(nr.n));
	agent_first_stop(child->task, cl->names);
	if (!(cl->flags & CLONE_VM))
		time_hide_vdso(child->task);
	send_late(cl);
}

static long address_after(struct call *c, long result)
{
	(void)result;
	return (long)c->cookie;
}

/* What the kernel has not been told yet: pid_set_tid_address() */
static long tell_address(struct call *c, ns_pid nr)
{
	if (!c->task->tid_address)
		return nr.n;
	c->host_args[0] = c->task->tid_address;
	c->task->tid_address = 0;
	c->cookie = (uint64_t)nr.n;
	return call_then_other(c, SYS_set_tid_address, address_after);
}

/* Its args are the guest's own again. */
bool task_begins(struct task *task, struct call *c)
{
	bool is_init = group_is_init(task->group) &&
		       task->tid == task->group->tgid;

	c->task = task;
	if (!is_init)
		return (must_catch(task) || mnt_needs_arm(task) ||
			task->clears_handlers) &&
		       begin_rest(c) == CALL_THEN;
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
	bool shares;
	ns_pid nr;
	int r = 0;

	if (!cl)	/* cannot be: the entry made it */
		return result < 0 ? result : -EAGAIN;
	if (result <= 0) {
		/* copy_process() makes the descriptor after the number. */
		if ((cl->flags & CLONE_PIDFD) && !cl->reserved &&
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
	shares = (cl->flags & (CLONE_VM | CLONE_VFORK)) == CLONE_VM;
	c->task->cloning = NULL;
	cl->parent = NULL;
	cloning_settle(cl);
	return shares ? tell_address(c, nr) : nr.n;
}

static bool has_all(uint64_t flags, uint64_t set)
{
	return (flags & set) == set;
}

/*
 * What the kernel refuses, in its order (copy_process()): some of it would be
 * hidden from it by the changed flags.
 */
int cloning_check(const struct call *c, uint64_t flags)
{
	const struct pid_namespace *ns = c->task->nsproxy->pid_for_children;
	int r = 0;

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

int cloning_create(struct call *c, uint64_t flags, struct cloning **ret_cl)
{
	struct cloning *cl = calloc(1, sizeof(*cl));
	struct nsset set;
	int r;

	if (!cl)
		return -ENOMEM;
	r = nsset_for_child(c->task, flags, &set);
	if (r < 0) {
		free(cl);
		return r;
	}
	cl->nsproxy = set.proxy;
	cl->cred = set.cred ? set.cred : user_cred_get(c->task->cred);
	cl->parent = c->task;
	cl->parent_tgid = pid_get(c->task->group->tgid);
	cl->ns = pid_namespace_get(cl->nsproxy->pid_for_children);
	cl->flags = flags;
	cl->persona = c->task->persona;
	cl->no_new_privs = c->task->no_new_privs;
	cl->root = mnt_root_for_child(c->task, cl->nsproxy);
	cl->root_armed = c->task->root_armed;
	cl->confined = c->task->confined;
	cl->caught = c->task->late;
	cl->names = agent_names();
	agent_bequeath(c->task->group, &cl->from);
	if ((flags & CLONE_THREAD) ||
	    (flags & (CLONE_VM | CLONE_VFORK)) == CLONE_VM)
		agent_note_thread(c->task->group);
	cl->birth = -1;
	for (int i = 0; i < CALL_ARGS; i++)
		cl->args[i] = c->args[i];
	DL_APPEND(clonings, cl);
	*ret_cl = cl;
	return 0;
}

uint64_t cloning_take_words(struct cloning *cl, uint64_t parent, uint64_t child)
{
	const uint64_t words = CLONE_PARENT_SETTID | CLONE_CHILD_SETTID;

	if (cl->flags & CLONE_PARENT_SETTID)
		cl->parent_settid = parent;
	if (cl->flags & CLONE_CHILD_SETTID)
		cl->child_settid = child;
	return cl->flags & ~words;
}

/* What alloc_pid() says of numbers that were chosen, from @ns outwards. */
static int check_chosen(const struct task *task, const struct pid_namespace *ns,
			const struct clone_request *rq)
{
	if (rq->set_tid_size > ns->level + 1)
		return -EINVAL;
	for (size_t i = 0; i < rq->set_tid_size; i++, ns = ns->parent) {
		int nr = rq->set_tid[i];

		if (nr < 1 || nr >= ns->max ||
		    (nr != 1 && ns->level > 0 && !ns->child_reaper))
			return -EINVAL;
		/* Those of the host are not to be had. */
		if (ns->level == 0 ||
		    (!user_capable_over(task, &ns->common, CAP_SYS_ADMIN) &&
		     !user_capable_over(task, &ns->common,
					CAP_CHECKPOINT_RESTORE)))
			return -EPERM;
		if (pids_by_number(ns, (ns_pid){ nr }))
			return -EEXIST;
	}
	return 0;
}

void cloning_reserve_recorded(struct cloning *cl)
{
	bool thread = cl->flags & CLONE_THREAD;
	const struct group *parent = thread ? cloning_group(cl) :
					      child_parent(cl);

	if (instance.recorded)
		cl->recorded = recorded_take(instance.recorded,
					     parent ? parent->tgid : NULL,
					     cl->ns->level, thread);
	if (cl->recorded)
		recorded_reserve(cl->recorded, cl->ns, &cl->reserved);
}

static int cloning_reserve(struct cloning *cl, const struct clone_request *rq)
{
	int r = check_chosen(cl->parent, cl->ns, rq);

	if (r == 0 && rq->set_tid_size)
		r = pids_reserve(cl->ns, rq->set_tid, rq->set_tid_size,
				 &cl->reserved);
	else if (r == 0)
		cloning_reserve_recorded(cl);
	return r;
}

/*
 * No child is put into another cgroup: by clone(2) it can't be done, and
 * clone3(2) would read again what others can have changed. The number is used
 * up, as the kernel asks for the cgroup after it.
 */
static long refuse_cgroup(struct cloning *cl, int fd)
{
	_cleanup_close_ int file = (int)sys_borrow(cl->parent->tid->host, fd);
	struct statfs fs;
	struct stat st;

	if (!cl->reserved)
		pid_namespace_skip(cl->ns);
	cloning_free(cl);
	if (file < 0 || fstatfs(file, &fs) < 0 ||
	    fs.f_type != CGROUP2_SUPER_MAGIC || fstat(file, &st) < 0 ||
	    !S_ISDIR(st.st_mode))
		return -EBADF;
	return -EACCES;
}

/* Return: 0, or why there can be no such child; @cl is gone then. */
static long prepare(struct cloning *cl, const struct clone_request *rq)
{
	long r = cloning_reserve(cl, rq);

	if (r < 0)
		cloning_free(cl);
	else if (rq->flags & CLONE_INTO_CGROUP)
		r = refuse_cgroup(cl, rq->cgroup);
	return r;
}

/* Does its tracer inside get the child? As kernel_clone() has it. */
static bool is_debugged(const struct task *task, const struct clone_request *rq)
{
	const struct tracing *tr = task->tracing;

	if (!tr || (rq->flags & CLONE_PTRACE))
		return tr;
	if (rq->flags & CLONE_UNTRACED)
		return false;
	if (rq->flags & CLONE_VFORK)
		return tr->options & PTRACE_O_TRACEVFORK;
	return tr->options & (rq->exit_signal != SIGCHLD ? PTRACE_O_TRACECLONE :
							    PTRACE_O_TRACEFORK);
}

/*
 * Not what a program can have in that register for itself: a child by the agent
 * has its parent's own there (born.c), and a small number is soon met.
 */
static uint64_t new_token(void)
{
	static uint64_t last;

	while (!last)
		sys_result(getrandom(&last, sizeof(last), 0));
	return ++last;
}

long task_clone_request(struct call *c, const struct clone_request *rq)
{
	struct cloning *cl;
	uint64_t flags;
	long r;

	if (has_all(rq->flags, CLONE_PIDFD | CLONE_PARENT_SETTID) &&
	    rq->pidfd == rq->parent_tid)
		return -EINVAL;
	r = cloning_check(c, rq->flags);
	if (r == 0)
		r = cloning_create(c, rq->flags, &cl);
	if (r == 0)
		r = prepare(cl, rq);
	if (r < 0)
		return r;
	cl->token = new_token();
	c->task->cloning = cl;
	flags = cloning_take_words(cl, rq->parent_tid, rq->child_tid) &
		~(CLONE_CLEAR_SIGHAND | NS_FLAGS_ALL);
	/* In the x86-64 order; a pidfd is written where parent_tid would be. */
	cl->debugged = is_debugged(c->task, rq);
	c->host_args[0] = flags | rq->exit_signal | CLONE_PTRACE |
			  (cl->debugged ? 0 : CLONE_UNTRACED);
	c->host_args[1] = rq->stack;
	c->host_args[2] = flags & CLONE_PIDFD ? rq->pidfd : rq->parent_tid;
	c->host_args[3] = rq->child_tid;
	c->host_args[4] = rq->tls;
	c->host_args[TOKEN_ARG] = cl->token;
	return call_then_other(c, SYS_clone, clone_after);
}

struct clone_request clone_request_of(const uint64_t *args)
{
	return (struct clone_request){
		.flags = args[0] & 0xffffffff & ~(uint64_t)CSIGNAL,
		.exit_signal = args[0] & CSIGNAL,
		.stack = args[1],
		.pidfd = args[2],
		.parent_tid = args[2],
		.child_tid = args[3],
		.tls = args[4],
	};
}

long task_clone(struct call *c)
{
	const struct clone_request rq = clone_request_of(c->args);

	return task_clone_request(c, &rq);
}

long task_fork(struct call *c)
{
	const struct clone_request rq = { .exit_signal = SIGCHLD };

	return task_clone_request(c, &rq);
}

long task_vfork(struct call *c)
{
	const struct clone_request rq = {
		.flags = CLONE_VFORK | CLONE_VM,
		.exit_signal = SIGCHLD,
	};

	return task_clone_request(c, &rq);
}

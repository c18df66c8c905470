/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unshare(2) and setns(2).
 *
 * Theory of operation. The flags of namespaces that nsrun has are taken out
 * and done here; what is left for the kernel (CLONE_FILES, CLONE_FS …) the
 * task runs first, since it may fail. Whether ours can be had is asked before,
 * so that a call does all or nothing.
 *
 * Rights. Each kind wants CAP_SYS_ADMIN in the user namespace of the caller and
 * in that which owns the namespace. Without a user namespace the user who
 * started nsrun counts as root of the instance's, as with sethostname(2).
 *
 * Follows kernel/fork.c and kernel/nsproxy.c, Linux 6.18.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>
#include "src/call.h"
#include "src/host/sys.h"
#include "src/ns/ns.h"
#include "src/ns/nsfs.h"
#include "src/ns/user_access.h"
#include "src/ns/user_cred.h"
#include "src/task/task.h"
#include "src/view/root.h"

#define KERNEL_FLAGS ((uint64_t)(CLONE_THREAD | CLONE_FS | CLONE_SIGHAND | \
				 CLONE_VM | CLONE_FILES | CLONE_SYSVSEM))

static long change(struct task *task, uint64_t flags)
{
	struct nsset set;
	int r = flags & NS_FLAGS_ALL ? nsset_copy(task, flags, &set) : 1;

	if (r < 0)
		return r;
	ns_task_unshare(task, flags);
	if (r == 0)
		nsset_switch(task, &set);
	return 0;
}

static long unshare_armed(struct call *c, long result)
{
	return result < 0 ? result : change(c->task, c->args[0]);
}

/* Before it can mount anything, what it says of paths has to be caught. */
static bool must_arm(const struct call *c)
{
	return c->args[0] & CLONE_NEWNS && !c->task->root_armed &&
	       (c->task->cred || c->args[0] & CLONE_NEWUSER);
}

static long unshare_caught(struct call *c, long result)
{
	if (result == 0 && must_arm(c))
		return root_arm(c, unshare_armed);
	return unshare_armed(c, result);
}

/* What the kernel had to do is done. */
static long unshare_ours(struct call *c)
{
	unsigned int late =
		late_missing(c->task, ns_late_kinds(c->args[0]));

	if (!late && !must_arm(c))
		return change(c->task, c->args[0]);
	if (!call_can_change(c))
		return call_stop(c);
	return late ? late_catch(c, late, unshare_caught)
		    : unshare_caught(c, 0);
}

/*
 * What ours only bring with them matters to who shares it alone. A container
 * that refuses unshare(2) of whatever is not to stand in the way of ours.
 */
static long unshare_after(struct call *c, long result)
{
	if (result == -EPERM && !(c->args[0] & KERNEL_FLAGS))
		result = 0;
	return result < 0 ? result : unshare_ours(c);
}

/* What one flag brings with it: ksys_unshare() */
static uint64_t implied(uint64_t flags)
{
	if (flags & CLONE_NEWUSER)
		flags |= CLONE_THREAD | CLONE_FS;
	if (flags & CLONE_VM)
		flags |= CLONE_SIGHAND;
	if (flags & CLONE_SIGHAND)
		flags |= CLONE_THREAD;
	if (flags & CLONE_NEWNS)
		flags |= CLONE_FS;
	return flags;
}

long ns_unshare(struct call *c)
{
	uint64_t flags = implied(c->args[0]);
	int r;

	if (flags & ~(KERNEL_FLAGS | NS_FLAGS_ALL))
		return -EINVAL;
	if (flags & (CLONE_THREAD | CLONE_SIGHAND | CLONE_VM) &&
	    !group_is_single(c->task->group))
		return -EINVAL;
	r = ns_check_copy(c->task, flags);
	if (r < 0)
		return r;
	flags &= KERNEL_FLAGS;
	if (!flags)
		return unshare_ours(c);
	c->host_args[0] = flags;
	return call_then(c, unshare_after);
}

/* ---- setns ---- */

static long finish(struct task *task, struct nsset *set, long r)
{
	if (r < 0)
		nsset_put(set);
	else
		nsset_switch(task, set);
	return r;
}

/*
 * The rights are those that the task has now, over the owner of the namespace
 * and over the user namespace that it will be in. install() of user namespaces
 * asks itself. @ns NULL: that of the host, of a kind with one; nobody comes
 * back to it who is in a user namespace, but who is there may stay, so that
 * nsenter(1) can enter all.
 */
static long install(struct nsset *set, struct task *task,
		    const struct ns_ops *ops, struct ns_common *ns)
{
	const struct user_cred *cred = task->cred;

	if (cred && ops != &user_ns_ops &&
	    ((ns ? !user_capable_over(task, ns, CAP_SYS_ADMIN) :
		   ops->of(task) != NULL) ||
	     !user_cred_capable(cred, set->proxy->user, CAP_SYS_ADMIN)))
		return -EPERM;
	return ops->install(set, task, ns);
}

static long enter(struct task *task, const struct ns_ops *ops,
		  struct ns_common *ns)
{
	struct nsset set;
	long r = nsset_copy(task, 0, &set);

	return r < 0 ? r : finish(task, &set, install(&set, task, ops, ns));
}

/* One of the host's: where all are, or may be, and no other. */
static long enter_host(struct task *task, int fd, uint64_t kind)
{
	const struct ns_ops *ops = ns_kind_by_flag(kind);

	if (kind == CLONE_NEWUSER)
		return task->cred ? -EPERM : -EINVAL;
	if (!user_capable(task, CAP_SYS_ADMIN) || !nsfs_is_own_host(task, fd))
		return -EPERM;
	if (!ops)
		return 0;
	return ops->has_host ? enter(task, ops, NULL) : -EPERM;
}

/* The kinds in the order of validate_nsset(). */
static const uint64_t order[] = {
	CLONE_NEWUSER, CLONE_NEWNS,	CLONE_NEWUTS, CLONE_NEWIPC,
	CLONE_NEWPID,  CLONE_NEWCGROUP, CLONE_NEWNET, 0x80 /* CLONE_NEWTIME */,
};

static long install_all(struct nsset *set, struct task *task,
			const struct task *of, uint64_t flags)
{
	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		const struct ns_ops *ops = ns_kind_by_flag(order[i]);
		struct ns_common *ns;
		long r;

		if (!(flags & order[i]))
			continue;
		ns = ops ? ops->of(of) : NULL;
		if (ns || (ops && ops->has_host))
			r = install(set, task, ops, ns);
		else	/* All are in the same one of the host's already. */
			r = order[i] == CLONE_NEWUSER ? -EINVAL : 0;
		if (r < 0)
			return r;
	}
	return 0;
}

/* All of the namespaces of a process that @flags say. */
static long enter_process(struct task *task, host_pid host, uint64_t flags)
{
	struct pid *pid = pids_by_host(&instance.pids, host);
	struct nsset set;
	long r;

	if (!pid || pid->departed || !pid->group || !pid->group->tasks)
		return -ESRCH;
	if (!user_may_access(task, pid->group, NULL, USER_ACCESS_REAL))
		return -EPERM;
	r = nsset_copy(task, 0, &set);
	set.own_folder = flags & ~(uint64_t)CLONE_NEWNS; /* prepare_nsset() */
	return r < 0 ? r : finish(task, &set,
				  install_all(&set, task, pid->group->tasks,
					      flags));
}

static long set_namespaces(struct call *c)
{
	int fd = (int)c->args[0], flags = (int)c->args[1];
	struct ns_common *ns;
	host_pid host;
	uint64_t kind;
	long r = nsfs_of_fd(c->task, fd, &ns, &kind);

	if (r < 0)
		return r;
	if (task_is_partial(c->task))
		return -EPERM;
	if (kind) {
		if (flags && (unsigned int)flags != kind)
			return -EINVAL;
		if (ns)
			return enter(c->task, ns->ops, ns);
		return enter_host(c->task, fd, kind);
	}
	if (sys_pidfd_process(c->task->tid->host, fd, &host) < 0)
		return -EINVAL;
	if (!flags || (unsigned int)flags & ~NS_FLAGS_ALL)
		return -EINVAL;
	return host.n > 0 ? enter_process(c->task, host, (unsigned int)flags) :
			    -ESRCH;
}

/* Who comes to other mounts works at their root. */
static long do_setns(struct call *c)
{
	const struct mnt_namespace *before = c->task->nsproxy->mnt;
	long r = set_namespaces(c);

	return r < 0 || c->task->nsproxy->mnt == before ? r :
							  root_enter(c);
}

/* The task of a process that a pidfd says, or NULL. */
static const struct task *task_of_pidfd(const struct task *task, int fd)
{
	const struct pid *pid;
	host_pid host;

	if (sys_pidfd_process(task->tid->host, fd, &host) < 0)
		return NULL;
	pid = host.n > 0 ? pids_by_host(&instance.pids, host) : NULL;
	return pid && !pid->departed && pid->group ? pid->group->tasks : NULL;
}

/* Does it lead to other mounts? Then the task has more to do. */
static bool is_to_mounts(const struct call *c)
{
	const struct ns_common *own = mnt_ns_ops.of(c->task);
	const struct task *of;
	struct ns_common *ns;
	uint64_t kind;

	if (nsfs_of_fd(c->task, (int)c->args[0], &ns, &kind) < 0)
		return false;
	if (kind)
		return kind == CLONE_NEWNS && ns != own;
	of = c->args[1] & CLONE_NEWNS ?
		     task_of_pidfd(c->task, (int)c->args[0]) : NULL;
	return of && mnt_ns_ops.of(of) != own;
}

static long setns_armed(struct call *c, long result)
{
	return result < 0 ? result : do_setns(c);
}

static long setns_mounts(struct call *c)
{
	if (!is_to_mounts(c))
		return do_setns(c);
	if (!call_can_change(c))
		return call_stop(c);
	return c->task->cred && !c->task->root_armed ?
		       root_arm(c, setns_armed) : do_setns(c);
}

static long setns_caught(struct call *c, long result)
{
	return result < 0 ? result : setns_mounts(c);
}

/* The late kinds that it may lead to another of; one of the host's is none. */
static unsigned int late_targets(const struct call *c)
{
	struct ns_common *ns;
	uint64_t kind;

	if (nsfs_of_fd(c->task, (int)c->args[0], &ns, &kind) < 0)
		return 0;
	if (ns)
		return ns->ops->late;
	return kind ? 0 : ns_late_kinds((unsigned int)c->args[1]);
}

long ns_setns(struct call *c)
{
	unsigned int late = late_missing(c->task, late_targets(c));

	if (!late)
		return setns_mounts(c);
	return call_can_change(c) ? late_catch(c, late, setns_caught) :
				    call_stop(c);
}

/* ---- requests of nsfs ---- */

/* linux/nsfs.h of Linux 6.12 */
#ifndef NS_GET_PID_FROM_PIDNS
#define NS_GET_PID_FROM_PIDNS  _IOR(0xb7, 6, int)
#define NS_GET_TGID_FROM_PIDNS _IOR(0xb7, 7, int)
#define NS_GET_PID_IN_PIDNS    _IOR(0xb7, 8, int)
#define NS_GET_TGID_IN_PIDNS   _IOR(0xb7, 9, int)
#endif

/* A number of a task from one pid namespace to another. */
static long translate(const struct task *task, const struct ns_common *ns,
		      unsigned int request, int nr)
{
	const struct pid_namespace *own = task_pid_ns(task), *to = own;
	const struct pid_namespace *from = (const struct pid_namespace *)ns;
	bool tgid = request == NS_GET_TGID_FROM_PIDNS ||
		    request == NS_GET_TGID_IN_PIDNS;
	const struct pid *pid;

	if (ns->ops != &pid_ns_ops)
		return -EINVAL;
	if (request == NS_GET_PID_IN_PIDNS || request == NS_GET_TGID_IN_PIDNS) {
		to = from;
		from = own;
	}
	pid = nr > 0 ? pids_by_number(from, (ns_pid){ nr }) : NULL;
	if (!pid || (!pid->task && !pid->group))
		return -ESRCH;
	if (tgid && pid->task)
		pid = pid->task->group->tgid;
	nr = pid_nr(pid, to).n;
	return nr ? nr : -ESRCH;
}

/* The parent of @ns, if the caller's own is it or above it. */
static struct ns_common *parent_of(const struct task *task,
				   const struct ns_common *ns)
{
	const struct ns_common *own = ns->ops->of(task);
	struct ns_common *parent = ns->ops->parent(ns), *at = parent;

	while (at && at != own)
		at = ns->ops->parent(at);
	return at ? parent : NULL;
}

/*
 * What NS_GET_PARENT, or NS_GET_USERNS, of @ns is: *@ret_other, or NULL for the
 * host's user namespace, to who is in that. The parent of a user namespace is
 * its owner. ns_get_owner(), pidns_get_parent()
 */
static long find_other(const struct task *task, const struct ns_common *ns,
		       bool parent, struct ns_common **ret_other)
{
	struct user_namespace *owner;

	if (parent && !ns->ops->parent)
		return -EINVAL;
	if (parent && ns->ops != &user_ns_ops) {
		*ret_other = parent_of(task, ns);
		return *ret_other ? 0 : -EPERM;
	}
	owner = ns_owner(ns);
	if (!user_ns_contains(user_ns(task), owner))
		return -EPERM;
	*ret_other = owner ? &owner->common : NULL;
	return 0;
}

/* The descriptor may be another's by now: so all is asked again. */
static long make_other(struct call *c)
{
	struct ns_common *ns;
	uint64_t kind;
	long r = nsfs_of_fd(c->task, (int)c->args[0], &ns, &kind);

	if (r == 0)
		r = ns ? find_other(c->task, ns,
				    (unsigned int)c->args[1] == NS_GET_PARENT,
				    &ns) : -EPERM;
	if (r < 0)
		return r;
	/* The user namespace that the supervisor is in, too. */
	return ns ? nsfs_open(ns) : sys_result(open("/proc/self/ns/user",
						    O_RDONLY | O_CLOEXEC));
}

static long opened(struct call *c, long result)
{
	(void)c;
	return result;
}

static long open_other(struct call *c, const struct ns_common *ns, bool parent)
{
	struct ns_common *other;
	long r = find_other(c->task, ns, parent, &other);

	return r < 0 ? r : call_then_give(c, make_other, opened);
}

static long tell_owner(struct call *c, const struct ns_common *ns)
{
	const struct user_namespace *user = (const void *)ns;
	uint32_t uid;

	if (ns->ops != &user_ns_ops)
		return -EINVAL;
	uid = user_from_kuid(user_ns(c->task), user->owner);
	return call_write(c, c->args[2], &uid, sizeof(uid));
}

/* linux/nsfs.h of Linux 6.18; of structures, the sizes that it takes */
#define NS_MNT_INFO_SIZE 16
#define NS_MNT_ID	 _IOR(0xb7, 5, uint64_t)
#define NS_ID		 _IOR(0xb7, 13, uint64_t)

/* What is there for mount namespaces alone, as the kernel refuses it. */
static long refuse_mounts(unsigned int request)
{
	if (request == NS_MNT_ID)
		return -EINVAL;
	if (_IOC_DIR(request) != _IOC_READ ||
	    _IOC_SIZE(request) < NS_MNT_INFO_SIZE)
		return -ENOTTY;
	/* Of the next and the last, who may see all is asked first. */
	return _IOC_NR(request) == 10 ? -EINVAL : -EPERM;
}

static long tell_id(struct call *c, struct ns_common *ns)
{
	struct stat st;
	uint64_t id;
	long r = nsfs_stat(ns, &st);

	if (r < 0)
		return r;
	id = st.st_ino;
	return call_write(c, c->args[2], &id, sizeof(id));
}

static bool is_translation(unsigned int request)
{
	return request == NS_GET_PID_FROM_PIDNS ||
	       request == NS_GET_TGID_FROM_PIDNS ||
	       request == NS_GET_PID_IN_PIDNS ||
	       request == NS_GET_TGID_IN_PIDNS;
}

long ns_ioctl(struct call *c)
{
	unsigned int request = (unsigned int)c->args[1];
	struct ns_common *ns;
	uint64_t kind;
	long r = nsfs_of_fd(c->task, (int)c->args[0], &ns, &kind);

	if (r < 0)
		return r;
	/* The host's own is beyond who is in another user namespace. */
	if (!ns)
		return c->task->cred && (request == NS_GET_USERNS ||
					 request == NS_GET_PARENT) ?
			       -EPERM : call_pass(c);
	switch (request) {
	case NS_GET_NSTYPE:
		return (long)kind;
	case NS_GET_PARENT:
	case NS_GET_USERNS:
		return open_other(c, ns, request == NS_GET_PARENT);
	case NS_GET_OWNER_UID:
		return tell_owner(c, ns);
	case NS_ID:
		return tell_id(c, ns);
	}
	return is_translation(request) ?
		       translate(c->task, ns, request, (int)c->args[2]) :
		       refuse_mounts(request);
}

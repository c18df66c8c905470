/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The pid namespace: who am I, who is my parent.
 *
 * Theory of operation. The tree's processes are ordinary processes of the
 * host; a namespace is a table of numbers (tables/pids.h), hierarchical, one
 * number a level. Handlers take numbers of the caller's namespace, give the
 * kernel the host's, and turn its answers back. Its init is a child subreaper
 * in the kernel's eyes, so that its orphans really are its children, and
 * wait(2) needs no help but the numbers.
 *
 * The rest is in pid_group.c (process groups, sessions, terminals),
 * pid_wait.c, pid_signal.c, pid_args.c (calls that only take a number) and
 * pid_fd.c (descriptors that know a process). Follows kernel/pid.c,
 * kernel/sys.c and pid_namespaces(7), Linux 6.x.
 */
#include "src/ns/pid.h"

#include <assert.h>
#include <errno.h>
#include <sched.h>
#include <stddef.h>

static_assert(offsetof(struct pid_namespace, common) == 0, "by its common");

static struct pid_namespace *pid_of_common(struct ns_common *ns)
{
	return (struct pid_namespace *)ns;
}

static struct pid_namespace *pid_new(struct pid_namespace *parent)
{
	struct pid_namespace *ns = pid_namespace_create(parent);

	if (ns)
		ns_common_init(&ns->common, &pid_ns_ops);
	return ns;
}

static int pid_create(struct nsproxy *proxy, const struct ns_config *config)
{
	struct pid_namespace *root = &config->pids->root;

	proxy->pid_for_children = config->kinds & NS_PID ?
		pid_new(root) : pid_namespace_get(root);
	return proxy->pid_for_children ? 0 : -ENOMEM;
}

static void pid_release(struct nsproxy *proxy)
{
	pid_namespace_put(proxy->pid_for_children);
	proxy->pid_for_children = NULL;
}

static void pid_share(struct nsproxy *to, const struct nsproxy *from)
{
	to->pid_for_children = pid_namespace_get(from->pid_for_children);
}

/* A second one before the first has a process: copy_pid_ns() */
static int pid_check_copy(const struct task *task)
{
	const struct pid_namespace *ns = task->nsproxy->pid_for_children;

	if (ns != task_pid_ns(task))
		return -EINVAL;
	return ns->level >= PIDS_LEVELS_MAX ? -ENOSPC : 0;
}

static int pid_copy(struct nsproxy *proxy, const struct task *task)
{
	struct pid_namespace *ns = pid_new(task_pid_ns(task));

	if (!ns)
		return -ENOMEM;
	pid_release(proxy);
	proxy->pid_for_children = ns;
	return 0;
}

/* Level 0 is the host's. */
static struct ns_common *common_of(struct pid_namespace *ns)
{
	return ns && ns->level > 0 ? &ns->common : NULL;
}

static struct ns_common *pid_of(const struct task *task)
{
	return common_of(task_pid_ns(task));
}

/* Only when it has had a process: pidns_for_children_get() */
static struct ns_common *pid_for_children(const struct nsproxy *proxy)
{
	struct pid_namespace *ns = proxy->pid_for_children;

	return ns->child_reaper || ns->last > 0 ? common_of(ns) : NULL;
}

static struct ns_common *pid_parent(const struct ns_common *ns)
{
	return common_of(((const struct pid_namespace *)ns)->parent);
}

static void pid_get_common(struct ns_common *ns)
{
	pid_namespace_get(pid_of_common(ns));
}

static void pid_put_common(struct ns_common *ns)
{
	pid_namespace_put(pid_of_common(ns));
}

/* For its children, and only downwards: pidns_install() */
static int pid_install(struct nsproxy *proxy, const struct task *task,
		       struct ns_common *ns)
{
	struct pid_namespace *active = task_pid_ns(task);
	struct pid_namespace *at = pid_of_common(ns);

	while (at->level > active->level)
		at = at->parent;
	if (at != active)
		return -EINVAL;
	pid_get_common(ns);
	pid_release(proxy);
	proxy->pid_for_children = pid_of_common(ns);
	return 0;
}

const struct ns_ops pid_ns_ops = {
	.name = "pid",
	.kind = NS_PID,
	.flag = CLONE_NEWPID,
	.create = pid_create,
	.release = pid_release,
	.share = pid_share,
	.copy = pid_copy,
	.check_copy = pid_check_copy,
	.of = pid_of,
	.for_children = pid_for_children,
	.parent = pid_parent,
	.get = pid_get_common,
	.put = pid_put_common,
	.install = pid_install,
};

uint64_t pid_to_host(const struct task *from, int nr)
{
	struct task *task;
	struct group *group;

	if (nr <= 0 || task_pid_ns(from)->level == 0)
		return (uint64_t)(int64_t)nr;
	task = task_by_number(from, (ns_pid){ nr });
	if (task)
		return (uint64_t)task->tid->host.n;
	group = group_by_number(from, (ns_pid){ nr });	/* a zombie */
	/* Its number may be anybody's once it has been reaped. */
	return group && !group->gone ? (uint64_t)group->tgid->host.n :
				       SYS_NO_PID;
}

uint64_t pgrp_to_host(const struct task *from, int nr)
{
	struct pid *pid;

	if (nr <= 0 || task_pid_ns(from)->level == 0)
		return (uint64_t)(int64_t)nr;
	pid = pids_by_number(task_pid_ns(from), (ns_pid){ nr });
	return pid ? (uint64_t)pid->host.n : SYS_NO_PID;
}

struct pid *pgrp_by_number(const struct task *from, int nr)
{
	struct pid *pid;

	if (task_pid_ns(from)->level > 0)
		return pids_by_number(task_pid_ns(from), (ns_pid){ nr });
	pid = pids_by_host(&instance.pids, (host_pid){ nr });
	return pid && !pid->departed ? pid : NULL;
}

int pid_from_host(const struct task *to, int host)
{
	const struct pid *pid =
		pids_by_host(&instance.pids, (host_pid){ host });

	if (task_pid_ns(to)->level == 0)
		return host;
	return pid_nr(pid, task_pid_ns(to)).n;
}

long pid_getpid(struct call *c)
{
	return group_number(c->task->group, c->task).n;
}

long pid_gettid(struct call *c)
{
	return pid_nr(c->task->tid, task_pid_ns(c->task)).n;
}

long pid_getppid(struct call *c)
{
	return group_number(group_parent(c->task->group), c->task).n;
}

static long tid_after(struct call *c, long result)
{
	return result < 0 ? result : pid_gettid(c);
}

/*
 * The task must make the call itself: the kernel notes the address. But it
 * writes there only if somebody else has the same memory when the task ends.
 * So the first thread of a process is answered at once, and makes the call
 * before its first clone that shares its memory (clone.c).
 */
long pid_set_tid_address(struct call *c)
{
	const struct group *group = c->task->group;

	if (group->tasks != c->task || c->task->in_group_next ||
	    group->shares_vm)
		return call_then(c, tid_after);
	c->task->tid_address = c->args[0];
	return pid_gettid(c);
}

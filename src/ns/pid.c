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

#include <errno.h>

static int pid_create(struct nsproxy *proxy, const struct ns_config *config)
{
	struct pid_namespace *root = &config->pids->root;

	proxy->pid_for_children = config->kinds & NS_PID ?
		pid_namespace_create(root) : pid_namespace_get(root);
	return proxy->pid_for_children ? 0 : -ENOMEM;
}

static void pid_release(struct nsproxy *proxy)
{
	pid_namespace_put(proxy->pid_for_children);
	proxy->pid_for_children = NULL;
}

const struct ns_ops pid_ns_ops = {
	.name = "pid",
	.kind = NS_PID,
	.create = pid_create,
	.release = pid_release,
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

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A process from outside becomes a task of the instance.
 *
 * Theory of operation. The client forks a child, which has so the client's
 * terminal, session, files, umask and limits. The child loads a filter as the
 * instance's first process did, and waits. The client hands over its pidfd;
 * the supervisor attaches to it, takes a copy of its listener, and enters it
 * in the tables. Then the child goes on to exec.
 *
 * Its parent is the client, which is outside: getppid() is 0 inside, and
 * nobody inside waits for it, as with setns(2). Orphans of its descendants
 * become children of a process outside, too; inside, init is shown as their
 * parent. Such zombies are nobody's business inside, so their numbers are
 * free when they have gone (join_sweep()).
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/personality.h>
#include <unistd.h>
#include <utlist.h>
#include "interpose/outer.h"
#include "interpose/stop.h"
#include "src/host/sys.h"
#include "src/ns/user.h"
#include "src/outside/serve.h"
#include "src/task/agent.h"
#include "src/task/task.h"
#include "src/view/root.h"

bool join_sweep(void)
{
	struct group *group, *next;
	bool left = false;

	DL_FOREACH_SAFE(instance.groups, group, next) {
		if (!group->zombie || group->parent)
			continue;
		if (sys_exists(group->tgid->host))
			left = true;
		else
			group_free(group);
	}
	return left;
}

/* Is it really the peer's own child, and not inside already? */
static long check_child(const struct peer *peer, int pidfd, host_pid *ret_child)
{
	host_pid parent;
	long r;

	if (pidfd < 0)
		return -EBADF;
	r = sys_pidfd_process((host_pid){ getpid() }, pidfd, ret_child);
	if (r < 0)
		return r;
	if (ret_child->n <= 0 || sys_parent(*ret_child, &parent) < 0)
		return -ESRCH;
	return parent.n == peer->pid && !task_by_host(*ret_child) ? 0 : -EPERM;
}

/* A task of init's, or of whoever there is. */
struct task *join_target(int host)
{
	struct group *group;

	if (host)
		return task_by_host((host_pid){ host });
	if (instance.init && instance.init->tasks)
		return instance.init->tasks;
	DL_FOREACH(instance.groups, group)
		if (group->tasks)
			return group->tasks;
	return NULL;
}

/* As after a write to ns_last_pid. Return: 0 or -EEXIST. */
static long choose_number(struct pid_namespace *ns, int number)
{
	if (number == 0)
		return 0;
	if (ns->level == 0 || number < 0 || number >= ns->max)
		return -EINVAL;
	if (pids_by_number(ns, (ns_pid){ number }))
		return -EEXIST;
	ns->last = number - 1;
	return 0;
}

long join_check_listener(const struct config *config, int listener)
{
	char path[64], link[64];
	long r;

	if (config->without & WITHOUT_NOTIFY)
		return -EINVAL;
	if (listener < 0)
		return -EBADF;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", listener);
	r = sys_readlink(path, link, sizeof(link));
	if (r < 0 || strcmp(link, "anon_inode:seccomp notify") != 0)
		return -EBADF;
	if (!(config->without & WITHOUT_SYNC))
		sys_result(ioctl(listener, SECCOMP_IOCTL_NOTIF_SET_FLAGS,
				 SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP));
	return 0;
}

/*
 * What an outer filter answers is handled by what the supervisor found of its
 * own (by_trace_trapped()). So the child must be under the same one: it has one
 * filter more, nsrun's, and its client found the same.
 */
static long check_outer(const struct request *rq, host_pid child)
{
	long own = sys_seccomp_filters((host_pid){ getpid() });
	long its = sys_seccomp_filters(child);

	if (rq->outer != outer_digest())
		return -EOPNOTSUPP;
	/* Before Linux 5.10 the number is not told. */
	return own >= 0 && its != own + 1 ? -EOPNOTSUPP : 0;
}

/*
 * Who enters all there are comes to the mounts, too: those of a user namespace
 * that it is in. Its paths are caught from its first call on (root_call.c).
 */
static unsigned int kinds_of(const struct request *rq)
{
	unsigned int user = instance.active & NS_USER;
	unsigned int kinds = rq->kinds | user;

	if (user && !(instance.active & ~(kinds | NS_BASE | NS_BARE)))
		kinds |= NS_BASE;
	return kinds;
}

static long enter_task(const struct request *rq, struct task *target,
		       host_pid child, struct reply *reply)
{
	struct nsproxy *proxy = nsproxy_part(target->nsproxy, kinds_of(rq),
					     &instance.pids);
	struct pid_namespace *ns = proxy ? proxy->pid_for_children : NULL;
	struct task *task;
	long r;

	/* Its own, not that which its children are to have. */
	if (proxy && (rq->kinds & NS_PID)) {
		pid_namespace_put(ns);
		ns = pid_namespace_get(task_pid_ns(target));
		proxy->pid_for_children = ns;
	}
	join_sweep();	/* whose number is to be had again */
	r = proxy ? choose_number(ns, rq->number) : -ENOMEM;

	if (r == 0 && rq->number)
		r = task_create(child, ns, NULL, NULL, proxy, &task);
	else if (r == 0)
		r = task_create_recorded(child, ns, proxy, &task);
	nsproxy_put(proxy);
	if (r < 0)
		return r;
	task->group->joined = true;
	task->group->loads = true;
	task->group->heritage.unguarded = true;
	/* What the agent tells is of all namespaces. */
	task->late.kinds = late_missing(task, rq->kinds);
	task->group->heritage.no_agent = task_is_partial(task) || task->late.kinds;
	if (task->nsproxy->mnt)
		task->root = root_get(target->root);
	if (root_resolves(task))
		agent_note_root(task->group);
	task->started = true;
	task->no_new_privs = rq->no_new_privs;
	task->persona = rq->persona & (PER_MASK | UNAME26);
	instance.passcred |= rq->passcred;
	reply->number = pid_nr(task->tid, ns).n;
	return user_enter(task);
}

static void set_what(struct reply *reply, const char *what)
{
	snprintf(reply->what, sizeof(reply->what), "%s", what);
}

long join_adopt(const struct config *config, const struct request *rq,
		const struct peer *peer, int pidfd, int listener,
		struct reply *reply, host_pid *ret_child)
{
	struct task *target = join_target(rq->target);
	long r;

	set_what(reply, "the process");
	r = check_child(peer, pidfd, ret_child);
	if (r < 0)
		return r;
	set_what(reply, "the instance has ended");
	if (!target || instance.ending)
		return -ESRCH;
	set_what(reply, "Landlock");
	if (instance.walled && (rq->kinds & NS_PID) && !rq->walled)
		return -EPERM;
	set_what(reply, "it is under another seccomp filter");
	r = check_outer(rq, *ret_child);
	if (r < 0)
		return r;
	set_what(reply, "seccomp notification");
	if (listener < 0 && !(config->without & WITHOUT_NOTIFY))
		return -EBADF;
	set_what(reply, "ptrace");
	r = stop_seize(*ret_child, config->kinds & (NS_PID | NS_IPC));
	if (r < 0)
		return r;
	set_what(reply, "pid namespace");
	r = enter_task(rq, target, *ret_child, reply);
	if (r < 0)
		sys_kill(*ret_child, SIGKILL);
	return r;
}

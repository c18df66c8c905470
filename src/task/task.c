/* SPDX-License-Identifier: Apache-2.0 */
/* Tasks and groups: finding, making, freeing; see task.h. */
#include "src/task/task.h"

#include <errno.h>
#include <stdlib.h>
#include <utlist.h>
#include "src/host/sys.h"
#include "src/ns/user_access.h"
#include "src/ns/user_cred.h"
#include "src/park.h"
#include "src/task/agent.h"
#include "src/task/creds.h"
#include "src/task/loader.h"
#include "src/task/tracing.h"
#include "src/view/root.h"

struct instance instance;

struct task *task_by_host(host_pid tid)
{
	struct pid *pid = pids_by_host(&instance.pids, tid);

	return pid && !pid->departed ? pid->task : NULL;
}

struct pid_namespace *task_pid_ns(const struct task *task)
{
	return pid_ns(&instance.pids, task->tid);
}

unsigned int task_active(const struct task *task)
{
	const struct nsproxy *proxy = task->nsproxy;
	unsigned int outside = 0;

	if (!proxy->uts)
		outside |= NS_UTS;
	if (!proxy->ipc)
		outside |= NS_IPC;
	if (!proxy->user)
		outside |= NS_USER;
	if (!proxy->net)
		outside |= NS_NET;
	if (task->tid->level == 0)
		outside |= NS_PID;
	return (instance.active & ~outside) | (proxy->user ? NS_USER : 0) |
	       (proxy->net ? NS_NET : 0) | (proxy->time ? NS_TIME : 0) |
	       (task->late.kinds & (NS_NET | NS_TIME));
}

bool task_is_partial(const struct task *task)
{
	return instance.active & ~task_active(task);
}

struct pid_namespace *group_pid_ns(const struct group *group)
{
	return pid_ns(&instance.pids, group->tgid);
}

/* At level 0 a number is the host's. */
static struct pid *pid_by_number(const struct task *from, ns_pid nr)
{
	struct pid_namespace *ns = task_pid_ns(from);
	struct pid *pid;

	if (nr.n <= 0)
		return NULL;
	if (ns->level > 0)
		return pids_by_number(ns, nr);
	pid = pids_by_host(&instance.pids, (host_pid){ nr.n });
	return pid && !pid->departed ? pid : NULL;
}

struct task *task_by_number(const struct task *from, ns_pid nr)
{
	struct pid *pid = pid_by_number(from, nr);

	return pid ? pid->task : NULL;
}

struct group *group_by_number(const struct task *from, ns_pid nr)
{
	struct pid *pid = pid_by_number(from, nr);

	return pid ? pid->group : NULL;
}

bool group_is_init(const struct group *group)
{
	const struct pid_namespace *ns = group_pid_ns(group);

	return ns->level > 0 && ns->child_reaper == group->tgid;
}

ns_pid group_number(const struct group *group, const struct task *from)
{
	return pid_nr(group ? group->tgid : NULL, task_pid_ns(from));
}

void group_set_parent(struct group *group, struct group *parent)
{
	if (group->parent)
		DL_DELETE2(group->parent->children, group, sibling_prev,
			   sibling_next);
	group->parent = parent;
	if (parent)
		DL_APPEND2(parent->children, group, sibling_prev,
			   sibling_next);
}

/* Dying, perhaps without its children already: the kernel knows. */
bool group_is_ending(const struct group *group)
{
	const struct task *task;

	DL_FOREACH2(group->tasks, task, in_group_next)
		if (!task->exiting)
			return false;
	return true;
}

bool group_is_single(const struct group *group)
{
	const struct task *task;
	unsigned int counted = 0;

	/* A leader that ended first is counted until the last thread ends. */
	DL_FOREACH2(group->tasks, task, in_group_next)
		counted += !task->exiting || task->tid == group->tgid;
	return counted <= 1;
}

/*
 * The kernel gave an orphan of a task that joined (outside/join.c) to somebody
 * outside: init of its namespace is who should have it.
 */
static struct group *parent_outside(const struct group *group)
{
	const struct pid_namespace *ns = group_pid_ns(group);
	const struct pid *reaper = ns->level > 0 ? ns->child_reaper : NULL;

	if (group->joined || !reaper || reaper == group->tgid ||
	    !reaper->group || reaper->group->zombie)
		return NULL;
	return reaper->group;
}

struct group *group_parent(struct group *group)
{
	host_pid host;
	struct pid *pid;

	if (group->parent && !group_is_ending(group->parent))
		return group->parent;
	/* The kernel knows who adopted its children. */
	if (sys_parent(group->tgid->host, &host) < 0)
		return NULL;
	pid = pids_by_host(&instance.pids, host);
	if (!pid || pid->departed || !pid->group)
		return parent_outside(group);
	group_set_parent(group, pid->group);
	return group->parent;
}

/* Takes the table's entry of host number @host into *@slot; NULL: outside. */
static void refer(struct pid **slot, long host)
{
	struct pid *pid = NULL;

	if (host > 0)
		pid = pids_by_host(&instance.pids, (host_pid){ (int)host });
	if (pid && pid->departed)
		pid = NULL;
	if (pid == *slot)
		return;
	if (pid)
		pid_get(pid);
	pid_put(&instance.pids, *slot);
	*slot = pid;
}

void group_sync(struct group *group)
{
	long pgrp = sys_getpgid(group->tgid->host);
	long session = sys_getsid(group->tgid->host);

	/* A process that was reaped meanwhile keeps what it had last. */
	if (pgrp == -ESRCH || session == -ESRCH)
		return;
	refer(&group->pgrp, pgrp);
	refer(&group->session, session);
	agent_kin_changed(group);
}

static struct group *group_create(struct pid *tgid, struct group *parent)
{
	struct group *group = calloc(1, sizeof(*group));

	if (!group)
		return NULL;
	group->tgid = pid_get(tgid);
	group->pidfd = -1;
	group->dumpable = parent ? parent->dumpable : 1;
	tgid->group = group;
	for (unsigned int i = 0; i < tgid->level; i++)
		tgid->numbers[i].ns->processes++;
	DL_APPEND(instance.groups, group);
	group_set_parent(group, parent);
	return group;
}

static void adopt_signalfds(struct group *group, const struct group *from)
{
	if (!from)
		return;
	group->signalfds = from->signalfds;
	for (unsigned int i = 0; i < from->signalfds; i++)
		group->signalfd[i] = from->signalfd[i];
}

/* A number that came back: whoever had it has been reaped unseen. */
static void displace(host_pid host)
{
	struct pid *old = pids_by_host(&instance.pids, host);

	if (old && !old->departed && old->group && old->group->zombie)
		group_free(old->group);
}

/* Takes the reference of @tid, whatever comes of it. */
static int create(struct pid *tid, struct group *group, struct group *parent,
		  struct nsproxy *nsproxy, struct task **ret_task)
{
	struct task *task = calloc(1, sizeof(*task));
	bool leads = !group;

	if (task && leads)
		group = group_create(tid, parent);
	if (!task || !group) {
		pid_put(&instance.pids, tid);
		free(task);
		return -ENOMEM;
	}
	if (leads) {
		adopt_signalfds(group, parent);
		group_sync(group);
	}
	task->tid = tid;
	tid->task = task;
	task->group = group;
	task->nsproxy = nsproxy_get(nsproxy);
	task->call.task = task;
	DL_APPEND2(group->tasks, task, in_group_prev, in_group_next);
	instance.tasks++;
	*ret_task = task;
	return 0;
}

int task_create(host_pid host, struct pid_namespace *ns, struct group *group,
		struct group *parent, struct nsproxy *nsproxy,
		struct task **ret_task)
{
	struct pid *tid;
	int r;

	displace(host);
	r = pids_create(&instance.pids, ns, host, &tid);
	return r < 0 ? r : create(tid, group, parent, nsproxy, ret_task);
}

int task_create_reserved(host_pid host, struct pid *tid, struct group *group,
			 struct group *parent, struct nsproxy *nsproxy,
			 struct task **ret_task)
{
	displace(host);
	pids_settle(&instance.pids, tid, host);
	return create(tid, group, parent, nsproxy, ret_task);
}

int task_create_recorded(host_pid host, struct pid_namespace *ns,
			 struct nsproxy *nsproxy, struct task **ret_task)
{
	const struct recorded_pid *entry =
		recorded_take(instance.recorded, NULL, ns->level, false);
	struct pid *tid;

	if (!entry || recorded_reserve(entry, ns, &tid) < 0)
		return task_create(host, ns, NULL, NULL, nsproxy, ret_task);
	return task_create_reserved(host, tid, NULL, NULL, nsproxy, ret_task);
}

/* A zombie has its credentials, too. */
static void leave_cred(struct task *task)
{
	if (task->tid == task->group->tgid && !task->group->cred) {
		task->group->cred = user_cred_get(task->cred);
		task->group->no_new_privs = task->no_new_privs;
	}
	user_cred_put(task->cred);
	task->cred = NULL;
}

void task_free(struct task *task)
{
	tracing_forget(task);
	park_abandon(task);
	ns_task_exit(task);
	call_drop_fd(&task->call);
	call_forget(&task->call);
	task_creds_forget(task);
	leave_cred(task);
	DL_DELETE2(task->group->tasks, task, in_group_prev, in_group_next);
	task->tid->task = NULL;
	pid_put(&instance.pids, task->tid);
	nsproxy_put(task->nsproxy);
	root_put(task->root);
	loader_forget(task);
	free(task);
	instance.tasks--;
}

void group_free(struct group *group)
{
	struct group *child, *next;

	DL_FOREACH_SAFE2(group->children, child, next, sibling_next)
		group_set_parent(child, NULL);
	group_set_parent(group, NULL);
	DL_DELETE(instance.groups, group);
	sys_close(&group->pidfd);
	group->tgid->has_left = user_ids_of(group->tgid, &group->tgid->left);
	group->tgid->group = NULL;
	pid_put(&instance.pids, group->pgrp);
	pid_put(&instance.pids, group->session);
	pid_put(&instance.pids, group->tgid);
	user_cred_put(group->cred);
	free(group);
}

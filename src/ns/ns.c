/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nsproxy: the namespaces of a task. Follows kernel/nsproxy.c.
 *
 * A change goes in two steps: a copy of the task's nsproxy gets what is new,
 * which may fail, and the task changes to the copy, which can't.
 */
#include "src/ns/ns.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/sched.h>
#include <stdlib.h>
#include <string.h>
#include "src/ns/nsfs.h"
#include "src/ns/time.h"
#include "src/ns/user_cred.h"
#include "src/task/task.h"

/* As /proc/sys/user/max_*_namespaces, for all kinds together. */
#define NAMESPACES_MAX 4096

static unsigned int namespaces;

static const struct ns_ops *const kinds[] = { &user_ns_ops, &pid_ns_ops,
					      &ipc_ns_ops, &uts_ns_ops,
					      &net_ns_ops, &cgroup_ns_ops,
					      &time_ns_ops };

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

int nsproxy_create(const struct ns_config *config, struct nsproxy **ret_proxy,
		   const char **ret_what)
{
	struct nsproxy *proxy = calloc(1, sizeof(*proxy));

	*ret_what = "namespaces";
	if (!proxy)
		return -ENOMEM;
	proxy->refs = 1;
	for (size_t i = 0; i < KINDS; i++) {
		int r = kinds[i]->create(proxy, config);

		if (r < 0) {
			*ret_what = kinds[i]->name;
			nsproxy_put(proxy);
			return r;
		}
	}
	*ret_proxy = proxy;
	return 0;
}

struct nsproxy *nsproxy_part(const struct nsproxy *from, unsigned int set,
			     struct pids *pids)
{
	const struct ns_config host = { .pids = pids };
	struct nsproxy *proxy = calloc(1, sizeof(*proxy));

	if (!proxy)
		return NULL;
	proxy->refs = 1;
	for (size_t i = 0; i < KINDS; i++) {
		if (set & kinds[i]->kind) {
			kinds[i]->share(proxy, from);
		} else if (kinds[i]->create(proxy, &host) < 0) {
			nsproxy_put(proxy);
			return NULL;
		}
	}
	return proxy;
}

struct nsproxy *nsproxy_get(struct nsproxy *proxy)
{
	proxy->refs++;
	return proxy;
}

void nsproxy_put(struct nsproxy *proxy)
{
	if (!proxy || --proxy->refs > 0)
		return;
	for (size_t i = 0; i < KINDS; i++)
		kinds[i]->release(proxy);
	free(proxy);
}

void ns_common_init(struct ns_common *ns, const struct ns_ops *ops)
{
	ns->ops = ops;
	ns->gone = ns_common_gone;
	namespaces++;
}

void ns_common_gone(struct ns_common *ns)
{
	nsfs_forget(ns);
	namespaces--;
}

static bool is_on(const struct ns_ops *ops)
{
	return instance.active & ops->kind;
}

const struct ns_ops *ns_kind_by_flag(uint64_t flag)
{
	for (size_t i = 0; i < KINDS; i++)
		if (kinds[i]->flag == flag && is_on(kinds[i]))
			return kinds[i];
	return NULL;
}

const struct ns_ops *ns_kind_by_name(const char *name, size_t len)
{
	for (size_t i = 0; i < KINDS; i++)
		if (strlen(kinds[i]->name) == len && is_on(kinds[i]) &&
		    memcmp(kinds[i]->name, name, len) == 0)
			return kinds[i];
	return NULL;
}

int ns_check_copy(const struct task *task, uint64_t flags)
{
	uint64_t unknown = flags & NS_FLAGS_ALL & ~NS_FLAG_ACCEPTED;
	unsigned int wanted = 0;

	if (flags & NS_FLAGS_ALL && task_is_partial(task))
		return -EPERM;
	for (size_t i = 0; i < KINDS; i++)
		if (is_on(kinds[i]) && kinds[i]->copy &&
		    flags & kinds[i]->flag) {
			unknown &= ~kinds[i]->flag;
			wanted++;
		}
	if (unknown || (flags & NS_FLAGS_ALL &&
			!user_capable(task, CAP_SYS_ADMIN)))
		return -EPERM;
	if (namespaces + wanted > NAMESPACES_MAX)
		return -ENOSPC;
	for (size_t i = 0; i < KINDS; i++)
		if (flags & kinds[i]->flag && kinds[i]->check_copy) {
			int r = kinds[i]->check_copy(task);

			if (r < 0)
				return r;
		}
	return 0;
}

int nsproxy_copy(const struct task *task, uint64_t flags,
		 struct nsproxy **ret_proxy)
{
	struct nsproxy *proxy = calloc(1, sizeof(*proxy));
	int r = 0;

	if (!proxy)
		return -ENOMEM;
	proxy->refs = 1;
	for (size_t i = 0; i < KINDS; i++)
		kinds[i]->share(proxy, task->nsproxy);
	for (size_t i = 0; i < KINDS && r == 0; i++)
		if (is_on(kinds[i]) && flags & kinds[i]->flag)
			r = kinds[i]->copy(proxy, task);
	if (r < 0) {
		nsproxy_put(proxy);
		return r;
	}
	*ret_proxy = proxy;
	return 0;
}

/* Who shares no memory comes into the time namespace that is for children. */
int nsproxy_for_child(const struct task *task, uint64_t flags,
		      struct nsproxy **ret_proxy)
{
	struct nsproxy *own = task->nsproxy;
	int r;

	if (!(flags & NS_FLAGS_ALL) &&
	    (flags & CLONE_VM || own->time == own->time_for_children)) {
		*ret_proxy = nsproxy_get(own);
		return 0;
	}
	r = nsproxy_copy(task, flags, ret_proxy);
	if (r == 0 && !(flags & CLONE_VM))
		time_enter(*ret_proxy);
	return r;
}

void nsproxy_switch(struct task *task, struct nsproxy *proxy)
{
	struct nsproxy *old = task->nsproxy;

	for (size_t i = 0; i < KINDS; i++)
		if (kinds[i]->leave)
			kinds[i]->leave(task, proxy);
	task->nsproxy = proxy;
	nsproxy_put(old);
}

void ns_task_clone(struct task *parent, struct task *child, uint64_t flags)
{
	for (size_t i = 0; i < KINDS; i++)
		if (kinds[i]->task_clone)
			kinds[i]->task_clone(parent, child, flags);
}

void ns_task_exit(struct task *task)
{
	for (size_t i = 0; i < KINDS; i++)
		if (kinds[i]->task_exit)
			kinds[i]->task_exit(task);
}

void ns_task_unshare(struct task *task, uint64_t flags)
{
	for (size_t i = 0; i < KINDS; i++)
		if (kinds[i]->task_unshare)
			kinds[i]->task_unshare(task, flags);
}

void ns_task_take_over(struct task *leader, struct task *caller)
{
	for (size_t i = 0; i < KINDS; i++)
		if (kinds[i]->task_take_over)
			kinds[i]->task_take_over(leader, caller);
}

void ns_group_exec(struct group *group)
{
	for (size_t i = 0; i < KINDS; i++)
		if (kinds[i]->group_exec)
			kinds[i]->group_exec(group);
}

void ns_group_exit(struct group *group)
{
	for (size_t i = 0; i < KINDS; i++)
		if (kinds[i]->group_exit)
			kinds[i]->group_exit(group);
}

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
					      &time_ns_ops, &mnt_ns_ops };

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
	nsproxy_own_mounts(proxy, proxy->user);
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
		if (set & (kinds[i]->kind | kinds[i]->late)) {
			kinds[i]->share(proxy, from);
		} else if (kinds[i]->create(proxy, &host) < 0) {
			nsproxy_put(proxy);
			return NULL;
		}
	}
	nsproxy_own_mounts(proxy, proxy->mnt ? from->mnt_owner : proxy->user);
	return proxy;
}

void nsproxy_own_mounts(struct nsproxy *proxy, struct user_namespace *ns)
{
	if (ns)
		user_ns_get(ns);
	user_ns_put(proxy->mnt_owner);
	proxy->mnt_owner = ns;
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
	user_ns_put(proxy->mnt_owner);
	free(proxy);
}

void ns_common_init(struct ns_common *ns, const struct ns_ops *ops,
		    struct user_namespace *owner)
{
	ns->ops = ops;
	ns->gone = ns_common_gone;
	ns->owner = owner ? user_ns_get(owner) : NULL;
	namespaces++;
}

void ns_common_gone(struct ns_common *ns)
{
	nsfs_forget(ns);
	user_ns_put(ns->owner);
	ns->owner = NULL;
	namespaces--;
}

struct user_namespace *ns_owner(const struct ns_common *ns)
{
	if (ns->ops == &user_ns_ops)
		return ((const struct user_namespace *)ns)->parent;
	return ns->owner;
}

/* What can come late alone can always be had. */
static bool is_on(const struct ns_ops *ops)
{
	return instance.active & ops->kind || ops->late == ops->kind;
}

unsigned int ns_late_kinds(uint64_t flags)
{
	unsigned int set = 0;

	for (size_t i = 0; i < KINDS; i++)
		if (is_on(kinds[i]) && flags & kinds[i]->flag)
			set |= kinds[i]->late;
	return set;
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

/* Flags of @flags whose kind there is not; *@ret_wanted counts the others. */
static uint64_t unknown_kinds(uint64_t flags, unsigned int *ret_wanted)
{
	uint64_t unknown = flags & NS_FLAGS_ALL;

	*ret_wanted = 0;
	for (size_t i = 0; i < KINDS; i++)
		if (is_on(kinds[i]) && flags & kinds[i]->flag) {
			unknown &= ~kinds[i]->flag;
			(*ret_wanted)++;
		}
	return unknown;
}

/*
 * A new user namespace comes first, and who makes it has every right in it: so
 * what else is asked for needs none.
 */
int ns_check_copy(const struct task *task, uint64_t flags)
{
	unsigned int wanted;
	uint64_t unknown = unknown_kinds(flags, &wanted);

	if (!(flags & NS_FLAGS_ALL))
		return 0;
	if (unknown || task_is_partial(task) ||
	    (!(flags & CLONE_NEWUSER) && !user_capable(task, CAP_SYS_ADMIN)))
		return -EPERM;
	if (namespaces + wanted > NAMESPACES_MAX)
		return -ENOSPC;
	for (size_t i = 0; i < KINDS; i++)
		if (flags & kinds[i]->flag && kinds[i]->check_copy) {
			int r = kinds[i]->check_copy(task, flags);

			if (r < 0)
				return r;
		}
	return 0;
}

int nsset_copy(struct task *task, uint64_t flags, struct nsset *ret_set)
{
	struct nsset set = { .proxy = calloc(1, sizeof(*set.proxy)) };
	int r = 0;

	if (!set.proxy)
		return -ENOMEM;
	set.proxy->refs = 1;
	for (size_t i = 0; i < KINDS; i++)
		kinds[i]->share(set.proxy, task->nsproxy);
	for (size_t i = 0; i < KINDS && r == 0; i++)
		if (is_on(kinds[i]) && flags & kinds[i]->flag)
			r = kinds[i]->copy(&set, task);
	if (r < 0) {
		nsset_put(&set);
		return r;
	}
	nsproxy_own_mounts(set.proxy, flags & CLONE_NEWNS ?
					      set.proxy->user :
					      task->nsproxy->mnt_owner);
	*ret_set = set;
	return 0;
}

void nsset_put(struct nsset *set)
{
	nsproxy_put(set->proxy);
	user_cred_put(set->cred);
}

/* Who shares no memory comes into the time namespace that is for children. */
int nsset_for_child(struct task *task, uint64_t flags, struct nsset *ret_set)
{
	struct nsproxy *own = task->nsproxy;
	int r;

	if (!(flags & NS_FLAGS_ALL) &&
	    (flags & CLONE_VM || own->time == own->time_for_children)) {
		*ret_set = (struct nsset){ .proxy = nsproxy_get(own) };
		return 0;
	}
	r = nsset_copy(task, flags, ret_set);
	if (r == 0 && !(flags & CLONE_VM))
		time_enter(ret_set->proxy);
	return r;
}

void nsset_switch(struct task *task, struct nsset *set)
{
	struct nsproxy *old = task->nsproxy;

	for (size_t i = 0; i < KINDS; i++)
		if (kinds[i]->leave)
			kinds[i]->leave(task, set->proxy);
	task->nsproxy = set->proxy;
	nsproxy_put(old);
	if (set->cred)
		user_cred_commit(task, set->cred);
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

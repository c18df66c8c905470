/* SPDX-License-Identifier: Apache-2.0 */
/* nsproxy: the namespaces of a task. Follows kernel/nsproxy.c. */
#include "src/ns/ns.h"

#include <errno.h>
#include <linux/sched.h>
#include <stdlib.h>
#include "src/task/task.h"

static const struct ns_ops *const kinds[] = { &user_ns_ops, &pid_ns_ops,
					      &ipc_ns_ops, &uts_ns_ops };

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

static long unshare_after(struct call *c, long result)
{
	if (result == 0)
		ns_task_unshare(c->task, c->args[0]);
	return result;
}

/* unshare(2) of what is not a namespace is the kernel's, but noted. */
long ns_unshare(struct call *c)
{
	if (c->args[0] & CLONE_NEW_ANY)
		return -EPERM;
	return call_then(c, unshare_after);
}

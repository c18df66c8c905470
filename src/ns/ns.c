/* SPDX-License-Identifier: Apache-2.0 */
/* nsproxy: the namespaces of a task. Follows kernel/nsproxy.c. */
#include "src/ns/ns.h"

#include <errno.h>
#include <stdlib.h>

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

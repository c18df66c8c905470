/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The network namespace, as one of the kinds of namespaces. What it does is in
 * src/net.
 *
 * Theory of operation. A net is held by the nsproxies of its tasks, by its
 * file (nsfs.c), and by each of its sockets, wherever their descriptors went.
 * With the last of them it ends, and its subsystems are told in the reverse
 * order of its begin. Follows net/core/net_namespace.c.
 */
#include "src/ns/net.h"

#include <assert.h>
#include <errno.h>
#include <linux/capability.h>
#include <sched.h>
#include <stddef.h>
#include <stdlib.h>
#include <utlist.h>
#include "src/net/sock.h"
#include "src/ns/user.h"
#include "src/ns/user_cred.h"
#include "src/task/task.h"

static_assert(offsetof(struct net, common) == 0, "by its common");

static const struct net_subsystem *const net_subsystems[] = {
	&net_devices_subsystem,
	&net_settings_subsystem,
	&net_sysfs_subsystem,
	&net_sock_subsystem,
};

#define SUBSYSTEMS (sizeof(net_subsystems) / sizeof(net_subsystems[0]))

struct net *nets;

static void end_subsystems(struct net *net, size_t n)
{
	while (n-- > 0)
		if (net_subsystems[n]->exit)
			net_subsystems[n]->exit(net);
}

static int begin_subsystems(struct net *net)
{
	for (size_t i = 0; i < SUBSYSTEMS; i++) {
		int r = net_subsystems[i]->init(net);

		if (r < 0) {
			end_subsystems(net, i);
			return r;
		}
	}
	return 0;
}

/* Return: 0 with one reference in *@ret_net. */
static int net_create(struct user_namespace *user, bool down,
		      struct net **ret_net)
{
	static uint32_t last_id;
	struct net *net = calloc(1, sizeof(*net));
	int r;

	if (!net)
		return -ENOMEM;
	net->refs = 1;
	net->id = ++last_id;
	net->down = down;
	r = begin_subsystems(net);
	if (r < 0) {
		free(net);
		return r;
	}
	ns_common_init(&net->common, &net_ns_ops, user);
	DL_APPEND(nets, net);
	*ret_net = net;
	return 0;
}

struct net *net_get(struct net *net)
{
	net->refs++;
	return net;
}

void net_put(struct net *net)
{
	if (!net)
		return;
	if (--net->refs > 0) {
		if (net->refs == net->socks)
			sock_sweep_soon();
		return;
	}
	end_subsystems(net, SUBSYSTEMS);
	DL_DELETE(nets, net);
	ns_common_gone(&net->common);
	free(net);
}

struct net *net_by_id(uint32_t id)
{
	struct net *net;

	DL_SEARCH_SCALAR(nets, net, id, id);
	return net;
}

bool net_capable(const struct task *task, const struct net *net, int cap)
{
	return user_capable_over(task, &net->common, cap);
}

/* ---- struct ns_ops ---- */

static struct net *net_of_common(struct ns_common *ns)
{
	return (struct net *)ns;
}

static int net_first(struct nsproxy *proxy, const struct ns_config *config)
{
	if (!(config->kinds & NS_NET))
		return 0;
	return net_create(proxy->user, config->net_down, &proxy->net);
}

static void net_release(struct nsproxy *proxy)
{
	net_put(proxy->net);
	proxy->net = NULL;
}

static void net_share(struct nsproxy *to, const struct nsproxy *from)
{
	to->net = from->net ? net_get(from->net) : NULL;
}

/* A new one is as the kernel's: lo is down. */
static int net_copy(struct nsset *set, struct task *task)
{
	struct net *net;
	int r;

	(void)task;
	r = net_create(set->proxy->user, true, &net);
	if (r < 0)
		return r;
	net_release(set->proxy);
	set->proxy->net = net;
	return 0;
}

struct net *net_of(const struct task *task)
{
	return task->nsproxy->net;
}

static struct ns_common *net_common_of(const struct task *task)
{
	struct net *net = net_of(task);

	return net ? &net->common : NULL;
}

static void net_common_get(struct ns_common *ns)
{
	net_get(net_of_common(ns));
}

static void net_common_put(struct ns_common *ns)
{
	net_put(net_of_common(ns));
}

static int net_install(struct nsset *set, struct task *task,
		       struct ns_common *ns)
{
	(void)task;
	if (!ns && instance.active & NS_NET)
		return -EPERM;
	if (ns)
		net_get(net_of_common(ns));
	net_release(set->proxy);
	set->proxy->net = ns ? net_of_common(ns) : NULL;
	return 0;
}

const struct ns_ops net_ns_ops = {
	.name = "net",
	.kind = NS_NET,
	.flag = CLONE_NEWNET,
	.create = net_first,
	.release = net_release,
	.share = net_share,
	.copy = net_copy,
	.of = net_common_of,
	.get = net_common_get,
	.put = net_common_put,
	.has_host = true,
	.late = NS_NET,
	.install = net_install,
};

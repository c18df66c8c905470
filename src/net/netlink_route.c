/* SPDX-License-Identifier: Apache-2.0 */
/* Between netlink sockets and the rtnetlink server. */
#include <errno.h>
#include <linux/capability.h>
#include <linux/netlink.h>
#include <sched.h>
#include "src/net/devices.h"
#include "src/net/netlink.h"
#include "src/net/rtnl.h"
#include "src/ns/nsfs.h"
#include "src/ns/user_cred.h"
#include "src/task/creds.h"
#include "src/task/task.h"

struct route_caller {
	struct rtnl_caller caller;
	struct netlink *nl;
	struct task *task;
};

static struct route_caller *of(struct rtnl_caller *caller)
{
	return (struct route_caller *)caller;
}

static void emit(struct rtnl_caller *caller, const void *data, size_t len)
{
	netlink_send(of(caller)->nl, data, len);
}

static bool is_late(const struct rtnl_caller *caller)
{
	return netlink_is_late(((const struct route_caller *)caller)->nl);
}

/* What is moved there needs the right over that one, too. */
static int allowed(const struct task *task, struct net *net,
		   struct net_devices **ret_net)
{
	if (!net || !net_capable(task, net, CAP_NET_ADMIN))
		return -EPERM;
	*ret_net = net_devices(net);
	return 0;
}

static int net_by_fd(struct rtnl_caller *caller, int fd,
		     struct net_devices **ret_net)
{
	struct task *task = of(caller)->task;
	struct ns_common *ns;
	uint64_t flag;

	if (nsfs_of_fd(task, fd, &ns, &flag) < 0)
		return -EBADF;
	if (flag != CLONE_NEWNET)
		return -EINVAL;
	return allowed(task, (struct net *)ns, ret_net);
}

static int net_by_pid(struct rtnl_caller *caller, int pid,
		      struct net_devices **ret_net)
{
	struct task *task = of(caller)->task;
	const struct task *named = task_by_number(task, (ns_pid){ pid });

	return named ? allowed(task, net_of(named), ret_net) : -ESRCH;
}

static void receive(struct netlink *nl, struct task *sender, const void *data,
		    size_t len)
{
	const struct creds *creds = task_creds(sender);
	struct net *net = nl->sock->net;
	struct route_caller who = {
		.nl = nl,
		.task = sender,
		.caller = {
			.net = net_devices(net),
			.port = nl->port,
			/* One that is being killed will not see it. */
			.uid = creds ? creds->euid : 0,
			.admin = net_capable(sender, net, CAP_NET_ADMIN),
			.strict = nl->strict,
			.ext_ack = nl->ext_ack,
			.cap_ack = nl->cap_ack,
			.emit = emit,
			.is_late = is_late,
			.net_by_fd = net_by_fd,
			.net_by_pid = net_by_pid,
		},
	};

	rtnl_receive(&who.caller, data, len);
}

static void multicast(struct net_devices *devices, unsigned int group,
		      const void *data, size_t len)
{
	netlink_multicast(net_of_devices(devices), NETLINK_ROUTE, group, data,
			  len);
}

void netlink_route_init(void)
{
	rtnl_multicast = multicast;
}

const struct netlink_protocol netlink_route = {
	.number = NETLINK_ROUTE,
	.groups = RTNLGRP_MAX,
	.receive = receive,
	.group_of = rtnl_group_of,
};

/* SPDX-License-Identifier: Apache-2.0 */
/* Settings of interfaces (netconf), and nets that know each other (nsid). */
#include "src/net/rtnl.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/net_namespace.h>
#include <linux/netconf.h>
#include <string.h>
#include <utlist.h>

/* ---- settings ---- */

static void put_v4(struct nlmsghdr *msg, const struct net_conf *conf)
{
	static const struct {
		uint16_t type;
		int index;
	} list[] = {
		{ NETCONFA_FORWARDING, NET_CONF4_FORWARDING },
		{ NETCONFA_RP_FILTER, NET_CONF4_RP_FILTER },
		{ NETCONFA_MC_FORWARDING, NET_CONF4_MC_FORWARDING },
		{ NETCONFA_BC_FORWARDING, NET_CONF4_BC_FORWARDING },
		{ NETCONFA_PROXY_NEIGH, NET_CONF4_PROXY_ARP },
		{ NETCONFA_IGNORE_ROUTES_WITH_LINKDOWN,
		  NET_CONF4_IGNORE_LINKDOWN },
	};

	for (size_t i = 0; i < sizeof(list) / sizeof(list[0]); i++)
		mnl_attr_put_u32(msg, list[i].type,
				 (uint32_t)conf->v4[list[i].index]);
}

static void put_v6(struct nlmsghdr *msg, const struct net_conf *conf)
{
	static const struct {
		uint16_t type;
		int index;
	} list[] = {
		{ NETCONFA_FORWARDING, NET_CONF6_FORWARDING },
		{ NETCONFA_MC_FORWARDING, NET_CONF6_MC_FORWARDING },
		{ NETCONFA_PROXY_NEIGH, NET_CONF6_PROXY_NDP },
		{ NETCONFA_IGNORE_ROUTES_WITH_LINKDOWN,
		  NET_CONF6_IGNORE_LINKDOWN },
	};

	for (size_t i = 0; i < sizeof(list) / sizeof(list[0]); i++)
		mnl_attr_put_u32(msg, list[i].type,
				 (uint32_t)conf->v6[list[i].index]);
}

/* @conf NULL: of one that is gone. */
struct nlmsghdr *rtnl_fill_netconf(void *buf, uint16_t type, uint8_t family,
				   int index, const struct net_conf *conf)
{
	struct nlmsghdr *msg = rtnl_begin(buf, type, sizeof(struct netconfmsg));
	struct netconfmsg *info = mnl_nlmsg_get_payload(msg);

	info->ncm_family = family;
	mnl_attr_put_u32(msg, NETCONFA_IFINDEX, (uint32_t)index);
	if (conf && family == AF_INET)
		put_v4(msg, conf);
	else if (conf)
		put_v6(msg, conf);
	return msg;
}

static void dump_family(struct rtnl_request *request, uint8_t family)
{
	const struct net_devices *net = request->net;
	const struct net_device *dev;
	void *buf = rtnl_buffer();

	LL_FOREACH (net->devs, dev)
		rtnl_part(request,
			  rtnl_fill_netconf(buf, RTM_NEWNETCONF, family,
					    dev->index, &dev->conf));
	rtnl_part(request,
		  rtnl_fill_netconf(buf, RTM_NEWNETCONF, family,
				    NETCONFA_IFINDEX_ALL, &net->conf_all));
	rtnl_part(request, rtnl_fill_netconf(buf, RTM_NEWNETCONF, family,
					     NETCONFA_IFINDEX_DEFAULT,
					     &net->conf_default));
}

int rtnl_dump_netconf(struct rtnl_request *request)
{
	const struct rtgenmsg *general = rtnl_header(request, 1);
	uint8_t family = general->rtgen_family;

	if (family != AF_INET6)
		dump_family(request, AF_INET);
	if (family != AF_INET)
		dump_family(request, AF_INET6);
	return 0;
}

int rtnl_get_netconf(struct rtnl_request *request)
{
	const struct netconfmsg *info = rtnl_header(request, sizeof(*info));
	const struct nlattr *attrs[NETCONFA_MAX + 1];
	const struct net_conf *conf;
	const struct net_device *dev;
	uint32_t index = 0;

	if (!info || !net_ip_size(info->ncm_family))
		return info ? -EOPNOTSUPP : -EINVAL;
	rtnl_attrs(request, sizeof(*info), attrs, NETCONFA_MAX + 1);
	if (!attrs[NETCONFA_IFINDEX] ||
	    rtnl_get_u32(attrs[NETCONFA_IFINDEX], &index) < 0)
		return -EINVAL;
	dev = net_dev_by_index(request->net, (int)index);
	conf = (int)index == NETCONFA_IFINDEX_ALL ? &request->net->conf_all
	       : (int)index == NETCONFA_IFINDEX_DEFAULT
		       ? &request->net->conf_default
	       : dev ? &dev->conf
		     : NULL;
	if (!conf)
		return -EINVAL;
	rtnl_reply(request,
		   rtnl_fill_netconf(rtnl_buffer(), RTM_NEWNETCONF,
				     info->ncm_family, (int)index, conf));
	return 0;
}

/* ---- numbers of nets ---- */

struct nlmsghdr *rtnl_fill_nsid(void *buf, uint16_t type, int id)
{
	struct nlmsghdr *msg = rtnl_begin(buf, type, sizeof(struct rtgenmsg));

	mnl_attr_put_u32(msg, NETNSA_NSID, (uint32_t)id);
	return msg;
}

int rtnl_dump_nsids(struct rtnl_request *request)
{
	const struct net_nsid *known;

	LL_FOREACH (request->net->nsids, known)
		rtnl_part(request, rtnl_fill_nsid(rtnl_buffer(), RTM_NEWNSID,
						  known->id));
	return 0;
}

/* The net that the attributes name. */
static int read_net(struct rtnl_request *request, const struct nlattr **attrs,
		    struct net_devices **ret_net)
{
	struct rtnl_caller *caller = request->caller;
	uint32_t number = 0;

	rtnl_attrs(request, sizeof(struct rtgenmsg), attrs, NETNSA_MAX + 1);
	if (attrs[NETNSA_PID])
		return rtnl_get_u32(attrs[NETNSA_PID], &number) < 0
			       ? -ERANGE
			       : caller->net_by_pid(caller, (int)number,
						    ret_net);
	if (attrs[NETNSA_FD])
		return rtnl_get_u32(attrs[NETNSA_FD], &number) < 0
			       ? -ERANGE
			       : caller->net_by_fd(caller, (int)number,
						   ret_net);
	return rtnl_fail(request, -EINVAL, "Peer netns reference is missing");
}

int rtnl_get_nsid(struct rtnl_request *request)
{
	const struct nlattr *attrs[NETNSA_MAX + 1];
	struct net_devices *other = NULL;
	uint32_t id = 0;
	int r;

	r = read_net(request, attrs, &other);
	if (r < 0 && attrs[NETNSA_NSID] &&
	    rtnl_get_u32(attrs[NETNSA_NSID], &id) == 0) {
		request->message = NULL;
		other = net_by_nsid(request->net, (int)id);
		r = other ? 0 : -ENOENT;
	}
	if (r < 0)
		return r;
	rtnl_reply(request,
		   rtnl_fill_nsid(rtnl_buffer(), RTM_NEWNSID,
				  net_nsid_of(request->net, other, false)));
	return 0;
}

int rtnl_new_nsid(struct rtnl_request *request)
{
	const struct nlattr *attrs[NETNSA_MAX + 1];
	struct net_devices *other;
	uint32_t id = 0;
	int r = read_net(request, attrs, &other);

	if (r < 0)
		return r;
	if (!attrs[NETNSA_NSID] || rtnl_get_u32(attrs[NETNSA_NSID], &id) < 0)
		return rtnl_fail(request, -EINVAL, "nsid is missing");
	r = net_nsid_set(request->net, other, (int)id);
	if (r == -EEXIST)
		return rtnl_fail(request, r,
				 "Peer netns already has a nsid assigned");
	if (r == -ENOSPC)
		return rtnl_fail(request, -EEXIST,
				 "The specified nsid is already used");
	return r;
}

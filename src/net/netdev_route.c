/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Routes by ioctl(2), for route(8): they become messages to the rtnetlink
 * server. rtentry_to_fib_config() of net/ipv4/fib_frontend.c and
 * rtmsg_to_fib6_config() of net/ipv6/route.c say how.
 */
#include "src/net/netdev_route.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/ipv6_route.h>
#include <linux/route.h>
#include <netinet/in.h>
#include <string.h>
#include "src/net/devices.h"
#include "src/net/rtnl.h"

#define METRIC6 1024

/* The answer to the one message is all that matters. */
struct asker {
	struct rtnl_caller caller;
	int error;
};

static void take_answer(struct rtnl_caller *caller, const void *data,
			size_t len)
{
	const struct nlmsghdr *head = data;
	const struct nlmsgerr *body;

	if (len < sizeof(*head) + sizeof(*body) ||
	    head->nlmsg_type != NLMSG_ERROR)
		return;
	body = mnl_nlmsg_get_payload(head);
	((struct asker *)caller)->error = body->error;
}

static long ask(struct net *net, struct nlmsghdr *msg)
{
	struct asker asker = {
		.caller = {
			.net = net_devices(net),
			.admin = true,
			.emit = take_answer,
		},
	};

	msg->nlmsg_flags |= NLM_F_REQUEST | NLM_F_ACK;
	rtnl_receive(&asker.caller, msg, msg->nlmsg_len);
	return asker.error;
}

static struct net_ip ip_of(const struct sockaddr *addr)
{
	struct sockaddr_in in;

	memcpy(&in, addr, sizeof(*addr));
	return net_ip_make(AF_INET, &in.sin_addr);
}

/* Return: the length, or -EINVAL: the address has bits beyond it. */
static int prefix_len(const struct rtentry *rt, const struct net_ip *dst)
{
	const struct net_ip ones = net_ip4(255, 255, 255, 255);
	struct net_ip mask = ip_of((const struct sockaddr *)&rt->rt_genmask);
	unsigned int len = net_ip_common(&mask, &ones);
	struct net_ip whole = net_ip_masked(&ones, len);
	struct net_ip masked = net_ip_masked(dst, len);

	if (rt->rt_flags & RTF_HOST)
		return 32;
	if (rt->rt_genmask.sa_family != AF_INET &&
	    (rt->rt_genmask.sa_family || !net_ip_is_any(&mask)))
		return -EAFNOSUPPORT;
	if (!net_ip_equal(&whole, &mask) || !net_ip_equal(&masked, dst))
		return -EINVAL;
	return (int)len;
}

static long put_device(struct call *c, struct net *net, struct nlmsghdr *msg,
		       const struct rtentry *rt)
{
	char name[IFNAMSIZ] = { 0 };
	const struct net_device *dev;

	if (!rt->rt_dev)
		return 0;
	/* As much of it as there is. */
	for (size_t i = 0; i < sizeof(name) - 1; i++) {
		if (call_read(c, (uintptr_t)rt->rt_dev + i, &name[i], 1) < 0)
			return -EFAULT;
		if (!name[i])
			break;
	}
	name[strcspn(name, ":")] = 0;
	dev = net_dev_by_name(&net->devices, name);
	if (!dev)
		return -ENODEV;
	mnl_attr_put_u32(msg, RTA_OIF, (uint32_t)dev->index);
	return 0;
}

static struct nlmsghdr *begin(uint8_t family, bool add, struct rtmsg **ret_info)
{
	struct nlmsghdr *msg =
		rtnl_begin(rtnl_buffer(), add ? RTM_NEWROUTE : RTM_DELROUTE,
			   sizeof(struct rtmsg));
	struct rtmsg *info = mnl_nlmsg_get_payload(msg);

	msg->nlmsg_flags = add ? NLM_F_CREATE : 0;
	info->rtm_family = family;
	info->rtm_table = RT_TABLE_MAIN;
	info->rtm_protocol = add ? RTPROT_BOOT : 0;
	info->rtm_type = add ? RTN_UNICAST : 0;
	info->rtm_scope = add ? RT_SCOPE_LINK : RT_SCOPE_NOWHERE;
	*ret_info = info;
	return msg;
}

static void put_metrics(struct nlmsghdr *msg, const struct rtentry *rt)
{
	struct nlattr *nest = mnl_attr_nest_start(msg, RTA_METRICS);

	if (rt->rt_flags & RTF_MTU)
		mnl_attr_put_u32(msg, RTAX_ADVMSS, (uint32_t)rt->rt_mtu - 40);
	if (rt->rt_flags & RTF_WINDOW)
		mnl_attr_put_u32(msg, RTAX_WINDOW, (uint32_t)rt->rt_window);
	mnl_attr_nest_end(msg, nest);
}

static long change4(struct call *c, struct net *net, bool add)
{
	struct rtentry rt;
	struct rtmsg *info;
	struct nlmsghdr *msg;
	struct net_ip dst, gateway;
	long r;

	if (call_read(c, c->args[2], &rt, sizeof(rt)) < 0)
		return -EFAULT;
	if (rt.rt_dst.sa_family != AF_INET)
		return -EAFNOSUPPORT;
	dst = ip_of((const struct sockaddr *)&rt.rt_dst);
	r = prefix_len(&rt, &dst);
	if (r < 0)
		return r;
	msg = begin(AF_INET, add, &info);
	info->rtm_dst_len = (uint8_t)r;
	rtnl_put_ip(msg, RTA_DST, &dst);
	if (rt.rt_metric)
		mnl_attr_put_u32(msg, RTA_PRIORITY,
				 (uint32_t)(uint16_t)rt.rt_metric - 1);
	if (rt.rt_flags & RTF_REJECT) {
		info->rtm_type = RTN_UNREACHABLE;
		info->rtm_scope = RT_SCOPE_HOST;
		return ask(net, msg);
	}
	r = put_device(c, net, msg, &rt);
	if (r < 0)
		return r;
	gateway = ip_of((const struct sockaddr *)&rt.rt_gateway);
	if (rt.rt_gateway.sa_family == AF_INET && !net_ip_is_any(&gateway)) {
		rtnl_put_ip(msg, RTA_GATEWAY, &gateway);
		if (rt.rt_flags & RTF_GATEWAY && add)
			info->rtm_scope = RT_SCOPE_UNIVERSE;
	} else if (rt.rt_flags & RTF_GATEWAY && add) {
		return -EINVAL;
	}
	if (rt.rt_flags & (RTF_MTU | RTF_WINDOW))
		put_metrics(msg, &rt);
	return ask(net, msg);
}

static long change6(struct call *c, struct net *net, bool add)
{
	struct in6_rtmsg rt;
	struct rtmsg *info;
	struct nlmsghdr *msg;
	struct net_ip dst, gateway;

	if (call_read(c, c->args[2], &rt, sizeof(rt)) < 0)
		return -EFAULT;
	dst = net_ip_make(AF_INET6, &rt.rtmsg_dst);
	gateway = net_ip_make(AF_INET6, &rt.rtmsg_gateway);
	msg = begin(AF_INET6, add, &info);
	info->rtm_scope = RT_SCOPE_UNIVERSE;
	info->rtm_dst_len = (uint8_t)rt.rtmsg_dst_len;
	if (rt.rtmsg_dst_len > 128)
		return -EINVAL;
	if (rt.rtmsg_flags & RTF_REJECT)
		info->rtm_type = RTN_UNREACHABLE;
	rtnl_put_ip(msg, RTA_DST, &dst);
	if (rt.rtmsg_flags & RTF_GATEWAY)
		rtnl_put_ip(msg, RTA_GATEWAY, &gateway);
	if (rt.rtmsg_ifindex)
		mnl_attr_put_u32(msg, RTA_OIF, (uint32_t)rt.rtmsg_ifindex);
	if (rt.rtmsg_metric || add)
		mnl_attr_put_u32(msg, RTA_PRIORITY,
				 rt.rtmsg_metric ? rt.rtmsg_metric : METRIC6);
	return ask(net, msg);
}

long netdev_route_ioctl(struct call *c, struct net *net, bool v6, bool add)
{
	return v6 ? change6(c, net, add) : change4(c, net, add);
}

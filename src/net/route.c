/* SPDX-License-Identifier: Apache-2.0 */
/* See route.h. */
#include "src/net/route.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include "src/net/devices.h"

uint8_t route_type(struct net *net, const struct net_ip *ip)
{
	return net_ip_type(net_devices(net), ip, NULL);
}

static struct net_ip loopback(uint8_t family)
{
	return family == AF_INET ? net_ip4(127, 0, 0, 1) : net_ip_parse("::1");
}

/*
 * The interface that a packet is said to come in by: one to itself comes by the
 * one that has the address.
 */
static int incoming(struct net *net, const struct net_ip *to,
		    const struct net_arrival *at)
{
	const struct net_addr *owner = NULL;

	if (at->way.type == RTN_LOCAL)
		owner = net_addr_owner(net_devices(net), to, NULL);
	if (owner)
		return owner->dev->index;
	return at->dev ? at->dev->index : at->way.dev->index;
}

uint32_t route_scope(const struct net_ip *ip, int dev)
{
	return net_ip_is_linklocal(ip) ? (uint32_t)dev : 0;
}

/* The interface that the scope of a link's address, or group, names. */
static int find_scope(struct net *net, const struct net_end *to,
		      struct net_device **ret_dev)
{
	bool near = net_ip_is_linklocal(&to->ip);

	*ret_dev = NULL;
	if (near && !to->scope)
		return -EINVAL;
	if (!to->scope || (!near && !net_ip_is_multicast(&to->ip)))
		return 0;
	*ret_dev = net_dev_by_index(&net->devices, (int)to->scope);
	return *ret_dev ? 0 : -ENETUNREACH;
}

int route_find(struct net *net, const struct net_ip *from,
	       const struct net_end *to, int device, uint8_t protocol,
	       struct net_reach *ret_reach)
{
	struct net_flow flow = {
		.dst = to->ip,
		.src = *from,
		.ip_proto = protocol,
	};
	struct net_arrival at;
	int r = find_scope(net, to, &flow.oif);

	if (r < 0)
		return r;
	if (device && !flow.oif)
		flow.oif = net_dev_by_index(&net->devices, device);
	if (device && !flow.oif)
		return -ENODEV;
	r = net_reach(net, &flow, &at);
	/* A datagram's way is one as soon as it leaves. */
	if (r < 0 && at.way.dev && protocol == IPPROTO_UDP)
		r = -ETIMEDOUT;
	if (r == -EHOSTDOWN)
		r = -EHOSTUNREACH;
	if (r < 0 && r != -ETIMEDOUT)
		return r;
	*ret_reach = (struct net_reach){
		.net = at.net ? net_of_devices(at.net) : NULL,
		.from = at.way.src,
		.to = to->ip,
		.type = at.way.type,
		.dev = incoming(net, &to->ip, &at),
		.out = at.way.dev->index,
	};
	if (at.way.type == RTN_LOCAL)
		ret_reach->out = ret_reach->dev;
	if (net_ip_is_any(&to->ip))
		ret_reach->to =
			net_ip_is_any(from) ? loopback(to->ip.family) : *from;
	return r;
}

int route_out(struct net *net, const struct net_ip *from,
	      const struct net_ip *to, int dev, struct net_reach *ret_reach)
{
	struct net_devices *devices = net_devices(net);
	const struct net_flow flow = {
		.dst = *to,
		.src = *from,
		.ip_proto = IPPROTO_UDP,
		.oif = dev ? net_dev_by_index(devices, dev) : NULL,
	};
	struct net_way way;
	int r = dev && !flow.oif ? -ENODEV : net_way_find(devices, &flow, &way);

	if (r < 0)
		return r;
	*ret_reach = (struct net_reach){
		.net = net,
		.from = way.src,
		.to = *to,
		.type = way.type,
		.dev = way.dev->index,
		.out = way.dev->index,
	};
	return 0;
}

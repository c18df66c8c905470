/* SPDX-License-Identifier: Apache-2.0 */
/* See route.h. */
#include "src/net/route.h"

#include <errno.h>
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

int route_find(struct net *net, const struct net_ip *from,
	       const struct net_ip *to, uint8_t protocol,
	       struct net_reach *ret_reach)
{
	const struct net_flow flow = {
		.dst = *to,
		.src = *from,
		.ip_proto = protocol,
	};
	struct net_arrival at;
	int r = net_reach(net, &flow, &at);

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
		.to = *to,
		.type = at.way.type,
		.dev = at.dev ? at.dev->index : at.way.dev->index,
	};
	if (net_ip_is_any(to))
		ret_reach->to =
			net_ip_is_any(from) ? loopback(to->family) : *from;
	return r;
}

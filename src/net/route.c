/* SPDX-License-Identifier: Apache-2.0 */
/* See route.h. */
#include "src/net/route.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <string.h>

static const struct net_ip lo_broadcast = { AF_INET, { 127, 255, 255, 255 } };

uint8_t route_type(struct net *net, const struct net_ip *ip)
{
	if (net_ip_is_multicast(ip))
		return RTN_MULTICAST;
	if (net_ip_is_broadcast(ip) ||
	    memcmp(ip, &lo_broadcast, sizeof(*ip)) == 0)
		return RTN_BROADCAST;
	return !net->down && net_ip_is_loopback(ip) ? RTN_LOCAL : RTN_UNICAST;
}

static struct net_ip loopback(uint8_t family)
{
	return family == AF_INET ? net_ip4(127, 0, 0, 1) : net_ip_parse("::1");
}

int route_find(struct net *net, const struct net_ip *from,
	       const struct net_ip *to, uint8_t protocol,
	       struct net_reach *ret_reach)
{
	(void)protocol;
	*ret_reach = (struct net_reach){ .net = net, .to = *to, .dev = 1 };
	if (net_ip_is_any(to))
		ret_reach->to =
			net_ip_is_any(from) ? loopback(to->family) : *from;
	ret_reach->type = route_type(net, &ret_reach->to);
	if (ret_reach->type != RTN_LOCAL &&
	    memcmp(to, &lo_broadcast, sizeof(*to)) != 0)
		return -ENETUNREACH;
	ret_reach->from = net_ip_is_any(from) ? loopback(to->family) : *from;
	return 0;
}

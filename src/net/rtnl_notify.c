/* SPDX-License-Identifier: Apache-2.0 */
/* Changes, as messages for those who listen (ip monitor). */
#include "src/net/rtnl.h"

#include <libmnl/libmnl.h>
#include <linux/if_link.h>

static unsigned int by_family(uint8_t family, unsigned int v4, unsigned int v6)
{
	return family == AF_INET ? v4 : v6;
}

static void tell(struct net_devices *net, unsigned int group,
		 const struct nlmsghdr *msg)
{
	rtnl_multicast(net, group, msg, msg->nlmsg_len);
}

static void tell_link(struct net_devices *net, uint16_t type,
		      const struct net_device *dev)
{
	struct nlmsghdr *msg = rtnl_fill_link(rtnl_buffer(), type, dev, 0);
	struct ifinfomsg *info = mnl_nlmsg_get_payload(msg);

	if (type == RTM_DELLINK)
		info->ifi_change = UINT32_MAX;
	tell(net, RTNLGRP_LINK, msg);
}

static void tell_addr(struct net_devices *net, uint16_t type,
		      const struct net_addr *addr)
{
	tell(net,
	     by_family(addr->local.family, RTNLGRP_IPV4_IFADDR,
		       RTNLGRP_IPV6_IFADDR),
	     rtnl_fill_addr(rtnl_buffer(), type, addr));
}

static void tell_route(struct net_devices *net, uint16_t type,
		       const struct net_route *route)
{
	tell(net,
	     by_family(route->dst.family, RTNLGRP_IPV4_ROUTE,
		       RTNLGRP_IPV6_ROUTE),
	     rtnl_fill_route(rtnl_buffer(), type, route));
}

static void tell_rule(struct net_devices *net, uint16_t type,
		      const struct net_rule *rule)
{
	tell(net, by_family(rule->family, RTNLGRP_IPV4_RULE, RTNLGRP_IPV6_RULE),
	     rtnl_fill_rule(rtnl_buffer(), type, rule));
}

static void tell_netconf(struct net_devices *net, uint16_t type,
			 const struct net_device *dev)
{
	const struct net_conf *conf =
		type == RTM_NEWNETCONF ? &dev->conf : NULL;

	tell(net, RTNLGRP_IPV4_NETCONF,
	     rtnl_fill_netconf(rtnl_buffer(), type, AF_INET, dev->index, conf));
	tell(net, RTNLGRP_IPV6_NETCONF,
	     rtnl_fill_netconf(rtnl_buffer(), type, AF_INET6, dev->index,
			       conf));
}

static void tell_neigh(struct net_devices *net, uint16_t type,
		       const struct net_neigh *neigh)
{
	tell(net, RTNLGRP_NEIGH, rtnl_fill_neigh(rtnl_buffer(), type, neigh));
}

static void tell_nsid(struct net_devices *net, uint16_t type,
		      const struct net_nsid *known)
{
	tell(net, RTNLGRP_NSID, rtnl_fill_nsid(rtnl_buffer(), type, known->id));
}

/* An answer has the port of who has asked. */
unsigned int rtnl_group_of(const void *data, size_t len)
{
	const struct nlmsghdr *msg = data;
	uint8_t family;

	if (len < NLMSG_LENGTH(sizeof(family)) || msg->nlmsg_pid)
		return 0;
	family = *(const uint8_t *)mnl_nlmsg_get_payload(msg);
	switch (msg->nlmsg_type) {
	case RTM_NEWLINK:
	case RTM_DELLINK:
		return RTNLGRP_LINK;
	case RTM_NEWADDR:
	case RTM_DELADDR:
		return by_family(family, RTNLGRP_IPV4_IFADDR,
				 RTNLGRP_IPV6_IFADDR);
	case RTM_NEWROUTE:
	case RTM_DELROUTE:
		return by_family(family, RTNLGRP_IPV4_ROUTE,
				 RTNLGRP_IPV6_ROUTE);
	case RTM_NEWRULE:
	case RTM_DELRULE:
		return by_family(family, RTNLGRP_IPV4_RULE, RTNLGRP_IPV6_RULE);
	case RTM_NEWNEIGH:
	case RTM_DELNEIGH:
		return RTNLGRP_NEIGH;
	case RTM_NEWNETCONF:
	case RTM_DELNETCONF:
		return by_family(family, RTNLGRP_IPV4_NETCONF,
				 RTNLGRP_IPV6_NETCONF);
	case RTM_NEWNSID:
	case RTM_DELNSID:
		return RTNLGRP_NSID;
	default:
		return 0;
	}
}

void rtnl_notify(struct net_devices *net, enum net_event event,
		 const void *object)
{
	if (!rtnl_multicast)
		return;
	switch (event) {
	case NET_EVENT_NEWLINK:
		tell_link(net, RTM_NEWLINK, object);
		break;
	case NET_EVENT_DELLINK:
		tell_link(net, RTM_DELLINK, object);
		break;
	case NET_EVENT_NEWADDR:
		tell_addr(net, RTM_NEWADDR, object);
		break;
	case NET_EVENT_DELADDR:
		tell_addr(net, RTM_DELADDR, object);
		break;
	case NET_EVENT_NEWROUTE:
		tell_route(net, RTM_NEWROUTE, object);
		break;
	case NET_EVENT_DELROUTE:
		tell_route(net, RTM_DELROUTE, object);
		break;
	case NET_EVENT_NEWRULE:
		tell_rule(net, RTM_NEWRULE, object);
		break;
	case NET_EVENT_DELRULE:
		tell_rule(net, RTM_DELRULE, object);
		break;
	case NET_EVENT_NEWNEIGH:
		tell_neigh(net, RTM_NEWNEIGH, object);
		break;
	case NET_EVENT_DELNEIGH:
		tell_neigh(net, RTM_DELNEIGH, object);
		break;
	case NET_EVENT_NEWNETCONF:
		tell_netconf(net, RTM_NEWNETCONF, object);
		break;
	case NET_EVENT_DELNETCONF:
		tell_netconf(net, RTM_DELNETCONF, object);
		break;
	case NET_EVENT_NEWNSID:
		tell_nsid(net, RTM_NEWNSID, object);
		break;
	case NET_EVENT_DELNSID:
		tell_nsid(net, RTM_DELNSID, object);
		break;
	}
}

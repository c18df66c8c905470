/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What depends on the kind of an interface (IFLA_LINKINFO), and what the
 * address families say of it (IFLA_AF_SPEC). Bridges forward and do no more:
 * their settings are those of a fresh one.
 */
#include "src/net/rtnl.h"

#include <libmnl/libmnl.h>
#include <linux/if_bridge.h>
#include <linux/if_link.h>
#include <string.h>
#include <utlist.h>

#define BR_MAX_HOPS	   0x30 /* names that newer headers have */
#define BR_LEARNED	   0x31
#define BRPORT_MAB	   0x28
#define BRPORT_BACKUP_NHID 0x2b
#define BRIDGE_PRIORITY	   0x8000
#define PORT_PRIORITY	   32
#define PORT_ID		   0x8000
#define PORT_FORWARDING	   3
#define IPSTATS6	   38 /* __IPSTATS_MIB_MAX of Linux 6.18 */
#define ICMP6STATS	   7
#define INET6_READY	   0x80000000U /* IF_READY */

enum width {
	U8,
	U16,
	U32,
	U64
};

struct setting {
	uint16_t type;
	enum width width;
	uint64_t value;
};

static void put_settings(struct nlmsghdr *msg, const struct setting *at,
			 size_t n)
{
	for (; n-- > 0; at++)
		switch (at->width) {
		case U8:
			mnl_attr_put_u8(msg, at->type, (uint8_t)at->value);
			break;
		case U16:
			mnl_attr_put_u16(msg, at->type, (uint16_t)at->value);
			break;
		case U32:
			mnl_attr_put_u32(msg, at->type, (uint32_t)at->value);
			break;
		case U64:
			mnl_attr_put_u64(msg, at->type, at->value);
			break;
		}
}

#define PUT(msg, list) put_settings(msg, list, sizeof(list) / sizeof(*(list)))

static const struct setting bridge_first[] = {
	{ IFLA_BR_HELLO_TIMER, U64, 0 },
	{ IFLA_BR_TCN_TIMER, U64, 0 },
	{ IFLA_BR_TOPOLOGY_CHANGE_TIMER, U64, 0 },
	{ IFLA_BR_GC_TIMER, U64, 0 },
	{ IFLA_BR_FORWARD_DELAY, U32, 1500 },
	{ IFLA_BR_HELLO_TIME, U32, 200 },
	{ IFLA_BR_MAX_AGE, U32, 2000 },
	{ IFLA_BR_AGEING_TIME, U32, 30000 },
	{ IFLA_BR_STP_STATE, U32, 0 },
	{ IFLA_BR_PRIORITY, U16, BRIDGE_PRIORITY },
	{ IFLA_BR_VLAN_FILTERING, U8, 0 },
	{ IFLA_BR_GROUP_FWD_MASK, U16, 0 },
};

static const struct setting bridge_middle[] = {
	{ IFLA_BR_ROOT_PORT, U16, 0 },
	{ IFLA_BR_ROOT_PATH_COST, U32, 0 },
	{ IFLA_BR_TOPOLOGY_CHANGE, U8, 0 },
	{ IFLA_BR_TOPOLOGY_CHANGE_DETECTED, U8, 0 },
};

static const struct setting bridge_last[] = {
	{ BR_MAX_HOPS, U32, 0 },
	{ BR_LEARNED, U32, 0 },
	{ IFLA_BR_MCAST_ROUTER, U8, 1 },
	{ IFLA_BR_MCAST_SNOOPING, U8, 1 },
	{ IFLA_BR_MCAST_QUERY_USE_IFADDR, U8, 0 },
	{ IFLA_BR_MCAST_QUERIER, U8, 0 },
	{ IFLA_BR_MCAST_STATS_ENABLED, U8, 0 },
	{ IFLA_BR_MCAST_HASH_ELASTICITY, U32, 16 },
	{ IFLA_BR_MCAST_HASH_MAX, U32, 4096 },
	{ IFLA_BR_MCAST_LAST_MEMBER_CNT, U32, 2 },
	{ IFLA_BR_MCAST_STARTUP_QUERY_CNT, U32, 2 },
	{ IFLA_BR_MCAST_IGMP_VERSION, U8, 2 },
	{ IFLA_BR_MCAST_MLD_VERSION, U8, 1 },
	{ IFLA_BR_MCAST_LAST_MEMBER_INTVL, U64, 100 },
	{ IFLA_BR_MCAST_MEMBERSHIP_INTVL, U64, 26000 },
	{ IFLA_BR_MCAST_QUERIER_INTVL, U64, 25500 },
	{ IFLA_BR_MCAST_QUERY_INTVL, U64, 12500 },
	{ IFLA_BR_MCAST_QUERY_RESPONSE_INTVL, U64, 1000 },
	{ IFLA_BR_MCAST_STARTUP_QUERY_INTVL, U64, 3124 },
	{ IFLA_BR_NF_CALL_IPTABLES, U8, 0 },
	{ IFLA_BR_NF_CALL_IP6TABLES, U8, 0 },
	{ IFLA_BR_NF_CALL_ARPTABLES, U8, 0 },
};

static void put_bridge_id(struct nlmsghdr *msg, uint16_t type,
			  const struct net_device *bridge)
{
	struct ifla_bridge_id id = { .prio = { BRIDGE_PRIORITY >> 8, 0 } };

	memcpy(id.addr, bridge->address, sizeof(id.addr));
	mnl_attr_put(msg, type, sizeof(id), &id);
}

static void put_bridge(struct nlmsghdr *msg, const struct net_device *bridge)
{
	static const uint8_t group[NET_HW_LEN] = { 1, 0x80, 0xc2, 0, 0, 0 };
	const struct br_boolopt_multi options = { .optmask = 0x1f };
	struct nlattr *data = mnl_attr_nest_start(msg, IFLA_INFO_DATA);

	PUT(msg, bridge_first);
	put_bridge_id(msg, IFLA_BR_BRIDGE_ID, bridge);
	put_bridge_id(msg, IFLA_BR_ROOT_ID, bridge);
	PUT(msg, bridge_middle);
	mnl_attr_put(msg, IFLA_BR_GROUP_ADDR, sizeof(group), group);
	mnl_attr_put(msg, IFLA_BR_MULTI_BOOLOPT, sizeof(options), &options);
	PUT(msg, bridge_last);
	mnl_attr_nest_end(msg, data);
}

static const struct setting port_first[] = {
	{ IFLA_BRPORT_PRIORITY, U16, PORT_PRIORITY },
	{ IFLA_BRPORT_COST, U32, 2 },
	{ IFLA_BRPORT_MODE, U8, 0 },
	{ IFLA_BRPORT_GUARD, U8, 0 },
	{ IFLA_BRPORT_PROTECT, U8, 0 },
	{ IFLA_BRPORT_FAST_LEAVE, U8, 0 },
	{ IFLA_BRPORT_MCAST_TO_UCAST, U8, 0 },
	{ IFLA_BRPORT_LEARNING, U8, 1 },
	{ IFLA_BRPORT_UNICAST_FLOOD, U8, 1 },
	{ IFLA_BRPORT_MCAST_FLOOD, U8, 1 },
	{ IFLA_BRPORT_BCAST_FLOOD, U8, 1 },
	{ IFLA_BRPORT_PROXYARP, U8, 0 },
	{ IFLA_BRPORT_PROXYARP_WIFI, U8, 0 },
};

static const struct setting port_last[] = {
	{ IFLA_BRPORT_TOPOLOGY_CHANGE_ACK, U8, 0 },
	{ IFLA_BRPORT_CONFIG_PENDING, U8, 0 },
	{ IFLA_BRPORT_VLAN_TUNNEL, U8, 0 },
	{ IFLA_BRPORT_GROUP_FWD_MASK, U16, 0 },
	{ IFLA_BRPORT_NEIGH_SUPPRESS, U8, 0 },
	{ IFLA_BRPORT_MRP_RING_OPEN, U8, 0 },
	{ IFLA_BRPORT_MRP_IN_OPEN, U8, 0 },
	{ IFLA_BRPORT_ISOLATED, U8, 0 },
	{ IFLA_BRPORT_LOCKED, U8, 0 },
	{ BRPORT_MAB, U8, 0 },
	{ BRPORT_BACKUP_NHID, U8, 0 },
	{ IFLA_BRPORT_MESSAGE_AGE_TIMER, U64, 0 },
	{ IFLA_BRPORT_FORWARD_DELAY_TIMER, U64, 0 },
	{ IFLA_BRPORT_HOLD_TIMER, U64, 0 },
	{ IFLA_BRPORT_MULTICAST_ROUTER, U8, 1 },
};

static unsigned int port_number(const struct net_device *dev)
{
	const struct net_device *port;
	unsigned int n = 1;

	LL_FOREACH (dev->net->devs, port) {
		if (port == dev)
			break;
		n += port->master == dev->master;
	}
	return n;
}

static void put_port(struct nlmsghdr *msg, const struct net_device *dev)
{
	uint16_t id = (uint16_t)(PORT_ID | port_number(dev));
	struct nlattr *data;

	mnl_attr_put_strz(msg, IFLA_INFO_SLAVE_KIND, "bridge");
	data = mnl_attr_nest_start(msg, IFLA_INFO_SLAVE_DATA);
	mnl_attr_put_u8(msg, IFLA_BRPORT_STATE,
			net_dev_running(dev) && net_dev_is_up(dev->master)
				? PORT_FORWARDING
				: 0);
	PUT(msg, port_first);
	put_bridge_id(msg, IFLA_BRPORT_ROOT_ID, dev->master);
	put_bridge_id(msg, IFLA_BRPORT_BRIDGE_ID, dev->master);
	mnl_attr_put_u16(msg, IFLA_BRPORT_DESIGNATED_PORT, id);
	mnl_attr_put_u16(msg, IFLA_BRPORT_DESIGNATED_COST, 0);
	mnl_attr_put_u16(msg, IFLA_BRPORT_ID, id);
	mnl_attr_put_u16(msg, IFLA_BRPORT_NO, (uint16_t)port_number(dev));
	PUT(msg, port_last);
	mnl_attr_nest_end(msg, data);
}

/* The kernel's nests of old carry no NLA_F_NESTED. */
static struct nlattr *old_nest(struct nlmsghdr *msg, uint16_t type)
{
	struct nlattr *nest = mnl_attr_nest_start(msg, type);

	nest->nla_type = type;
	return nest;
}

void rtnl_put_link_info(struct nlmsghdr *msg, const struct net_device *dev)
{
	const char *kind = rtnl_kind_name(dev->kind);
	struct nlattr *info;

	if (!kind)
		return;
	info = old_nest(msg, IFLA_LINKINFO);
	mnl_attr_put_strz(msg, IFLA_INFO_KIND, kind);
	if (dev->kind == NET_BRIDGE)
		put_bridge(msg, dev);
	if (dev->master)
		put_port(msg, dev);
	mnl_attr_nest_end(msg, info);
}

void rtnl_put_inet6(struct nlmsghdr *msg, const struct net_device *dev,
		    uint32_t mask)
{
	const struct ifla_cacheinfo cache = {
		.max_reasm_len = 65535,
		.reachable_time = 30000,
		.retrans_time = 1000,
	};
	uint64_t stats[IPSTATS6] = { IPSTATS6 },
		 icmp[ICMP6STATS] = { ICMP6STATS };
	uint8_t token[NET_IP_BYTES] = { 0 };

	mnl_attr_put_u32(msg, IFLA_INET6_FLAGS, dev->ready6 ? INET6_READY : 0);
	mnl_attr_put(msg, IFLA_INET6_CACHEINFO, sizeof(cache), &cache);
	mnl_attr_put(msg, IFLA_INET6_CONF, sizeof(dev->conf.v6), dev->conf.v6);
	if (!(mask & RTNL_SKIP_STATS)) {
		mnl_attr_put(msg, IFLA_INET6_STATS, sizeof(stats), stats);
		mnl_attr_put(msg, IFLA_INET6_ICMP6STATS, sizeof(icmp), icmp);
	}
	mnl_attr_put(msg, IFLA_INET6_TOKEN, sizeof(token), token);
	mnl_attr_put_u8(msg, IFLA_INET6_ADDR_GEN_MODE, dev->addr_gen_mode);
}

void rtnl_put_link_spec(struct nlmsghdr *msg, const struct net_device *dev,
			uint32_t mask)
{
	struct nlattr *spec = old_nest(msg, IFLA_AF_SPEC);
	struct nlattr *family = old_nest(msg, AF_INET);

	mnl_attr_put(msg, IFLA_INET_CONF, sizeof(dev->conf.v4), dev->conf.v4);
	mnl_attr_nest_end(msg, family);
	family = old_nest(msg, AF_INET6);
	rtnl_put_inet6(msg, dev, mask);
	mnl_attr_nest_end(msg, family);
	mnl_attr_nest_end(msg, spec);
}

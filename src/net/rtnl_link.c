/* SPDX-License-Identifier: Apache-2.0 */
/* Interfaces as messages, and who asks for them: rtnl_fill_ifinfo(). */
#include "src/net/rtnl.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_arp.h>
#include <linux/if_link.h>
#include <string.h>
#include <utlist.h>

/* What <linux/if_link.h> of 2022 lacks. */
#define LINK_DEVLINK_PORT	  62
#define LINK_GSO_IPV4_MAX_SIZE	  63
#define LINK_GRO_IPV4_MAX_SIZE	  64
#define LINK_DPLL_PIN		  65
#define LINK_PACING_OFFLOAD	  66
#define LINK_NETNS_IMMUTABLE	  67
#define LINK_HEADROOM		  68
#define LINK_TAILROOM		  69
#define LINKS_MAX		  (LINK_TAILROOM + 1)
#define SEGMENTS_MAX		  65535
#define SIZE_MAX_GSO		  65536
#define SIZE_MAX_TSO		  524280
#define STATS64_OTHERHOST_DROPPED 1 /* one more than the headers have */

static const char *const kinds[] = {
	[NET_DUMMY] = "dummy",
	[NET_VETH] = "veth",
	[NET_BRIDGE] = "bridge",
};

const char *rtnl_kind_name(enum net_kind kind)
{
	return kinds[kind];
}

int rtnl_kind_by_name(const char *name)
{
	for (size_t i = NET_DUMMY; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kinds[i], name) == 0)
			return (int)i;
	return -1;
}

/* ---- the message ---- */

static void put_sizes(struct nlmsghdr *msg, const struct net_device *dev)
{
	uint32_t tso = dev->kind == NET_BRIDGE && !dev->carrier ? SIZE_MAX_GSO
								: SIZE_MAX_TSO;

	mnl_attr_put_u32(msg, IFLA_NUM_TX_QUEUES, dev->tx_queues);
	mnl_attr_put_u32(msg, IFLA_GSO_MAX_SEGS, SEGMENTS_MAX);
	mnl_attr_put_u32(msg, IFLA_GSO_MAX_SIZE, SIZE_MAX_GSO);
	mnl_attr_put_u32(msg, IFLA_GRO_MAX_SIZE, SIZE_MAX_GSO);
	mnl_attr_put_u32(msg, LINK_GSO_IPV4_MAX_SIZE, SIZE_MAX_GSO);
	mnl_attr_put_u32(msg, LINK_GRO_IPV4_MAX_SIZE, SIZE_MAX_GSO);
	mnl_attr_put_u32(msg, IFLA_TSO_MAX_SIZE, tso);
	mnl_attr_put_u32(msg, IFLA_TSO_MAX_SEGS, SEGMENTS_MAX);
	mnl_attr_put_u32(msg, LINK_PACING_OFFLOAD, 0);
	mnl_attr_put_u32(msg, IFLA_NUM_RX_QUEUES, dev->rx_queues);
}

static void put_stats(struct nlmsghdr *msg, const struct net_device *dev)
{
	const struct net_stats *from = &dev->stats;
	struct {
		struct rtnl_link_stats64 stats;
		uint64_t more[STATS64_OTHERHOST_DROPPED];
	} wide = { .stats = {
			   .rx_packets = from->rx_packets,
			   .tx_packets = from->tx_packets,
			   .rx_bytes = from->rx_bytes,
			   .tx_bytes = from->tx_bytes,
		   } };
	struct rtnl_link_stats narrow = {
		.rx_packets = (uint32_t)from->rx_packets,
		.tx_packets = (uint32_t)from->tx_packets,
		.rx_bytes = (uint32_t)from->rx_bytes,
		.tx_bytes = (uint32_t)from->tx_bytes,
	};
	struct nlattr *xdp;

	mnl_attr_put(msg, IFLA_STATS64, 25 * sizeof(uint64_t), &wide);
	mnl_attr_put(msg, IFLA_STATS, sizeof(narrow), &narrow);
	xdp = mnl_attr_nest_start(msg, IFLA_XDP);
	xdp->nla_type &= NLA_TYPE_MASK;
	mnl_attr_put_u8(msg, IFLA_XDP_ATTACHED, XDP_ATTACHED_NONE);
	mnl_attr_nest_end(msg, xdp);
}

/* A net that was not known gets a number now, which is told of. */
static int peer_nsid(const struct net_device *dev)
{
	if (dev->far)
		return -1; /* not known */
	if (!dev->peer || dev->peer->net == dev->net)
		return -1;
	return net_nsid_of(dev->net, dev->peer->net, true);
}

/* Of which net and which number the other end is. */
static void put_peer(struct nlmsghdr *msg, const struct net_device *dev,
		     int nsid)
{
	if (dev->kind != NET_VETH)
		return;
	if (nsid >= 0 || dev->far)
		mnl_attr_put_u32(msg, IFLA_LINK_NETNSID, (uint32_t)nsid);
	mnl_attr_put_u32(msg, IFLA_LINK, net_dev_iflink(dev));
}

static void put_altnames(struct nlmsghdr *msg, const struct net_device *dev)
{
	const struct net_altname *alt;
	struct nlattr *nest;

	if (!dev->altnames)
		return;
	nest = mnl_attr_nest_start(msg, IFLA_PROP_LIST);
	LL_FOREACH (dev->altnames, alt)
		mnl_attr_put_strz(msg, IFLA_ALT_IFNAME, alt->name);
	mnl_attr_nest_end(msg, nest);
}

static void put_state(struct nlmsghdr *msg, const struct net_device *dev)
{
	mnl_attr_put_strz(msg, IFLA_IFNAME, dev->name);
	mnl_attr_put_u32(msg, IFLA_TXQLEN, dev->txqlen);
	mnl_attr_put_u8(msg, IFLA_OPERSTATE, net_dev_operstate(dev));
	mnl_attr_put_u8(msg, IFLA_LINKMODE, 0);
	mnl_attr_put_u8(msg, LINK_NETNS_IMMUTABLE,
			dev->kind == NET_LO || dev->kind == NET_BRIDGE);
	mnl_attr_put_u32(msg, IFLA_MTU, dev->mtu);
	mnl_attr_put_u32(msg, IFLA_MIN_MTU, net_dev_min_mtu(dev));
	mnl_attr_put_u32(msg, IFLA_MAX_MTU, net_dev_max_mtu(dev));
	mnl_attr_put_u32(msg, IFLA_GROUP, dev->group);
	mnl_attr_put_u32(msg, IFLA_PROMISCUITY,
			 dev->promiscuity + (dev->master != NULL));
	mnl_attr_put_u32(msg, IFLA_ALLMULTI,
			 dev->allmulti + (dev->master != NULL));
	put_sizes(msg, dev);
	if (dev->master)
		mnl_attr_put_u32(msg, IFLA_MASTER,
				 (uint32_t)dev->master->index);
	mnl_attr_put_u8(msg, IFLA_CARRIER, dev->carrier);
	mnl_attr_put_u32(msg, IFLA_CARRIER_CHANGES,
			 dev->carrier_up + dev->carrier_down);
	mnl_attr_put_u32(msg, IFLA_CARRIER_UP_COUNT, dev->carrier_up);
	mnl_attr_put_u32(msg, IFLA_CARRIER_DOWN_COUNT, dev->carrier_down);
	mnl_attr_put_u16(msg, LINK_HEADROOM, 0);
	mnl_attr_put_u16(msg, LINK_TAILROOM, 0);
	mnl_attr_put_u8(msg, IFLA_PROTO_DOWN, 0);
}

struct nlmsghdr *rtnl_fill_link(void *buf, uint16_t type,
				const struct net_device *dev, uint32_t mask)
{
	int nsid = peer_nsid(dev); /* before the buffer is used */
	struct nlmsghdr *msg = rtnl_begin(buf, type, sizeof(struct ifinfomsg));
	struct ifinfomsg *info = mnl_nlmsg_get_payload(msg);
	const struct rtnl_link_ifmap map = { 0 };

	info->ifi_type = dev->kind == NET_LO ? ARPHRD_LOOPBACK : ARPHRD_ETHER;
	info->ifi_index = dev->index;
	info->ifi_flags = net_dev_flags(dev);
	put_state(msg, dev);
	if (dev->alias)
		mnl_attr_put_strz(msg, IFLA_IFALIAS, dev->alias);
	mnl_attr_put(msg, IFLA_ADDRESS, NET_HW_LEN, dev->address);
	mnl_attr_put(msg, IFLA_BROADCAST, NET_HW_LEN, dev->broadcast);
	put_stats(msg, dev);
	rtnl_put_link_info(msg, dev);
	put_peer(msg, dev, nsid);
	mnl_attr_put_strz(msg, IFLA_QDISC, net_dev_qdisc(dev));
	rtnl_put_link_spec(msg, dev, mask);
	mnl_attr_put(msg, IFLA_MAP, sizeof(map), &map);
	put_altnames(msg, dev);
	mnl_attr_put(msg, LINK_DEVLINK_PORT | NLA_F_NESTED, 0, NULL);
	mnl_attr_put(msg, LINK_DPLL_PIN | NLA_F_NESTED, 0, NULL);
	return msg;
}

/* What IPv6 alone says of it: inet6_fill_ifinfo(). */
static struct nlmsghdr *fill_inet6(const struct net_device *dev)
{
	struct nlmsghdr *msg = rtnl_begin(rtnl_buffer(), RTM_NEWLINK,
					  sizeof(struct ifinfomsg));
	struct ifinfomsg *info = mnl_nlmsg_get_payload(msg);
	struct nlattr *nest;

	info->ifi_family = AF_INET6;
	info->ifi_type = dev->kind == NET_LO ? ARPHRD_LOOPBACK : ARPHRD_ETHER;
	info->ifi_index = dev->index;
	info->ifi_flags = net_dev_flags(dev);
	mnl_attr_put_strz(msg, IFLA_IFNAME, dev->name);
	mnl_attr_put(msg, IFLA_ADDRESS, NET_HW_LEN, dev->address);
	mnl_attr_put_u32(msg, IFLA_MTU, dev->mtu);
	if (dev->kind == NET_VETH)
		mnl_attr_put_u32(msg, IFLA_LINK, net_dev_iflink(dev));
	mnl_attr_put_u8(msg, IFLA_OPERSTATE, net_dev_operstate(dev));
	nest = mnl_attr_nest_start(msg, IFLA_PROTINFO);
	nest->nla_type = IFLA_PROTINFO;
	rtnl_put_inet6(msg, dev, 0);
	mnl_attr_nest_end(msg, nest);
	return msg;
}

/* ---- who asks ---- */

struct net_device *rtnl_link_named(struct rtnl_request *request,
				   struct net_devices *net, int index,
				   const struct nlattr **attrs)
{
	char name[NET_ALTNAME_MAX];
	const struct nlattr *attr = attrs[IFLA_IFNAME];

	(void)request;
	if (index > 0)
		return net_dev_by_index(net, index);
	if (!attr)
		attr = attrs[IFLA_ALT_IFNAME];
	if (!attr || rtnl_get_string(attr, name, sizeof(name)) < 0)
		return NULL;
	return net_dev_by_name(net, name);
}

int rtnl_get_link(struct rtnl_request *request)
{
	const struct ifinfomsg *info = rtnl_header(request, sizeof(*info));
	const struct nlattr *attrs[LINKS_MAX];
	struct net_device *dev;
	uint32_t mask = 0;
	int r;

	if (!info)
		return -EINVAL;
	rtnl_attrs(request, sizeof(*info), attrs, LINKS_MAX);
	r = rtnl_get_u32(attrs[IFLA_EXT_MASK], &mask);
	if (r < 0)
		return r;
	if (info->ifi_index <= 0 && !attrs[IFLA_IFNAME] &&
	    !attrs[IFLA_ALT_IFNAME])
		return -EINVAL;
	dev = rtnl_link_named(request, request->net, info->ifi_index, attrs);
	if (!dev)
		return -ENODEV;
	rtnl_reply(request,
		   rtnl_fill_link(rtnl_buffer(), RTM_NEWLINK, dev, mask));
	return 0;
}

struct link_filter {
	uint32_t master, mask;
	int kind; /* -1: any, -2: none is so */
};

static int read_filter(struct rtnl_request *request, struct link_filter *filter)
{
	const struct nlattr *attrs[LINKS_MAX], *kind[IFLA_INFO_MAX + 1];
	char name[32];

	rtnl_attrs(request, sizeof(struct ifinfomsg), attrs, LINKS_MAX);
	filter->kind = -1;
	if (rtnl_get_u32(attrs[IFLA_EXT_MASK], &filter->mask) < 0 ||
	    rtnl_get_u32(attrs[IFLA_MASTER], &filter->master) < 0)
		return -ERANGE;
	rtnl_nested(attrs[IFLA_LINKINFO], kind, IFLA_INFO_MAX + 1);
	if (kind[IFLA_INFO_KIND] &&
	    rtnl_get_string(kind[IFLA_INFO_KIND], name, sizeof(name)) == 0) {
		filter->kind = rtnl_kind_by_name(name);
		if (filter->kind < 0)
			filter->kind = -1; /* an unknown one filters nothing */
	}
	request->filtered = filter->master || filter->kind >= 0;
	return 0;
}

int rtnl_dump_links(struct rtnl_request *request)
{
	struct link_filter filter = { 0 };
	const struct ifinfomsg *info = rtnl_header(request, sizeof(*info));
	bool inet6 = info && info->ifi_family == AF_INET6;
	const struct net_device *dev;
	int r;

	/* "rtgenmsg" alone is enough for those who do not ask strictly. */
	if (!info && request->caller->strict)
		return rtnl_fail(request, -EINVAL,
				 "Invalid header for link dump");
	if (info && request->caller->strict && info->ifi_index)
		return rtnl_fail(
			request, -EINVAL,
			"Filter by device index not supported for link dumps");
	if (info && info->ifi_family == AF_BRIDGE)
		return 0; /* ports by themselves are not told of */
	r = info ? read_filter(request, &filter) : 0;
	if (!info)
		filter.kind = -1;
	if (r < 0)
		return r;
	LL_FOREACH (request->net->devs, dev) {
		if ((filter.master &&
		     (!dev->master ||
		      (uint32_t)dev->master->index != filter.master)) ||
		    (filter.kind >= 0 && (int)dev->kind != filter.kind))
			continue;
		rtnl_part(request,
			  inet6 ? fill_inet6(dev)
				: rtnl_fill_link(rtnl_buffer(), RTM_NEWLINK,
						 dev, filter.mask));
	}
	return 0;
}

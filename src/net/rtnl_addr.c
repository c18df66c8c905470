/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Addresses by messages: inet_rtm_newaddr() and its like of
 * net/ipv4/devinet.c, inet6_rtm_newaddr() of net/ipv6/addrconf.c.
 */
#include "src/net/rtnl.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_addr.h>
#include <string.h>
#include <utlist.h>

#define ADDR_PROTO 11 /* IFA_PROTO: newer than some headers */
#define ATTRS	   (ADDR_PROTO + 1)
#define HEADER	   sizeof(struct ifaddrmsg)

/* What a program may set itself. */
#define FLAGS_SET6                                            \
	(IFA_F_NODAD | IFA_F_OPTIMISTIC | IFA_F_HOMEADDRESS | \
	 IFA_F_MANAGETEMPADDR | IFA_F_NOPREFIXROUTE | IFA_F_MCAUTOJOIN)

static uint32_t left(const struct net_addr *addr, uint32_t lifetime)
{
	uint32_t age = (addr->dev->net->now - addr->updated) / 100;

	if (lifetime == NET_FOREVER || addr->flags & IFA_F_PERMANENT)
		return NET_FOREVER;
	return lifetime > age ? lifetime - age : 0;
}

static void put_cacheinfo(struct nlmsghdr *msg, const struct net_addr *addr)
{
	const struct ifa_cacheinfo info = {
		.ifa_prefered = left(addr, addr->preferred),
		.ifa_valid = left(addr, addr->valid),
		.cstamp = addr->created,
		.tstamp = addr->updated,
	};

	mnl_attr_put(msg, IFA_CACHEINFO, sizeof(info), &info);
}

static void put_v4(struct nlmsghdr *msg, const struct net_addr *addr)
{
	rtnl_put_ip(msg, IFA_ADDRESS, &addr->peer);
	rtnl_put_ip(msg, IFA_LOCAL, &addr->local);
	if (addr->broadcast.family)
		rtnl_put_ip(msg, IFA_BROADCAST, &addr->broadcast);
	if (addr->label[0])
		mnl_attr_put_strz(msg, IFA_LABEL, addr->label);
	if (addr->proto)
		mnl_attr_put_u8(msg, ADDR_PROTO, addr->proto);
	mnl_attr_put_u32(msg, IFA_FLAGS, addr->flags);
	if (addr->metric)
		mnl_attr_put_u32(msg, IFA_RT_PRIORITY, addr->metric);
	put_cacheinfo(msg, addr);
}

static void put_v6(struct nlmsghdr *msg, const struct net_addr *addr)
{
	if (!net_ip_equal(&addr->local, &addr->peer))
		rtnl_put_ip(msg, IFA_LOCAL, &addr->local);
	rtnl_put_ip(msg, IFA_ADDRESS, &addr->peer);
	if (addr->metric)
		mnl_attr_put_u32(msg, IFA_RT_PRIORITY, addr->metric);
	put_cacheinfo(msg, addr);
	mnl_attr_put_u32(msg, IFA_FLAGS, addr->flags);
	if (addr->proto)
		mnl_attr_put_u8(msg, ADDR_PROTO, addr->proto);
}

struct nlmsghdr *rtnl_fill_addr(void *buf, uint16_t type,
				const struct net_addr *addr)
{
	struct nlmsghdr *msg = rtnl_begin(buf, type, HEADER);
	struct ifaddrmsg *info = mnl_nlmsg_get_payload(msg);

	info->ifa_family = addr->local.family;
	info->ifa_prefixlen = addr->prefix_len;
	info->ifa_flags = (uint8_t)addr->flags;
	info->ifa_scope = addr->scope;
	info->ifa_index = (uint32_t)addr->dev->index;
	if (addr->local.family == AF_INET)
		put_v4(msg, addr);
	else
		put_v6(msg, addr);
	return msg;
}

static void dump_family(struct rtnl_request *request, uint8_t family,
			uint32_t index)
{
	struct net_device *dev;
	const struct net_addr *addr;

	LL_FOREACH (request->net->devs, dev) {
		if (index && (uint32_t)dev->index != index)
			continue;
		LL_FOREACH (*net_addr_list(dev, family), addr)
			rtnl_part(request, rtnl_fill_addr(rtnl_buffer(),
							  RTM_NEWADDR, addr));
	}
}

int rtnl_dump_addrs(struct rtnl_request *request)
{
	const struct ifaddrmsg *info = rtnl_header(request, HEADER);
	const struct rtgenmsg *general = rtnl_header(request, 1);
	uint8_t family = general->rtgen_family;
	uint32_t index = 0;

	if (request->caller->strict) {
		if (!info)
			return rtnl_fail(request, -EINVAL,
					 "ipv4: Invalid header for address "
					 "dump request");
		if (info->ifa_prefixlen || info->ifa_flags || info->ifa_scope)
			return rtnl_fail(request, -EINVAL,
					 "ipv4: Invalid values in header for "
					 "address dump request");
		index = info->ifa_index;
		if (index && !net_dev_by_index(request->net, (int)index))
			return -ENODEV;
		request->filtered = index != 0;
	}
	if (family != AF_INET6)
		dump_family(request, AF_INET, index);
	if (family != AF_INET)
		dump_family(request, AF_INET6, index);
	return 0;
}

/* ---- changes ---- */

struct addr_request {
	const struct ifaddrmsg *info;
	const struct nlattr *attrs[ATTRS];
	struct net_device *dev;
	struct net_addr addr;
	bool v4;
};

static int read_addresses(struct rtnl_request *request, struct addr_request *a)
{
	uint8_t family = a->info->ifa_family;
	struct net_addr *addr = &a->addr;
	int r = rtnl_get_ip(a->attrs[IFA_ADDRESS], family, &addr->peer);

	if (r == 0)
		r = rtnl_get_ip(a->attrs[IFA_LOCAL], family, &addr->local);
	if (r < 0)
		return r;
	if (!addr->local.family) {
		/* IPv4 wants the local one; IPv6 takes either. */
		if (a->v4 && request->head->nlmsg_type == RTM_NEWADDR)
			return rtnl_fail(request, -EINVAL,
					 "ipv4: Local address is not supplied");
		addr->local = addr->peer;
	}
	if (!addr->peer.family)
		addr->peer = addr->local;
	if (!addr->local.family && !a->v4)
		return rtnl_fail(request, -EINVAL,
				 "ipv6: address must be specified");
	return 0;
}

static int read_lifetime(struct rtnl_request *request, struct addr_request *a)
{
	const struct nlattr *attr = a->attrs[IFA_CACHEINFO];
	struct ifa_cacheinfo info;

	a->addr.valid = a->addr.preferred = NET_FOREVER;
	if (attr) {
		if (mnl_attr_get_payload_len(attr) < sizeof(info))
			return -ERANGE;
		memcpy(&info, mnl_attr_get_payload(attr), sizeof(info));
		if (!info.ifa_valid || info.ifa_prefered > info.ifa_valid)
			return rtnl_fail(
				request, -EINVAL,
				a->v4 ? "ipv4: address lifetime invalid"
				      : "ipv6: address lifetime invalid");
		a->addr.valid = info.ifa_valid;
		a->addr.preferred = info.ifa_prefered;
	}
	if (a->addr.valid == NET_FOREVER)
		a->addr.flags |= IFA_F_PERMANENT;
	else
		a->addr.flags &= ~(uint32_t)IFA_F_PERMANENT;
	if (!a->addr.preferred)
		a->addr.flags |= IFA_F_DEPRECATED;
	return 0;
}

/* The header and the attributes of a request to add or to remove one. */
static int read_request(struct rtnl_request *request, struct addr_request *a)
{
	int r;

	memset(a, 0, sizeof(*a));
	a->info = rtnl_header(request, HEADER);
	if (!a->info)
		return -EINVAL;
	a->v4 = a->info->ifa_family == AF_INET;
	if (!a->v4 && a->info->ifa_family != AF_INET6)
		return -EOPNOTSUPP;
	rtnl_attrs(request, HEADER, a->attrs, ATTRS);
	if (a->info->ifa_prefixlen > (a->v4 ? 32 : 128))
		return rtnl_fail(request, -EINVAL,
				 a->v4 ? "ipv4: Invalid prefix length"
				       : "ipv6: Invalid prefix length");
	a->dev = net_dev_by_index(request->net, (int)a->info->ifa_index);
	a->addr.prefix_len = a->info->ifa_prefixlen;
	r = read_addresses(request, a);
	if (r == 0 && !a->dev)
		r = rtnl_fail(request, -ENODEV,
			      a->v4 ? "ipv4: Device not found"
				    : "ipv6: Unable to find the interface");
	return r;
}

static int read_new(struct rtnl_request *request, struct addr_request *a)
{
	struct net_addr *addr = &a->addr;
	int r;

	addr->flags = a->info->ifa_flags;
	r = rtnl_get_u32(a->attrs[IFA_FLAGS], &addr->flags);
	if (r == 0)
		r = rtnl_get_u32(a->attrs[IFA_RT_PRIORITY], &addr->metric);
	if (r == 0)
		r = rtnl_get_u8(a->attrs[ADDR_PROTO], &addr->proto);
	if (r < 0)
		return r;
	if (!a->v4)
		addr->flags &= FLAGS_SET6;
	addr->scope = a->v4 ? a->info->ifa_scope : net_ip_scope(&addr->local);
	if (a->v4 && a->attrs[IFA_BROADCAST])
		r = rtnl_get_ip(a->attrs[IFA_BROADCAST], AF_INET,
				&addr->broadcast);
	snprintf(addr->label, sizeof(addr->label), "%s",
		 a->v4 ? a->dev->name : "");
	if (r == 0 && a->v4 && a->attrs[IFA_LABEL])
		r = rtnl_get_string(a->attrs[IFA_LABEL], addr->label,
				    sizeof(addr->label));
	return r < 0 ? r : read_lifetime(request, a);
}

/* The same one again, with other lifetimes. */
static int replace(struct rtnl_request *request, const struct addr_request *a,
		   struct net_addr *old)
{
	const uint32_t life = IFA_F_PERMANENT | IFA_F_DEPRECATED;
	uint16_t flags = request->head->nlmsg_flags;

	if (flags & NLM_F_EXCL || !(flags & NLM_F_REPLACE))
		return rtnl_fail(request, -EEXIST,
				 a->v4 ? "ipv4: Address already assigned"
				       : "ipv6: address already assigned");
	old->valid = a->addr.valid;
	old->preferred = a->addr.preferred;
	old->flags = (old->flags & ~life) | (a->addr.flags & life);
	net_addr_changed(old);
	return 0;
}

static struct net_addr *find(const struct addr_request *a)
{
	struct net_addr *addr;

	if (!a->v4)
		return net_addr_find(a->dev, &a->addr.local, -1);
	LL_FOREACH (a->dev->addrs4, addr)
		if (net_ip_equal(&addr->local, &a->addr.local) &&
		    addr->prefix_len == a->addr.prefix_len &&
		    net_ip_in(&addr->peer, &a->addr.peer, addr->prefix_len))
			return addr;
	return NULL;
}

int rtnl_new_addr(struct rtnl_request *request)
{
	struct addr_request a;
	struct net_addr *old;
	int r = read_request(request, &a);

	if (r < 0)
		return r;
	r = read_new(request, &a);
	if (r < 0)
		return r;
	if (!a.v4 && net_ip_is_multicast(&a.addr.local) &&
	    !(a.addr.flags & IFA_F_MCAUTOJOIN))
		return rtnl_fail(request, -EINVAL,
				 "ipv6: Cannot assign multicast address "
				 "without \"IFA_F_MCAUTOJOIN\" flag");
	if (!a.v4 && a.dev->conf.v6[NET_CONF6_DISABLE_IPV6])
		return rtnl_fail(request, -EACCES,
				 "ipv6: IPv6 is disabled on this device");
	old = find(&a);
	if (old)
		return replace(request, &a, old);
	if (a.v4 && net_ip_is_any(&a.addr.local))
		return 0; /* inet_insert_ifa() drops it */
	return net_addr_add(a.dev, &a.addr, NULL);
}

static bool is_meant(const struct addr_request *a, const struct net_addr *addr)
{
	char label[IFNAMSIZ];

	if (a->attrs[IFA_LOCAL] && !net_ip_equal(&addr->local, &a->addr.local))
		return false;
	if (a->attrs[IFA_LABEL] &&
	    (rtnl_get_string(a->attrs[IFA_LABEL], label, sizeof(label)) < 0 ||
	     strcmp(label, addr->label) != 0))
		return false;
	return !a->attrs[IFA_ADDRESS] ||
	       (addr->prefix_len == a->addr.prefix_len &&
		net_ip_in(&addr->peer, &a->addr.peer, addr->prefix_len));
}

int rtnl_del_addr(struct rtnl_request *request)
{
	struct addr_request a;
	struct net_addr *addr;
	int r = read_request(request, &a);

	if (r < 0)
		return r;
	if (!a.v4) {
		addr = net_addr_find(a.dev, &a.addr.local, a.addr.prefix_len);
	} else {
		LL_FOREACH (a.dev->addrs4, addr)
			if (is_meant(&a, addr))
				break;
	}
	if (!addr)
		return rtnl_fail(request, -EADDRNOTAVAIL,
				 a.v4 ? "ipv4: Address not found"
				      : "ipv6: address not found");
	net_addr_del(addr);
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses of interfaces. */
#include <errno.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>
#include "tables/net_dev.h"

struct net_addr **net_addr_list(struct net_device *dev, uint8_t family)
{
	return family == AF_INET ? &dev->addrs4 : &dev->addrs6;
}

struct net_addr *net_addr_find(struct net_device *dev, const struct net_ip *ip,
			       int prefix_len)
{
	struct net_addr *addr;

	LL_FOREACH (*net_addr_list(dev, ip->family), addr)
		if (net_ip_equal(&addr->local, ip) &&
		    (prefix_len < 0 || addr->prefix_len == prefix_len))
			return addr;
	return NULL;
}

static bool same_subnet(const struct net_addr *a, const struct net_addr *b)
{
	return a->prefix_len == b->prefix_len &&
	       net_ip_in(&a->peer, &b->peer, a->prefix_len);
}

/*
 * Before which it comes: primaries by scope, then the secondaries; see
 * __inet_insert_ifa().
 */
static struct net_addr **place4(struct net_device *dev, struct net_addr *addr)
{
	struct net_addr **at, **last_primary = &dev->addrs4;

	addr->flags &= ~(uint32_t)IFA_F_SECONDARY;
	for (at = &dev->addrs4; *at; at = &(*at)->next) {
		if (!((*at)->flags & IFA_F_SECONDARY) &&
		    addr->scope <= (*at)->scope)
			last_primary = &(*at)->next;
		if (same_subnet(*at, addr))
			addr->flags |= IFA_F_SECONDARY;
	}
	return addr->flags & IFA_F_SECONDARY ? at : last_primary;
}

/* Wider scopes first, the newest of a scope first: ipv6_link_dev_addr(). */
static struct net_addr **place6(struct net_device *dev,
				const struct net_addr *addr)
{
	struct net_addr **at = &dev->addrs6;

	while (*at && (*at)->scope < addr->scope)
		at = &(*at)->next;
	return at;
}

/* The same address in the same subnet, or in another scope there. */
static int check4(struct net_device *dev, const struct net_addr *addr)
{
	struct net_addr *other;

	LL_FOREACH (dev->addrs4, other)
		if (same_subnet(other, addr)) {
			if (net_ip_equal(&other->local, &addr->local))
				return -EEXIST;
			if (other->scope != addr->scope)
				return -EINVAL;
		}
	return 0;
}

int net_addr_add(struct net_device *dev, const struct net_addr *from,
		 struct net_addr **ret_addr)
{
	bool v4 = from->local.family == AF_INET;
	struct net_addr *addr, **at;
	int n, r = 0;

	if (v4)
		r = check4(dev, from);
	else if (net_addr_find(dev, &from->local, -1))
		r = -EEXIST;
	LL_COUNT(*net_addr_list(dev, from->local.family), addr, n);
	if (r == 0 && (n >= NET_ADDRS_MAX || net_totals.addrs >= NET_ADDRS_ALL))
		r = -ENOBUFS;
	addr = r == 0 ? malloc(sizeof(*addr)) : NULL;
	if (!addr)
		return r < 0 ? r : -ENOMEM;
	net_totals.addrs++;
	*addr = *from;
	addr->dev = dev;
	addr->created = addr->updated = dev->net->now;
	at = v4 ? place4(dev, addr) : place6(dev, addr);
	addr->next = *at;
	*at = addr;
	net_auto_addr_added(addr);
	if (ret_addr)
		*ret_addr = addr;
	return 0;
}

static void unlink_and_free(struct net_addr *addr)
{
	struct net_addr **list = net_addr_list(addr->dev, addr->local.family);

	LL_DELETE(*list, addr);
	net_auto_addr_gone(addr);
	free(addr);
	net_totals.addrs--;
}

static struct net_addr *secondary_of(const struct net_addr *addr)
{
	struct net_addr *other;

	LL_FOREACH (addr->dev->addrs4, other)
		if (other != addr && other->flags & IFA_F_SECONDARY &&
		    same_subnet(other, addr))
			return other;
	return NULL;
}

/* The first of those in the subnet takes its place: __inet_del_ifa(). */
static void promote(struct net_device *dev, struct net_addr *addr)
{
	struct net_addr **at;

	LL_DELETE(dev->addrs4, addr);
	at = place4(dev, addr);
	addr->next = *at;
	*at = addr;
	addr->flags &= ~(uint32_t)IFA_F_SECONDARY;
	net_auto_addr_added(addr);
}

void net_addr_del(struct net_addr *addr)
{
	struct net_device *dev = addr->dev;
	bool primary = addr->local.family == AF_INET &&
		       !(addr->flags & IFA_F_SECONDARY);
	struct net_addr *heir = primary ? secondary_of(addr) : NULL;

	if (heir && (dev->conf.v4[NET_CONF4_PROMOTE_SECONDARIES] ||
		     dev->net->conf_all.v4[NET_CONF4_PROMOTE_SECONDARIES])) {
		unlink_and_free(addr);
		promote(dev, heir);
		return;
	}
	for (; heir; heir = secondary_of(addr))
		unlink_and_free(heir);
	unlink_and_free(addr);
}

void net_addr_flush(struct net_device *dev, uint8_t family)
{
	struct net_addr **list = net_addr_list(dev, family);

	while (*list)
		net_addr_del(*list);
}

void net_addr_changed(struct net_addr *addr)
{
	addr->updated = addr->dev->net->now;
	net_tell(addr->dev->net, NET_EVENT_NEWADDR, addr);
}

struct net_addr *net_addr_owner(const struct net_devices *net,
				const struct net_ip *ip,
				const struct net_device *only)
{
	struct net_device *dev;
	struct net_addr *addr;

	LL_FOREACH (net->devs, dev) {
		if (only && dev != only)
			continue;
		addr = net_addr_find(dev, ip, -1);
		if (addr && !(addr->flags & IFA_F_TENTATIVE))
			return addr;
	}
	return NULL;
}

/* ---- which to use ---- */

static struct net_ip none(void)
{
	return (struct net_ip){ 0 };
}

/* Of this interface, in the subnet of @to if there is one. */
static const struct net_addr *select4(const struct net_device *dev,
				      const struct net_ip *to, uint8_t scope)
{
	const struct net_addr *addr, *first = NULL;

	LL_FOREACH (dev->addrs4, addr) {
		if (addr->flags & IFA_F_SECONDARY || addr->scope > scope)
			continue;
		if (!to->family || net_ip_in(to, &addr->peer, addr->prefix_len))
			return addr;
		if (!first)
			first = addr;
	}
	return first;
}

/* inet_select_addr() */
static struct net_ip find4(const struct net_devices *net,
			   const struct net_device *dev,
			   const struct net_ip *to, uint8_t scope)
{
	const struct net_addr *addr = dev ? select4(dev, to, scope) : NULL;
	const struct net_ip any = none();
	const struct net_device *other;

	if (addr)
		return addr->local;
	LL_FOREACH (net->devs, other) {
		addr = select4(other, &any, scope);
		if (addr && addr->scope != RT_SCOPE_LINK)
			return addr->local;
	}
	return none();
}

/* Rules 2, 3, 5 and 8 of RFC 6724, as one number: the highest wins. */
static unsigned int rank6(const struct net_addr *addr,
			  const struct net_device *dev, const struct net_ip *to)
{
	uint8_t own = net_ip_scope(&addr->local), want = net_ip_scope(to);
	unsigned int rank;

	if (net_ip_equal(&addr->local, to))
		return UINT32_MAX;
	/* The kernel's scopes grow where RT_SCOPE_* shrink. */
	rank = own <= want ? 0x10000U + own : 1U + 0xff - own;
	rank = rank << 12 | (addr->flags & IFA_F_DEPRECATED ? 0 : 0x200) |
	       (addr->dev == dev ? 0x100 : 0);
	return rank | net_ip_common(&addr->local, to);
}

static struct net_ip find6(const struct net_devices *net,
			   const struct net_device *dev,
			   const struct net_ip *to)
{
	const struct net_addr *addr, *best = NULL;
	unsigned int rank, best_rank = 0;
	const struct net_device *other;
	bool near = net_ip_is_linklocal(to) || net_ip_is_multicast(to);

	LL_FOREACH (net->devs, other) {
		if (near && dev && other != dev)
			continue;
		LL_FOREACH (other->addrs6, addr) {
			if (addr->flags & IFA_F_TENTATIVE)
				continue;
			rank = rank6(addr, dev, to);
			if (!best || rank > best_rank) {
				best = addr;
				best_rank = rank;
			}
		}
	}
	return best ? best->local : none();
}

struct net_ip net_addr_select(const struct net_devices *net,
			      const struct net_device *dev,
			      const struct net_ip *to, uint8_t scope)
{
	return to->family == AF_INET6 ? find6(net, dev, to)
				      : find4(net, dev, to, scope);
}

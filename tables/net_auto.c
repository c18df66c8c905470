/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the kernel does by itself: routes of addresses, addresses of
 * interfaces that come up. Follows fib_add_ifaddr() and fib_del_ifaddr() of
 * net/ipv4/fib_frontend.c, and addrconf_notify() of net/ipv6/addrconf.c.
 */
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>
#include <utlist.h>
#include "tables/net_dev.h"
#include "tables/net_fib.h"

#define METRIC6	   256 /* IP6_RT_PRIO_ADDRCONF */
#define PROTO_LO   1   /* IFAPROT_KERNEL_LO */
#define PROTO_LL   3   /* IFAPROT_KERNEL_LL */
#define MTU6_MIN   1280
#define WANTED_MAX 4
#define NO_WAY	   (RTNH_F_DEAD | RTNH_F_LINKDOWN)

/* A route with one way out of the interface; its hops are set by enter(). */
struct one_hop {
	struct net_route route;
	struct net_hop hop;
};

static struct one_hop make(const struct net_device *dev, uint8_t type,
			   const struct net_ip *dst, unsigned int len)
{
	bool v4 = dst->family == AF_INET;
	struct one_hop
		one = { .route = {
				.dst = net_ip_masked(dst, len),
				.dst_len = (uint8_t)len,
				.type = type,
				.protocol = RTPROT_KERNEL,
				.table = type == RTN_UNICAST ? RT_TABLE_MAIN
							     : RT_TABLE_LOCAL,
				.metric = v4 || type == RTN_LOCAL ? 0 : METRIC6,
				.scope = !v4		     ? RT_SCOPE_UNIVERSE
					 : type == RTN_LOCAL ? RT_SCOPE_HOST
							     : RT_SCOPE_LINK,
				.hops_len = 1,
			} };

	one.hop.oif = dev->index;
	one.hop.scope = type == RTN_LOCAL ? RT_SCOPE_NOWHERE : RT_SCOPE_HOST;
	return one;
}

static void enter(struct net_device *dev, struct one_hop *one)
{
	const struct net_route_how how = { .create = true, .append = true };

	one->route.hops = &one->hop;
	net_route_add(dev->net, &one->route, how);
}

static bool same_route(const struct net_route *route, const void *data)
{
	const struct one_hop *one = data;

	return route->table == one->route.table &&
	       route->type == one->route.type &&
	       route->dst_len == one->route.dst_len &&
	       route->protocol == RTPROT_KERNEL && route->hops_len == 1 &&
	       route->hops[0].oif == one->hop.oif &&
	       net_ip_equal(&route->dst, &one->route.dst) &&
	       (!one->route.prefsrc.family ||
		net_ip_equal(&route->prefsrc, &one->route.prefsrc));
}

/* With its deletion told. */
static void remove_route(struct net_device *dev, const struct one_hop *one)
{
	struct net_route *route, *next;

	LL_FOREACH_SAFE (*net_fib_list(dev->net, one->route.dst.family), route,
			 next)
		if (same_route(route, one)) {
			net_route_del(route);
			return;
		}
}

/* ---- IPv4 ---- */

static const struct net_addr *primary_of(const struct net_addr *addr)
{
	const struct net_addr *other;

	LL_FOREACH (addr->dev->addrs4, other)
		if (!(other->flags & IFA_F_SECONDARY) &&
		    other->prefix_len == addr->prefix_len &&
		    net_ip_in(&addr->peer, &other->peer, addr->prefix_len))
			return other;
	return addr;
}

/* The routes that @addr brings, in the order in which they come. */
static unsigned int wanted4(const struct net_addr *addr, struct one_hop *one)
{
	const struct net_device *dev = addr->dev;
	bool secondary = addr->flags & IFA_F_SECONDARY;
	struct net_ip prefix = net_ip_masked(&addr->peer, addr->prefix_len);
	struct net_ip last = net_ip_filled(&prefix, addr->prefix_len);
	struct net_ip src = secondary ? primary_of(addr)->local : addr->local;
	unsigned int n = 0;

	one[n++] = make(dev, RTN_LOCAL, &addr->local, 32);
	if (net_dev_is_up(dev) && addr->broadcast.family &&
	    !net_ip_is_broadcast(&addr->broadcast) &&
	    !net_ip_is_any(&addr->broadcast))
		one[n++] = make(dev, RTN_BROADCAST, &addr->broadcast, 32);
	if (net_dev_is_up(dev) && prefix.bytes[0] && !secondary &&
	    !net_ip_is_multicast(&prefix) &&
	    (!net_ip_equal(&prefix, &addr->local) || addr->prefix_len < 32)) {
		if (!(addr->flags & IFA_F_NOPREFIXROUTE)) {
			one[n] = make(dev,
				      dev->kind == NET_LO ? RTN_LOCAL
							  : RTN_UNICAST,
				      &prefix, addr->prefix_len);
			one[n++].route.metric = addr->metric;
		}
		if (addr->prefix_len < 31)
			one[n++] = make(dev, RTN_BROADCAST, &last, 32);
	}
	for (unsigned int i = 0; i < n; i++)
		one[i].route.prefsrc = src;
	return n;
}

static void add_routes4(const struct net_addr *addr)
{
	struct one_hop one[WANTED_MAX];
	unsigned int n = wanted4(addr, one);

	for (unsigned int i = 0; i < n; i++)
		enter(addr->dev, &one[i]);
}

/* Does an address that stays bring this route, too? */
static bool still_wanted(const struct net_device *dev,
			 const struct one_hop *gone)
{
	struct one_hop one[WANTED_MAX];
	const struct net_addr *addr;

	LL_FOREACH (dev->addrs4, addr) {
		unsigned int n = wanted4(addr, one);

		for (unsigned int i = 0; i < n; i++)
			if (one[i].route.type == gone->route.type &&
			    one[i].route.dst_len == gone->route.dst_len &&
			    net_ip_equal(&one[i].route.dst, &gone->route.dst))
				return true;
	}
	return false;
}

static bool uses_source(const struct net_route *route, const void *ip)
{
	return net_ip_equal(&route->prefsrc, ip);
}

static void remove_routes4(const struct net_addr *addr)
{
	struct one_hop one[WANTED_MAX];
	unsigned int n = wanted4(addr, one);

	/* The local one goes last. */
	for (unsigned int i = 1; i <= n; i++)
		if (!still_wanted(addr->dev, &one[i % n]))
			remove_route(addr->dev, &one[i % n]);
	if (!net_addr_owner(addr->dev->net, &addr->local, NULL))
		net_route_flush(addr->dev->net, AF_INET, uses_source,
				&addr->local);
}

/* ---- IPv6 ---- */

static void add_multicast6(struct net_device *dev)
{
	const struct net_ip all = { AF_INET6, { 0xff } };
	struct one_hop one = make(dev, RTN_MULTICAST, &all, 8);
	struct net_route *route;

	if (dev->kind == NET_LO)
		return;
	LL_FOREACH (dev->net->routes6, route)
		if (same_route(route, &one))
			return;
	enter(dev, &one);
}

static struct one_hop prefix6(const struct net_addr *addr)
{
	struct one_hop one =
		make(addr->dev, RTN_UNICAST, &addr->peer, addr->prefix_len);

	if (addr->metric)
		one.route.metric = addr->metric;
	return one;
}

/* Not of a whole address; on an interface that is up. */
static bool has_prefix6(const struct net_addr *addr)
{
	return net_dev_is_up(addr->dev) && addr->dev->kind != NET_LO &&
	       !(addr->flags & IFA_F_NOPREFIXROUTE) &&
	       (addr->prefix_len < 128 ||
		!net_ip_equal(&addr->local, &addr->peer));
}

static void enter_prefix6(const struct net_addr *addr)
{
	struct one_hop one = prefix6(addr);
	struct net_route *route;

	LL_FOREACH (addr->dev->net->routes6, route)
		if (same_route(route, &one))
			return;
	enter(addr->dev, &one);
}

static void add_local6(const struct net_addr *addr)
{
	struct one_hop one = make(addr->dev, RTN_LOCAL, &addr->local, 128);

	enter(addr->dev, &one);
}

static void added6(struct net_addr *addr)
{
	struct net_device *dev = addr->dev;

	if (net_dev_is_up(dev))
		add_multicast6(dev);
	if (has_prefix6(addr))
		enter_prefix6(addr);
	if (!(addr->flags & IFA_F_NODAD) && dev->kind != NET_LO &&
	    !net_dev_running(dev))
		addr->flags |= IFA_F_TENTATIVE;
	net_tell(dev->net, NET_EVENT_NEWADDR, addr);
	if (!(addr->flags & IFA_F_TENTATIVE))
		add_local6(addr);
}

static void gone6(const struct net_addr *addr)
{
	struct one_hop local = make(addr->dev, RTN_LOCAL, &addr->local, 128);
	struct one_hop prefix = prefix6(addr);
	const struct net_addr *other;

	remove_route(addr->dev, &local);
	if (!has_prefix6(addr))
		return;
	LL_FOREACH (addr->dev->addrs6, other)
		if (other->prefix_len == addr->prefix_len &&
		    net_ip_in(&other->peer, &addr->peer, addr->prefix_len))
			return;
	remove_route(addr->dev, &prefix);
}

/* fe80:: with the hardware's address in it: addrconf_ifid_eui48(). */
static struct net_ip link_local(const struct net_device *dev)
{
	const uint8_t *hw = dev->address;
	const uint8_t bytes[NET_IP_BYTES] = {
		0xfe,	   0x80,  0,	 0,    0,    0,	    0,	   0,
		hw[0] ^ 2, hw[1], hw[2], 0xff, 0xfe, hw[3], hw[4], hw[5],
	};

	return net_ip_make(AF_INET6, bytes);
}

static void add_own(struct net_device *dev, const struct net_ip *ip,
		    uint8_t len, uint8_t scope, uint8_t proto)
{
	struct net_addr addr = {
		.local = *ip,
		.peer = *ip,
		.prefix_len = len,
		.scope = scope,
		.proto = proto,
		.flags = IFA_F_PERMANENT,
		.valid = NET_FOREVER,
		.preferred = NET_FOREVER,
	};

	if (ip->family == AF_INET)
		snprintf(addr.label, sizeof(addr.label), "%s", dev->name);
	net_addr_add(dev, &addr, NULL);
}

static bool has_ipv6(const struct net_device *dev)
{
	return !dev->conf.v6[NET_CONF6_DISABLE_IPV6] && dev->mtu >= MTU6_MIN;
}

/* ---- what happens ---- */

static void revive_hops(struct net_device *dev)
{
	struct net_route *route;

	LL_FOREACH (dev->net->routes4, route)
		for (unsigned int i = 0; i < route->hops_len; i++)
			if (route->hops[i].oif == dev->index)
				route->hops[i].flags &= (uint8_t)~NO_WAY;
}

void net_auto_addr_added(struct net_addr *addr)
{
	if (addr->local.family == AF_INET6) {
		added6(addr);
		return;
	}
	net_tell(addr->dev->net, NET_EVENT_NEWADDR, addr);
	add_routes4(addr);
	if (net_dev_is_up(addr->dev) && !addr->dev->addrs4->next)
		revive_hops(addr->dev);
}

static void up_lo(struct net_device *lo)
{
	const struct net_ip v4 = net_ip4(127, 0, 0, 1);
	const struct net_ip v6 = { AF_INET6, { [NET_IP_BYTES - 1] = 1 } };

	if (!lo->addrs4)
		add_own(lo, &v4, 8, RT_SCOPE_HOST, 0);
	if (has_ipv6(lo) && !net_addr_find(lo, &v6, -1))
		add_own(lo, &v6, 128, RT_SCOPE_HOST, PROTO_LO);
	lo->ready6 = true;
}

void net_auto_up(struct net_device *dev)
{
	struct net_addr *addr;

	LL_FOREACH (dev->addrs4, addr)
		add_routes4(addr);
	revive_hops(dev);
	if (dev->kind == NET_LO)
		up_lo(dev);
	LL_FOREACH (dev->addrs6, addr)
		if (has_prefix6(addr))
			enter_prefix6(addr);
}

void net_auto_ready(struct net_device *dev)
{
	struct net_ip ip = link_local(dev);
	struct net_addr *addr;

	if (dev->kind == NET_LO || !has_ipv6(dev))
		return;
	dev->ready6 = true;
	add_multicast6(dev);
	LL_FOREACH (dev->addrs6, addr)
		if (addr->flags & IFA_F_TENTATIVE) {
			addr->flags &= ~(uint32_t)IFA_F_TENTATIVE;
			net_tell(dev->net, NET_EVENT_NEWADDR, addr);
			add_local6(addr);
		}
	if (dev->addr_gen_mode == IN6_ADDR_GEN_MODE_EUI64 &&
	    !net_addr_find(dev, &ip, -1))
		add_own(dev, &ip, 64, RT_SCOPE_LINK, PROTO_LL);
}

static bool leads_out(const struct net_route *route, const void *data)
{
	const struct net_device *dev = data;
	unsigned int n = 0;

	for (unsigned int i = 0; i < route->hops_len; i++)
		n += route->hops[i].oif == dev->index;
	return n > 0 && n == route->hops_len;
}

/* Local ones stay: fib_sync_down_dev() without force. */
static bool leads_on(const struct net_route *route, const void *data)
{
	return leads_out(route, data) &&
	       route->hops[0].scope != RT_SCOPE_NOWHERE;
}

/* Ways of several hops lose one. */
static void deaden_hops(struct net_device *dev, bool all)
{
	struct net_route *route;

	LL_FOREACH (dev->net->routes4, route)
		for (unsigned int i = 0; i < route->hops_len; i++)
			if (route->hops[i].oif == dev->index &&
			    (all || route->hops[i].scope != RT_SCOPE_NOWHERE))
				route->hops[i].flags |= NO_WAY;
}

/*
 * An interface without an address has no IPv4: its ways go, those that were
 * configured, too. fib_disable_ip(), with force.
 */
static void disable4(struct net_device *dev)
{
	net_route_flush(dev->net, AF_INET, leads_out, dev);
	deaden_hops(dev, true);
	net_neigh_flush_dev(dev, AF_INET);
}

void net_auto_addr_gone(struct net_addr *addr)
{
	net_tell(addr->dev->net, NET_EVENT_DELADDR, addr);
	if (addr->local.family == AF_INET6) {
		gone6(addr);
		return;
	}
	remove_routes4(addr);
	if (!addr->dev->addrs4)
		disable4(addr->dev);
}

static void flush_addrs6(struct net_device *dev, bool all)
{
	bool keep = dev->conf.v6[NET_CONF6_KEEP_ADDR_ON_DOWN] > 0;
	struct net_addr *addr, *next;

	LL_FOREACH_SAFE (dev->addrs6, addr, next)
		if (all || !keep || !(addr->flags & IFA_F_PERMANENT) ||
		    net_ip_is_linklocal(&addr->local))
			net_addr_del(addr);
		else if (!(addr->flags & IFA_F_NODAD))
			addr->flags |= IFA_F_TENTATIVE;
	dev->ready6 = false;
}

void net_auto_down(struct net_device *dev)
{
	net_route_flush(dev->net, AF_INET, leads_on, dev);
	deaden_hops(dev, false);
	net_route_flush(dev->net, AF_INET6, leads_out, dev);
	flush_addrs6(dev, false);
}

void net_auto_gone(struct net_device *dev)
{
	net_route_flush(dev->net, AF_INET, leads_out, dev);
	net_route_flush(dev->net, AF_INET6, leads_out, dev);
}

void net_auto_disabled6(struct net_device *dev)
{
	if (dev->conf.v6[NET_CONF6_DISABLE_IPV6]) {
		net_route_flush(dev->net, AF_INET6, leads_out, dev);
		flush_addrs6(dev, true);
	} else if (net_dev_is_up(dev)) {
		net_auto_up(dev);
		if (net_dev_running(dev))
			net_auto_ready(dev);
	}
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Routes. One list a family, in the order in which the kernel tells them:
 * fib_trie_table_dump() of IPv4, fib6_walk() of IPv6.
 */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>
#include "tables/net_fib.h"

struct net_route **net_fib_list(struct net_devices *net, uint8_t family)
{
	return family == AF_INET ? &net->routes4 : &net->routes6;
}

bool net_hop_linkdown(const struct net_devices *net, const struct net_hop *hop)
{
	const struct net_device *dev = net_dev_by_index(net, hop->oif);

	return dev && net_dev_is_up(dev) && hop->scope != RT_SCOPE_NOWHERE &&
	       !dev->carrier;
}

/* The tables are in a hash of 256. */
static int by_table(const struct net_route *a, const struct net_route *b)
{
	uint32_t ha = a->table & 255, hb = b->table & 255;

	if (ha != hb)
		return ha < hb ? -1 : 1;
	return (a->table > b->table) - (a->table < b->table);
}

static int by_key4(const struct net_route *a, const struct net_route *b)
{
	int r = memcmp(a->dst.bytes, b->dst.bytes, NET_IP_BYTES);

	if (r)
		return r;
	if (a->dst_len != b->dst_len)
		return b->dst_len - a->dst_len;
	if (a->tos != b->tos)
		return b->tos - a->tos;
	return (a->metric > b->metric) - (a->metric < b->metric);
}

/* Children come before their parent. */
static int by_key6(const struct net_route *a, const struct net_route *b)
{
	uint8_t len = a->dst_len < b->dst_len ? a->dst_len : b->dst_len;
	int r;

	if (net_ip_in(&a->dst, &b->dst, len)) {
		if (a->dst_len != b->dst_len)
			return b->dst_len - a->dst_len;
		return (a->metric > b->metric) - (a->metric < b->metric);
	}
	r = memcmp(a->dst.bytes, b->dst.bytes, NET_IP_BYTES);
	return r;
}

/* 0: they stand for the same destination. */
static int compare(const struct net_route *a, const struct net_route *b)
{
	int r = by_table(a, b);

	if (r)
		return r;
	return a->dst.family == AF_INET ? by_key4(a, b) : by_key6(a, b);
}

static bool same_hops(const struct net_route *a, const struct net_route *b)
{
	if (a->hops_len != b->hops_len)
		return false;
	for (unsigned int i = 0; i < a->hops_len; i++)
		if (a->hops[i].oif != b->hops[i].oif ||
		    !net_ip_equal(&a->hops[i].gateway, &b->hops[i].gateway))
			return false;
	return true;
}

static bool identical(const struct net_route *a, const struct net_route *b)
{
	return a->type == b->type && a->scope == b->scope &&
	       a->protocol == b->protocol &&
	       net_ip_equal(&a->prefsrc, &b->prefsrc) && same_hops(a, b);
}

static struct net_route *copy_route(struct net_devices *net,
				    const struct net_route *from)
{
	size_t hops_size = from->hops_len * sizeof(from->hops[0]);
	struct net_route *route = malloc(sizeof(*route) + hops_size);

	if (!route)
		return NULL;
	*route = *from;
	route->hops = (struct net_hop *)(route + 1);
	if (hops_size)
		memcpy(route->hops, from->hops, hops_size);
	route->net = net;
	return route;
}

static void take_out(struct net_route *route)
{
	LL_DELETE(*net_fib_list(route->net, route->dst.family), route);
	route->net->routes_len--;
	net_totals.routes--;
}

/* In whose place a new one comes; or why it can't: fib_table_insert(). */
static int check_same(struct net_route *first, const struct net_route *route,
		      struct net_route_how how)
{
	struct net_route *at;

	if (how.exclusive)
		return -EEXIST;
	for (at = first; at && compare(at, route) == 0; at = at->next)
		if (identical(at, route))
			return how.replace && at == first ? 0 : -EEXIST;
	return 0;
}

int net_route_add(struct net_devices *net, const struct net_route *from,
		  struct net_route_how how)
{
	struct net_route **at = net_fib_list(net, from->dst.family);
	struct net_route *route, *old = NULL;
	int r;

	while (*at && compare(*at, from) < 0)
		at = &(*at)->next;
	if (*at && compare(*at, from) == 0) {
		r = check_same(*at, from, how);
		if (r < 0)
			return r;
		old = how.replace ? *at : NULL;
	} else if (!how.create) {
		return -ENOENT;
	}
	if (net->routes_len >= NET_ROUTES_MAX ||
	    net_totals.routes >= NET_ROUTES_ALL)
		return -ENOBUFS;
	route = copy_route(net, from);
	if (!route)
		return -ENOMEM;
	if (!old && (how.append || from->dst.family == AF_INET6))
		while (*at && compare(*at, from) == 0)
			at = &(*at)->next;
	route->next = *at;
	*at = route;
	net->routes_len++;
	net_totals.routes++;
	if (old) {
		take_out(old);
		free(old);
	}
	net_tell(net, NET_EVENT_NEWROUTE, route);
	return 0;
}

void net_route_del(struct net_route *route)
{
	take_out(route);
	net_tell(route->net, NET_EVENT_DELROUTE, route);
	free(route);
}

/* IPv4 tells nobody: fib_table_flush(). */
void net_route_flush(struct net_devices *net, uint8_t family,
		     bool (*gone)(const struct net_route *route,
				  const void *data),
		     const void *data)
{
	struct net_route *route, *next;

	LL_FOREACH_SAFE (*net_fib_list(net, family), route, next) {
		if (!gone(route, data))
			continue;
		if (family == AF_INET6) {
			net_route_del(route);
			continue;
		}
		take_out(route);
		free(route);
	}
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which way a packet takes. First the rules, then the longest prefix in the
 * tables that they name: fib_rules_lookup(), fib_table_lookup(); then what
 * ip_route_output_key() and ip6_route_output() make of it.
 */
#include <errno.h>
#include <linux/fib_rules.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <utlist.h>
#include "tables/net_fib.h"

#define ROUTERS_MAX 64 /* ip_default_ttl */
#define LINK_MAX    64 /* bridges in a row that are followed */

struct hit {
	const struct net_route *route;
	const struct net_hop *hop; /* NULL: of a type without */
};

/* ---- one table ---- */

static bool ignores_linkdown(const struct net_devices *net,
			     const struct net_device *dev, bool v4)
{
	const int i =
		v4 ? NET_CONF4_IGNORE_LINKDOWN : NET_CONF6_IGNORE_LINKDOWN;

	(void)net;
	return v4 ? dev->conf.v4[i] : dev->conf.v6[i];
}

static bool usable(const struct net_devices *net, const struct net_hop *hop,
		   const struct net_flow *flow)
{
	const struct net_device *dev = net_dev_by_index(net, hop->oif);

	if (!dev || hop->flags & RTNH_F_DEAD)
		return false;
	if (flow->oif && flow->oif != dev)
		return false;
	return !(net_hop_linkdown(net, hop) &&
		 ignores_linkdown(net, dev, flow->dst.family == AF_INET));
}

/* Several hops share by the address, so that a connection keeps its way. */
static const struct net_hop *choose_hop(const struct net_devices *net,
					const struct net_route *route,
					const struct net_flow *flow)
{
	unsigned int start = 0;

	for (size_t i = 0; i < NET_IP_BYTES; i++)
		start = start * 31 + flow->dst.bytes[i];
	for (unsigned int i = 0; i < route->hops_len; i++) {
		unsigned int n = (start + i) % route->hops_len;

		if (usable(net, &route->hops[n], flow))
			return &route->hops[n];
	}
	return NULL;
}

static int type_error(uint8_t type)
{
	switch (type) {
	case RTN_BLACKHOLE:
		return -EINVAL;
	case RTN_UNREACHABLE:
		return -EHOSTUNREACH;
	case RTN_PROHIBIT:
		return -EACCES;
	case RTN_THROW:
		return -EAGAIN;
	default:
		return 0;
	}
}

static bool better(const struct net_devices *net, const struct hit *hit,
		   const struct net_route *route, const struct net_hop *hop)
{
	if (!hit->route || route->dst_len != hit->route->dst_len)
		return !hit->route || route->dst_len > hit->route->dst_len;
	if (route->tos != hit->route->tos)
		return route->tos > hit->route->tos;
	if (route->metric != hit->route->metric)
		return route->metric < hit->route->metric;
	/* Of equals in IPv6 one that has a carrier. */
	return route->dst.family == AF_INET6 && hop && hit->hop &&
	       net_hop_linkdown(net, hit->hop) && !net_hop_linkdown(net, hop);
}

/* Return: 0, -EAGAIN: nothing here; or the error of the route. */
static int look_up(struct net_devices *net, uint32_t table,
		   const struct net_flow *flow, struct hit *ret_hit)
{
	const struct net_route *route;
	const struct net_hop *hop;
	struct hit hit = { 0 };
	int r;

	LL_FOREACH (*net_fib_list(net, flow->dst.family), route) {
		if (route->table != table ||
		    !net_ip_in(&flow->dst, &route->dst, route->dst_len) ||
		    (route->tos && route->tos != flow->tos))
			continue;
		hop = choose_hop(net, route, flow);
		if (!hop && !type_error(route->type))
			continue;
		if (better(net, &hit, route, hop))
			hit = (struct hit){ route, hop };
	}
	if (!hit.route)
		return -EAGAIN;
	r = type_error(hit.route->type);
	*ret_hit = hit;
	return r;
}

/* ---- rules ---- */

static bool in_range(uint16_t port, const uint16_t *range)
{
	return !range[0] || (port >= range[0] && port <= range[1]);
}

static bool rule_matches(const struct net_rule *rule,
			 const struct net_flow *flow)
{
	bool match = (!rule->src_len ||
		      net_ip_in(&flow->src, &rule->src, rule->src_len)) &&
		     (!rule->dst_len ||
		      net_ip_in(&flow->dst, &rule->dst, rule->dst_len)) &&
		     (!rule->tos || rule->tos == flow->tos) &&
		     !((rule->mark ^ flow->mark) & rule->mark_mask) &&
		     (rule->uid_start > rule->uid_end ||
		      (flow->uid >= rule->uid_start &&
		       flow->uid <= rule->uid_end)) &&
		     (!rule->ip_proto || rule->ip_proto == flow->ip_proto) &&
		     in_range(flow->sport, rule->sport) &&
		     in_range(flow->dport, rule->dport);

	/* What leaves this net came in by lo: LOOPBACK_IFINDEX. */
	if (rule->iif[0] &&
	    strcmp(rule->iif, flow->iif ? flow->iif->name : "lo") != 0)
		match = false;
	if (rule->oif[0] &&
	    (!flow->oif || strcmp(rule->oif, flow->oif->name) != 0))
		match = false;
	return match != rule->invert;
}

static int rule_error(uint8_t action)
{
	switch (action) {
	case FR_ACT_UNREACHABLE:
		return -ENETUNREACH;
	case FR_ACT_PROHIBIT:
		return -EACCES;
	default:
		return -EINVAL;
	}
}

static bool suppressed(const struct net_rule *rule, const struct hit *hit,
		       const struct net_devices *net)
{
	const struct net_device *dev =
		hit->hop ? net_dev_by_index(net, hit->hop->oif) : NULL;

	if (rule->suppress_len != UINT32_MAX &&
	    hit->route->dst_len <= rule->suppress_len)
		return true;
	return rule->suppress_group != UINT32_MAX && dev &&
	       dev->group == rule->suppress_group;
}

static int by_rules(struct net_devices *net, const struct net_flow *flow,
		    struct hit *ret_hit)
{
	const struct net_rule *rule = *net_rule_list(net, flow->dst.family);
	uint32_t from = 0;
	int r;

	for (; rule; rule = rule->next) {
		if (rule->priority < from || !rule_matches(rule, flow) ||
		    rule->action == FR_ACT_NOP)
			continue;
		if (rule->action == FR_ACT_GOTO) {
			if (rule->target > rule->priority)
				from = rule->target;
			continue;
		}
		if (rule->action != FR_ACT_TO_TBL)
			return rule_error(rule->action);
		r = look_up(net, rule->table, flow, ret_hit);
		if (r == -EAGAIN || (r == 0 && suppressed(rule, ret_hit, net)))
			continue;
		return r;
	}
	return -ENETUNREACH;
}

/* ---- the way out ---- */

uint8_t net_ip_type(const struct net_devices *net, const struct net_ip *ip,
		    const struct net_device *dev)
{
	const struct net_route *route;
	uint8_t type = RTN_UNICAST, len = 0;

	if (net_ip_is_multicast(ip))
		return RTN_MULTICAST;
	if (net_ip_is_broadcast(ip))
		return RTN_BROADCAST;
	if (ip->family == AF_INET6)
		return net_addr_owner(net, ip, dev) ? RTN_LOCAL : RTN_UNICAST;
	LL_FOREACH (net->routes4, route)
		if (route->table == RT_TABLE_LOCAL && route->dst_len >= len &&
		    (!dev ||
		     (route->hops_len && route->hops[0].oif == dev->index)) &&
		    net_ip_in(ip, &route->dst, route->dst_len)) {
			type = route->type;
			len = route->dst_len;
		}
	return type;
}

static uint32_t way_mtu(const struct net_way *way)
{
	uint32_t mtu = way->route ? way->route->metrics[RTAX_MTU] : 0;

	return mtu && mtu < way->dev->mtu ? mtu : way->dev->mtu;
}

static bool src_given(const struct net_flow *flow)
{
	return flow->src.family && !net_ip_is_any(&flow->src);
}

static void fill(struct net_devices *net, const struct net_flow *flow,
		 const struct hit *hit, struct net_way *way)
{
	const struct net_ip *to;

	way->route = hit->route;
	way->type = hit->route->type;
	way->dev = net_dev_by_index(net, hit->hop->oif);
	way->gateway = hit->hop->gateway;
	if (way->type == RTN_LOCAL)
		way->dev = net->lo;
	to = way->gateway.family == flow->dst.family ? &way->gateway
						     : &flow->dst;
	if (src_given(flow))
		way->src = flow->src;
	else if (hit->route->prefsrc.family)
		way->src = hit->route->prefsrc;
	else if (way->type == RTN_LOCAL)
		way->src = flow->dst;
	else
		way->src = net_addr_select(
			net, way->dev,
			flow->dst.family == AF_INET ? to : &flow->dst,
			hit->route->scope);
}

/* With an interface and without a route: it is on that link. IPv4 alone. */
static int on_link4(struct net_devices *net, const struct net_flow *flow,
		    struct net_way *way)
{
	way->dev = flow->oif;
	way->type = net_ip_is_multicast(&flow->dst)   ? RTN_MULTICAST
		    : net_ip_is_broadcast(&flow->dst) ? RTN_BROADCAST
						      : RTN_UNICAST;
	way->src = src_given(flow) ? flow->src
				   : net_addr_select(net, flow->oif, &flow->dst,
						     RT_SCOPE_LINK);
	return 0;
}

static int find4(struct net_devices *net, struct net_flow *flow,
		 struct net_way *way)
{
	bool wide = net_ip_is_multicast(&flow->dst) ||
		    net_ip_is_broadcast(&flow->dst);
	struct hit hit;
	int r;

	if (flow->oif && !net_dev_is_up(flow->oif))
		return -ENETUNREACH;
	/* A bound socket's multicast goes out where its address is. */
	if (wide && !flow->oif && src_given(flow)) {
		const struct net_addr *own =
			net_addr_owner(net, &flow->src, NULL);

		if (own)
			flow->oif = own->dev;
	}
	if (wide && flow->oif && net_ip_is_broadcast(&flow->dst))
		return on_link4(net, flow, way);
	if (net_ip_is_any(&flow->dst))
		flow->dst = src_given(flow) ? flow->src : net_ip4(127, 0, 0, 1);
	r = by_rules(net, flow, &hit);
	if (r < 0)
		return flow->oif && !flow->iif ? on_link4(net, flow, way) : r;
	fill(net, flow, &hit, way);
	if (net_ip_is_multicast(&flow->dst))
		way->type = RTN_MULTICAST;
	return 0;
}

static int find6(struct net_devices *net, struct net_flow *flow,
		 struct net_way *way)
{
	struct net_ip any = { AF_INET6, { 0 } };
	struct hit hit;
	int r;

	if (net_ip_is_any(&flow->dst))
		flow->dst.bytes[NET_IP_BYTES - 1] = 1;
	/* The source comes first: ip6_dst_lookup_tail(). */
	if (!src_given(flow) && !flow->iif) {
		any = net_addr_select(net, NULL, &any, 0);
		if (!any.family)
			return -EADDRNOTAVAIL;
	}
	r = by_rules(net, flow, &hit);
	if (r < 0)
		return r;
	fill(net, flow, &hit, way);
	if (net_ip_is_multicast(&flow->dst))
		way->type = RTN_MULTICAST;
	return 0;
}

int net_way_find(struct net_devices *net, const struct net_flow *flow,
		 struct net_way *ret_way)
{
	struct net_flow own = *flow;
	struct net_way way = { 0 };
	int r = own.dst.family == AF_INET ? find4(net, &own, &way)
					  : find6(net, &own, &way);

	if (r < 0)
		return r;
	way.mtu = way_mtu(&way);
	*ret_way = way;
	return 0;
}

/* ---- over the links ---- */

struct link {
	struct net_device **members;
	unsigned int len, max, depth;
};

static void add_other_end(struct net_device *dev, struct link *link);

static void add_member(struct net_device *dev, struct link *link)
{
	for (unsigned int i = 0; i < link->len; i++)
		if (link->members[i] == dev)
			return;
	if (link->len < link->max && net_dev_running(dev))
		link->members[link->len++] = dev;
}

/* The bridge itself, and what hangs on its other ports. */
static void add_bridge(struct net_device *bridge, const struct net_device *from,
		       struct link *link)
{
	struct net_device *port;

	if (!net_dev_is_up(bridge) || link->depth >= LINK_MAX)
		return;
	link->depth++;
	if (from)
		add_member(bridge, link);
	LL_FOREACH (bridge->net->devs, port)
		if (port->master == bridge && port != from &&
		    net_dev_running(port))
			add_other_end(port, link);
}

static void add_other_end(struct net_device *dev, struct link *link)
{
	struct net_device *peer = dev->peer;

	if (!peer || !net_dev_running(dev))
		return;
	if (peer->master)
		add_bridge(peer->master, peer, link);
	else
		add_member(peer, link);
}

unsigned int net_link_members(struct net_device *dev,
			      struct net_device **members, unsigned int max)
{
	struct link link = { .members = members, .max = max };

	if (dev->kind == NET_BRIDGE)
		add_bridge(dev, NULL, &link);
	else if (!dev->master)
		add_other_end(dev, &link);
	return link.len;
}

/* Does @dev answer for @ip there? A net answers for all that it has. */
static bool answers(const struct net_device *dev, const struct net_ip *ip)
{
	if (ip->family == AF_INET6)
		return net_addr_owner(dev->net, ip,
				      net_ip_is_linklocal(ip) ? dev : NULL) !=
		       NULL;
	return net_ip_type(dev->net, ip, NULL) == RTN_LOCAL &&
	       !net_ip_is_loopback(ip);
}

/* The static entry of @net for @ip says who it is. */
static bool entered(struct net_device *dev, const struct net_ip *ip,
		    const struct net_device *member)
{
	const struct net_neigh *neigh =
		net_neigh_find(dev->net, dev->index, ip, false);

	return neigh && neigh->has_address &&
	       memcmp(neigh->address, member->address, NET_HW_LEN) == 0;
}

static struct net_device *who_has(struct net_device *dev,
				  const struct net_ip *ip)
{
	struct net_device *members[NET_PORTS_MAX];
	unsigned int n = net_link_members(dev, members, NET_PORTS_MAX);

	for (unsigned int i = 0; i < n; i++)
		if (entered(dev, ip, members[i]) ||
		    (!(members[i]->flags & IFF_NOARP) &&
		     answers(members[i], ip)))
			return members[i];
	return NULL;
}

static bool forwards(const struct net_device *dev, bool v4)
{
	return v4 ? dev->conf.v4[NET_CONF4_FORWARDING]
		  : dev->net->conf_all.v6[NET_CONF6_FORWARDING];
}

/* By way of @way, from the net of its device. */
static int next_net(const struct net_way *way, const struct net_ip *dst,
		    struct net_device **ret_dev)
{
	const struct net_ip *ip = way->gateway.family ? &way->gateway : dst;

	if (way->dev->kind == NET_DUMMY || way->dev->kind == NET_LO ||
	    way->dev->far)
		return -ETIMEDOUT;
	*ret_dev = who_has(way->dev, ip);
	return *ret_dev ? 0 : -EHOSTDOWN;
}

/* Has the net a way back? What is sent there would be lost otherwise. */
static bool can_answer(struct net_devices *net, const struct net_ip *own,
		       const struct net_ip *to, struct net_device *dev)
{
	struct net_flow flow = { .dst = *to, .src = *own };
	struct net_way way;

	if (net_ip_is_linklocal(to))
		flow.oif = dev;
	return net_way_find(net, &flow, &way) == 0;
}

static int arrive(struct net_arrival *at, const struct net_ip *dst)
{
	if (at->hops == 0 && !at->dev)
		return net_dev_is_up(at->net->lo) ? 0 : -ETIMEDOUT;
	return can_answer(at->net, dst, &at->way.src, at->dev) ? 0 : -ETIMEDOUT;
}

/* Of a router's own error, as its ICMP message comes to the sender. */
static int router_says(int error)
{
	switch (error) {
	case -ENETUNREACH:
		return -ENETUNREACH;
	case -EINVAL: /* a black hole says nothing */
		return -ETIMEDOUT;
	default:
		return -EHOSTUNREACH;
	}
}

/* Over links and routers, to the net that has @flow's destination. */
static int follow(struct net_flow *flow, struct net_way *way,
		  struct net_arrival *at)
{
	int r;

	while (way->type == RTN_UNICAST) {
		r = next_net(way, &flow->dst, &at->dev);
		if (r < 0)
			return r;
		at->net = at->dev->net;
		flow->oif = net_ip_is_linklocal(&flow->dst) ? at->dev : NULL;
		flow->iif = at->dev;
		if (net_ip_type(at->net, &flow->dst, flow->oif) == RTN_LOCAL)
			break;
		if (!forwards(at->dev, flow->dst.family == AF_INET) ||
		    net_ip_is_linklocal(&flow->dst) ||
		    ++at->hops >= ROUTERS_MAX)
			return -ETIMEDOUT;
		r = net_way_find(at->net, flow, way);
		if (r < 0)
			return router_says(r);
	}
	return way->type == RTN_UNICAST || way->type == RTN_LOCAL
		       ? arrive(at, &flow->dst)
		       : 0;
}

int net_deliver(struct net_devices *net, const struct net_flow *flow,
		struct net_arrival *ret_arrival)
{
	struct net_flow own = *flow;
	struct net_arrival at = { .net = net };
	struct net_way way;
	int r = net_way_find(net, &own, &way);

	*ret_arrival = (struct net_arrival){ 0 };
	if (r < 0)
		return r;
	at.way = way;
	if (net_ip_is_any(&own.dst))
		own.dst = own.dst.family == AF_INET ? net_ip4(127, 0, 0, 1)
						    : way.route->dst;
	own.src = way.src;
	r = follow(&own, &way, &at);
	if (r < 0)
		at.net = NULL;
	*ret_arrival = at;
	return r;
}

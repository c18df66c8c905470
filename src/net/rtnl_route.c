/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Routes as messages, and the question for a way: fib_dump_info(),
 * rt6_fill_node(), inet_rtm_getroute() and inet6_rtm_getroute().
 */
#include "src/net/rtnl.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <string.h>
#include <utlist.h>

#define ATTRS  (RTA_MAX + 1)
#define HEADER sizeof(struct rtmsg)

/* Of the cache, in rtm_flags: <linux/in_route.h>, which says it for humans. */
#define CACHE_LOCAL	0x80000000U
#define CACHE_BROADCAST 0x10000000U
#define CACHE_MULTICAST 0x20000000U

/* ---- the message ---- */

static void put_metrics(struct nlmsghdr *msg, const struct net_route *route)
{
	struct nlattr *nest = NULL;

	for (uint16_t i = 1; i < NET_METRICS_MAX; i++) {
		if (!route->metrics[i])
			continue;
		if (!nest) {
			nest = mnl_attr_nest_start(msg, RTA_METRICS);
			nest->nla_type = RTA_METRICS;
		}
		mnl_attr_put_u32(msg, i, route->metrics[i]);
	}
	if (nest)
		mnl_attr_nest_end(msg, nest);
}

static void put_gateway(struct nlmsghdr *msg, uint8_t family,
			const struct net_ip *gateway)
{
	char via[sizeof(struct rtvia) + NET_IP_BYTES];
	size_t size = net_ip_size(gateway->family);
	struct rtvia head = { .rtvia_family = gateway->family };

	if (!gateway->family)
		return;
	if (gateway->family == family) {
		rtnl_put_ip(msg, RTA_GATEWAY, gateway);
		return;
	}
	memcpy(via, &head, sizeof(head));
	memcpy(via + offsetof(struct rtvia, rtvia_addr), gateway->bytes, size);
	mnl_attr_put(msg, RTA_VIA, offsetof(struct rtvia, rtvia_addr) + size,
		     via);
}

static uint8_t hop_flags(const struct net_route *route,
			 const struct net_hop *hop)
{
	return (uint8_t)(hop->flags |
			 (net_hop_linkdown(route->net, hop) ? RTNH_F_LINKDOWN
							    : 0));
}

/* Each is a struct rtnexthop with attributes, in one attribute. */
static void put_hops(struct nlmsghdr *msg, const struct net_route *route)
{
	struct nlattr *nest = mnl_attr_nest_start(msg, RTA_MULTIPATH);

	nest->nla_type = RTA_MULTIPATH;
	for (unsigned int i = 0; i < route->hops_len; i++) {
		struct rtnexthop *one = mnl_nlmsg_get_payload_tail(msg);
		const struct net_hop *hop = &route->hops[i];
		uint32_t start = msg->nlmsg_len;

		memset(one, 0, sizeof(*one));
		one->rtnh_flags = hop_flags(route, hop);
		one->rtnh_hops = hop->weight;
		one->rtnh_ifindex = hop->oif;
		msg->nlmsg_len += (uint32_t)sizeof(*one);
		put_gateway(msg, route->dst.family, &hop->gateway);
		one->rtnh_len = (uint16_t)(msg->nlmsg_len - start);
	}
	mnl_attr_nest_end(msg, nest);
}

static void put_way_out(struct nlmsghdr *msg, struct rtmsg *info,
			const struct net_route *route)
{
	if (route->hops_len > 1) {
		put_hops(msg, route);
	} else if (route->hops_len == 1) {
		put_gateway(msg, route->dst.family, &route->hops->gateway);
		mnl_attr_put_u32(msg, RTA_OIF, (uint32_t)route->hops->oif);
		info->rtm_flags |= hop_flags(route, route->hops);
	}
}

static void put_v6_rest(struct nlmsghdr *msg, const struct net_route *route)
{
	const struct rta_cacheinfo cache = { 0 };

	mnl_attr_put(msg, RTA_CACHEINFO, sizeof(cache), &cache);
	mnl_attr_put_u8(msg, RTA_PREF, route->pref);
}

struct nlmsghdr *rtnl_fill_route(void *buf, uint16_t type,
				 const struct net_route *route)
{
	struct nlmsghdr *msg = rtnl_begin(buf, type, HEADER);
	struct rtmsg *info = mnl_nlmsg_get_payload(msg);
	bool v4 = route->dst.family == AF_INET;

	info->rtm_family = route->dst.family;
	info->rtm_dst_len = route->dst_len;
	info->rtm_tos = route->tos;
	info->rtm_table =
		route->table < 256 ? (uint8_t)route->table : RT_TABLE_COMPAT;
	info->rtm_protocol = route->protocol;
	info->rtm_scope = route->scope;
	info->rtm_type = route->type;
	mnl_attr_put_u32(msg, RTA_TABLE, route->table);
	if (route->dst_len)
		rtnl_put_ip(msg, RTA_DST, &route->dst);
	if (v4 && route->metric)
		mnl_attr_put_u32(msg, RTA_PRIORITY, route->metric);
	if (v4)
		put_metrics(msg, route);
	if (route->prefsrc.family)
		rtnl_put_ip(msg, RTA_PREFSRC, &route->prefsrc);
	if (!v4) {
		put_metrics(msg, route);
		mnl_attr_put_u32(msg, RTA_PRIORITY, route->metric);
	}
	put_way_out(msg, info, route);
	if (!v4)
		put_v6_rest(msg, route);
	return msg;
}

/* ---- dumps ---- */

struct route_filter {
	uint32_t table, oif;
	uint8_t protocol, type;
};

static bool passes(const struct net_route *route,
		   const struct route_filter *filter)
{
	bool out = !filter->oif;

	for (unsigned int i = 0; i < route->hops_len; i++)
		out = out || (uint32_t)route->hops[i].oif == filter->oif;
	return out && (!filter->table || route->table == filter->table) &&
	       (!filter->protocol || route->protocol == filter->protocol) &&
	       (!filter->type || route->type == filter->type);
}

static bool table_exists(struct net_devices *net, uint8_t family,
			 uint32_t table)
{
	const struct net_route *route;

	if (table == RT_TABLE_MAIN || table == RT_TABLE_LOCAL)
		return true;
	LL_FOREACH (*net_fib_list(net, family), route)
		if (route->table == table)
			return true;
	return false;
}

static int dump_family(struct rtnl_request *request, uint8_t family, bool alone,
		       const struct route_filter *filter)
{
	const struct net_route *route;

	if (filter->table && alone &&
	    !table_exists(request->net, family, filter->table))
		return rtnl_fail(request, -ENOENT,
				 family == AF_INET
					 ? "ipv4: FIB table does not exist"
					 : "ipv6: FIB table does not exist");
	LL_FOREACH (*net_fib_list(request->net, family), route)
		if (passes(route, filter))
			rtnl_part(request,
				  rtnl_fill_route(rtnl_buffer(), RTM_NEWROUTE,
						  route));
	return 0;
}

/* Cached ones are asked for: there are none. */
static bool wants_cache(const struct rtmsg *info)
{
	return info && info->rtm_flags & RTM_F_CLONED;
}

static int read_filter(struct rtnl_request *request, const struct rtmsg *info,
		       struct route_filter *filter)
{
	const struct nlattr *attrs[ATTRS];
	int r;

	if (info->rtm_dst_len || info->rtm_src_len || info->rtm_tos ||
	    info->rtm_scope)
		return rtnl_fail(
			request, -EINVAL,
			"Invalid values in header for FIB dump request");
	rtnl_attrs(request, HEADER, attrs, ATTRS);
	filter->table = info->rtm_table;
	filter->protocol = info->rtm_protocol;
	filter->type = info->rtm_type;
	r = rtnl_get_u32(attrs[RTA_TABLE], &filter->table);
	if (r == 0)
		r = rtnl_get_u32(attrs[RTA_OIF], &filter->oif);
	if (r == 0 && filter->oif &&
	    !net_dev_by_index(request->net, (int)filter->oif))
		r = -ENODEV;
	request->filtered = filter->table || filter->oif || filter->protocol ||
			    filter->type;
	return r;
}

int rtnl_dump_routes(struct rtnl_request *request)
{
	const struct rtmsg *info = rtnl_header(request, HEADER);
	const struct rtgenmsg *general = rtnl_header(request, 1);
	uint8_t family = general->rtgen_family;
	struct route_filter filter = { 0 };
	int r = 0;

	if (request->caller->strict && !info)
		return rtnl_fail(request, -EINVAL,
				 "Invalid header for FIB dump request");
	if (request->caller->strict)
		r = read_filter(request, info, &filter);
	if (r < 0 || wants_cache(info))
		return r;
	if (family != AF_INET6)
		r = dump_family(request, AF_INET, family == AF_INET, &filter);
	if (r == 0 && family != AF_INET)
		r = dump_family(request, AF_INET6, family == AF_INET6, &filter);
	return r;
}

/* ---- one way ---- */

struct way_request {
	const struct rtmsg *info;
	const struct nlattr *attrs[ATTRS];
	struct net_flow flow;
	uint32_t oif, iif;
};

static int read_way(struct rtnl_request *request, struct way_request *w)
{
	uint8_t family;
	int r;

	memset(w, 0, sizeof(*w));
	w->info = rtnl_header(request, HEADER);
	if (!w->info)
		return -EINVAL;
	family = w->info->rtm_family;
	if (!net_ip_size(family))
		return -EOPNOTSUPP;
	rtnl_attrs(request, HEADER, w->attrs, ATTRS);
	w->flow.dst.family = family;
	w->flow.tos = w->info->rtm_tos;
	w->flow.uid = request->caller->uid;
	r = rtnl_get_ip(w->attrs[RTA_DST], family, &w->flow.dst);
	if (r == 0)
		r = rtnl_get_ip(w->attrs[RTA_SRC], family, &w->flow.src);
	if (r == 0)
		r = rtnl_get_u32(w->attrs[RTA_OIF], &w->oif);
	if (r == 0)
		r = rtnl_get_u32(w->attrs[RTA_IIF], &w->iif);
	if (r == 0)
		r = rtnl_get_u32(w->attrs[RTA_MARK], &w->flow.mark);
	if (r == 0)
		r = rtnl_get_u32(w->attrs[RTA_UID], &w->flow.uid);
	if (r < 0)
		return r;
	w->flow.oif = net_dev_by_index(request->net, (int)w->oif);
	w->flow.iif = net_dev_by_index(request->net, (int)w->iif);
	if ((w->oif && !w->flow.oif) || (w->iif && !w->flow.iif))
		return -ENODEV;
	/* A source that is not its own. */
	if (family == AF_INET && !w->iif && w->flow.src.family &&
	    !net_ip_is_any(&w->flow.src) &&
	    net_ip_type(request->net, &w->flow.src, NULL) != RTN_LOCAL)
		return -ENETUNREACH;
	return 0;
}

static uint32_t cache_flags(const struct net_way *way)
{
	switch (way->type) {
	case RTN_LOCAL:
		return CACHE_LOCAL;
	case RTN_BROADCAST:
		return CACHE_BROADCAST | CACHE_LOCAL;
	case RTN_MULTICAST:
		return CACHE_MULTICAST;
	default:
		return way->dev->kind == NET_LO ? CACHE_LOCAL : 0;
	}
}

static void put_cache(struct nlmsghdr *msg)
{
	const struct rta_cacheinfo cache = { .rta_clntref = 2 };

	mnl_attr_put(msg, RTA_CACHEINFO, sizeof(cache), &cache);
}

/*
 * Local and main are one table to the kernel, until there are rules:
 * fib_unmerge().
 */
static uint32_t shown_table(const struct way_request *w,
			    const struct net_way *way)
{
	const struct net_route *route = way->route;

	if (!route || !(w->info->rtm_flags & RTM_F_LOOKUP_TABLE) ||
	    (route->table == RT_TABLE_LOCAL && !route->net->unmerged))
		return RT_TABLE_MAIN;
	return route->table;
}

static void put_way4(struct nlmsghdr *msg, struct rtmsg *info,
		     const struct way_request *w, const struct net_way *way)
{
	uint32_t table = shown_table(w, way);

	info->rtm_table = table < 256 ? (uint8_t)table : RT_TABLE_COMPAT;
	info->rtm_flags = RTM_F_CLONED | cache_flags(way);
	mnl_attr_put_u32(msg, RTA_TABLE, table);
	rtnl_put_ip(msg, RTA_DST, &w->flow.dst);
	if (w->attrs[RTA_SRC]) {
		info->rtm_src_len = 32;
		rtnl_put_ip(msg, RTA_SRC, &w->flow.src);
	}
	mnl_attr_put_u32(msg, RTA_OIF, (uint32_t)way->dev->index);
	if (!w->attrs[RTA_SRC] && way->src.family)
		rtnl_put_ip(msg, RTA_PREFSRC, &way->src);
	put_gateway(msg, AF_INET, &way->gateway);
	if (way->route)
		put_metrics(msg, way->route);
	if (w->flow.mark)
		mnl_attr_put_u32(msg, RTA_MARK, w->flow.mark);
	mnl_attr_put_u32(msg, RTA_UID, w->flow.uid);
	put_cache(msg);
}

static void put_way6(struct nlmsghdr *msg, struct rtmsg *info,
		     const struct way_request *w, const struct net_way *way)
{
	const struct net_ip any = { .family = AF_INET6 };
	const struct net_route *route = way->route;

	info->rtm_src_len = 128;
	info->rtm_table = (uint8_t)route->table;
	info->rtm_protocol = route->protocol;
	mnl_attr_put_u32(msg, RTA_TABLE, route->table);
	rtnl_put_ip(msg, RTA_DST, &w->flow.dst);
	rtnl_put_ip(msg, RTA_SRC, w->attrs[RTA_SRC] ? &w->flow.src : &any);
	if (way->src.family && !w->attrs[RTA_SRC])
		rtnl_put_ip(msg, RTA_PREFSRC, &way->src);
	put_metrics(msg, route);
	mnl_attr_put_u32(msg, RTA_PRIORITY, route->metric);
	put_gateway(msg, AF_INET6, &way->gateway);
	mnl_attr_put_u32(msg, RTA_OIF, (uint32_t)way->dev->index);
	put_cache(msg);
	mnl_attr_put_u8(msg, RTA_PREF, route->pref);
}

int rtnl_get_route(struct rtnl_request *request)
{
	struct way_request w;
	struct net_way way;
	struct nlmsghdr *msg;
	struct rtmsg *info;
	int r = read_way(request, &w);

	if (r == 0)
		r = net_way_find(request->net, &w.flow, &way);
	/* The question for a route is no question for a source. */
	if (r == -EADDRNOTAVAIL)
		r = -ENETUNREACH;
	if (r < 0)
		return r;
	if (w.flow.dst.family == AF_INET6 && !way.route)
		return -ENETUNREACH;
	if (w.info->rtm_flags & RTM_F_FIB_MATCH && way.route) {
		rtnl_reply(request, rtnl_fill_route(rtnl_buffer(), RTM_NEWROUTE,
						    way.route));
		return 0;
	}
	msg = rtnl_begin(rtnl_buffer(), RTM_NEWROUTE, HEADER);
	info = mnl_nlmsg_get_payload(msg);
	info->rtm_family = w.flow.dst.family;
	info->rtm_dst_len = w.flow.dst.family == AF_INET ? 32 : 128;
	info->rtm_type = way.type;
	if (w.flow.dst.family == AF_INET)
		put_way4(msg, info, &w, &way);
	else
		put_way6(msg, info, &w, &way);
	rtnl_reply(request, msg);
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Routes added and removed: rtm_to_fib_config(), fib_create_info() and
 * fib_table_delete() of net/ipv4; ip6_route_add() of net/ipv6.
 */
#include "src/net/rtnl.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <string.h>
#include <utlist.h>

#define ATTRS	(RTA_MAX + 1)
#define HEADER	sizeof(struct rtmsg)
#define METRIC6 1024 /* IP6_RT_PRIO_USER */

struct route_request {
	const struct rtmsg *info;
	const struct nlattr *attrs[ATTRS];
	struct net_route route;
	struct net_hop hops[NET_HOPS_MAX];
	bool v4, adds;
};

/* ---- ways out ---- */

static int read_via(const struct nlattr *attr, struct net_ip *ret_ip)
{
	const struct rtvia *via = mnl_attr_get_payload(attr);
	size_t len = mnl_attr_get_payload_len(attr);
	size_t head = offsetof(struct rtvia, rtvia_addr);

	if (len < head || !net_ip_size((uint8_t)via->rtvia_family) ||
	    len < head + net_ip_size((uint8_t)via->rtvia_family))
		return -EINVAL;
	*ret_ip = net_ip_make((uint8_t)via->rtvia_family, via->rtvia_addr);
	return 0;
}

static int read_hop(const struct route_request *q, const struct nlattr **attrs,
		    struct net_hop *hop)
{
	int r = rtnl_get_ip(attrs[RTA_GATEWAY], q->info->rtm_family,
			    &hop->gateway);

	if (r == 0 && attrs[RTA_VIA])
		r = read_via(attrs[RTA_VIA], &hop->gateway);
	if (r == 0 && attrs[RTA_ENCAP])
		r = -EOPNOTSUPP;
	/* 0.0.0.0 is none. */
	if (hop->gateway.family && net_ip_is_any(&hop->gateway))
		hop->gateway.family = 0;
	return r;
}

static int read_hops(struct rtnl_request *request, struct route_request *q)
{
	const struct nlattr *multi = q->attrs[RTA_MULTIPATH], *attrs[ATTRS];
	const char *at = mnl_attr_get_payload(multi);
	size_t len = mnl_attr_get_payload_len(multi);
	struct rtnexthop one;

	while (len >= sizeof(one)) {
		struct net_hop *hop = &q->hops[q->route.hops_len];
		int r;

		memcpy(&one, at, sizeof(one));
		if (one.rtnh_len < sizeof(one) || one.rtnh_len > len)
			return rtnl_fail(request, -EINVAL,
					 "Invalid nexthop configuration - "
					 "extra data after nexthop");
		if (q->route.hops_len >= NET_HOPS_MAX)
			return -ENOBUFS;
		rtnl_parse(at + sizeof(one), one.rtnh_len - sizeof(one), attrs,
			   ATTRS);
		hop->oif = one.rtnh_ifindex;
		hop->weight = one.rtnh_hops;
		hop->flags = one.rtnh_flags & RTNH_F_ONLINK;
		r = read_hop(q, attrs, hop);
		if (r < 0)
			return r;
		q->route.hops_len++;
		if ((size_t)RTNH_ALIGN(one.rtnh_len) > len)
			break;
		len -= RTNH_ALIGN(one.rtnh_len);
		at += RTNH_ALIGN(one.rtnh_len);
	}
	return q->route.hops_len ? 0 : -EINVAL;
}

static bool has_no_way(uint8_t type)
{
	return type == RTN_BLACKHOLE || type == RTN_UNREACHABLE ||
	       type == RTN_PROHIBIT || type == RTN_THROW;
}

static int read_out(struct rtnl_request *request, struct route_request *q)
{
	struct net_hop *hop = q->hops;
	uint32_t oif = 0;
	int r;

	q->route.hops = q->hops;
	if (q->attrs[RTA_NH_ID])
		return rtnl_fail(request, -EINVAL, "Nexthop id does not exist");
	if (q->attrs[RTA_MULTIPATH])
		return read_hops(request, q);
	r = rtnl_get_u32(q->attrs[RTA_OIF], &oif);
	if (r == 0)
		r = read_hop(q, q->attrs, hop);
	hop->oif = (int)oif;
	hop->flags = q->info->rtm_flags & RTNH_F_ONLINK;
	if (oif || hop->gateway.family)
		q->route.hops_len = 1;
	return r;
}

/* ---- the rest ---- */

static int read_metrics(struct route_request *q)
{
	const struct nlattr *metrics[NET_METRICS_MAX];
	int r = 0;

	rtnl_nested(q->attrs[RTA_METRICS], metrics, NET_METRICS_MAX);
	for (int i = 1; i < NET_METRICS_MAX && r == 0; i++)
		if (i != RTAX_CC_ALGO)
			r = rtnl_get_u32(metrics[i], &q->route.metrics[i]);
	return r;
}

static int read_numbers(struct route_request *q)
{
	struct net_route *route = &q->route;
	int r;

	route->table = q->info->rtm_table ? q->info->rtm_table : RT_TABLE_MAIN;
	r = rtnl_get_u32(q->attrs[RTA_TABLE], &route->table);
	if (r == 0)
		r = rtnl_get_u32(q->attrs[RTA_PRIORITY], &route->metric);
	if (r == 0)
		r = rtnl_get_u8(q->attrs[RTA_PREF], &route->pref);
	if (r == 0)
		r = rtnl_get_ip(q->attrs[RTA_DST], q->info->rtm_family,
				&route->dst);
	if (r == 0)
		r = rtnl_get_ip(q->attrs[RTA_PREFSRC], q->info->rtm_family,
				&route->prefsrc);
	if (!route->table)
		route->table = RT_TABLE_MAIN;
	return r < 0 ? r : read_metrics(q);
}

static int read_request(struct rtnl_request *request, struct route_request *q)
{
	struct net_ip masked;
	int r;

	memset(q, 0, sizeof(*q));
	q->info = rtnl_header(request, HEADER);
	if (!q->info)
		return -EINVAL;
	q->v4 = q->info->rtm_family == AF_INET;
	if (!net_ip_size(q->info->rtm_family))
		return -EOPNOTSUPP;
	rtnl_attrs(request, HEADER, q->attrs, ATTRS);
	q->adds = request->head->nlmsg_type == RTM_NEWROUTE;
	q->route.dst.family = q->info->rtm_family;
	q->route.dst_len = q->info->rtm_dst_len;
	q->route.tos = q->v4 ? q->info->rtm_tos : 0;
	q->route.type = q->info->rtm_type;
	q->route.protocol = q->info->rtm_protocol;
	q->route.scope = q->v4 ? q->info->rtm_scope : RT_SCOPE_UNIVERSE;
	if (q->route.dst_len > (q->v4 ? 32 : 128))
		return rtnl_fail(request, -EINVAL, "Invalid prefix length");
	if (q->route.type > RTN_MAX)
		return rtnl_fail(request, -EINVAL, "Invalid route type");
	r = read_numbers(q);
	if (r == 0)
		r = read_out(request, q);
	if (r < 0)
		return r;
	masked = net_ip_masked(&q->route.dst, q->route.dst_len);
	if (q->v4 && q->adds && !net_ip_equal(&masked, &q->route.dst))
		return rtnl_fail(request, -EINVAL,
				 "Invalid prefix for given prefix length");
	q->route.dst = masked;
	return 0;
}

/* ---- is the way out one? ---- */

static int check_device(struct rtnl_request *request, struct net_hop *hop,
			const char *not_up)
{
	const struct net_device *dev = net_dev_by_index(request->net, hop->oif);

	if (!dev)
		return -ENODEV;
	if (!net_dev_is_up(dev))
		return rtnl_fail(request, -ENETDOWN, not_up);
	return 0;
}

/* fib_check_nh() with a gateway of IPv4. */
static int check_gateway4(struct rtnl_request *request,
			  const struct route_request *q, struct net_hop *hop)
{
	struct net_flow flow = { .dst = hop->gateway };
	struct net_way way;
	int r;

	hop->scope = RT_SCOPE_LINK;
	if (q->route.scope >= RT_SCOPE_LINK)
		return rtnl_fail(request, -EINVAL, "Nexthop has invalid scope");
	if (hop->oif) {
		r = check_device(request, hop, "Nexthop device is not up");
		if (r < 0)
			return r;
		flow.oif = net_dev_by_index(request->net, hop->oif);
	}
	if (hop->flags & RTNH_F_ONLINK)
		return hop->oif ? 0
				: rtnl_fail(
					  request, -EINVAL,
					  "Nexthop device required for onlink");
	r = net_way_find(request->net, &flow, &way);
	if (r < 0)
		return rtnl_fail(request, r, "Nexthop has invalid gateway");
	/* What is behind another router is no gateway. */
	if ((way.type != RTN_UNICAST && way.type != RTN_LOCAL) || !way.route ||
	    (way.type == RTN_UNICAST && way.route->scope < RT_SCOPE_LINK))
		return rtnl_fail(request,
				 way.type == RTN_UNICAST ? -ENETUNREACH
							 : -EINVAL,
				 "Nexthop has invalid gateway");
	if (!hop->oif)
		hop->oif = way.type == RTN_LOCAL ? way.route->hops->oif
						 : way.dev->index;
	return 0;
}

/* ip6_route_check_nh() */
static int check_gateway6(struct rtnl_request *request, struct net_hop *hop)
{
	struct net_flow flow = { .dst = hop->gateway, .src = hop->gateway };
	struct net_way way;

	if (net_addr_owner(request->net, &hop->gateway, NULL))
		return rtnl_fail(request, -EINVAL,
				 "Gateway can not be a local address");
	if (net_ip_is_linklocal(&hop->gateway)) {
		if (!hop->oif)
			return rtnl_fail(request, -EINVAL,
					 "Egress device not specified");
		return 0;
	}
	flow.oif = net_dev_by_index(request->net, hop->oif);
	if (!(hop->flags & RTNH_F_ONLINK) &&
	    (net_way_find(request->net, &flow, &way) < 0 || way.gateway.family))
		return -EHOSTUNREACH;
	if (!hop->oif)
		hop->oif = way.dev->index;
	return 0;
}

static int check_hop(struct rtnl_request *request,
		     const struct route_request *q, struct net_hop *hop)
{
	int r = 0;

	hop->scope = q->route.scope >= RT_SCOPE_HOST ? RT_SCOPE_NOWHERE
						     : RT_SCOPE_HOST;
	if (!q->v4 && hop->gateway.family == AF_INET6)
		r = check_gateway6(request, hop);
	else if (hop->gateway.family == AF_INET)
		return check_gateway4(request, q, hop);
	if (r < 0)
		return r;
	return check_device(request, hop,
			    q->v4 && !hop->gateway.family
				    ? "Device for nexthop is not up"
				    : "Nexthop device is not up");
}

/* Those of IPv6 that lead nowhere lead to lo. */
static void set_reject6(struct rtnl_request *request, struct route_request *q)
{
	q->route.hops_len = 1;
	q->hops[0] = (struct net_hop){ .oif = request->net->lo->index,
				       .scope = RT_SCOPE_NOWHERE };
}

static int check_out(struct rtnl_request *request, struct route_request *q)
{
	int r = 0;

	if (has_no_way(q->route.type)) {
		if (q->v4 && q->route.hops_len)
			return rtnl_fail(request, -EINVAL,
					 "Gateway, device and nexthop can not "
					 "be specified for this route type");
		if (!q->v4)
			set_reject6(request, q);
		return 0;
	}
	if (!q->route.hops_len)
		return -ENODEV;
	for (unsigned int i = 0; i < q->route.hops_len && r == 0; i++)
		r = check_hop(request, q, &q->hops[i]);
	return r;
}

static int check_source(struct rtnl_request *request, struct route_request *q)
{
	const struct net_ip *src = &q->route.prefsrc;

	if (!src->family)
		return 0;
	if (net_ip_is_any(src))
		q->route.prefsrc.family = 0;
	else if (net_ip_type(request->net, src, NULL) != RTN_LOCAL)
		return rtnl_fail(request, -EINVAL,
				 q->v4 ? "Invalid prefsrc address"
				       : "Invalid source address");
	return 0;
}

/* ---- the requests ---- */

int rtnl_new_route(struct rtnl_request *request)
{
	static struct route_request q; /* large */
	uint16_t flags = request->head->nlmsg_flags;
	const struct net_route_how how = {
		.create = flags & NLM_F_CREATE,
		.replace = flags & NLM_F_REPLACE,
		.exclusive = flags & NLM_F_EXCL,
		.append = flags & NLM_F_APPEND,
	};
	int r = read_request(request, &q);

	if (r < 0)
		return r;
	if (q.route.type == RTN_UNSPEC)
		q.route.type = RTN_UNICAST;
	if (!q.v4 && !q.route.metric)
		q.route.metric = METRIC6;
	r = check_out(request, &q);
	if (r == 0)
		r = check_source(request, &q);
	return r < 0 ? r : net_route_add(request->net, &q.route, how);
}

static bool same_out(const struct route_request *q,
		     const struct net_route *route)
{
	for (unsigned int i = 0; i < q->route.hops_len; i++) {
		const struct net_hop *want = &q->hops[i];
		const struct net_hop *has = &route->hops[i];

		if (i >= route->hops_len ||
		    (want->oif && want->oif != has->oif) ||
		    (want->gateway.family &&
		     !net_ip_equal(&want->gateway, &has->gateway)))
			return false;
	}
	return true;
}

static bool is_meant(const struct route_request *q,
		     const struct net_route *route)
{
	const struct net_route *want = &q->route;

	return route->table == want->table && route->dst_len == want->dst_len &&
	       net_ip_equal(&route->dst, &want->dst) &&
	       route->tos == want->tos &&
	       (!want->type || want->type == route->type) &&
	       (!q->v4 || want->scope == RT_SCOPE_NOWHERE ||
		want->scope == route->scope) &&
	       (!want->protocol || want->protocol == route->protocol) &&
	       (!want->metric || want->metric == route->metric) &&
	       (!want->prefsrc.family ||
		net_ip_equal(&want->prefsrc, &route->prefsrc)) &&
	       same_out(q, route);
}

int rtnl_del_route(struct rtnl_request *request)
{
	static struct route_request q;
	struct net_route *route;
	int r = read_request(request, &q);

	if (r < 0)
		return r;
	LL_FOREACH (*net_fib_list(request->net, q.info->rtm_family), route)
		if (is_meant(&q, route)) {
			net_route_del(route);
			return 0;
		}
	return -ESRCH;
}

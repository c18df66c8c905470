/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Routes, rules and neighbours of a network namespace, and the question which
 * way a packet takes.
 */
#ifndef NSRUN_NET_FIB_H
#define NSRUN_NET_FIB_H

#include <stdbool.h>
#include <stdint.h>
#include "tables/net_dev.h"

#define NET_HOPS_MAX	64 /* nexthops of a route */
#define NET_METRICS_MAX 18 /* RTAX_MAX + 1 */

struct net_hop {
	int oif;	       /* 0: none */
	struct net_ip gateway; /* of either family, or none */
	uint8_t weight;	       /* as rtnh_hops: one less */
	uint8_t flags;	       /* RTNH_F_ONLINK */
	uint8_t scope;
};

struct net_route {
	struct net_route *next;
	struct net_devices *net;
	struct net_ip dst;
	uint8_t dst_len, tos, protocol, scope, type;
	uint8_t pref; /* IPv6: RTA_PREF */
	uint32_t table, metric;
	struct net_ip prefsrc;
	uint32_t metrics[NET_METRICS_MAX]; /* [RTAX_*]; 0: not set */
	unsigned int hops_len;		   /* 0: of a type without */
	struct net_hop *hops;		   /* allocated with it */
};

/* How a route is entered: NLM_F_*. */
struct net_route_how {
	bool create, replace, exclusive, append;
};

struct net_rule {
	struct net_rule *next;
	struct net_devices *net;
	uint8_t family, action, tos, protocol, ip_proto;
	bool invert;
	uint32_t priority, table, target; /* target: of FR_ACT_GOTO */
	struct net_ip src, dst;		  /* family 0: any */
	uint8_t src_len, dst_len;
	char iif[IFNAMSIZ], oif[IFNAMSIZ];
	uint32_t mark, mark_mask;
	uint32_t suppress_len; /* UINT32_MAX: none */
	uint32_t suppress_group;
	uint32_t uid_start, uid_end; /* start > end: any */
	uint16_t sport[2], dport[2]; /* 0: any */
};

struct net_neigh {
	struct net_neigh *next;
	struct net_devices *net;
	int index; /* the interface; 0: a proxy of all */
	struct net_ip ip;
	bool proxy, has_address;
	uint8_t address[NET_HW_LEN];
	uint16_t state; /* NUD_* */
	uint8_t flags, protocol;
	uint32_t updated;
};

/* ---- routes: net_fib.c ---- */

struct net_route **net_fib_list(struct net_devices *net, uint8_t family);

/*
 * A copy of @route with its hops.
 * Return: 0; -EEXIST, -ENOENT (nothing to replace), -ENOBUFS, -ENOMEM.
 */
int net_route_add(struct net_devices *net, const struct net_route *route,
		  struct net_route_how how);
void net_route_del(struct net_route *route);
/* Those for which @gone says so. */
void net_route_flush(struct net_devices *net, uint8_t family,
		     bool (*gone)(const struct net_route *route,
				  const void *data),
		     const void *data);
bool net_hop_linkdown(const struct net_devices *net, const struct net_hop *hop);

/* ---- rules: net_rule.c ---- */

int net_rules_init(struct net_devices *net);
struct net_rule **net_rule_list(struct net_devices *net, uint8_t family);
/* A copy of @rule. Return: 0, -EEXIST with @exclusive, -ENOBUFS, -ENOMEM. */
int net_rule_add(struct net_devices *net, const struct net_rule *rule,
		 bool exclusive);
void net_rule_del(struct net_rule *rule);
/* What a rule without a priority gets. */
uint32_t net_rule_priority(struct net_devices *net, uint8_t family);

/* ---- neighbours: net_neigh.c ---- */

struct net_neigh *net_neigh_find(struct net_devices *net, int index,
				 const struct net_ip *ip, bool proxy);
/* Return: NULL when there are too many. Not told of. */
struct net_neigh *net_neigh_add(struct net_devices *net, int index,
				const struct net_ip *ip, bool proxy);
void net_neigh_del(struct net_neigh *neigh);
/* Of one family, or of all (0). */
void net_neigh_flush_dev(struct net_device *dev, uint8_t family);

/* ---- the way: net_way.c ---- */

struct net_flow {
	struct net_ip dst, src;	      /* src: family 0, or any: to be chosen */
	struct net_device *oif, *iif; /* NULL: any */
	uint32_t mark, uid;
	uint8_t tos, ip_proto;
	uint16_t sport, dport;
};

struct net_way {
	uint8_t type; /* RTN_LOCAL, RTN_UNICAST, _BROADCAST, _MULTICAST */
	struct net_device *dev; /* out of here; of a local one: lo, mostly */
	struct net_ip gateway;	/* family 0: on the link */
	struct net_ip src;	/* what the socket uses */
	const struct net_route *route; /* until something changes; or NULL */
	uint32_t mtu;
};

/*
 * Return: 0; -ENETUNREACH, -EHOSTUNREACH, -EACCES, -EINVAL as connect(2) and
 * sendto(2) answer. -ENODEV: the scope needs an interface.
 */
int net_way_find(struct net_devices *net, const struct net_flow *flow,
		 struct net_way *ret_way);

/*
 * May a socket bind to it? RTN_LOCAL, RTN_BROADCAST, RTN_MULTICAST, or
 * RTN_UNICAST: somebody else's. @dev NULL: any; an IPv6 address of a link
 * needs one.
 */
uint8_t net_ip_type(const struct net_devices *net, const struct net_ip *ip,
		    const struct net_device *dev);

/*
 * Where a packet ends that goes by @flow: in *@ret_net, to which it comes
 * by *@ret_dev; src is that of the first way. Follows the links, and
 * namespaces that forward.
 * Return: 0; what net_way_find() says, with nothing filled in; or else only the
 * first way is, and its net is NULL: -EHOSTDOWN when nobody has the address or
 * the next gateway, -ENETUNREACH and -EHOSTUNREACH when a router says so,
 * -ETIMEDOUT when it is lost (on an interface that leads nowhere; or the way
 * back is none).
 */
struct net_arrival {
	struct net_way way; /* the first */
	struct net_devices *net;
	struct net_device *dev;
	unsigned int hops; /* routers between */
};
int net_deliver(struct net_devices *net, const struct net_flow *flow,
		struct net_arrival *ret_arrival);

/*
 * The interfaces on the same link as @dev, itself not among them: up to @max,
 * those that are up. Return: how many.
 */
unsigned int net_link_members(struct net_device *dev,
			      struct net_device **members, unsigned int max);

#endif

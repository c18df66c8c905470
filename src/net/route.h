/* SPDX-License-Identifier: Apache-2.0 */
/* Which way leads from a net to an address, and who is there. */
#ifndef NSRUN_NET_ROUTE_H
#define NSRUN_NET_ROUTE_H

#include "src/net/sname.h"
#include "src/ns/net.h"
#include "tables/net_ip.h"

struct net_reach {
	struct net *net;    /* where it ends, borrowed */
	struct net_ip from; /* the address that the sender uses */
	struct net_ip to;   /* of any: loopback */
	uint8_t type;	    /* RTN_LOCAL, _UNICAST, _BROADCAST, _MULTICAST */
	int dev;	    /* index of the interface that it comes in by */
	int out;	    /* and of that by which it leaves */
};

/*
 * From @net, of the address @from (any: to be chosen), to @to, out by the
 * interface @device, or, with 0, as the routes say.
 * Return: 0, or -ENETUNREACH, -EHOSTUNREACH, -EACCES, -EINVAL, and -ETIMEDOUT
 * where it is lost on the way; then all but the net is filled in. A datagram
 * is lost, too, where nobody has the address.
 */
int route_find(struct net *net, const struct net_ip *from,
	       const struct net_end *to, int device, uint8_t protocol,
	       struct net_reach *ret_reach);

/* What the scope of @ip is where it is of the interface @dev; mostly 0. */
uint32_t route_scope(const struct net_ip *ip, int dev);

/*
 * The way of what goes to many: out by the interface @dev of @net, 0: as the
 * routes say. reach->net is @net, and reach->dev the interface.
 */
int route_out(struct net *net, const struct net_ip *from,
	      const struct net_ip *to, int dev, struct net_reach *ret_reach);

/* RTN_LOCAL if a socket of @net may have it; else another RTN_. */
uint8_t route_type(struct net *net, const struct net_ip *ip);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The way out of a net and into it, by the gateway's process
 * (src/gateway/gateway.h): the supervisor's end.
 */
#ifndef NSRUN_NET_OUTWARD_H
#define NSRUN_NET_OUTWARD_H

#include "src/net/relay.h"
#include "src/net/route.h"

/* What has become of a connection to the outside: net_sock.outward */
enum outward {
	OUTWARD_NONE,
	OUTWARD_ASKED,	/* its program waits in connect(2) */
	OUTWARD_JOINED, /* its program was told EINPROGRESS */
	OUTWARD_READY,
	OUTWARD_FAILED,
	OUTWARD_LINKED, /* link.c: the other supervisor was asked */
};

/*
 * @net gets an interface, of which the gateway is at the other end of
 * @channel; with @nat a default route. Return: 0 or a negative errno.
 */
long outward_start(struct net *net, int channel, bool nat);

/*
 * Is what goes from @net to @to the gateway's? route_find() has answered @r,
 * and if that is 0, nobody is there.
 */
bool outward_leads(const struct net *net, const struct net_reach *reach,
		   const struct net_end *to, int r);

/* Return: -EAGAIN: it is on its way; or another negative errno. */
long outward_connect(struct sock_ref *ref, const struct net_reach *reach);
/* Of one that is: 0, -EAGAIN, or what it came to. */
long outward_more(struct sock_ref *ref);

/* It may be lost. @dev: where route_find() leads it. */
void outward_send(const struct packet *packet, int dev);

/* A datagram that has come for @to; NULL: for nobody. */
void outward_deliver(struct net_sock *to, const struct packet *packet);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Multicast and broadcast: datagrams to many. */
#ifndef NSRUN_NET_GROUP_H
#define NSRUN_NET_GROUP_H

#include "src/net/relay.h"
#include "src/net/route.h"

/*
 * The way of what @sock sends to the group @to, where IP_MULTICAST_IF decides.
 * Return: 0, or -ENOENT: it does not.
 */
long group_route(const struct net_sock *sock, const struct net_ip *to,
		 struct net_reach *ret_reach);

/* A copy for each that is to have one. */
void group_send(struct net_sock *from, const struct net_reach *reach,
		const struct packet *packet);

void group_leave_all(struct net_sock *sock);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Multicast and broadcast: datagrams to many. */
#ifndef NSRUN_NET_GROUP_H
#define NSRUN_NET_GROUP_H

#include "src/net/relay.h"
#include "src/net/route.h"

/*
 * The way of what @sock sends to the group @to from @from (any: to be chosen).
 * Return: 0, an errno as of route_out(), or -ENOENT: it is no group.
 */
long group_route(const struct net_sock *sock, const struct net_end *to,
		 const struct net_ip *from, struct net_reach *ret_reach);

/* A copy for each that is to have one. */
void group_send(struct net_sock *from, const struct net_reach *reach,
		const struct packet *packet);

/* Likewise, as it comes into @net by the interface @dev. */
void group_arrive(struct net *net, int dev, const struct packet *sent);

void group_leave_all(struct net_sock *sock);

/* A group that sockets of a net have joined at an interface. */
struct group_joined {
	struct net_ip ip;
	unsigned int users;
	uint64_t since; /* the higher, the later */
};

/* Those of @family, the newest first. Return: how many, of @max at most. */
unsigned int group_list(const struct net *net, int dev, uint8_t family,
			struct group_joined *ret_groups, unsigned int max);

#endif

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

/* ---- group_member.c ---- */

/* 0, -EADDRINUSE or -ENOBUFS */
long group_join(struct net_sock *sock, const struct net_ip *ip, int dev);
/* @dev 0: of any interface. Here and below. 0 or -EADDRNOTAVAIL */
long group_leave(struct net_sock *sock, const struct net_ip *ip, int dev);
void group_leave_all(struct net_sock *sock);
bool group_has(const struct net_sock *sock, const struct net_ip *ip, int dev);

/*
 * One more, or one less, in the list of those that it takes alone (@include) or
 * that it does not take. Without one more to take it leaves the group. Return:
 * 0, -EINVAL: not joined, or the list is of the other kind; -EADDRNOTAVAIL,
 * -ENOBUFS.
 */
long group_source(struct net_sock *sock, const struct net_ip *ip, int dev,
		  const struct net_ip *source, bool include, bool adds);

enum group_taken { GROUP_NOT_JOINED, GROUP_TAKEN, GROUP_LEFT_OUT };

/* What it does with a datagram to the group that comes from @from. */
enum group_taken group_takes(const struct net_sock *sock,
			     const struct net_ip *ip, int dev,
			     const struct net_ip *from);

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

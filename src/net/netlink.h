/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Netlink sockets of a network namespace: pairs of sockets, whose other end
 * is the supervisor's.
 */
#ifndef NSRUN_NET_NETLINK_H
#define NSRUN_NET_NETLINK_H

#include "src/net/sock.h"

/* What a protocol of netlink does with one datagram of a program's. */
struct netlink_protocol {
	int number;
	unsigned int groups; /* how many there are */
	void (*receive)(struct netlink *nl, struct task *sender,
			const void *data, size_t len);
	/* Which group a message was told to; 0: to one socket. NULL: 0 */
	unsigned int (*group_of)(const void *data, size_t len);
};

extern const struct netlink_protocol netlink_route, netlink_sock_diag;

struct netlink {
	struct net_sock *sock;
	const struct netlink_protocol *protocol;
	struct sock_watch watch; /* the supervisor's end */
	uint32_t port, peer_port, peer_group;
	bool has_port;
	uint64_t groups; /* bit N - 1: group N */
	bool strict, ext_ack, cap_ack, no_enobufs, overrun;
	uint32_t others; /* options that are only kept */
	struct netlink_datagram *queue;
	size_t queued;		     /* bytes of it */
	int64_t until;		     /* when others are to have their turn */
	struct netlink *prev, *next; /* of all */
};

long netlink_socket(struct call *c);

/* One datagram for the program. With too many waiting it is dropped. */
void netlink_send(struct netlink *nl, const void *data, size_t len);

/* Has it kept the others waiting for long enough, by what it sent? */
bool netlink_is_late(const struct netlink *nl);

/* To those of @net's that are in @group of @protocol. */
void netlink_multicast(struct net *net, int protocol, unsigned int group,
		       const void *data, size_t len);

/* netlink_opt.c */
long netlink_getsockopt(struct call *c, struct sock_ref *ref);
long netlink_setsockopt(struct call *c, struct sock_ref *ref);

/* netlink_route.c: from now on changes are told to sockets. */
void netlink_route_init(void);

extern const struct sock_ops netlink_ops;

#endif

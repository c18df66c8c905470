/* SPDX-License-Identifier: Apache-2.0 */
/* How a datagram comes into the queue of a socket: see relay.c. */
#ifndef NSRUN_NET_RELAY_H
#define NSRUN_NET_RELAY_H

#include "src/net/sock.h"

/* Where a datagram comes from, and where it was sent. */
struct packet {
	struct net *from_net;
	struct net_end from, to;
	int dev; /* by which it comes in, at the receiver's */
	uint8_t protocol, hops, tos;
	const void *data;
	size_t len;
};

/*
 * Puts it into the queue of @to, or drops it if that is full, as UDP does.
 * Return: 0, or -ECONNREFUSED: @to is closed, and was freed.
 */
long relay_send(struct net_sock *to, const struct packet *packet);

/* What waits for room in it is dropped. */
void relay_forget(struct net_sock *to);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Which sockets a net has, for ss(8) and /proc/net: they are asked for then. */
#ifndef NSRUN_NET_LISTING_H
#define NSRUN_NET_LISTING_H

#include "src/net/alive.h"
#include "src/net/sock.h"

struct listed {
	uint8_t family, state; /* TCP_* of <netinet/tcp.h> */
	int type, protocol;
	const struct net_end *local, *remote; /* remote->ip.family 0: none */
	uint64_t ino;			      /* 0: not accepted yet */
	uint64_t id;
	uint32_t reads; /* bytes that wait; of a listener: callers */
	int backlog;
	uint8_t shutdown;
	bool v6only;
};

/* Of AF_INET and AF_INET6, those that have a port. */
typedef void (*listed_fn)(void *data, const struct listed *sock);
void listing_inet(struct net *net, listed_fn fn, void *data);

/*
 * Of AF_UNIX, those that processes of @net have open: where a socket was made
 * is not known. Names are as the programs have them.
 */
void listing_unix(struct net *net,
		  void (*fn)(void *data, const struct alive_sock *sock),
		  void *data);

/* The state of @sock, of which the kernel tells @about; NULL: nothing. */
uint8_t listing_state(const struct net_sock *sock,
		      const struct alive_sock *about);

#endif

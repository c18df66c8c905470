/* SPDX-License-Identifier: Apache-2.0 */
/* Connections of TCP, for those that begin some by another way: outward.c. */
#ifndef NSRUN_NET_STREAM_H
#define NSRUN_NET_STREAM_H

#include "src/net/sock.h"

/*
 * Connects it, underneath, to what @to->path leads to, with a port and a name.
 * Return: 0, -EAGAIN: its queue is full; or what TCP would say.
 */
long stream_connect_to(struct sock_ref *ref, struct net_sock *to);

/*
 * Likewise, under another supervisor's name, to what its O_PATH descriptor
 * leads to.
 */
long stream_connect_named(struct sock_ref *ref, const struct sockaddr_un *un,
			  socklen_t len, int path);

/* A source port, if it has none, that is not kept. */
void stream_show_port(struct net_sock *sock);

/* It is as before it was to be connected, but for the port of bind(2). */
void stream_forget_peer(struct net_sock *sock);

/* Was the connection reset, and has nobody been told yet? */
bool stream_is_reset(const struct sock_ref *ref);

#endif

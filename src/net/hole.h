/* SPDX-License-Identifier: Apache-2.0 */
/* Where a datagram socket is connected to whose peer is nobody: hole.c. */
#ifndef NSRUN_NET_HOLE_H
#define NSRUN_NET_HOLE_H

#include "src/net/sock.h"

long hole_connect(struct sock_ref *ref);
void hole_close(struct net_sock *sock);

/* A datagram to the program, from the peer that it has connected to. */
void hole_send(const struct net_sock *sock, const void *data, size_t len);

#endif

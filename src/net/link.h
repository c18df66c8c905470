/* SPDX-License-Identifier: Apache-2.0 */
/* Links between the nets of two instances: --link. See link.c. */
#ifndef NSRUN_NET_LINK_H
#define NSRUN_NET_LINK_H

#include "src/gateway/gateway.h"
#include "src/net/outward.h"

/* Those of the command line, which have their channels: for @net. */
long link_start(struct net *net, const struct gateway_config *config);

/*
 * Another supervisor, which was looked at (peer.c), offers a link by @channel,
 * which is taken. Return: 0 or a negative errno.
 */
long link_adopt(int channel);

struct link;

/* The one that is at interface @dev of @net, or NULL. */
struct link *link_find(const struct net *net, int dev);

/* As outward_connect() and outward_more(). */
long link_connect(struct link *link, struct sock_ref *ref);
long link_more(struct sock_ref *ref);
void link_send(struct link *link, const struct packet *packet);

/* Whom a call reaches in @net may be another from now on. */
void link_changed(const struct net *net);

#endif

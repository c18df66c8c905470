/* SPDX-License-Identifier: Apache-2.0 */
/* Who listens at the other end of a link, as its supervisor has answered. */
#ifndef NSRUN_NET_LINK_WAY_H
#define NSRUN_NET_LINK_WAY_H

#include "src/net/sock.h"

struct link_way {
	struct net_end from, to; /* of any port of @from's address */
	int path;		 /* the listener's O_PATH descriptor */
	uint64_t listener;	 /* its id there */
	struct sockaddr_un un;	 /* a name to go by, of some port */
	socklen_t len;
	struct link_way *prev, *next;
};

/* The one that leads where @sock wants to go, or NULL. */
struct link_way *link_way_find(struct link_way *ways,
			       const struct net_sock *sock);

/* Keeps what was answered to @sock; of many, those that were last asked for. */
void link_way_keep(struct link_way **ways, const struct net_sock *sock,
		   const struct link_way *answer);

void link_way_drop(struct link_way **ways, struct link_way *way);
void link_way_drop_all(struct link_way **ways);

/* Return: as stream_connect_named(). */
long link_way_connect(const struct link_way *way, struct sock_ref *ref);

#endif

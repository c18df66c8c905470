/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ports of a network namespace: who is bound to what, who may be bound
 * besides, and whom a packet reaches. Plain data. Follows
 * net/ipv4/inet_connection_sock.c, inet_hashtables.c and udp.c, Linux 6.x.
 */
#ifndef NSRUN_NET_PORTS_H
#define NSRUN_NET_PORTS_H

#include <stdbool.h>
#include <stdint.h>
#include "tables/net_ip.h"

#define NET_PORTS_BUCKETS 256

/* One bound socket; embedded in what owns it. */
struct net_port {
	struct net_port *prev, *next; /* of its bucket */
	uint8_t protocol;	      /* IPPROTO_TCP, IPPROTO_UDP */
	uint16_t port;		      /* 0: it is in no table */
	struct net_ip ip;	      /* any: a wildcard; of IPv6: for both */
	struct net_ip peer;	      /* family 0: any; a datagram socket's */
	uint16_t peer_port;
	bool v6only, reuse, reuseport, listening;
	uint32_t uid; /* who may share it by reuseport */
	int device;   /* SO_BINDTODEVICE: an index; 0: any */
};

struct net_ports {
	struct net_port *buckets[NET_PORTS_BUCKETS];
	uint16_t low, high;    /* those that are given out */
	uint16_t unprivileged; /* the first that anybody may have */
	unsigned int turn;     /* of those that share a port */
};

void net_ports_init(struct net_ports *ports);

/*
 * Who keeps @port, which is in no table or is asked again since it is about to
 * listen, from its port; NULL: nobody. @chosen: the port was given out.
 */
struct net_port *net_ports_conflict(const struct net_ports *ports,
				    const struct net_port *port, bool chosen);

void net_ports_add(struct net_ports *ports, struct net_port *port);
void net_ports_del(struct net_ports *ports, struct net_port *port);

/*
 * Whom a packet to @to reaches that comes from @from: the one that fits best,
 * and of those that share a port each in its turn. NULL: nobody.
 */
struct net_port *net_ports_find(struct net_ports *ports, uint8_t protocol,
				const struct net_ip *to, uint16_t to_port,
				const struct net_ip *from, uint16_t from_port,
				int device);

/*
 * Does a packet so addressed, that comes in by the interface @device
 * (NET_ANY_DEVICE: by whichever fits), reach @port at all?
 */
#define NET_ANY_DEVICE (-1)
bool net_port_takes(const struct net_port *port, const struct net_ip *to,
		    const struct net_ip *from, uint16_t from_port, int device);

/* The first of those bound to port @nr; go on by next: others are among them.
 */
struct net_port *net_ports_bucket(struct net_ports *ports, uint16_t nr);

/* A port between low and high, by a number that the caller drew. */
uint16_t net_ports_draw(const struct net_ports *ports, uint32_t random,
			unsigned int attempt);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the real sockets are called. The kernel tells a socket its peer's name:
 * so all that an accepted socket has to know about its addresses is in the
 * name of the one that connected.
 */
#ifndef NSRUN_NET_SNAME_H
#define NSRUN_NET_SNAME_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>
#include "tables/net_ip.h"

/* An address with a port. */
struct net_end {
	struct net_ip ip; /* family 0: none */
	uint16_t port;
	uint32_t scope; /* of a link-local address */
};

/* A connection, or the way of a datagram, as it was made. */
struct net_name {
	uint8_t protocol;
	uint8_t from_family, to_family; /* of the two sockets */
	uint32_t from_net, to_net;
	struct net_end from, to;
	uint32_t dev;	   /* of datagrams: by which they came in */
	uint8_t hops, tos; /* of datagrams: as they were sent */
};

/* The abstract name that says so. Return: its length. */
socklen_t sname_make(const struct net_name *name, struct sockaddr_un *ret_un);

/* Is it one of this instance's? Nobody else can make one. */
bool sname_parse(const struct sockaddr_un *un, socklen_t len,
		 struct net_name *ret_name);

/*
 * The port of who goes by a name that may be another instance's. Return:
 * whether it is a name.
 */
bool sname_set_port(struct sockaddr_un *un, socklen_t len, uint16_t port);

/*
 * Binds the socket @fd to a name of the file system that says @id, and that
 * nobody finds: it is removed at once.
 * Return: an O_PATH descriptor, by which alone it can be reached, and which
 * does not keep the socket; or a negative errno.
 */
long sname_bind_hidden(int fd, uint64_t id);

/* The id that such a name says, or 0. */
uint64_t sname_parse_hidden(const struct sockaddr_un *un, socklen_t len);

/* Connects @fd to what @path, of sname_bind_hidden(), leads to. */
long sname_connect(int fd, int path);

/*
 * What is needed when no descriptor can be had any more. Return: 0, or -EACCES
 * where there is no place for names.
 */
long sname_init(void);

/* Is the socket there? Of whatever type. */
bool sname_is_alive(int path);

void sname_path(int path, struct sockaddr_un *ret_un);

#endif

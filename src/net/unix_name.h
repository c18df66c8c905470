/* SPDX-License-Identifier: Apache-2.0 */
/* Abstract names of AF_UNIX, which belong to a net: who has which. */
#ifndef NSRUN_NET_UNIX_NAME_H
#define NSRUN_NET_UNIX_NAME_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

/* In the ids of sname_bind_hidden(): it is one of these. */
#define UNIX_NAME_ID (UINT64_C(1) << 63)

/* Has it an abstract name (and not a path, or none)? */
bool unix_is_abstract(const struct sockaddr_un *un, socklen_t len);

/*
 * The socket @fd gets the abstract name in net @net.
 * Return: 0, -EADDRINUSE, -EINVAL if it has one already, -ENOBUFS.
 */
long unix_name_bind(uint32_t net, int fd, const struct sockaddr_un *un,
		    socklen_t len);

/* Frees what is held for those that nobody has open. */
void unix_name_sweep(void);

/* Which one a socket of @type means by it. Return: an id, or 0: nobody. */
uint64_t unix_name_find(uint32_t net, int type, const struct sockaddr_un *un,
			socklen_t len);

/* What it is reached by: an O_PATH descriptor, or -1: it is gone. */
int unix_name_path(uint64_t id);

/* A name of the kernel's as a program sees it, in place. Return: its length. */
socklen_t unix_name_from_host(struct sockaddr_un *un, socklen_t len);

#endif

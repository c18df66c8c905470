/* SPDX-License-Identifier: Apache-2.0 */
/* Abstract names of AF_UNIX, as a net has them and as the kernel. */
#ifndef NSRUN_NET_UNIX_NAME_H
#define NSRUN_NET_UNIX_NAME_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

/* Has it an abstract name (and not a path, or none)? */
bool unix_is_abstract(const struct sockaddr_un *un, socklen_t len);

/*
 * The abstract name of net @id becomes the kernel's, in place.
 * Return: its length, or -ENOBUFS.
 */
long unix_name_to_host(uint32_t id, struct sockaddr_un *un, socklen_t len);

/* A name of the kernel's as a program sees it, in place. Return: its length. */
socklen_t unix_name_from_host(struct sockaddr_un *un, socklen_t len);

#endif

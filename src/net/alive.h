/* SPDX-License-Identifier: Apache-2.0 */
/* Which AF_UNIX sockets of this machine are open, and what the kernel tells. */
#ifndef NSRUN_NET_ALIVE_H
#define NSRUN_NET_ALIVE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

/* The one with this inode. One that can't be asked is taken for open. */
bool alive_ask(uint64_t ino);

/* Calls @fn with the inode of each. Return: whether all were told. */
bool alive_all(void (*fn)(uint64_t ino));

struct alive_sock {
	uint64_t ino;
	uint64_t peer; /* 0: none that was accepted and is open */
	uint8_t type, state;
	uint8_t shutdown;      /* 1: it reads no more, 2: it sends no more */
	uint32_t reads, sends; /* bytes that wait; of a listener: callers */
	socklen_t name_len;    /* 0: it has none */
	struct sockaddr_un name;
};

/* Return: whether it was told of. */
bool alive_about(uint64_t ino, struct alive_sock *ret_sock);

/* Likewise of all. Return: whether there is somebody to ask. */
bool alive_tell(void (*fn)(void *data, const struct alive_sock *sock),
		void *data);

#endif

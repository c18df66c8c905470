/* SPDX-License-Identifier: Apache-2.0 */
/* Which AF_UNIX sockets of this machine are open. */
#ifndef NSRUN_NET_ALIVE_H
#define NSRUN_NET_ALIVE_H

#include <stdbool.h>
#include <stdint.h>

/* The one with this inode. One that can't be asked is taken for open. */
bool alive_ask(uint64_t ino);

/* Calls @fn with the inode of each. Return: whether all were told. */
bool alive_all(void (*fn)(uint64_t ino));

/* The inode of the one that it is connected to; 0: it is not known. */
uint64_t alive_peer(uint64_t ino);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* The folders on the way to a file. */
#ifndef NSRUN_OWNER_WAY_H
#define NSRUN_OWNER_WAY_H

#include "src/call.h"

/*
 * Ahead of a call's handler: may the task search each folder on the way to each
 * path of the call, and write to the socket that it names? What the folders
 * really forbid, the kernel says. Return: 0 or -EACCES.
 */
long owner_way(struct call *c);

/*
 * The kernel is to run a call with that path: a folder on the way that locks
 * its own user out is opened up for who searches any.
 */
void owner_open_way(struct call *c, int dirfd, uint64_t path);

/* May the task search the folder @fd, an O_PATH descriptor? 0 or -EACCES. */
long owner_may_search(const struct task *task, int fd);

#endif

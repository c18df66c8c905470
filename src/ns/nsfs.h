/* SPDX-License-Identifier: Apache-2.0 */
/* Namespaces as files: what /proc/PID/ns/KIND leads to. */
#ifndef NSRUN_NS_NSFS_H
#define NSRUN_NS_NSFS_H

#include <stdbool.h>
#include <sys/stat.h>
#include "src/ns/ns.h"

/* Its device and inode in *@ret_st; nothing else there is set. */
long nsfs_stat(struct ns_common *ns, struct stat *ret_st);

/*
 * A descriptor to be given to a task: as long as a copy of it is open
 * anywhere, @ns lives. Return: a descriptor or a negative errno.
 */
long nsfs_open(struct ns_common *ns);

/* The namespace with the file that has inode @ino, borrowed, or NULL. */
struct ns_common *nsfs_by_inode(uint64_t ino);

/*
 * What the descriptor @fd of @task is: *@ret_ns, borrowed, is the namespace,
 * or NULL; *@ret_flag is clone's flag of the kind, of the host's namespaces,
 * too, or 0 where it is no namespace. Return: 0 or -EBADF.
 */
long nsfs_of_fd(const struct task *task, int fd, struct ns_common **ret_ns,
		uint64_t *ret_flag);

/*
 * Likewise, of a namespace of the host's: is it the one that all of the
 * instance are in?
 */
bool nsfs_is_own_host(const struct task *task, int fd);

/* @ns is about to be freed. */
void nsfs_forget(struct ns_common *ns);

/* A descriptor that becomes readable when one was closed; -1: none is open. */
int nsfs_watch(void);

/* Lets go of those that nobody has open any more. */
void nsfs_collect(void);

#endif

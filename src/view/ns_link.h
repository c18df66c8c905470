/* SPDX-License-Identifier: Apache-2.0 */
/* The links of /proc/PID/ns. */
#ifndef NSRUN_VIEW_NS_LINK_H
#define NSRUN_VIEW_NS_LINK_H

#include "src/view/view.h"

/*
 * The namespace that @place, a link of /proc/PID/ns, leads to: *@ret_ns,
 * borrowed. Return: 0; VIEW_REAL if it is no such link, or one of a kind that
 * is the host's; -ENOENT; or -EACCES, if the process is not to be looked into.
 */
long view_ns_find(const struct task *viewer, const struct place *place,
		  struct ns_common **ret_ns);

/* What readlink(2) says of it: "uts:[inode]". Return: as view_ns_find() */
long view_ns_readlink(const struct task *viewer, const struct place *place,
		      char *buf, size_t size);

/* The kernel's name for an open one (in /proc/PID/fd) becomes the guest's. */
bool view_rename_ns(char *link, size_t size);

#endif

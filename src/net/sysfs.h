/* SPDX-License-Identifier: Apache-2.0 */
/* /sys/class/net and /sys/devices/virtual/net of a net. */
#ifndef NSRUN_NET_SYSFS_H
#define NSRUN_NET_SYSFS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include "src/ns/net.h"

/* Is it a path of those? The program's words are looked at, no more. */
bool sysfs_is(const char *path);

/*
 * Where on the host that is which @net shows of @path, one of sysfs_is().
 * Return: whether there is room for it, in @ret_path and on the host.
 */
bool sysfs_path(struct net *net, const char *path, char *ret_path, size_t size);

/*
 * A path of the host's that is in one of these becomes the program's. Return:
 * whether it was.
 */
bool sysfs_show(char *path);
bool sysfs_any(void); /* Is there one? */

/*
 * A folder that was found on a walk, O_PATH: if it is one of the host's two,
 * that of @net (NULL: the host's) takes its place. Return: whether it did.
 */
bool sysfs_enter(struct net *net, int *fd, struct stat *st);

/* Is the file @fd in a tree? Its links lead to the host's. */
bool sysfs_has(int fd);

/* An interface of @net is new or another, or @gone. */
void sysfs_changed(struct net *net, const struct net_device *dev, bool gone);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Files of the host that are held for roots and mounts: tables/mounts.h. */
#ifndef NSRUN_VIEW_SPOT_H
#define NSRUN_VIEW_SPOT_H

#include <sys/stat.h>
#include "tables/mounts.h"

/*
 * The file @fd, O_PATH, which is taken. Return: 0 with a reference, or -ENOMEM
 * where too many are held.
 */
long spot_hold(int fd, struct spot **ret_spot);

/* The same by a path of the host's that no link ends. */
long spot_open(const char *path, struct spot **ret_spot);

/*
 * The host's @path is to be removed. A file that is mounted somewhere gets
 * another name, by which it can still be reached.
 */
void spot_before_unlink(const char *path, const struct stat *st);

int spot_dup(const struct spot *spot);
/* Is @spot @folder, or a file below it on the host? */
bool spot_is_below(const struct spot *spot, const struct spot *folder);

bool spot_is(const struct spot *spot, const struct stat *st);

#endif

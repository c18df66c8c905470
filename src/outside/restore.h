/* SPDX-License-Identifier: Apache-2.0 */
/* The document of `nsrun ids --json`: its name, and how it is read again. */
#ifndef NSRUN_OUTSIDE_RESTORE_H
#define NSRUN_OUTSIDE_RESTORE_H

#include "tables/recorded.h"

#define SCHEMA_NAME "nsrun-instances"
#define SCHEMA_VERSION 1

/*
 * Reads the numbers of the one instance that the file @path tells of. All of
 * it is checked. Return: 0, or a negative errno after a message.
 */
long restore_read(const char *path, struct recorded **ret_rec);

#endif

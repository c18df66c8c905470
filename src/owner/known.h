/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files that have no record: the table of the agents, which all programs
 * inside may read; see interpose/agent/page.h.
 */
#ifndef NSRUN_OWNER_KNOWN_H
#define NSRUN_OWNER_KNOWN_H

#include <stdbool.h>
#include <stdint.h>
#include "src/owner/file.h"

/* @table is where it lies. Without one, nothing is noted. */
void known_use(uint64_t *table);

/* On this device a plain file's or folder's record is an attribute. */
void known_device(uint64_t dev);

/* Is it known to have none? */
bool known_has(const struct stat *st);

/* @file was found to have no record; and it is about to get one. */
void known_add(const struct file *file);
void known_remove(const struct file *file);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* What is written down with a file: see doc/ownership.md. */
#ifndef NSRUN_OWNER_RECORD_H
#define NSRUN_OWNER_RECORD_H

#include <sys/types.h>
#include "src/owner/file.h"
#include "tables/owner.h"

#define RECORD_IDS  "user.rootlesscontainers"
#define RECORD_MODE "user.nsrun.mode"
#define RECORD_CAPS "user.nsrun.capability"

/*
 * The one question that each file that is looked at costs: does it have a
 * record? Return: whether *@ret_record was written.
 */
bool record_read(const struct file *file, struct owner_record *ret_record);

/*
 * Writes @record, or removes what there is if @record says nothing. The file
 * must be really writable for its owner. Return: 0 or a negative errno.
 */
long record_write(const struct file *file, const struct owner_record *record);

bool record_is_empty(const struct owner_record *record);

/* Is @name an attribute that programs inside are not to see? */
bool record_hides(const char *name);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Records of the files that can't have them as attributes. */
#ifndef NSRUN_OWNER_STORE_H
#define NSRUN_OWNER_STORE_H

#include <stdint.h>
#include "src/owner/file.h"
#include "tables/owner.h"

/* What is known of @file goes into @record; without any it is unchanged. */
void store_read(const struct file *file, struct owner_record *record);

/* An empty record is removed. Return: 0, -ENOSPC, -EROFS or -EIO. */
long store_write(const struct file *file, const struct owner_record *record);

/*
 * What is written goes to the disk a moment later, with all that was written
 * meanwhile: in how many nanoseconds (-1: there is nothing), if that is now,
 * and, at the end of nsrun, at once.
 */
int64_t store_timeout(void);
void store_expire(void);
void store_end(void);

#endif

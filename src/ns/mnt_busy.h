/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NSRUN_NS_MNT_BUSY_H
#define NSRUN_NS_MNT_BUSY_H

#include "src/ns/mnt.h"

/*
 * Does a task of its namespace use what is in @mount? @looks: at how many files
 * has been looked for this; with too many the answer is yes.
 */
bool mnt_is_used(const struct mount *mount, unsigned int *looks);

#endif

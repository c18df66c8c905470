/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NSRUN_NS_MNT_BUSY_H
#define NSRUN_NS_MNT_BUSY_H

#include "src/ns/mnt.h"

/* Does a task of @ns use what is in @mount? */
bool mnt_is_used(struct mnt_namespace *ns, const struct mount *mount);

#endif

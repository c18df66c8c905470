/* SPDX-License-Identifier: Apache-2.0 */
/* exec of tasks with a root of their own. */
#ifndef NSRUN_VIEW_ROOT_EXEC_H
#define NSRUN_VIEW_ROOT_EXEC_H

#include "src/call.h"

/*
 * An exec of the path in argument @arg; argv comes after that. Return: as a
 * handler, or FILE_NOT_OURS for a file of /proc itself.
 */
long root_exec(struct call *c, int dirfd, int arg, int flags);

#endif

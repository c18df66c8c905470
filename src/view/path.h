/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls with a path that the kernel is to run: it is told the host's path
 * where that leads to /proc. Handlers, by which arguments hold what; see
 * path.c.
 */
#ifndef NSRUN_VIEW_PATH_H
#define NSRUN_VIEW_PATH_H

#include "src/call.h"

long view_path(struct call *c);
long view_path_of_link(struct call *c);
long view_path_at(struct call *c);
long view_path_at_flags2(struct call *c);
long view_path_at_flags3(struct call *c);
long view_path_at_flags4(struct call *c);
long view_inotify_add_watch(struct call *c);

#endif

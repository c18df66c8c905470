/* SPDX-License-Identifier: Apache-2.0 */
/* Files of /proc/PID that set up a user namespace, to be written. */
#ifndef NSRUN_PROC_MAP_H
#define NSRUN_PROC_MAP_H

#include "src/call.h"
#include "src/ns/user.h"
#include "src/view/walk.h"

/* As a handler, of an open of @place with @flags. */
long proc_map_open(struct call *c, const struct place *place, int flags);

/* Is one open? Then calls are to be stepped: see proc_map.c. */
bool proc_map_any_open(void);

/* What came by itself is written, and what is closed forgotten. */
void proc_map_collect(void);

#endif

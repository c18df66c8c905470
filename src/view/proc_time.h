/* SPDX-License-Identifier: Apache-2.0 */
/* Files of /proc that tell of clocks; see view.h for what a writer is. */
#ifndef NSRUN_VIEW_PROC_TIME_H
#define NSRUN_VIEW_PROC_TIME_H

#include <stdio.h>
#include "src/view/view.h"

long proc_uptime(const struct task *viewer, const struct place *place,
		 char *real, size_t len, FILE *out);
long proc_btime(const struct task *viewer, const struct place *place,
		char *real, size_t len, FILE *out);
long proc_timens_offsets(const struct task *viewer, const struct place *place,
			 char *real, size_t len, FILE *out);

#endif

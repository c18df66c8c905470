/* SPDX-License-Identifier: Apache-2.0 */
/* The processes below this one, by /proc. */
#ifndef NSRUN_TREE_H
#define NSRUN_TREE_H

#include <stdbool.h>
#include "tables/pids.h"

/* Is @pid below this process? A chain that changes meanwhile says no. */
bool tree_has(host_pid pid);

/*
 * Kills all that is below this process, a child subreaper, and reaps it, until
 * nothing is left. Return at once where there is nothing.
 */
void tree_end(void);

#endif

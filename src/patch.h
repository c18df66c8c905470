/* SPDX-License-Identifier: Apache-2.0 */
/* Call sites of a task's program: written over, and given back. See site.h. */
#ifndef NSRUN_PATCH_H
#define NSRUN_PATCH_H

#include "interpose/agent/site.h"
#include "src/task/task.h"

/*
 * The site of @c leads to @entry of the agent from now on. Nobody runs in the
 * memory of @task meanwhile. Return: 0; -ENOSPC: there is no room, or no @entry.
 */
long patch_site(const struct task *task, const struct call *c,
		const struct site_head *head, uint32_t entry);

/* Can it be, as far as stubs go? */
bool patch_reaches(const struct task *task, const struct call *c,
		   const struct site_head *head);

/* All sites get their own bytes back. */
void patch_undo(const struct task *task);

/* How many sites there were, ever. */
unsigned int patch_count(void);

#endif

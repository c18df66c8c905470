/* SPDX-License-Identifier: Apache-2.0 */
/* What of /proc depends on the user namespace, beside the files of view.c. */
#ifndef NSRUN_VIEW_PROC_USER_H
#define NSRUN_VIEW_PROC_USER_H

#include "src/view/view.h"

/* Whose file it is: a thread or process, a zombie too; NULL: of none inside. */
const struct pid *proc_user_subject(const struct task *viewer,
				    const struct place *place);

/* Prints a line of a status file; false: it says nothing of users. */
bool proc_user_status_line(const struct task *viewer, const struct place *place,
			   const char *line, FILE *out);

/* May @viewer open the file with these @flags of open(2)? */
bool proc_user_may_open(const struct task *viewer, const struct place *place,
			int flags);

/* The link? ptrace_may_access() decides. */
bool proc_user_may_follow(const struct task *viewer, const struct place *place);

/*
 * Who owns a file of this @mode: of a process, task_dump_owner(); otherwise
 * the host's ids *@uid and *@gid as @viewer sees them.
 */
void proc_user_owner(const struct task *viewer, const struct place *place,
		     mode_t mode, uint32_t *uid, uint32_t *gid);

#endif

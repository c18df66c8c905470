/* SPDX-License-Identifier: Apache-2.0 */
/* The credentials of a task: whose rights a call has. */
#ifndef NSRUN_CREDS_H
#define NSRUN_CREDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include "src/task/task.h"

struct creds {
	uid_t uid, euid, suid, fsuid;
	gid_t gid, egid, sgid, fsgid;
	uint64_t caps;		/* effective; bit N is capability N */
	size_t groups_len;
	gid_t groups[];		/* supplementary */
};

/*
 * Borrowed until the task runs again. Return: NULL when they can't be read,
 * as when the task is being killed, or without memory.
 */
const struct creds *task_creds(struct task *task);

/* in_group_p() and capable() of the kernel. */
bool creds_in_group(const struct creds *creds, gid_t gid);
bool creds_capable(const struct creds *creds, int cap);

/* What is kept of them is freed. */
void task_creds_forget(struct task *task);

#endif

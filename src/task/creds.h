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
	bool inside;		/* a user namespace of nsrun's */
	size_t groups_len;
	gid_t groups[];		/* supplementary */
};

/*
 * Ids are kernel ids, as src/ns/user.h has them; without a user namespace those
 * are the host's, and capabilities are the host's, too, not those in it.
 * Borrowed until the task runs again. Return: NULL when they can't be read,
 * as when the task is being killed, or without memory.
 */
const struct creds *task_creds(struct task *task);

/* in_group_p() and ns_capable() of the kernel. */
bool creds_in_group(const struct creds *creds, gid_t gid);
bool creds_capable(const struct creds *creds, int cap);

/* Called after each change of what nsrun itself keeps for a task. */
void creds_changed(struct task *task);

/* For rows of calls that change the kernel's: noted, and passed. */
long task_set_creds(struct call *c);

/* capable() of the kernel: over what is the host's. Nobody inside is. */
bool creds_capable_host(const struct creds *creds, int cap);

/* What is kept of them is freed. */
void task_creds_forget(struct task *task);

#endif

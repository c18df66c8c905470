/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Credentials: those that nsrun keeps for a task in a user namespace (see
 * ns/user_cred.h); otherwise as the kernel has them.
 *
 * Theory of operation. The kernel's are read from /proc when they are asked
 * for, and kept, since few programs ever change them. One that does says so by
 * a call that is caught (task_set_creds()), and is asked each time from then
 * on: it is not known when the kernel has run that call. Exec can't change them
 * (no_new_privs), but for capabilities, which it can only take away: they are
 * read again then.
 */
#include "src/task/creds.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "src/host/sys.h"
#include "src/ns/user_cred.h"

static const char *field(const char *status, const char *key)
{
	const char *found = strstr(status, key);

	return found ? found + strlen(key) : "";
}

/* The numbers of the line at @text. Return: how many there are. */
static size_t count_groups(const char *text)
{
	size_t n = 0;
	char *end;

	for (;; n++) {
		text += strspn(text, " \t");
		strtoul(text, &end, 10);
		if (end == text || *text == '\n')
			return n;
		text = end;
	}
}

static void read_groups(struct creds *creds, const char *text)
{
	for (size_t i = 0; i < creds->groups_len; i++) {
		char *end;

		creds->groups[i] = (gid_t)strtoul(text, &end, 10);
		text = end;
	}
}

static struct creds *parse(const char *status)
{
	const char *groups = field(status, "\nGroups:");
	size_t n = count_groups(groups);
	struct creds *creds = calloc(1, sizeof(*creds) + n * sizeof(gid_t));

	if (!creds)
		return NULL;
	if (sscanf(field(status, "\nUid:"), "%u %u %u %u", &creds->uid,
		   &creds->euid, &creds->suid, &creds->fsuid) != 4 ||
	    sscanf(field(status, "\nGid:"), "%u %u %u %u", &creds->gid,
		   &creds->egid, &creds->sgid, &creds->fsgid) != 4) {
		free(creds);
		return NULL;
	}
	creds->caps = sys_status_field(status, "\nCapEff:", 16);
	creds->groups_len = n;
	read_groups(creds, groups);
	return creds;
}

/* Those of a task in a user namespace. */
static struct creds *kept(const struct user_cred *cred)
{
	size_t n = cred->groups ? cred->groups->n : 0;
	struct creds *creds = calloc(1, sizeof(*creds) + n * sizeof(gid_t));

	if (!creds)
		return NULL;
	creds->uid = cred->uid;
	creds->euid = cred->euid;
	creds->suid = cred->suid;
	creds->fsuid = cred->fsuid;
	creds->gid = cred->gid;
	creds->egid = cred->egid;
	creds->sgid = cred->sgid;
	creds->fsgid = cred->fsgid;
	creds->inside = true;
	creds->caps = cred->effective;
	creds->groups_len = n;
	for (size_t i = 0; i < n; i++)
		creds->groups[i] = cred->groups->gids[i];
	return creds;
}

const struct creds *task_creds(struct task *task)
{
	char status[SYS_STATUS_MAX];

	if (task->creds && !task->creds_change)
		return task->creds;
	if (task->cred) {
		if (!task->creds)
			task->creds = kept(task->cred);
		return task->creds;
	}
	task_creds_forget(task);
	if (sys_read_status(task->tid->host, status, sizeof(status)) >= 0)
		task->creds = parse(status);
	return task->creds;
}

void task_creds_forget(struct task *task)
{
	free(task->creds);
	task->creds = NULL;
}

bool creds_in_group(const struct creds *creds, gid_t gid)
{
	if (creds->egid == gid)
		return true;
	for (size_t i = 0; i < creds->groups_len; i++)
		if (creds->groups[i] == gid)
			return true;
	return false;
}

bool creds_capable(const struct creds *creds, int cap)
{
	return creds->caps & (UINT64_C(1) << cap);
}

bool creds_capable_host(const struct creds *creds, int cap)
{
	return !creds->inside && creds_capable(creds, cap);
}

void creds_changed(struct task *task)
{
	task_creds_forget(task);
}

/* setuid(2) and its relatives, capset(2): the kernel's, but noted. */
long task_set_creds(struct call *c)
{
	c->task->creds_change = true;
	return call_pass(c);
}

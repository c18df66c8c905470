/* SPDX-License-Identifier: Apache-2.0 */
/* The life of credentials; see user_cred.h. Follows kernel/cred.c. */
#include "src/ns/user_cred.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>
#include "src/ns/ns.h"
#include "src/task/agent.h"
#include "src/task/creds.h"

/* All that the tasks of an instance may hold as supplementary groups. */
#define GROUPS_TOTAL_MAX (4U * 1024 * 1024)

const uint64_t user_caps_all = (UINT64_C(1) << (CAP_LAST_CAP + 1)) - 1;

static size_t groups_total;

static void groups_put(struct user_groups *groups)
{
	if (!groups || --groups->refs > 0)
		return;
	groups_total -= groups->n;
	free(groups);
}

struct user_cred *user_cred_get(struct user_cred *cred)
{
	if (cred)
		cred->refs++;
	return cred;
}

void user_cred_put(struct user_cred *cred)
{
	if (!cred || --cred->refs > 0)
		return;
	groups_put(cred->groups);
	user_ns_put(cred->ns);
	free(cred);
}

struct user_cred *user_cred_prepare(const struct task *task)
{
	struct user_cred *cred = malloc(sizeof(*cred));

	if (!cred)
		return NULL;
	*cred = *task->cred;
	cred->refs = 1;
	user_ns_get(cred->ns);
	if (cred->groups)
		cred->groups->refs++;
	return cred;
}

/*
 * A process whose rights have changed is not to be looked into by those who
 * might before.
 */
static void forbid_dump(struct task *task, const struct user_cred *old,
			const struct user_cred *cred)
{
	if (old->euid != cred->euid || old->egid != cred->egid ||
	    old->fsuid != cred->fsuid || old->fsgid != cred->fsgid ||
	    (cred->permitted & ~old->permitted))
		task->group->dumpable = 0;
}

void user_cred_commit(struct task *task, struct user_cred *cred)
{
	if (task->cred)
		forbid_dump(task, task->cred, cred);
	user_cred_put(task->cred);
	task->cred = cred;
	creds_changed(task);
	agent_users_changed(task->group);
}

static int compare_ids(const void *a, const void *b)
{
	uint32_t one = *(const uint32_t *)a, other = *(const uint32_t *)b;

	return one < other ? -1 : one > other;
}

long user_cred_set_groups(struct user_cred *cred, const uint32_t *gids,
			  size_t n)
{
	struct user_groups *groups = NULL;

	if (n > 0) {
		if (groups_total + n > GROUPS_TOTAL_MAX)
			return -ENOMEM;
		groups = malloc(sizeof(*groups) + n * sizeof(*gids));
		if (!groups)
			return -ENOMEM;
		groups->refs = 1;
		groups->n = n;
		memcpy(groups->gids, gids, n * sizeof(*gids));
		qsort(groups->gids, n, sizeof(*gids), compare_ids);
		groups_total += n;
	}
	groups_put(cred->groups);
	cred->groups = groups;
	return 0;
}

bool user_cred_in_group(const struct user_cred *cred, uint32_t kgid)
{
	return cred->groups &&
	       bsearch(&kgid, cred->groups->gids, cred->groups->n, sizeof(kgid),
		       compare_ids);
}

struct user_cred *user_group_cred(const struct group *group)
{
	const struct task *task;

	DL_FOREACH2(group->tasks, task, in_group_next)
	if (task->tid == group->tgid)
		return task->cred;
	return group->cred;
}

long user_enter(struct task *task)
{
	struct user_namespace *ns = task->nsproxy->user;
	const struct creds *real;
	struct user_cred *cred;
	long r;

	if (!ns)
		return 0;
	real = task_creds(task);
	cred = real ? calloc(1, sizeof(*cred)) : NULL;
	if (!cred)
		return real ? -ENOMEM : -ESRCH;
	cred->refs = 1;
	cred->ns = user_ns_get(ns);
	cred->uid = cred->euid = cred->suid = cred->fsuid = real->euid;
	cred->gid = cred->egid = cred->sgid = cred->fsgid = real->egid;
	cred->permitted = cred->effective = cred->bounding = user_caps_all;
	r = user_cred_set_groups(cred, real->groups, real->groups_len);
	if (r < 0) {
		user_cred_put(cred);
		return r;
	}
	user_cred_commit(task, cred);
	return 0;
}

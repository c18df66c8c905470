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

/* Those of the real user, which are in no namespace of nsrun's. */
static struct user_cred *prepare_real(struct task *task)
{
	const struct creds *real = task_creds(task);
	struct user_cred *cred = real ? calloc(1, sizeof(*cred)) : NULL;

	if (!cred)
		return NULL;
	cred->refs = 1;
	cred->uid = cred->euid = cred->suid = cred->fsuid = real->euid;
	cred->gid = cred->egid = cred->sgid = cred->fsgid = real->egid;
	/* What nsrun keeps as a file's capabilities counts inside alone. */
	cred->effective = real->caps | USER_CAP(CAP_SETFCAP);
	if (user_cred_set_groups(cred, real->groups, real->groups_len) < 0) {
		user_cred_put(cred);
		return NULL;
	}
	return cred;
}

struct user_cred *user_cred_prepare(struct task *task)
{
	struct user_cred *cred;

	if (!task->cred)
		return prepare_real(task);
	cred = malloc(sizeof(*cred));
	if (!cred)
		return NULL;
	*cred = *task->cred;
	cred->refs = 1;
	user_ns_get(cred->ns);
	if (cred->groups)
		cred->groups->refs++;
	return cred;
}

void user_cred_enter(struct user_cred *cred, struct user_namespace *ns)
{
	user_ns_put(cred->ns);
	cred->ns = user_ns_get(ns);
	cred->permitted = cred->effective = cred->bounding = user_caps_all;
	cred->inheritable = cred->ambient = 0;
	cred->securebits = 0;
}

/*
 * Had @old all capabilities of @cred already? Who made a namespace has all in
 * it: cred_cap_issubset()
 */
static bool had_caps(const struct user_cred *old, const struct user_cred *cred)
{
	if (old->ns == cred->ns)
		return !(cred->permitted & ~old->permitted);
	for (const struct user_namespace *ns = cred->ns; ns; ns = ns->parent)
		if (ns->parent == old->ns && ns->owner == old->euid)
			return true;
	return false;
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
	    !had_caps(old, cred))
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
	struct user_cred *cred;

	if (!ns)
		return 0;
	cred = prepare_real(task);
	if (!cred)
		return -ESRCH;
	user_cred_enter(cred, ns);
	user_cred_commit(task, cred);
	return 0;
}

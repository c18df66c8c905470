/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The user namespace: ids of users and groups, credentials, capabilities.
 *
 * Theory of operation. To the kernel every task is the user who started nsrun,
 * without any privilege, for ever: no call that changes credentials reaches
 * it. What a task believes to be is kept here (user_cred.h) by the kernel's
 * rules: user_ids.c changes ids, user_caps.c capabilities, user_exec.c is what
 * exec does to both, user_access.c decides by them what one task may do to
 * another. What the host's kernel would have to do with more rights than the
 * real user's stays refused. Follows kernel/user_namespace.c, kernel/cred.c
 * and security/commoncap.c, Linux 6.18.
 */
#include "src/ns/user.h"

#include <assert.h>
#include <errno.h>
#include <linux/capability.h>
#include <sched.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>
#include "src/ns/ns.h"
#include "src/ns/user_cred.h"
#include "src/task/creds.h"
#include "src/view/root.h"

static struct user_namespace *user_new(struct user_namespace *parent)
{
	struct user_namespace *ns = calloc(1, sizeof(*ns));

	if (!ns)
		return NULL;
	ns->refs = 1;
	ns_common_init(&ns->common, &user_ns_ops, NULL);
	ns->parent = parent ? user_ns_get(parent) : NULL;
	ns->level = parent ? parent->level + 1 : 1;
	return ns;
}

static int user_create(struct nsproxy *proxy, const struct ns_config *config)
{
	struct user_namespace *ns;

	if (!(config->kinds & NS_USER))
		return 0;
	ns = user_new(NULL);
	if (!ns)
		return -ENOMEM;
	ns->owner = geteuid();
	ns->group = getegid();
	if (config->user) {
		ns->uids = config->user->uids;
		ns->gids = config->user->gids;
		ns->setgroups_denied = config->user->setgroups_denied;
	}
	proxy->user = ns;
	return 0;
}

struct user_namespace *user_ns_get(struct user_namespace *ns)
{
	ns->refs++;
	return ns;
}

void user_ns_put(struct user_namespace *ns)
{
	while (ns && --ns->refs == 0) {
		struct user_namespace *parent = ns->parent;

		ns_common_gone(&ns->common);
		free(ns);
		ns = parent;
	}
}

static void user_release(struct nsproxy *proxy)
{
	user_ns_put(proxy->user);
	proxy->user = NULL;
}

static_assert(offsetof(struct user_namespace, common) == 0, "by its common");

static struct user_namespace *user_of_common(struct ns_common *ns)
{
	return (struct user_namespace *)ns;
}

static void user_share(struct nsproxy *to, const struct nsproxy *from)
{
	to->user = from->user ? user_ns_get(from->user) : NULL;
}

static struct ns_common *user_of(const struct task *task)
{
	struct user_namespace *ns = user_ns(task);

	return ns ? &ns->common : NULL;
}

static struct ns_common *user_parent(const struct ns_common *common)
{
	const struct user_namespace *ns = (const void *)common;

	return ns->parent ? &ns->parent->common : NULL;
}

static void user_get_common(struct ns_common *ns)
{
	user_ns_get(user_of_common(ns));
}

static void user_put_common(struct ns_common *ns)
{
	user_ns_put(user_of_common(ns));
}

/* ---- new ones, and changes ---- */

/* create_user_ns(): who is nobody above can't own one. */
static int user_check_copy(const struct task *task, uint64_t flags)
{
	const struct user_cred *cred = task->cred;

	(void)flags;
	if (!cred)
		return 0;
	if (cred->ns->level >= USER_LEVELS_MAX)
		return -ENOSPC;
	if (task->root)	/* current_chrooted() */
		return -EPERM;
	return idmap_upper(&cred->ns->uids, cred->euid) == IDMAP_NONE ||
			       idmap_upper(&cred->ns->gids, cred->egid) ==
				       IDMAP_NONE
		       ? -EPERM
		       : 0;
}

/* @set changes to @ns, in which @cred is almighty: set_cred_user_ns() */
static void set_user_ns(struct nsset *set, struct user_cred *cred,
			struct user_namespace *ns)
{
	user_ns_put(set->proxy->user);
	set->proxy->user = user_ns_get(ns);
	user_cred_enter(cred, ns);
	set->cred = cred;
}

static int user_copy(struct nsset *set, struct task *task)
{
	struct user_namespace *parent = set->proxy->user;
	struct user_cred *cred = user_cred_prepare(task);
	struct user_namespace *ns = cred ? user_new(parent) : NULL;

	if (!ns) {
		user_cred_put(cred);
		return -ENOMEM;
	}
	ns->owner = cred->euid;
	ns->group = cred->egid;
	ns->setgroups_denied = parent && parent->setgroups_denied;
	ns->could_setfcap = cred->effective & USER_CAP(CAP_SETFCAP);
	set_user_ns(set, cred, ns);
	user_ns_put(ns);
	return 0;
}

/* Not into its own once more: userns_install() */
static int user_install(struct nsset *set, struct task *task,
			struct ns_common *common)
{
	struct user_namespace *ns = user_of_common(common);
	struct user_cred *cred;

	if (ns == user_ns(task) || !group_is_single(task->group) ||
	    root_is_shared(task))
		return -EINVAL;
	if (task->cred && !user_cred_capable(task->cred, ns, CAP_SYS_ADMIN))
		return -EPERM;
	cred = user_cred_prepare(task);
	if (!cred)
		return -ENOMEM;
	set_user_ns(set, cred, ns);
	return 0;
}

const struct ns_ops user_ns_ops = {
	.name = "user",
	.kind = NS_USER,
	.flag = CLONE_NEWUSER,
	.create = user_create,
	.release = user_release,
	.share = user_share,
	.copy = user_copy,
	.check_copy = user_check_copy,
	.of = user_of,
	.parent = user_parent,
	.get = user_get_common,
	.put = user_put_common,
	.late = NS_USER,
	.install = user_install,
};

struct user_namespace *user_ns(const struct task *task)
{
	return task->cred ? task->cred->ns : NULL;
}

bool user_ns_contains(const struct user_namespace *ancestor,
		      const struct user_namespace *ns)
{
	while (ns && ns != ancestor)
		ns = ns->parent;
	return ns == ancestor;
}

/* ---- ids ---- */

static bool is_made_up(uint32_t id)
{
	return id >= USER_MADE_UP && id - USER_MADE_UP < USER_MADE_UP_COUNT;
}

static uint32_t munge(uint32_t id)
{
	return id == USER_NONE ? USER_OVERFLOW : id;
}

uint32_t user_make_kuid(const struct user_namespace *ns, uint32_t uid)
{
	return ns ? idmap_lower(&ns->uids, uid) : uid;
}

uint32_t user_make_kgid(const struct user_namespace *ns, uint32_t gid)
{
	return ns ? idmap_lower(&ns->gids, gid) : gid;
}

uint32_t user_from_kuid(const struct user_namespace *ns, uint32_t kuid)
{
	return ns ? munge(idmap_upper(&ns->uids, kuid)) : kuid;
}

uint32_t user_from_kgid(const struct user_namespace *ns, uint32_t kgid)
{
	return ns ? munge(idmap_upper(&ns->gids, kgid)) : kgid;
}

uint32_t user_uid_from_host(const struct user_namespace *ns, uint32_t uid)
{
	return ns && is_made_up(uid) ? USER_OVERFLOW : user_from_kuid(ns, uid);
}

uint32_t user_gid_from_host(const struct user_namespace *ns, uint32_t gid)
{
	return ns && is_made_up(gid) ? USER_OVERFLOW : user_from_kgid(ns, gid);
}

uint32_t user_uid_to_host(const struct user_namespace *ns, uint32_t uid)
{
	uint32_t kuid = user_make_kuid(ns, uid);

	return ns && is_made_up(kuid) ? USER_NONE : kuid;
}

uint32_t user_gid_to_host(const struct user_namespace *ns, uint32_t gid)
{
	uint32_t kgid = user_make_kgid(ns, gid);

	return ns && is_made_up(kgid) ? USER_NONE : kgid;
}

/* ---- capabilities ---- */

bool user_cred_capable(const struct user_cred *cred,
		       const struct user_namespace *ns, int cap)
{
	for (;; ns = ns->parent) {
		if (ns == cred->ns)
			return cred->effective & USER_CAP(cap);
		if (!ns)
			return false;
		/* Who made it has every capability in it. */
		if (ns->parent == cred->ns && ns->owner == cred->euid)
			return true;
	}
}

bool user_capable(const struct task *task, int cap)
{
	return !task->cred ||
	       user_cred_capable(task->cred, task->cred->ns, cap);
}

bool user_capable_over(const struct task *task, const struct ns_common *ns,
		       int cap)
{
	return !task->cred ||
	       user_cred_capable(task->cred, ns_owner(ns), cap);
}

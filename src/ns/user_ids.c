/* SPDX-License-Identifier: Apache-2.0 */
/*
 * getuid(2), setuid(2) and their relatives. Follows kernel/sys.c and
 * kernel/groups.c: an id that does not exist in the namespace is EINVAL, and
 * what may change to what is the kernel's table.
 */
#include <errno.h>
#include <limits.h>
#include <linux/capability.h>
#include <string.h>
#include "src/call.h"
#include "src/ns/user_cred.h"
#include "src/task/creds.h"

#define KEEP UINT32_MAX /* -1: leave it as it is */

static const struct user_cred *cred_of(const struct call *c)
{
	return c->task->cred;
}

/* ---- asking ---- */

long user_getuid(struct call *c)
{
	return user_from_kuid(cred_of(c)->ns, cred_of(c)->uid);
}

long user_geteuid(struct call *c)
{
	return user_from_kuid(cred_of(c)->ns, cred_of(c)->euid);
}

long user_getgid(struct call *c)
{
	return user_from_kgid(cred_of(c)->ns, cred_of(c)->gid);
}

long user_getegid(struct call *c)
{
	return user_from_kgid(cred_of(c)->ns, cred_of(c)->egid);
}

static long put_three(struct call *c, const uint32_t ids[3])
{
	for (int i = 0; i < 3; i++)
		if (call_write(c, c->args[i], &ids[i], sizeof(ids[i])) < 0)
			return -EFAULT;
	return 0;
}

long user_getresuid(struct call *c)
{
	const struct user_cred *cred = cred_of(c);
	const uint32_t ids[3] = { user_from_kuid(cred->ns, cred->uid),
				  user_from_kuid(cred->ns, cred->euid),
				  user_from_kuid(cred->ns, cred->suid) };

	return put_three(c, ids);
}

long user_getresgid(struct call *c)
{
	const struct user_cred *cred = cred_of(c);
	const uint32_t ids[3] = { user_from_kgid(cred->ns, cred->gid),
				  user_from_kgid(cred->ns, cred->egid),
				  user_from_kgid(cred->ns, cred->sgid) };

	return put_three(c, ids);
}

/* ---- users ---- */

static bool may_set_uid(const struct call *c)
{
	return user_capable(c->task, CAP_SETUID);
}

/* Kernel ids of the arguments. Return: false if one does not exist. */
static bool read_uids(const struct call *c, int n, uint32_t ret_kuids[])
{
	for (int i = 0; i < n; i++) {
		uint32_t uid = (uint32_t)c->args[i];

		ret_kuids[i] = user_make_kuid(cred_of(c)->ns, uid);
		if (uid != KEEP && ret_kuids[i] == USER_NONE)
			return false;
	}
	return true;
}

/* A change of @cred by @change; its capabilities follow. */
static long change_uid(struct call *c, long (*change)(const struct call *c,
						      struct user_cred *cred))
{
	const struct user_cred *old = cred_of(c);
	struct user_cred *cred = user_cred_prepare(c->task);
	long r;

	if (!cred)
		return -ENOMEM;
	r = change(c, cred);
	if (r < 0) {
		user_cred_put(cred);
		return r;
	}
	user_caps_fix_setuid(cred, old);
	user_cred_commit(c->task, cred);
	return 0;
}

static long change_by_setuid(const struct call *c, struct user_cred *cred)
{
	const struct user_cred *old = cred_of(c);
	uint32_t kuid;

	if (!read_uids(c, 1, &kuid) || kuid == USER_NONE)
		return -EINVAL;
	if (may_set_uid(c))
		cred->uid = cred->suid = kuid;
	else if (kuid != old->uid && kuid != old->suid)
		return -EPERM;
	cred->euid = cred->fsuid = kuid;
	return 0;
}

long user_setuid(struct call *c)
{
	return cred_of(c) ? change_uid(c, change_by_setuid) : task_set_creds(c);
}

static long change_by_setreuid(const struct call *c, struct user_cred *cred)
{
	const struct user_cred *old = cred_of(c);
	uint32_t k[2];

	if (!read_uids(c, 2, k))
		return -EINVAL;
	if (k[0] != KEEP) {
		cred->uid = k[0];
		if (k[0] != old->uid && k[0] != old->euid && !may_set_uid(c))
			return -EPERM;
	}
	if (k[1] != KEEP) {
		cred->euid = k[1];
		if (k[1] != old->uid && k[1] != old->euid &&
		    k[1] != old->suid && !may_set_uid(c))
			return -EPERM;
	}
	if (k[0] != KEEP || (k[1] != KEEP && k[1] != old->uid))
		cred->suid = cred->euid;
	cred->fsuid = cred->euid;
	return 0;
}

long user_setreuid(struct call *c)
{
	return cred_of(c) ? change_uid(c, change_by_setreuid)
			  : task_set_creds(c);
}

static bool is_new_uid(uint32_t kuid, const struct user_cred *old)
{
	return kuid != KEEP && kuid != old->uid && kuid != old->euid &&
	       kuid != old->suid;
}

/* Nothing changes, not even the uid for files? */
static bool is_no_change_of_uids(const uint32_t k[3],
				 const struct user_cred *old)
{
	return (k[0] == KEEP || k[0] == old->uid) &&
	       (k[1] == KEEP || (k[1] == old->euid && k[1] == old->fsuid)) &&
	       (k[2] == KEEP || k[2] == old->suid);
}

static long change_by_setresuid(const struct call *c, struct user_cred *cred)
{
	const struct user_cred *old = cred_of(c);
	uint32_t k[3];

	if (!read_uids(c, 3, k))
		return -EINVAL;
	if (is_no_change_of_uids(k, old))
		return 0;
	if ((is_new_uid(k[0], old) || is_new_uid(k[1], old) ||
	     is_new_uid(k[2], old)) &&
	    !may_set_uid(c))
		return -EPERM;
	if (k[0] != KEEP)
		cred->uid = k[0];
	if (k[1] != KEEP)
		cred->euid = k[1];
	if (k[2] != KEEP)
		cred->suid = k[2];
	cred->fsuid = cred->euid;
	return 0;
}

long user_setresuid(struct call *c)
{
	return cred_of(c) ? change_uid(c, change_by_setresuid)
			  : task_set_creds(c);
}

/* It says the old one, whatever happens. */
long user_setfsuid(struct call *c)
{
	const struct user_cred *old = cred_of(c);
	struct user_cred *cred;
	uint32_t kuid;
	long said;

	if (!old)
		return task_set_creds(c);
	said = user_from_kuid(old->ns, old->fsuid);
	if (!read_uids(c, 1, &kuid) || kuid == USER_NONE ||
	    kuid == old->fsuid ||
	    (kuid != old->uid && kuid != old->euid && kuid != old->suid &&
	     !may_set_uid(c)))
		return said;
	cred = user_cred_prepare(c->task);
	if (!cred)
		return said;
	cred->fsuid = kuid;
	user_caps_fix_setfsuid(cred, old);
	user_cred_commit(c->task, cred);
	return said;
}

/* ---- groups ---- */

static bool may_set_gid(const struct call *c)
{
	return user_capable(c->task, CAP_SETGID);
}

static bool read_gids(const struct call *c, int n, uint32_t ret_kgids[])
{
	for (int i = 0; i < n; i++) {
		uint32_t gid = (uint32_t)c->args[i];

		ret_kgids[i] = user_make_kgid(cred_of(c)->ns, gid);
		if (gid != KEEP && ret_kgids[i] == USER_NONE)
			return false;
	}
	return true;
}

/* Capabilities do not follow groups. */
static long change_gid(struct call *c, long (*change)(const struct call *c,
						      struct user_cred *cred))
{
	struct user_cred *cred = user_cred_prepare(c->task);
	long r;

	if (!cred)
		return -ENOMEM;
	r = change(c, cred);
	if (r < 0)
		user_cred_put(cred);
	else
		user_cred_commit(c->task, cred);
	return r;
}

static long change_by_setgid(const struct call *c, struct user_cred *cred)
{
	const struct user_cred *old = cred_of(c);
	uint32_t kgid;

	if (!read_gids(c, 1, &kgid) || kgid == USER_NONE)
		return -EINVAL;
	if (may_set_gid(c))
		cred->gid = cred->sgid = kgid;
	else if (kgid != old->gid && kgid != old->sgid)
		return -EPERM;
	cred->egid = cred->fsgid = kgid;
	return 0;
}

long user_setgid(struct call *c)
{
	return cred_of(c) ? change_gid(c, change_by_setgid) : task_set_creds(c);
}

static long change_by_setregid(const struct call *c, struct user_cred *cred)
{
	const struct user_cred *old = cred_of(c);
	uint32_t k[2];

	if (!read_gids(c, 2, k))
		return -EINVAL;
	if (k[0] != KEEP) {
		cred->gid = k[0];
		if (k[0] != old->gid && k[0] != old->egid && !may_set_gid(c))
			return -EPERM;
	}
	if (k[1] != KEEP) {
		cred->egid = k[1];
		if (k[1] != old->gid && k[1] != old->egid &&
		    k[1] != old->sgid && !may_set_gid(c))
			return -EPERM;
	}
	if (k[0] != KEEP || (k[1] != KEEP && k[1] != old->gid))
		cred->sgid = cred->egid;
	cred->fsgid = cred->egid;
	return 0;
}

long user_setregid(struct call *c)
{
	return cred_of(c) ? change_gid(c, change_by_setregid)
			  : task_set_creds(c);
}

static bool is_new_gid(uint32_t kgid, const struct user_cred *old)
{
	return kgid != KEEP && kgid != old->gid && kgid != old->egid &&
	       kgid != old->sgid;
}

static bool is_no_change_of_gids(const uint32_t k[3],
				 const struct user_cred *old)
{
	return (k[0] == KEEP || k[0] == old->gid) &&
	       (k[1] == KEEP || (k[1] == old->egid && k[1] == old->fsgid)) &&
	       (k[2] == KEEP || k[2] == old->sgid);
}

static long change_by_setresgid(const struct call *c, struct user_cred *cred)
{
	const struct user_cred *old = cred_of(c);
	uint32_t k[3];

	if (!read_gids(c, 3, k))
		return -EINVAL;
	if (is_no_change_of_gids(k, old))
		return 0;
	if ((is_new_gid(k[0], old) || is_new_gid(k[1], old) ||
	     is_new_gid(k[2], old)) &&
	    !may_set_gid(c))
		return -EPERM;
	if (k[0] != KEEP)
		cred->gid = k[0];
	if (k[1] != KEEP)
		cred->egid = k[1];
	if (k[2] != KEEP)
		cred->sgid = k[2];
	cred->fsgid = cred->egid;
	return 0;
}

long user_setresgid(struct call *c)
{
	return cred_of(c) ? change_gid(c, change_by_setresgid)
			  : task_set_creds(c);
}

long user_setfsgid(struct call *c)
{
	const struct user_cred *old = cred_of(c);
	struct user_cred *cred;
	uint32_t kgid;
	long said;

	if (!old)
		return task_set_creds(c);
	said = user_from_kgid(old->ns, old->fsgid);
	if (!read_gids(c, 1, &kgid) || kgid == USER_NONE ||
	    kgid == old->fsgid ||
	    (kgid != old->gid && kgid != old->egid && kgid != old->sgid &&
	     !may_set_gid(c)))
		return said;
	cred = user_cred_prepare(c->task);
	if (!cred)
		return said;
	cred->fsgid = kgid;
	user_cred_commit(c->task, cred);
	return said;
}

/* ---- supplementary groups ---- */

static uint32_t list[NGROUPS_MAX]; /* too large for the stack */

long user_getgroups(struct call *c)
{
	const struct user_groups *groups = cred_of(c)->groups;
	int size = (int)c->args[0], n = groups ? (int)groups->n : 0;

	if (size < 0 || (size > 0 && n > size))
		return -EINVAL;
	for (int i = 0; size > 0 && i < n; i++)
		list[i] = user_from_kgid(cred_of(c)->ns, groups->gids[i]);
	if (size > 0 && n > 0 &&
	    call_write(c, c->args[1], list, (size_t)n * sizeof(list[0])) < 0)
		return -EFAULT;
	return n;
}

/* The groups of an unprivileged user can be there to deny him something. */
static bool may_set_groups(const struct call *c)
{
	const struct user_namespace *ns = cred_of(c)->ns;

	return may_set_gid(c) && ns->gids.n > 0 && !ns->setgroups_denied;
}

static long read_groups(struct call *c, size_t n)
{
	if (n > 0 && call_read(c, c->args[1], list, n * sizeof(list[0])) < 0)
		return -EFAULT;
	for (size_t i = 0; i < n; i++) {
		list[i] = user_make_kgid(cred_of(c)->ns, list[i]);
		if (list[i] == USER_NONE)
			return -EINVAL;
	}
	return 0;
}

long user_setgroups(struct call *c)
{
	unsigned int n = (unsigned int)c->args[0];
	struct user_cred *cred;
	long r;

	if (!cred_of(c))
		return task_set_creds(c);
	if (!may_set_groups(c))
		return -EPERM;
	if (n > NGROUPS_MAX)
		return -EINVAL;
	r = read_groups(c, n);
	if (r < 0)
		return r;
	cred = user_cred_prepare(c->task);
	r = cred ? user_cred_set_groups(cred, list, n) : -ENOMEM;
	if (r < 0)
		user_cred_put(cred);
	else
		user_cred_commit(c->task, cred);
	return r;
}

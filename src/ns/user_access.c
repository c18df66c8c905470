/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What one task may do to another, by the credentials that nsrun keeps. The
 * host's kernel, to whom all are the same user, agrees to all of it, or refuses
 * more. Without a user namespace everything is left to it.
 */
#include "src/ns/user_access.h"

#include <linux/capability.h>
#include <signal.h>
#include "src/host/sys.h"
#include "src/ns/user_cred.h"

/*
 * Of a task without any, which is in the host's user namespace. What it has
 * there is of no concern inside.
 */
static const struct user_cred *other_cred(const struct group *group,
					  const struct task *thread)
{
	static struct user_cred host;
	const struct user_cred *cred =
		thread ? thread->cred : user_group_cred(group);

	host.uid = host.euid = host.suid = host.fsuid = sys_uid();
	host.gid = host.egid = host.sgid = host.fsgid = sys_gid();
	return cred ? cred : &host;
}

/* ---- signals ---- */

/* kill_ok_by_cred() of kernel/signal.c */
static bool may_kill(const struct user_cred *cred, const struct user_cred *to)
{
	return cred->euid == to->suid || cred->euid == to->uid ||
	       cred->uid == to->suid || cred->uid == to->uid ||
	       user_cred_capable(cred, to->ns, CAP_KILL);
}

bool user_may_signal(const struct task *from, const struct group *to,
		     const struct task *thread, int sig)
{
	long session;

	if (!from->cred || from->group == to ||
	    may_kill(from->cred, other_cred(to, thread)))
		return true;
	if (sig != SIGCONT)
		return false;
	session = sys_getsid(to->tgid->host);
	/* 0: one from outside, that all have which began with it. */
	return session >= 0 && session == sys_getsid(from->tid->host);
}

bool user_is_real(const struct task *from)
{
	return !from->cred || from->cred->uid == sys_uid() ||
	       from->cred->euid == sys_uid();
}

/* ---- looking into another ---- */

/* __ptrace_may_access() and cap_ptrace_access_check() */
bool user_may_access(const struct task *from, const struct group *to,
		     const struct task *thread, enum user_access access)
{
	const struct user_cred *cred = from->cred;
	const struct user_cred *other = other_cred(to, thread);
	bool fs = access == USER_ACCESS_FS;
	uint32_t uid, gid;

	if (from->group == to)
		return true;
	if (!cred)
		return to->dumpable == 1 || other->ns;
	if (user_cred_capable(cred, other->ns, CAP_SYS_PTRACE))
		return true;
	uid = fs ? cred->fsuid : cred->uid;
	gid = fs ? cred->fsgid : cred->gid;
	if (uid != other->euid || uid != other->suid || uid != other->uid ||
	    gid != other->egid || gid != other->sgid || gid != other->gid ||
	    to->dumpable != 1)
		return false;
	return cred->ns == other->ns &&
	       !(other->permitted & ~(fs ? cred->effective : cred->permitted));
}

/* ---- scheduling and limits ---- */

/* Not of one that has more capabilities: cap_safe_nice() */
static bool is_safe_nice(const struct user_cred *cred,
			 const struct user_cred *to)
{
	return !(to->permitted & ~cred->permitted) ||
	       user_cred_capable(cred, to->ns, CAP_SYS_NICE);
}

/* check_same_owner() of kernel/sched/ */
static bool is_same_owner(const struct user_cred *cred,
			  const struct user_cred *to)
{
	return cred->euid == to->uid || cred->euid == to->euid;
}

bool user_may_renice(const struct task *from, const struct task *to)
{
	const struct user_cred *cred = from->cred;
	const struct user_cred *other = other_cred(to->group, to);

	if (!cred)
		return true;
	return (is_same_owner(cred, other) ||
		user_cred_capable(cred, other->ns, CAP_SYS_NICE)) &&
	       is_safe_nice(cred, other);
}

/* Of another owner the host's root may alone. */
bool user_may_schedule(const struct task *from, const struct task *to)
{
	const struct user_cred *other = other_cred(to->group, to);

	return !from->cred || (is_same_owner(from->cred, other) &&
			       is_safe_nice(from->cred, other));
}

bool user_may_io_prioritize(const struct task *from, const struct task *to)
{
	const struct user_cred *cred = from->cred;
	const struct user_cred *other = other_cred(to->group, to);

	if (!cred)
		return true;
	return (cred->euid == other->uid || cred->uid == other->uid) &&
	       is_safe_nice(cred, other);
}

/* check_prlimit_permission() of kernel/sys.c */
bool user_may_limit(const struct task *from, const struct task *to)
{
	const struct user_cred *cred = from->cred;
	const struct user_cred *other = other_cred(to->group, to);

	if (!cred || from == to)
		return true;
	if (cred->uid == other->euid && cred->uid == other->suid &&
	    cred->uid == other->uid && cred->gid == other->egid &&
	    cred->gid == other->sgid && cred->gid == other->gid)
		return true;
	return user_cred_capable(cred, other->ns, CAP_SYS_RESOURCE);
}

/* ---- who it is ---- */

bool user_ids_of(const struct pid *pid, struct pid_ids *ret_ids)
{
	const struct user_cred *cred;

	if (!pid)
		return false;
	if (!pid->group && !pid->task) {
		*ret_ids = pid->left;
		return pid->has_left;
	}
	cred = pid->group ? user_group_cred(pid->group) : pid->task->cred;
	if (!cred)
		return false;
	*ret_ids = (struct pid_ids){ cred->uid, cred->gid, cred->euid,
				     cred->egid };
	return true;
}

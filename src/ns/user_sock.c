/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Credentials that pass through sockets. The kernel tells of a peer its
 * process and the real user, who is the same for all; who it is inside is
 * known from the process. It is who it is now, or was at its end, not who it
 * was when it connected or sent: that the kernel notes without a word.
 *
 * A task with CAP_SETUID may claim to be another. No message can carry that
 * past the host's kernel; so the last claim of a process holds for all that it
 * sends, until it claims to be itself. Follows scm_check_creds() of
 * net/core/scm.c.
 */
#include "src/ns/user_sock.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/netlink.h>
#include <string.h>
#include <unistd.h>
#include "src/ns/pid.h"
#include "src/ns/user_access.h"
#include "src/ns/user_cred.h"

void user_sock_from_host(const struct task *to, struct ucred *cred,
			 bool effective)
{
	const struct user_namespace *ns = user_ns(to);
	const struct pid *pid;
	struct pid_ids ids;

	pid = pids_by_host(&instance.pids, (host_pid){ cred->pid });
	cred->pid = pid_from_host(to, cred->pid);
	/* -1: there is no peer. */
	if (!ns || cred->uid == USER_NONE)
		return;
	if (!pid && !cred->pid) {
		cred->uid = cred->gid = USER_OVERFLOW;
	} else if (!user_ids_of(pid, &ids)) {
		cred->uid = user_uid_from_host(ns, cred->uid);
		cred->gid = user_gid_from_host(ns, cred->gid);
	} else if (effective) {
		cred->uid = user_from_kuid(ns, ids.euid);
		cred->gid = user_from_kgid(ns, ids.egid);
	} else {
		const struct claim *claim =
			pid->group ? &pid->group->claim : NULL;
		bool claims = claim && claim->made;

		cred->uid = user_from_kuid(ns, claims ? claim->uid : ids.uid);
		cred->gid = user_from_kgid(ns, claims ? claim->gid : ids.gid);
		if (claims && claim->nr.n)
			cred->pid = claim->nr.n;
	}
}

static bool may_claim_uid(const struct task *from, uint32_t kuid)
{
	const struct user_cred *cred = from->cred;

	return kuid == cred->uid || kuid == cred->euid || kuid == cred->suid ||
	       user_capable(from, CAP_SETUID);
}

static bool may_claim_gid(const struct task *from, uint32_t kgid)
{
	const struct user_cred *cred = from->cred;

	return kgid == cred->gid || kgid == cred->egid || kgid == cred->sgid ||
	       user_capable(from, CAP_SETGID);
}

static bool may_claim_pid(const struct task *from, int nr)
{
	/* The host's pid namespace belongs to another one of users. */
	return nr == group_number(from->group, from).n ||
	       (task_pid_ns(from)->level > 0 &&
		user_capable_over(from, &task_pid_ns(from)->common,
				  CAP_SYS_ADMIN));
}

long user_sock_to_host(struct task *from, struct ucred *cred, bool commit)
{
	struct group *group = from->group;
	struct claim claim = { .made = true };
	uint32_t kuid, kgid;

	if (!from->cred) {
		cred->pid = (int)pid_to_host(from, cred->pid);
		return 0;
	}
	kuid = user_make_kuid(from->cred->ns, cred->uid);
	kgid = user_make_kgid(from->cred->ns, cred->gid);
	if (kuid == USER_NONE || kgid == USER_NONE)
		return -EINVAL;
	if (!may_claim_pid(from, cred->pid) || !may_claim_uid(from, kuid) ||
	    !may_claim_gid(from, kgid))
		return -EPERM;
	if (cred->pid != group_number(group, from).n) {
		if (!task_by_number(from, (ns_pid){ cred->pid }) &&
		    !group_by_number(from, (ns_pid){ cred->pid }))
			return -ESRCH;
		claim.nr.n = cred->pid;
	}
	claim.uid = kuid;
	claim.gid = kgid;
	if (!claim.nr.n && kuid == from->cred->uid && kgid == from->cred->gid)
		claim.made = false;
	if (commit)
		group->claim = claim;
	cred->pid = group->tgid->host.n;
	cred->uid = getuid();
	cred->gid = getgid();
	return 0;
}

/* ---- audit ---- */

static bool has_option(int fd, int name, int value)
{
	int got;
	socklen_t len = sizeof(got);

	return getsockopt(fd, SOL_SOCKET, name, &got, &len) == 0 &&
	       got == value;
}

bool user_sock_is_audit(const struct task *task, int fd)
{
	_cleanup_close_ int copy = -1;

	if (!user_ns(task))
		return false;
	copy = (int)sys_borrow(task->tid->host, fd);
	return copy >= 0 && has_option(copy, SO_DOMAIN, AF_NETLINK) &&
	       has_option(copy, SO_PROTOCOL, NETLINK_AUDIT);
}

/* ---- SO_PEERGROUPS ---- */

/* Also that of AF_UNIX: a peer that is of the instance. */
static const struct user_cred *peer_cred(int fd)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);
	const struct pid *pid;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) < 0)
		return NULL;
	pid = pids_by_host(&instance.pids, (host_pid){ cred.pid });
	return pid && pid->group ? user_group_cred(pid->group) : NULL;
}

static uint32_t groups[65536]; /* NGROUPS_MAX */

/* Return: their number, or what the kernel says. */
static long find_groups(const struct task *to, int fd)
{
	const struct user_namespace *ns = user_ns(to);
	const struct user_cred *peer = peer_cred(fd);
	socklen_t len = sizeof(groups);
	size_t n;

	if (sys_result(getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups,
				  &len)) < 0)
		return sys_result(-1);
	n = len / sizeof(groups[0]);
	if (peer)
		n = peer->groups ? peer->groups->n : 0;
	for (size_t i = 0; i < n; i++)
		groups[i] = peer ? user_from_kgid(ns, peer->groups->gids[i])
				 : user_gid_from_host(ns, groups[i]);
	return (long)n;
}

long user_peergroups(struct call *c)
{
	_cleanup_close_ int fd =
		(int)sys_borrow(c->task->tid->host, (int)c->args[0]);
	int len, needed;
	long n;

	if (fd < 0)
		return fd == -EPERM ? fd : -EBADF;
	if (call_read(c, c->args[4], &len, sizeof(len)) < 0)
		return -EFAULT;
	if (len < 0)
		return -EINVAL;
	n = find_groups(c->task, fd);
	if (n < 0)
		return n;
	needed = (int)((size_t)n * sizeof(groups[0]));
	if (len >= needed && needed > 0 &&
	    call_write(c, c->args[3], groups, (size_t)needed) < 0)
		return -EFAULT;
	if (call_write(c, c->args[4], &needed, sizeof(needed)) < 0)
		return -EFAULT;
	return len < needed ? -ERANGE : 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Process groups, sessions and terminals. The real groups and sessions have
 * the same shape as the virtual ones, so the kernel's job control (SIGTTIN,
 * SIGHUP to orphaned groups …) is right by itself; only numbers change.
 */
#include <errno.h>
#include <linux/nsfs.h>
#include <string.h>
#include <sys/ioctl.h>
#include "src/ns/pid.h"
#include "src/ns/user_cred.h"

#ifndef FIOSETOWN
#define FIOSETOWN 0x8901
#define SIOCSPGRP 0x8902
#define FIOGETOWN 0x8903
#define SIOCGPGRP 0x8904
#endif

/* The structure grows with the kernel, and the number with it. */
#define SIZE_BITS      ((unsigned int)_IOC_SIZEMASK << _IOC_SIZESHIFT)
#define PIDFD_GET_INFO _IOC(_IOC_READ | _IOC_WRITE, 0xff, 11, 0)

long pid_getpgrp(struct call *c)
{
	return pid_nr(c->task->group->pgrp, task_pid_ns(c->task)).n;
}

/* @get asks the kernel about the task that argument 0 names. */
static long get_of(struct call *c, long (*get)(host_pid pid))
{
	int nr = (int)c->args[0];
	uint64_t host = nr ? pid_to_host(c->task, nr)
			   : (uint64_t)c->task->group->tgid->host.n;
	long r;

	if (nr < 0 || host == SYS_NO_PID)
		return -ESRCH;
	r = get((host_pid){ (int)host });
	return r < 0 ? r : pid_from_host(c->task, (int)r);
}

long pid_getpgid(struct call *c)
{
	return get_of(c, sys_getpgid);
}

long pid_getsid(struct call *c)
{
	return get_of(c, sys_getsid);
}

static long setpgid_after(struct call *c, long result)
{
	int nr = (int)c->args[0];
	struct group *group =
		nr ? group_by_number(c->task, (ns_pid){ nr }) : c->task->group;

	if (result == 0 && group)
		group_sync(group);
	return result;
}

long pid_setpgid(struct call *c)
{
	c->host_args[0] = pid_to_host(c->task, (int)c->args[0]);
	c->host_args[1] = pgrp_to_host(c->task, (int)c->args[1]);
	return call_then(c, setpgid_after);
}

static long setsid_after(struct call *c, long result)
{
	if (result < 0)
		return result;
	group_sync(c->task->group);
	return pid_from_host(c->task, (int)result);
}

long pid_setsid(struct call *c)
{
	return call_then(c, setsid_after);
}

/* A pid_t or int behind argument 2, where the kernel wrote the host's. */
static long get_owner_after(struct call *c, long result)
{
	int nr;

	if (result < 0 || call_read(c, c->args[2], &nr, sizeof(nr)) < 0)
		return result;
	/* FIOGETOWN tells a process group by a negative number. */
	nr = nr < 0 ? -pid_from_host(c->task, -nr) : pid_from_host(c->task, nr);
	return call_write(c, c->args[2], &nr, sizeof(nr)) < 0 ? -EFAULT
							      : result;
}

/* FIOSETOWN, SIOCSPGRP: fcntl(F_SETOWN) by another name. */
static long set_owner(struct call *c)
{
	int nr;
	long r = call_read(c, c->args[2], &nr, sizeof(nr));

	return r < 0 ? r : pid_set_owner(c, nr);
}

/*
 * The kernel read the number from memory, where another thread can have
 * changed it. Of the terminal's own session that nsrun is in, a group outside
 * could have been named: what was meant is set again.
 */
static long set_foreground_after(struct call *c, long result)
{
	_cleanup_close_ int fd = -1;
	pid_t now, meant = (pid_t)c->cookie;

	if (result < 0)
		return result;
	fd = (int)sys_borrow(c->task->tid->host, (int)c->args[0]);
	if (fd == -EPERM)
		fd = (int)sys_reopen(c->task->tid->host, (int)c->args[0]);
	if (fd >= 0 && sys_result(ioctl(fd, TIOCGPGRP, &now)) == 0 &&
	    now != meant && pid_from_host(c->task, now) == 0)
		sys_result(ioctl(fd, TIOCSPGRP, &meant));
	return result;
}

/* The kernel reads the number itself, so it is lent a translated one. */
static long set_foreground(struct call *c)
{
	int nr;
	long r = call_read(c, c->args[2], &nr, sizeof(nr));

	if (r < 0)
		return r;
	nr = nr < 0 ? nr : (int)pgrp_to_host(c->task, nr);
	c->cookie = (uint64_t)nr;
	r = call_lend(c, &nr, sizeof(nr), &c->host_args[2]);
	return r < 0 ? r : call_then(c, set_foreground_after);
}

/*
 * Then real, effective, saved and those for files: a user and a group each,
 * where the mask says that they are there, PIDFD_INFO_CREDS.
 */
static bool put_creds(struct call *c, int host, uint64_t addr)
{
	const struct user_namespace *ns = user_ns(c->task);
	const struct task *task = task_by_host((host_pid){ host });
	const struct user_cred *cred = task ? task->cred : NULL;
	uint32_t ids[8];
	uint64_t mask;

	if (call_read(c, c->args[2], &mask, sizeof(mask)) < 0)
		return false;
	if (!(mask & 2))
		return true;
	if (call_read(c, addr, ids, sizeof(ids)) < 0)
		return false;
	if (cred)
		memcpy(ids,
		       (uint32_t[]){ cred->uid, cred->gid, cred->euid,
				     cred->egid, cred->suid, cred->sgid,
				     cred->fsuid, cred->fsgid }, sizeof(ids));
	for (int i = 0; i < 8; i += 2) {
		ids[i] = cred ? user_from_kuid(ns, ids[i]) :
				user_uid_from_host(ns, ids[i]);
		ids[i + 1] = cred ? user_from_kgid(ns, ids[i + 1]) :
				    user_gid_from_host(ns, ids[i + 1]);
	}
	return call_write(c, addr, ids, sizeof(ids)) == 0;
}

/* struct pidfd_info: mask, cgroup id, then pid, tgid, ppid, … */
static long pidfd_info_after(struct call *c, long result)
{
	const uint64_t at = c->args[2] + 16;
	int nrs[3];

	if (result < 0 || call_read(c, at, nrs, sizeof(nrs)) < 0)
		return result;
	if (user_ns(c->task) && !put_creds(c, nrs[0], at + sizeof(nrs)))
		return -EFAULT;
	for (int i = 0; i < 3; i++)
		nrs[i] = pid_from_host(c->task, nrs[i]);
	return call_write(c, at, nrs, sizeof(nrs)) < 0 ? -EFAULT : result;
}

long pid_ioctl(struct call *c)
{
	if (((unsigned int)c->args[1] & ~SIZE_BITS) == PIDFD_GET_INFO)
		return call_then(c, pidfd_info_after);
	if (_IOC_TYPE((unsigned int)c->args[1]) == NSIO)
		return ns_ioctl(c);
	switch ((unsigned int)c->args[1]) {
	case TIOCSPGRP:
		return set_foreground(c);
	case FIOSETOWN:
	case SIOCSPGRP:
		return set_owner(c);
	case TIOCGPGRP:
	case TIOCGSID:
	case FIOGETOWN:
	case SIOCGPGRP:
		return call_then(c, get_owner_after);
	default: /* caught by a filter of the guest's own */
		return call_pass(c);
	}
}

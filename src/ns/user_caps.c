/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Capabilities in a user namespace: capget(2), capset(2), the options of
 * prctl(2), and how they follow the uids. Follows security/commoncap.c and
 * kernel/capability.c.
 */
#include <errno.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include "src/call.h"
#include "src/ns/pid.h"
#include "src/ns/user_cred.h"
#include "src/task/creds.h"

/* linux/securebits.h of Linux 6.14 has two more that need no privilege. */
#define SECURE_BITS  0x555UL
#define SECURE_LOCKS (SECURE_BITS << 1)
#define SECURE_FREE  0xf00UL /* SECURE_ALL_UNPRIVILEGED, with its locks */

/* What CAP_FS_SET is: setfsuid(2) gives and takes them. */
#define CAPS_FS                                                       \
	(USER_CAP(CAP_CHOWN) | USER_CAP(CAP_MKNOD) |                  \
	 USER_CAP(CAP_DAC_OVERRIDE) | USER_CAP(CAP_DAC_READ_SEARCH) | \
	 USER_CAP(CAP_FOWNER) | USER_CAP(CAP_FSETID) |                \
	 USER_CAP(CAP_MAC_OVERRIDE) | USER_CAP(CAP_LINUX_IMMUTABLE))

static bool is_secure(const struct user_cred *cred, int bit)
{
	return cred->securebits & USER_SECURE(bit);
}

/* ---- how they follow the uids ---- */

static bool has_root(const struct user_cred *cred, uint32_t root)
{
	return cred->uid == root || cred->euid == root || cred->suid == root;
}

/* cap_emulate_setxuid() */
void user_caps_fix_setuid(struct user_cred *cred, const struct user_cred *old)
{
	uint32_t root = user_make_kuid(old->ns, 0);

	if (is_secure(old, SECURE_NO_SETUID_FIXUP))
		return;
	if (has_root(old, root) && !has_root(cred, root)) {
		if (!is_secure(old, SECURE_KEEP_CAPS))
			cred->permitted = cred->effective = 0;
		cred->ambient = 0;
	}
	if (old->euid == root && cred->euid != root)
		cred->effective = 0;
	if (old->euid != root && cred->euid == root)
		cred->effective = cred->permitted;
}

void user_caps_fix_setfsuid(struct user_cred *cred, const struct user_cred *old)
{
	uint32_t root = user_make_kuid(old->ns, 0);

	if (is_secure(old, SECURE_NO_SETUID_FIXUP))
		return;
	if (old->fsuid == root && cred->fsuid != root)
		cred->effective &= ~CAPS_FS;
	if (old->fsuid != root && cred->fsuid == root)
		cred->effective |= cred->permitted & CAPS_FS;
}

/* ---- capget, capset ---- */

struct header {
	uint32_t version;
	int pid;
};

/* Of capget(2) and capset(2); version 1 knows one word a set. */
struct words {
	uint32_t effective, permitted, inheritable;
};

/*
 * Return: how many words a set has; -EINVAL for a version that there is not,
 * after the one that there is was written; -EFAULT.
 */
static long check_version(struct call *c)
{
	const uint32_t current = _LINUX_CAPABILITY_VERSION_3;
	uint32_t version;

	if (call_read(c, c->args[0], &version, sizeof(version)) < 0)
		return -EFAULT;
	if (version == _LINUX_CAPABILITY_VERSION_1)
		return _LINUX_CAPABILITY_U32S_1;
	if (version == _LINUX_CAPABILITY_VERSION_2 ||
	    version == _LINUX_CAPABILITY_VERSION_3)
		return _LINUX_CAPABILITY_U32S_3;
	if (call_write(c, c->args[0], &current, sizeof(current)) < 0)
		return -EFAULT;
	return -EINVAL;
}

static long read_pid(struct call *c, int *ret_pid)
{
	return call_read(c, c->args[0] + offsetof(struct header, pid), ret_pid,
			 sizeof(*ret_pid)) < 0
		       ? -EFAULT
		       : 0;
}

long user_capget(struct call *c)
{
	const struct task *task = c->task;
	struct words words[2];
	long n, r;
	int pid;

	if (!task->cred)
		return pid_capget(c);
	n = check_version(c);
	if (n < 0 || !c->args[1])
		return !c->args[1] && (n > 0 || n == -EINVAL) ? 0 : n;
	r = read_pid(c, &pid);
	if (r < 0)
		return r;
	if (pid < 0)
		return -EINVAL;
	if (pid > 0)
		task = task_by_number(c->task, (ns_pid){ pid });
	if (!task && task_pid_ns(c->task)->level == 0)
		return call_pass(c);
	if (!task || !task->cred)
		return -ESRCH;
	for (int i = 0; i < 2; i++)
		words[i] = (struct words){
			(uint32_t)(task->cred->effective >> 32 * i),
			(uint32_t)(task->cred->permitted >> 32 * i),
			(uint32_t)(task->cred->inheritable >> 32 * i),
		};
	return call_write(c, c->args[1], words, (size_t)n * sizeof(words[0])) <
			       0
		       ? -EFAULT
		       : 0;
}

static long set_caps(struct call *c, uint64_t effective, uint64_t permitted,
		     uint64_t inheritable)
{
	const struct user_cred *old = c->task->cred;
	struct user_cred *cred;

	if (!user_capable(c->task, CAP_SETPCAP) &&
	    (inheritable & ~(old->inheritable | old->permitted)))
		return -EPERM;
	if ((inheritable & ~(old->inheritable | old->bounding)) ||
	    (permitted & ~old->permitted) || (effective & ~permitted))
		return -EPERM;
	cred = user_cred_prepare(c->task);
	if (!cred)
		return -ENOMEM;
	cred->effective = effective;
	cred->permitted = permitted;
	cred->inheritable = inheritable;
	cred->ambient &= permitted & inheritable;
	user_cred_commit(c->task, cred);
	return 0;
}

long user_capset(struct call *c)
{
	struct words words[2] = { 0 };
	long n, r;
	int pid;

	if (!c->task->cred)
		return pid_capget(c);
	n = check_version(c);
	if (n < 0)
		return n;
	r = read_pid(c, &pid);
	if (r < 0)
		return r;
	if (pid && pid != pid_nr(c->task->tid, task_pid_ns(c->task)).n)
		return -EPERM;
	if (call_read(c, c->args[1], words, (size_t)n * sizeof(words[0])) < 0)
		return -EFAULT;
	return set_caps(c,
			user_caps_all & (words[0].effective |
					 (uint64_t)words[1].effective << 32),
			user_caps_all & (words[0].permitted |
					 (uint64_t)words[1].permitted << 32),
			user_caps_all & (words[0].inheritable |
					 (uint64_t)words[1].inheritable << 32));
}

/* ---- prctl ---- */

static bool is_cap(uint64_t cap)
{
	return cap <= CAP_LAST_CAP;
}

static long drop_from_bounding(struct call *c, uint64_t cap)
{
	struct user_cred *cred;

	if (!user_capable(c->task, CAP_SETPCAP))
		return -EPERM;
	if (!is_cap(cap))
		return -EINVAL;
	cred = user_cred_prepare(c->task);
	if (!cred)
		return -ENOMEM;
	cred->bounding &= ~USER_CAP(cap);
	user_cred_commit(c->task, cred);
	return 0;
}

static long store_securebits(struct call *c, unsigned int bits)
{
	struct user_cred *cred = user_cred_prepare(c->task);

	if (!cred)
		return -ENOMEM;
	cred->securebits = bits;
	user_cred_commit(c->task, cred);
	return 0;
}

static long set_securebits(struct call *c, uint64_t bits)
{
	uint64_t old = c->task->cred->securebits, changed = old ^ bits;

	if ((((old & SECURE_LOCKS) >> 1) & changed) ||
	    (old & SECURE_LOCKS & ~bits) ||
	    (bits & ~(SECURE_LOCKS | SECURE_BITS)))
		return -EPERM;
	if (!user_capable(c->task, CAP_SETPCAP) &&
	    (!changed || (changed & ~SECURE_FREE)))
		return -EPERM;
	return store_securebits(c, (unsigned int)bits);
}

static long set_keepcaps(struct call *c, uint64_t on)
{
	unsigned int bits = c->task->cred->securebits;

	if (on > 1)
		return -EINVAL;
	if (bits & USER_SECURE(SECURE_KEEP_CAPS_LOCKED))
		return -EPERM;
	bits &= ~USER_SECURE(SECURE_KEEP_CAPS);
	return store_securebits(
		c, bits | (on ? USER_SECURE(SECURE_KEEP_CAPS) : 0));
}

static long store_ambient(struct call *c, uint64_t ambient)
{
	struct user_cred *cred = user_cred_prepare(c->task);

	if (!cred)
		return -ENOMEM;
	cred->ambient = ambient;
	user_cred_commit(c->task, cred);
	return 0;
}

static long change_ambient(struct call *c)
{
	const struct user_cred *cred = c->task->cred;
	uint64_t what = c->args[1], cap = c->args[2];

	if (what == PR_CAP_AMBIENT_CLEAR_ALL)
		return cap | c->args[3] | c->args[4] ? -EINVAL
						     : store_ambient(c, 0);
	if (!is_cap(cap) || c->args[3] || c->args[4])
		return -EINVAL;
	switch (what) {
	case PR_CAP_AMBIENT_IS_SET:
		return !!(cred->ambient & USER_CAP(cap));
	case PR_CAP_AMBIENT_LOWER:
		return store_ambient(c, cred->ambient & ~USER_CAP(cap));
	case PR_CAP_AMBIENT_RAISE:
		if (!(cred->permitted & cred->inheritable & USER_CAP(cap)) ||
		    is_secure(cred, SECURE_NO_CAP_AMBIENT_RAISE))
			return -EPERM;
		return store_ambient(c, cred->ambient | USER_CAP(cap));
	default:
		return -EINVAL;
	}
}

long user_prctl(struct call *c)
{
	const struct user_cred *cred = c->task->cred;
	uint64_t arg = c->args[1];

	if (!cred)
		return call_pass(c);
	switch ((int)c->args[0]) {
	case PR_CAPBSET_READ:
		return is_cap(arg) ? !!(cred->bounding & USER_CAP(arg))
				   : -EINVAL;
	case PR_CAPBSET_DROP:
		return drop_from_bounding(c, arg);
	case PR_SET_SECUREBITS:
		return set_securebits(c, arg);
	case PR_GET_SECUREBITS:
		return cred->securebits;
	case PR_GET_KEEPCAPS:
		return is_secure(cred, SECURE_KEEP_CAPS);
	case PR_SET_KEEPCAPS:
		return set_keepcaps(c, arg);
	default: /* PR_CAP_AMBIENT */
		return change_ambient(c);
	}
}

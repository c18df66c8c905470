/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mount(2) and umount2(2) in a mount namespace, as path_mount() and its
 * relatives in fs/namespace.c have them, in their order of checks.
 *
 * Where there is none that could be changed, two things are accepted all the
 * same: what a tool does to see the processes of a new pid namespace (/proc
 * shows each task its own already), and /proc in a folder that is somebody's
 * root, where it is shown to who has that root.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/mount.h>
#include <utlist.h>
#include "src/call.h"
#include "src/host/sys.h"
#include "src/ns/mnt.h"
#include "src/ns/mnt_busy.h"
#include "src/ns/mnt_target.h"
#include "src/ns/user_cred.h"
#include "src/owner/file.h"
#include "src/task/task.h"

#define WORD_MAX 64
#define DATA_MAX 160

/* ---- mount ---- */

struct request {
	char source[VIEW_GUEST_PATH_MAX];
	char type[WORD_MAX], data[DATA_MAX];
	bool has_type;
};

/* As much as fits is what is shown; nothing is longer but by intent. */
static long read_word(struct call *c, uint64_t addr, char *buf, size_t size)
{
	long n;

	*buf = 0;
	if (!addr)
		return 0;
	n = sys_vm_read_some(c->task->tid->host, addr, buf, size - 1);
	if (n <= 0)
		return -EFAULT;
	buf[n] = 0;
	return 0;
}

static long read_request(struct call *c, struct request *rq)
{
	long r = read_word(c, c->args[2], rq->type, sizeof(rq->type));

	rq->has_type = c->args[2] != 0;
	if (r == 0)
		r = read_word(c, c->args[0], rq->source, sizeof(rq->source));
	if (r == 0)
		r = read_word(c, c->args[4], rq->data, sizeof(rq->data));
	return r;
}

static long do_mount(struct call *c)
{
	static struct request rq;
	_cleanup_target_ struct target to = { 0 };
	unsigned long flags = c->args[3];
	long r = read_request(c, &rq);

	if (r == 0)
		r = mnt_find_at(c, c->args[1], ROOT_FOLLOW, &to);
	if (r < 0)
		return r;
	if (!mnt_may_mount(c->task))
		return -EPERM;
	if ((flags & MS_MGC_MSK) == MS_MGC_VAL)
		flags &= ~(unsigned long)MS_MGC_MSK;
	if (flags & MS_NOUSER)
		return -EINVAL;
	if (flags & MS_REMOUNT)
		return mnt_remount(c, &to, flags);
	if (flags & MS_BIND)
		return mnt_bind(c, &to, rq.source, flags);
	if (flags & (MS_SHARED | MS_PRIVATE | MS_SLAVE | MS_UNBINDABLE))
		return mnt_change_type(c, &to, flags);
	if (flags & MS_MOVE)
		return mnt_move(c, &to, rq.source);
	if (!rq.has_type)
		return -EINVAL;
	return mnt_new(c, &to, rq.type, rq.source, rq.data, flags);
}

/* ---- umount2 ---- */

/* What is taken off all the same stays as it is for who is in it. */
static long take_off(struct mount *mount, int flags)
{
	if (!(flags & MNT_DETACH) && mnt_is_busy(mount))
		return -EBUSY;
	mnt_take_off(mount, flags & MNT_DETACH);
	return 0;
}

static long do_umount(struct call *c, int flags)
{
	const int known = MNT_FORCE | MNT_DETACH | MNT_EXPIRE | UMOUNT_NOFOLLOW;
	_cleanup_target_ struct target to = { 0 };
	struct mount *root;
	long r;

	if (flags & ~known)
		return -EINVAL;
	r = mnt_find_at(c, c->args[0],
			flags & UMOUNT_NOFOLLOW ? ROOT_KEEP : ROOT_FOLLOW, &to);
	if (r < 0)
		return r;
	if (!mnt_may_mount(c->task))
		return -EPERM;
	if (!mnt_is_root(&to) || !mnt_is_ours(c, &to) || to.mnt->locked)
		return -EINVAL;
	if (flags & MNT_FORCE && !mnt_owns_fs(c, to.mnt))
		return -EPERM;
	root_of(c->task, &root);
	if (flags & MNT_EXPIRE && (to.mnt == root || flags & MNT_DETACH))
		return -EINVAL;
	if (to.mnt == root && !(flags & MNT_DETACH))
		return -EBUSY;
	if (!to.mnt->parent)
		return -EINVAL;
	if (flags & MNT_EXPIRE && !mnt_is_busy(to.mnt) &&
	    !to.mnt->expires) {
		to.mnt->expires = true; /* taken off if asked again */
		return -EAGAIN;
	}
	return take_off(to.mnt, flags);
}

/* ---- without a tree of its own ---- */

/* Is the string at @addr @word? Longer ones are none of ours. */
static bool says(struct call *c, uint64_t addr, const char *word)
{
	char text[WORD_MAX];
	size_t n = strlen(word) + 1;

	return addr && call_read(c, addr, text, n) == 0 &&
	       memcmp(text, word, n) == 0;
}

static bool is_propagation(unsigned long flags)
{
	const unsigned long kinds =
		MS_SHARED | MS_PRIVATE | MS_SLAVE | MS_UNBINDABLE;

	return (flags & kinds) && !(flags & ~(kinds | MS_REC | MS_SILENT));
}

static bool is_proc(struct call *c, uint64_t target)
{
	return says(c, target, "/proc") || says(c, target, "/proc/");
}

/* In a folder that is, or will be, below a root. */
static long mount_proc(struct call *c)
{
	_cleanup_file_ struct file file = FILE_NONE;
	long r;

	if (!c->task->cred)
		return -EPERM;
	r = file_find(c, AT_FDCWD, c->args[1], 0, &file);
	if (r) /* or it shows /proc already: for unshare --mount-proc */
		return r < 0 ? r : 0;
	return root_mount_proc(file.fd);
}

static long mount_nowhere(struct call *c)
{
	unsigned long flags = c->args[3];

	if (c->task->cred && !mnt_may_mount(c->task))
		return -EPERM;
	if (is_propagation(flags) &&
	    (says(c, c->args[1], "/") || is_proc(c, c->args[1])))
		return 0;
	/* Another file system on top of what is seen is another matter. */
	if (!says(c, c->args[2], "proc") ||
	    flags & (MS_BIND | MS_MOVE | MS_REMOUNT))
		return -EPERM;
	if (!c->task->root && is_proc(c, c->args[1]))
		return task_active(c->task) & NS_PID ? 0 : -EPERM;
	return mount_proc(c);
}

static long umount_nowhere(struct call *c)
{
	_cleanup_file_ struct file file = FILE_NONE;
	long r;

	if (!c->task->cred || !user_capable(c->task, CAP_SYS_ADMIN))
		return -EPERM;
	r = file_find(c, AT_FDCWD, c->args[0], 0, &file);
	if (r == 0 && root_umount_proc(file.fd))
		return 0;
	/* What the host has mounted there stays. */
	if (r == 0)
		r = c->task->root ? -EINVAL : -EPERM;
	return r < 0 ? r : -EPERM;
}

long mnt_mount(struct call *c)
{
	return mnt_own(c->task) ? do_mount(c) : mount_nowhere(c);
}

long mnt_umount2(struct call *c)
{
	return mnt_own(c->task) ? do_umount(c, (int)c->args[1])
				: umount_nowhere(c);
}

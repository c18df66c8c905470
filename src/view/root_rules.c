/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the flags of a mount, and mounts themselves, forbid: a read-only one is
 * not written to, on one with nodev no device is opened, a mount point is not
 * removed, and no name goes from one mount to another. The kernel, which knows
 * of none of them, would allow it.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "src/host/sys.h"
#include "src/ns/mnt.h"
#include "src/task/task.h"
#include "src/view/root.h"
#include "src/view/spot.h"

#define NR_FCHMODAT2	452
#define NR_FILE_SETATTR 469

/* What a call does to the file that its path names. */
enum deed {
	NOTHING,
	OPEN,
	ACCESS,
	MAKE,
	REMOVE,
	MOVE,
	CHANGE,
	EXEC
};

static enum deed deed_of(const struct call *c)
{
	switch (c->nr) {
	case SYS_open:
	case SYS_openat:
	case SYS_openat2:
	case SYS_creat:
		return OPEN;
	case SYS_access:
	case SYS_faccessat:
	case SYS_faccessat2:
		return ACCESS;
	case SYS_mkdir:
	case SYS_mkdirat:
	case SYS_mknod:
	case SYS_mknodat:
	case SYS_symlink:
	case SYS_symlinkat:
	case SYS_link:
	case SYS_linkat:
		return MAKE;
	case SYS_rmdir:
	case SYS_unlink:
	case SYS_unlinkat:
		return REMOVE;
	case SYS_rename:
	case SYS_renameat:
	case SYS_renameat2:
		return MOVE;
	case SYS_truncate:
	case SYS_chmod:
	case SYS_fchmodat:
	case NR_FCHMODAT2:
	case SYS_chown:
	case SYS_lchown:
	case SYS_fchownat:
	case SYS_utime:
	case SYS_utimes:
	case SYS_futimesat:
	case SYS_utimensat:
	case SYS_setxattr:
	case SYS_lsetxattr:
	case SYS_removexattr:
	case SYS_lremovexattr:
	case NR_FILE_SETATTR:
		return CHANGE;
	case SYS_execve:
	case SYS_execveat:
		return EXEC;
	default:
		return NOTHING;
	}
}

static bool is_read_only(const struct mount *mount)
{
	return mount->flags & MS_RDONLY ||
	       (mount->fs->read_only && !mount->fs->host);
}

static bool is_device(const struct stat *st)
{
	return S_ISCHR(st->st_mode) || S_ISBLK(st->st_mode);
}

/* Of these, what is written is elsewhere. */
static bool is_content(const struct stat *st)
{
	return S_ISREG(st->st_mode) || S_ISDIR(st->st_mode) ||
	       S_ISLNK(st->st_mode);
}

static long may_open(const struct mount *mount, uint64_t flags,
		     const struct stat *st)
{
	bool writes = (flags & O_ACCMODE) != O_RDONLY || flags & O_TRUNC;

	if (flags & O_PATH)
		return 0;
	if (st && is_device(st) && mount->flags & MS_NODEV)
		return -EACCES;
	if (!is_read_only(mount))
		return 0;
	if ((flags & O_TMPFILE) == O_TMPFILE)
		return -EROFS;
	if (!st)
		return flags & O_CREAT ? -EROFS : 0;
	return writes && S_ISREG(st->st_mode) &&
			       !(flags & O_CREAT && flags & O_EXCL)
		       ? -EROFS
		       : 0;
}

static long may_access(const struct mount *mount, uint64_t mode,
		       const struct stat *st)
{
	if (mode & X_OK && S_ISREG(st->st_mode) && mount->flags & MS_NOEXEC)
		return -EACCES;
	return mode & W_OK && is_content(st) && is_read_only(mount) ? -EROFS
								    : 0;
}

/* vfs_unlink() and vfs_rmdir() look at the type first. */
static bool removes(const struct call *c, const struct stat *st)
{
	bool folder = c->nr == SYS_rmdir ||
		      (c->nr == SYS_unlinkat && c->args[2] & AT_REMOVEDIR);

	return deed_of(c) == MOVE || folder == S_ISDIR(st->st_mode);
}

static long may_remove(const struct call *c, const struct mount *mount,
		       const struct stat *st)
{
	if (is_read_only(mount))
		return -EROFS;
	return st && removes(c, st) && mount_on(mount, st->st_dev, st->st_ino)
		       ? -EBUSY
		       : 0;
}

static long judge(const struct call *c, const struct mount *mount,
		  uint64_t flags, const struct stat *st)
{
	switch (deed_of(c)) {
	case OPEN:
		return may_open(mount, flags, st);
	case ACCESS:
		return st ? may_access(mount, flags, st) : 0;
	case MAKE:
		return !st && is_read_only(mount) ? -EROFS : 0;
	case REMOVE:
	case MOVE:
		return may_remove(c, mount, st);
	case CHANGE:
		return st && is_read_only(mount) ? -EROFS : 0;
	case EXEC:
		return st && S_ISREG(st->st_mode) && mount->flags & MS_NOEXEC
			       ? -EACCES
			       : 0;
	case NOTHING:
		break;
	}
	return 0;
}

/* What says how it is opened, or what is asked for. */
static uint64_t flags_of(const struct call *c, const struct open_how *how)
{
	switch (c->nr) {
	case SYS_open:
	case SYS_access:
		return c->args[1];
	case SYS_openat:
	case SYS_faccessat:
	case SYS_faccessat2:
		return c->args[2];
	case SYS_openat2:
		return how->flags;
	default:
		return O_CREAT | O_WRONLY | O_TRUNC;
	}
}

/* A part of /proc can be mounted on itself, to be read alone. */
static struct mount *mount_in_proc(const struct mnt_namespace *ns,
				   const char *path, struct mount *mount)
{
	_cleanup_close_ int fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct mount *nearest =
		fd < 0 ? NULL : root_mount_of(&ns->mounts, NULL, fd);

	return nearest && !nearest->fs->host ? nearest : mount;
}

long root_check(const struct call *c, const struct open_how *how,
		const char *path, struct mount *mount)
{
	const struct mnt_namespace *ns = mnt_active(c->task);
	struct stat st;
	bool there;
	long r;

	/* Of link(2), this is what it links to. */
	if (!ns || !mount || deed_of(c) == NOTHING)
		return 0;
	if (strncmp(path, "/proc/", 6) == 0) {
		if (deed_of(c) == MAKE) /* which is nowhere, before it is that */
			return 0;
		mount = mount_in_proc(ns, path, mount);
	}
	there = lstat(path, &st) == 0;
	r = judge(c, mount, flags_of(c, how), there ? &st : NULL);
	if (r == 0 && there && deed_of(c) == REMOVE)
		spot_before_unlink(path, &st);
	return r;
}

bool root_crosses(const struct call *c, const struct mount *from,
		  const struct mount *to)
{
	bool names =
		deed_of(c) == MOVE || c->nr == SYS_link || c->nr == SYS_linkat;

	return names && from && to && from != to;
}

bool root_is_nosuid(const struct task *task, int fd)
{
	const struct mnt_namespace *ns = mnt_active(task);
	const struct mount *mount =
		ns ? root_mount_of(&ns->mounts, ns, fd) : NULL;

	return mount && mount->flags & MS_NOSUID;
}

/* ---- by a descriptor ---- */

/* Which descriptor a call changes the file of, without a path; or -1. */
static int changed_fd(struct call *c)
{
	char first;

	switch (c->nr) {
	case SYS_fchmod:
	case SYS_fchown:
	case SYS_fsetxattr:
	case SYS_fremovexattr:
		return (int)c->args[0];
	case SYS_utimensat:
	case SYS_fchownat:
	case NR_FCHMODAT2:
		if (!c->args[1] ||
		    (call_read(c, c->args[1], &first, 1) == 0 && !first))
			return (int)c->args[0];
		return -1;
	default:
		return -1;
	}
}

long root_check_fd(struct call *c)
{
	const struct mnt_namespace *ns = mnt_active(c->task);
	_cleanup_close_ int file = -1;
	const struct mount *mount;
	struct stat st;
	int fd = ns ? changed_fd(c) : -1;

	if (fd < 0)
		return 0;
	file = (int)root_open_base(c->task, fd);
	if (file < 0 || fstat(file, &st) < 0 || !is_content(&st))
		return 0;
	mount = root_mount_of(&ns->mounts, ns, file);
	return mount && is_read_only(mount) ? -EROFS : 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Calls that show a file's owner and mode, or ask what they allow. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>
#include "src/host/sys.h"
#include "src/ns/user_cred.h"
#include "src/owner/owner.h"
#include "src/task/task.h"

#define STAT_FLAGS                                               \
	(AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH | \
	 AT_STATX_SYNC_TYPE)

static bool is_device(uint32_t mode)
{
	return S_ISCHR(mode) || S_ISBLK(mode);
}

static long write_stat(struct call *c, const struct file *file, uint64_t to)
{
	struct stat st = file->st;
	struct owner_seen seen;

	owner_see(c->task, file, &seen);
	st.st_uid = owner_shown_uid(c->task, seen.uid);
	st.st_gid = owner_shown_gid(c->task, seen.gid);
	if (is_device(seen.mode) && !is_device(st.st_mode)) {
		st.st_rdev = makedev(seen.major, seen.minor);
		st.st_blocks = 0; /* of the record */
	}
	st.st_mode = seen.mode;
	return call_write(c, to, &st, sizeof(st));
}

long owner_stat(struct call *c, int dirfd, uint64_t path, int flags,
		uint64_t to)
{
	_cleanup_file_ struct file file = FILE_NONE;
	long r;

	if (flags & ~STAT_FLAGS)
		return -EINVAL;
	r = file_find(c, dirfd, path, flags, &file);
	return r ? r : write_stat(c, &file, to);
}

long owner_fstat(struct call *c)
{
	_cleanup_file_ struct file file = FILE_NONE;
	long r = file_of_fd(c, (int)c->args[0], &file);

	return r ? r : write_stat(c, &file, c->args[1]);
}

long owner_statx(struct call *c)
{
	_cleanup_file_ struct file file = FILE_NONE;
	unsigned int mask = (unsigned int)c->args[3];
	int flags = (int)c->args[2];
	struct owner_seen seen;
	struct statx st;
	long r;

	if (flags & ~STAT_FLAGS || mask & STATX__RESERVED ||
	    (flags & AT_STATX_SYNC_TYPE) == AT_STATX_SYNC_TYPE)
		return -EINVAL;
	r = file_find(c, (int)c->args[0], c->args[1], flags, &file);
	if (r)
		return r;
	r = sys_result(statx(file.fd, "",
			     (flags & ~AT_SYMLINK_NOFOLLOW) | AT_EMPTY_PATH,
			     mask, &st));
	if (r < 0)
		return r;
	owner_see(c->task, &file, &seen);
	st.stx_uid = owner_shown_uid(c->task, seen.uid);
	st.stx_gid = owner_shown_gid(c->task, seen.gid);
	if (is_device(seen.mode) && !is_device(st.stx_mode)) {
		st.stx_rdev_major = seen.major;
		st.stx_rdev_minor = seen.minor;
		st.stx_blocks = 0;
	}
	st.stx_mode = (uint16_t)seen.mode;
	return call_write(c, c->args[4], &st, sizeof(st));
}

/* access(2) asks for the real ids, and with root's capabilities for root. */
void owner_real_cred(const struct task *task, struct user_cred *ret_cred)
{
	*ret_cred = *task->cred;
	ret_cred->fsuid = ret_cred->uid;
	ret_cred->fsgid = ret_cred->gid;
	if (owner_shown_uid(task, ret_cred->uid) != 0)
		ret_cred->effective = 0;
	else
		ret_cred->effective = ret_cred->permitted;
}

static long may_access(struct call *c, const struct file *file,
		       unsigned int mode)
{
	struct owner_seen seen;
	struct owner_who who;
	long r;

	owner_see(c->task, file, &seen);
	r = owner_who(c->task, &seen, &who);
	if (r < 0)
		return r;
	if (mode & W_OK && !is_device(seen.mode) && !S_ISFIFO(seen.mode) &&
	    !S_ISSOCK(seen.mode) && file_is_read_only(file))
		return -EROFS;
	return owner_permission(&who, &seen, mode);
}

static long may_access_as_real(struct call *c, const struct file *file,
			       unsigned int mode)
{
	struct user_cred *cred = c->task->cred;
	struct user_cred real;
	long r;

	if (!cred)
		return -EACCES;
	owner_real_cred(c->task, &real);
	c->task->cred = &real;
	r = may_access(c, file, mode);
	c->task->cred = cred;
	return r;
}

long owner_may_run(struct call *c, int dirfd, uint64_t path, int flags)
{
	_cleanup_file_ struct file file = FILE_NONE;

	/* What can't be found or is not ours is the kernel's to say. */
	if (file_find(c, dirfd, path,
		      flags & (AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH), &file) ||
	    file.proc || !file_is_own(&file) || !S_ISREG(file.st.st_mode))
		return 0;
	return may_access(c, &file, X_OK);
}

/* What really is somebody else's, the kernel knows best. */
long owner_access(struct call *c, int dirfd, uint64_t path, int mode, int flags)
{
	_cleanup_file_ struct file file = FILE_NONE;
	long r;

	if (mode & ~7 ||
	    flags & ~(AT_EACCESS | AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	r = file_find(c, dirfd, path, flags, &file);
	if (r || mode == F_OK)
		return r;
	if (!file_is_own(&file) || file.proc)
		return sys_result(access(file.link, mode));
	if (flags & AT_EACCESS)
		return may_access(c, &file, (unsigned int)mode);
	return may_access_as_real(c, &file, (unsigned int)mode);
}

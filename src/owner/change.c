/* SPDX-License-Identifier: Apache-2.0 */
/* Calls that change a file's owner or mode. Follows fs/open.c, Linux 6.x. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include "src/host/sys.h"
#include "src/ns/user.h"
#include "src/owner/owner.h"
#include "src/owner/record.h"
#include "src/task/task.h"
#include "src/view/path.h"

/* How it is seen and who asks, or why that one can't change it at all. */
static long begin(struct call *c, const struct file *file,
		  struct owner_seen *ret_seen, struct owner_who *ret_who)
{
	if (file_is_read_only(file))
		return -EROFS;
	owner_see(c->task, file, ret_seen);
	if (file->proc || !file_is_own(file) ||
	    owner_who(c->task, ret_seen, ret_who) < 0)
		return -EPERM;
	return 0;
}

/* An id of the task's as a kernel id. Return: 0, or -EINVAL for none. */
static long take_id(uint32_t (*make)(const struct user_namespace *ns,
				     uint32_t id),
		    const struct task *task, uint32_t id, uint32_t *ret_id)
{
	*ret_id = OWNER_NONE;
	if (id == OWNER_NONE)
		return 0;
	*ret_id = make(user_ns(task), id);
	return *ret_id == USER_NONE ? -EINVAL : 0;
}

static long chown_file(struct call *c, struct file *file, uint32_t uid,
		       uint32_t gid)
{
	struct owner_seen seen;
	struct owner_who who;
	uint32_t kuid, kgid;
	long r;

	if (file_is_read_only(file))
		return -EROFS;
	r = take_id(user_make_kuid, c->task, uid, &kuid);
	if (r == 0)
		r = take_id(user_make_kgid, c->task, gid, &kgid);
	if (r == 0)
		r = begin(c, file, &seen, &who);
	/* An owner that the record names, but the map does not have. */
	if (r == 0 && (seen.uid == USER_NONE || seen.gid == USER_NONE))
		r = -EPERM;
	if (r == 0)
		r = owner_chown(&who, &seen, kuid, kgid);
	if (r == 0)
		r = owner_put(c->task, file, &seen);
	/* As the kernel: cap_inode_killpriv() */
	if (r == 0 && S_ISREG(file->st.st_mode))
		removexattr(file->link, RECORD_CAPS);
	return r;
}

static long do_chown(struct call *c, int dirfd, int arg, int flags)
{
	_cleanup_file_ struct file file = FILE_NONE;
	long r;

	if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	r = file_find(c, dirfd, c->args[arg], flags, &file);
	if (r == 0)
		r = chown_file(c, &file, (uint32_t)c->args[arg + 1],
			       (uint32_t)c->args[arg + 2]);
	return r == FILE_NOT_OURS ? -EPERM : r;
}

long owner_chown_path(struct call *c)
{
	if (!owner_active(c->task))
		return view_path(c);
	return do_chown(c, AT_FDCWD, 0, 0);
}

long owner_lchown(struct call *c)
{
	if (!owner_active(c->task))
		return view_path_of_link(c);
	return do_chown(c, AT_FDCWD, 0, AT_SYMLINK_NOFOLLOW);
}

long owner_fchownat(struct call *c)
{
	if (!owner_active(c->task))
		return view_path_at_flags4(c);
	return do_chown(c, (int)c->args[0], 1, (int)c->args[4]);
}

/*
 * Does the task hold @fd by a descriptor that opens nothing? Its link in /proc
 * has the permissions that it was opened with: tid_fd_mode() of the kernel.
 */
static bool is_path_only(const struct call *c, int fd)
{
	char link[64];
	struct stat st;

	snprintf(link, sizeof(link), "/proc/%d/fd/%d", c->task->tid->host.n,
		 fd);
	return lstat(link, &st) == 0 && !(st.st_mode & 0600);
}

long owner_fchown(struct call *c)
{
	_cleanup_file_ struct file file = FILE_NONE;
	long r = file_of_fd(c, (int)c->args[0], &file);

	if (r)
		return r;
	if (is_path_only(c, (int)c->args[0]))
		return -EBADF;
	return chown_file(c, &file, (uint32_t)c->args[1], (uint32_t)c->args[2]);
}

long owner_chmod_file(struct call *c, struct file *file, unsigned int mode)
{
	struct owner_seen seen;
	struct owner_who who;
	long r = begin(c, file, &seen, &who);

	if (r == 0 && (seen.uid == USER_NONE || seen.gid == USER_NONE))
		r = -EPERM;
	if (r == 0)
		r = owner_chmod(&who, &seen, mode);
	if (r == 0 && S_ISLNK(file->st.st_mode))
		return -EOPNOTSUPP;
	return r < 0 ? r : owner_put(c->task, file, &seen);
}

static long do_chmod(struct call *c, int dirfd, int arg, int flags)
{
	_cleanup_file_ struct file file = FILE_NONE;
	long r;

	if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	r = file_find(c, dirfd, c->args[arg], flags, &file);
	if (r == 0)
		r = owner_chmod_file(c, &file, (unsigned int)c->args[arg + 1]);
	return r == FILE_NOT_OURS ? -EPERM : r;
}

long owner_chmod_path(struct call *c)
{
	if (!owner_active(c->task))
		return view_path(c);
	return do_chmod(c, AT_FDCWD, 0, 0);
}

long owner_fchmodat(struct call *c)
{
	if (!owner_active(c->task))
		return view_path_at(c);
	return do_chmod(c, (int)c->args[0], 1, 0);
}

long owner_fchmodat2(struct call *c)
{
	if (!owner_active(c->task))
		return view_path_at_flags3(c);
	return do_chmod(c, (int)c->args[0], 1, (int)c->args[3]);
}

long owner_fchmod(struct call *c)
{
	_cleanup_file_ struct file file = FILE_NONE;
	long r = file_of_fd(c, (int)c->args[0], &file);

	if (r)
		return r;
	if (is_path_only(c, (int)c->args[0]))
		return -EBADF;
	return owner_chmod_file(c, &file, (unsigned int)c->args[1]);
}

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
	/* An owner that the record names, but the map does not have. */
	if (ret_seen->uid == USER_NONE || ret_seen->gid == USER_NONE)
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

/* @to: the owner and the group, as the call has them. */
static long chown_file(struct call *c, struct file *file, const uint64_t *to)
{
	struct owner_seen seen;
	struct owner_who who;
	uint32_t kuid, kgid;
	long r;

	if (file_is_read_only(file))
		return -EROFS;
	r = take_id(user_make_kuid, c->task, (uint32_t)to[0], &kuid);
	if (r == 0)
		r = take_id(user_make_kgid, c->task, (uint32_t)to[1], &kgid);
	if (r == 0)
		r = begin(c, file, &seen, &who);
	if (r == 0)
		r = owner_chown(&who, &seen, kuid, kgid);
	if (r == 0)
		r = owner_put(c->task, file, &seen);
	/* As the kernel: cap_inode_killpriv() */
	if (r == 0 && S_ISREG(file->st.st_mode))
		removexattr(file->link, RECORD_CAPS);
	return r;
}

long owner_chmod_file(struct call *c, struct file *file, unsigned int mode)
{
	struct owner_seen seen;
	struct owner_who who;
	long r = begin(c, file, &seen, &who);

	if (r == 0)
		r = owner_chmod(&who, &seen, mode);
	if (r == 0 && S_ISLNK(file->st.st_mode))
		return -EOPNOTSUPP;
	return r < 0 ? r : owner_put(c->task, file, &seen);
}

static long chmod_file(struct call *c, struct file *file, const uint64_t *to)
{
	return owner_chmod_file(c, file, (unsigned int)to[0]);
}

/* ---- which file ---- */

/* @to: the arguments that say what it becomes. */
typedef long (*change_fn)(struct call *c, struct file *file,
			  const uint64_t *to);

/* The path is argument @arg, and what it becomes comes after it. */
static long change_at(struct call *c, int dirfd, int arg, int flags,
		      change_fn change)
{
	_cleanup_file_ struct file file = FILE_NONE;
	long r;

	if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	r = file_find(c, dirfd, c->args[arg], flags, &file);
	if (r == 0)
		r = change(c, &file, &c->args[arg + 1]);
	return r == FILE_NOT_OURS ? -EPERM : r;
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

static long change_open(struct call *c, change_fn change)
{
	_cleanup_file_ struct file file = FILE_NONE;
	long r = file_of_fd(c, (int)c->args[0], &file);

	if (r)
		return r;
	if (is_path_only(c, (int)c->args[0]))
		return -EBADF;
	return change(c, &file, &c->args[1]);
}

/* ---- each call ---- */

long owner_chown_path(struct call *c)
{
	if (!owner_active(c->task))
		return view_path(c);
	return change_at(c, AT_FDCWD, 0, 0, chown_file);
}

long owner_lchown(struct call *c)
{
	if (!owner_active(c->task))
		return view_path_of_link(c);
	return change_at(c, AT_FDCWD, 0, AT_SYMLINK_NOFOLLOW, chown_file);
}

long owner_fchownat(struct call *c)
{
	if (!owner_active(c->task))
		return view_path_at_flags4(c);
	return change_at(c, (int)c->args[0], 1, (int)c->args[4], chown_file);
}

long owner_fchown(struct call *c)
{
	return change_open(c, chown_file);
}

long owner_chmod_path(struct call *c)
{
	if (!owner_active(c->task))
		return view_path(c);
	return change_at(c, AT_FDCWD, 0, 0, chmod_file);
}

long owner_fchmodat(struct call *c)
{
	if (!owner_active(c->task))
		return view_path_at(c);
	return change_at(c, (int)c->args[0], 1, 0, chmod_file);
}

long owner_fchmodat2(struct call *c)
{
	if (!owner_active(c->task))
		return view_path_at_flags3(c);
	return change_at(c, (int)c->args[0], 1, (int)c->args[3], chmod_file);
}

long owner_fchmod(struct call *c)
{
	return change_open(c, chmod_file);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Extended attributes: the records are hidden, and a program's capabilities
 * (security.capability) are kept in an attribute of nsrun's own, since the
 * kernel lets no user set them. An access ACL that is no more than a mode is
 * one (cp -a sets it so); the ids of longer ones are translated (acl.c). All
 * others are the kernel's.
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include "src/host/sys.h"
#include "src/owner/acl.h"
#include "src/owner/owner.h"
#include "src/owner/program.h"
#include "src/owner/record.h"
#include "src/task/task.h"
#include "src/view/path.h"

#define CAPS_NAME "security.capability"
#define ACL_NAME  "system.posix_acl_access"
#define LIST_MAX  65536 /* XATTR_LIST_MAX */

#define ACL_DEFAULT "system.posix_acl_default"

/* Which file a call of the family is about. */
enum by {
	BY_PATH,
	BY_LINK,
	BY_FD
};

static long find(struct call *c, enum by by, struct file *ret_file)
{
	if (by == BY_FD)
		return file_of_fd(c, (int)c->args[0], ret_file);
	return file_find(c, AT_FDCWD, c->args[0],
			 by == BY_LINK ? AT_SYMLINK_NOFOLLOW : 0, ret_file);
}

/* What is not ours: the kernel's, or a file of /proc by its host's path. */
static long leave(struct call *c, enum by by)
{
	if (by == BY_FD)
		return call_pass(c);
	return by == BY_LINK ? view_path_of_link(c) : view_path(c);
}

/* What is to be done with the attribute that argument 1 names? */
enum kind {
	KIND_KERNEL,
	KIND_USER,
	KIND_HIDDEN,
	KIND_CAPS,
	KIND_ACL,
	KIND_ACL_DEFAULT
};

static enum kind kind_of(struct call *c)
{
	char name[XATTR_NAME_MAX + 1] = { 0 };
	long n;

	if (!owner_active(c->task))
		return KIND_KERNEL;
	n = sys_vm_read_some(c->task->tid->host, c->args[1], name,
			     sizeof(name) - 1);

	if (n <= 0)
		return KIND_KERNEL;
	if (strcmp(name, CAPS_NAME) == 0)
		return KIND_CAPS;
	if (strcmp(name, ACL_NAME) == 0)
		return KIND_ACL;
	if (strcmp(name, ACL_DEFAULT) == 0)
		return KIND_ACL_DEFAULT;
	if (record_hides(name))
		return KIND_HIDDEN;
	return strncmp(name, "user.", 5) == 0 ? KIND_USER : KIND_KERNEL;
}

/* Is it the owner of the file, as that is seen, or as good as? */
static long may_own(struct call *c, const struct file *file)
{
	struct owner_seen seen;
	struct owner_who who;

	if (file->proc || !file_is_own(file))
		return 0;
	owner_see(c->task, file, &seen);
	if (owner_who(c->task, &seen, &who) < 0)
		return -EPERM;
	return owner_is(&who, &seen) ? 0 : -EPERM;
}

/* An attribute of users is the kernel's, if the mode that is seen allows it. */
static long leave_user(struct call *c, enum by by, unsigned int mask)
{
	_cleanup_file_ struct file file = FILE_NONE;
	long r = find(c, by, &file);

	if (r != 0)
		return leave(c, by);
	r = owner_may_use(c->task, &file, mask);
	if (r == 0 && mask & OWNER_WRITE && S_ISDIR(file.st.st_mode) &&
	    file.st.st_mode & S_ISVTX)
		r = may_own(c, &file);
	return r < 0 ? r : leave(c, by);
}

/* An ACL is the kernel's, too, for its owner: posix_acl_permission() */
static long leave_acl(struct call *c, enum by by)
{
	_cleanup_file_ struct file file = FILE_NONE;
	long r = find(c, by, &file);

	if (r == 0)
		r = may_own(c, &file);
	return r == -EPERM ? r : leave(c, by);
}

/* struct vfs_cap_data: is it one that the kernel would take? */
static bool is_caps(const uint32_t *value, size_t len)
{
	if (len < sizeof(*value))
		return false;
	switch (value[0] & VFS_CAP_REVISION_MASK) {
	case VFS_CAP_REVISION_2:
		return len == XATTR_CAPS_SZ_2;
	case VFS_CAP_REVISION_3:
		return len == XATTR_CAPS_SZ_3;
	}
	return false;
}

/* May the task change the capabilities of @file? capable_wrt_inode_uidgid() */
static long may_set(struct call *c, const struct file *file)
{
	struct owner_seen seen;
	struct owner_who who;

	if (file_is_read_only(file))
		return -EROFS;
	owner_see(c->task, file, &seen);
	if (file->proc || !file_is_own(file) ||
	    owner_who(c->task, &seen, &who) < 0 ||
	    !owner_capable(&who, CAP_SETFCAP))
		return -EPERM;
	return S_ISREG(file->st.st_mode) ? 0 : -EINVAL;
}

/* ---- ACLs ---- */

static char acl[XATTR_SIZE_MAX]; /* of the call that is being handled */

static const char *acl_name(enum kind kind)
{
	return kind == KIND_ACL ? ACL_NAME : ACL_DEFAULT;
}

/* One that is no more than a mode. */
static long set_mode(struct call *c, struct file *file, unsigned int mode)
{
	long r = owner_chmod_file(c, file, mode);

	/* With a longer one the mode was its mask: once more without. */
	if (r == 0 && removexattr(file->link, ACL_NAME) == 0)
		r = owner_chmod_file(c, file, mode);
	return r;
}

/* A copy that is no ACL the kernel refuses. @mode: -1 without one. */
static long put_acl(struct call *c, struct file *file, enum kind kind, int mode)
{
	struct owner_seen seen;
	long r = sys_result(setxattr(file->link, acl_name(kind), acl,
				     c->args[3], (int)c->args[4]));

	if (r < 0 || kind == KIND_ACL_DEFAULT || mode < 0)
		return r;
	r = sys_result(fstat(file->fd, &file->st));
	if (r < 0)
		return r;
	/* The real mode is the new one now. Set-id bits are seen as before. */
	owner_see(c->task, file, &seen);
	if ((seen.mode & 07777) == (unsigned int)mode)
		return 0;
	return owner_chmod_file(c, file, (unsigned int)mode);
}

static long set_acl(struct call *c, enum by by, enum kind kind)
{
	_cleanup_file_ struct file file = FILE_NONE;
	size_t len = c->args[3];
	struct owner_seen seen;
	int mode;
	long r;

	if (call_read(c, c->args[2], acl, len) < 0)
		return -EFAULT;
	if (find(c, by, &file) != 0)
		return leave(c, by);
	mode = acl_mode(acl, len);
	r = acl_to_host(c->task, acl, len);
	if (r == 0)
		r = may_own(c, &file);
	if (r < 0)
		return r;
	owner_see(c->task, &file, &seen);
	if (mode >= 0)
		mode |= (int)(seen.mode & 07000);
	return kind == KIND_ACL && mode >= 0 && acl_is_mode(len) &&
			       file_is_own(&file) && !S_ISLNK(seen.mode)
		       ? set_mode(c, &file, (unsigned int)mode)
		       : put_acl(c, &file, kind, mode);
}

static long get_acl(struct call *c, enum by by, enum kind kind)
{
	_cleanup_file_ struct file file = FILE_NONE;
	struct owner_seen seen;
	long r = find(c, by, &file);

	if (r != 0)
		return leave(c, by);
	r = sys_result(getxattr(file.link, acl_name(kind), acl, sizeof(acl)));
	if (r < 0 || c->args[3] == 0)
		return r;
	if ((size_t)r > c->args[3])
		return -ERANGE;
	owner_see(c->task, &file, &seen);
	acl_from_host(c->task, acl, (size_t)r);
	if (kind == KIND_ACL)
		acl_show_mode(acl, (size_t)r, seen.mode);
	return call_write(c, c->args[2], acl, (size_t)r) < 0 ? -EFAULT : r;
}

static long set_caps(struct call *c, const struct file *file)
{
	uint32_t value[XATTR_CAPS_SZ_3 / sizeof(uint32_t)];
	size_t len = c->args[3];
	long r;

	if (len > sizeof(value))
		return -EINVAL;
	if (call_read(c, c->args[2], value, len) < 0)
		return -EFAULT;
	r = may_set(c, file);
	if (r < 0)
		return r;
	if (!is_caps(value, len))
		return -EINVAL;
	r = program_caps_to_record(c->task, value);
	if (r < 0)
		return r;
	return sys_result(setxattr(file->link, RECORD_CAPS, value, (size_t)r,
				   (int)c->args[4]));
}

static long do_set(struct call *c, enum by by)
{
	_cleanup_file_ struct file file = FILE_NONE;
	enum kind kind = kind_of(c);
	long r;

	if (kind == KIND_KERNEL)
		return leave(c, by);
	if (kind == KIND_USER)
		return leave_user(c, by, OWNER_WRITE);
	if ((int)c->args[4] & ~(XATTR_CREATE | XATTR_REPLACE))
		return -EINVAL;
	if (c->args[3] > XATTR_SIZE_MAX)
		return -E2BIG;
	if (kind == KIND_ACL || kind == KIND_ACL_DEFAULT)
		return set_acl(c, by, kind);
	r = find(c, by, &file);
	if (r)
		return r == FILE_NOT_OURS ? -EPERM : r;
	return kind == KIND_HIDDEN ? -EPERM : set_caps(c, &file);
}

long owner_setxattr(struct call *c)
{
	return do_set(c, BY_PATH);
}

long owner_lsetxattr(struct call *c)
{
	return do_set(c, BY_LINK);
}

long owner_fsetxattr(struct call *c)
{
	return do_set(c, BY_FD);
}

static long do_get(struct call *c, enum by by)
{
	_cleanup_file_ struct file file = FILE_NONE;
	uint32_t value[XATTR_CAPS_SZ_3 / sizeof(uint32_t)];
	enum kind kind = kind_of(c);
	long r;

	if (kind == KIND_KERNEL)
		return leave(c, by);
	if (kind == KIND_ACL || kind == KIND_ACL_DEFAULT)
		return get_acl(c, by, kind);
	if (kind == KIND_USER)
		return leave_user(c, by, OWNER_READ);
	r = find(c, by, &file);
	if (r)
		return r == FILE_NOT_OURS ? -ENODATA : r;
	if (kind == KIND_HIDDEN)
		return -ENODATA;
	r = sys_result(getxattr(file.link, RECORD_CAPS, value, sizeof(value)));
	/* What the file really has, as a program of the host's does. */
	if (r < 0 || file.proc || !file_is_own(&file))
		return leave(c, by);
	if (r >= (long)XATTR_CAPS_SZ_2)
		r = program_caps_from_record(c->task, value);
	if (r < 0 || c->args[3] == 0)
		return r;
	if ((size_t)r > c->args[3])
		return -ERANGE;
	return call_write(c, c->args[2], value, (size_t)r) < 0 ? -EFAULT : r;
}

long owner_getxattr(struct call *c)
{
	return do_get(c, BY_PATH);
}

long owner_lgetxattr(struct call *c)
{
	return do_get(c, BY_LINK);
}

long owner_fgetxattr(struct call *c)
{
	return do_get(c, BY_FD);
}

static long do_remove(struct call *c, enum by by)
{
	_cleanup_file_ struct file file = FILE_NONE;
	enum kind kind = kind_of(c);
	long r;

	if (kind == KIND_KERNEL)
		return leave(c, by);
	if (kind == KIND_ACL || kind == KIND_ACL_DEFAULT)
		return leave_acl(c, by);
	if (kind == KIND_USER)
		return leave_user(c, by, OWNER_WRITE);
	r = find(c, by, &file);
	if (r)
		return r == FILE_NOT_OURS ? -EPERM : r;
	if (kind == KIND_HIDDEN)
		return -ENODATA;
	r = may_set(c, &file);
	return r < 0 ? r : sys_result(removexattr(file.link, RECORD_CAPS));
}

long owner_removexattr(struct call *c)
{
	return do_remove(c, BY_PATH);
}

long owner_lremovexattr(struct call *c)
{
	return do_remove(c, BY_LINK);
}

long owner_fremovexattr(struct call *c)
{
	return do_remove(c, BY_FD);
}

/*
 * Takes the names of records out of the @len bytes of @list. That of the
 * capabilities becomes the one that it stands for, which is shorter.
 */
static size_t filter(char *list, size_t len)
{
	size_t out = 0;

	for (size_t at = 0, size; at < len; at += size) {
		const char *name = list + at;
		size_t shown;

		size = strnlen(name, len - at) + 1;
		if (strcmp(name, RECORD_CAPS) == 0)
			name = CAPS_NAME;
		else if (record_hides(name))
			continue;
		/* Before it is moved, perhaps onto a part of itself. */
		shown = strlen(name) + 1;
		memmove(list + out, name, shown);
		out += shown;
	}
	return out;
}

static_assert(sizeof(CAPS_NAME) <= sizeof(RECORD_CAPS), "it fits in place");

static long do_list(struct call *c, enum by by)
{
	static char list[LIST_MAX];
	_cleanup_file_ struct file file = FILE_NONE;
	size_t len;
	long r = owner_active(c->task) ? find(c, by, &file) : FILE_NOT_OURS;

	if (r)
		return r == FILE_NOT_OURS ? leave(c, by) : r;
	r = sys_result(listxattr(file.link, list, sizeof(list)));
	if (r <= 0)
		return r;
	len = filter(list, (size_t)r);
	if (c->args[2] == 0 || len == 0)
		return (long)len;
	if (len > c->args[2])
		return -ERANGE;
	return call_write(c, c->args[1], list, len) < 0 ? -EFAULT : (long)len;
}

long owner_listxattr(struct call *c)
{
	return do_list(c, BY_PATH);
}

long owner_llistxattr(struct call *c)
{
	return do_list(c, BY_LINK);
}

long owner_flistxattr(struct call *c)
{
	return do_list(c, BY_FD);
}

/* Linux 6.13 has them, and no libc needs them yet. */
long owner_xattrat(struct call *c)
{
	return owner_active(c->task) ? -ENOSYS : view_path_at_flags2(c);
}

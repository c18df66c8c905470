/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The file of a namespace that is mounted somewhere, as ip-netns(8) keeps its
 * namespaces. It is a pipe (src/ns/nsfs.c), which has no path on the host: so
 * what a call asks of it is answered here.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>
#include "src/ns/nsfs.h"
#include "src/task/task.h"
#include "src/view/root.h"

bool root_is_nsfs(const struct mount *mount)
{
	return mount && strcmp(mount->fs->type, "nsfs") == 0;
}

static long open_file(struct call *c, struct ns_common *ns, int flags)
{
	long fd;

	if (flags & O_CREAT && flags & O_EXCL)
		return -EEXIST;
	if (flags & O_DIRECTORY)
		return -ENOTDIR;
	if ((flags & O_ACCMODE) != O_RDONLY)
		return -EPERM;
	fd = nsfs_open(ns);
	return fd < 0 ? fd : call_give_fd(c, (int)fd, flags & O_CLOEXEC);
}

/* As the kernel's own: what anybody may read, and nobody write. */
static long tell_stat(struct call *c, struct ns_common *ns, uint64_t to)
{
	struct stat st = { .st_mode = S_IFREG | 0444,
			   .st_nlink = 1,
			   .st_blksize = 4096 };
	long r = nsfs_stat(ns, &st);

	return r < 0 ? r : call_write(c, to, &st, sizeof(st));
}

static long tell_statx(struct call *c, struct ns_common *ns, uint64_t to)
{
	struct statx stx = { .stx_mask = STATX_TYPE | STATX_MODE | STATX_INO |
					 STATX_NLINK | STATX_UID | STATX_GID,
			     .stx_mode = S_IFREG | 0444,
			     .stx_nlink = 1,
			     .stx_blksize = 4096 };
	struct stat st;
	long r = nsfs_stat(ns, &st);

	if (r < 0)
		return r;
	stx.stx_ino = st.st_ino;
	stx.stx_dev_major = major(st.st_dev);
	stx.stx_dev_minor = minor(st.st_dev);
	return call_write(c, to, &stx, sizeof(stx));
}

long root_nsfs(struct call *c, const struct mount *mount)
{
	struct ns_common *ns = nsfs_by_inode(mount->root->ino);

	if (!ns)
		return -ENOENT;
	switch (c->nr) {
	case SYS_open:
		return open_file(c, ns, (int)c->args[1]);
	case SYS_openat:
		return open_file(c, ns, (int)c->args[2]);
	case SYS_stat:
	case SYS_lstat:
		return tell_stat(c, ns, c->args[1]);
	case SYS_newfstatat:
		return tell_stat(c, ns, c->args[2]);
	case SYS_statx:
		return tell_statx(c, ns, c->args[4]);
	case SYS_access:
		return c->args[1] & (W_OK | X_OK) ? -EACCES : 0;
	case SYS_faccessat:
	case SYS_faccessat2:
		return c->args[2] & (W_OK | X_OK) ? -EACCES : 0;
	case SYS_readlink:
	case SYS_readlinkat:
		return -EINVAL;
	case SYS_getxattr:
	case SYS_lgetxattr:
	case SYS_listxattr:
	case SYS_llistxattr:
		return -EOPNOTSUPP;
	case SYS_chdir:
	case SYS_chroot:
		return -ENOTDIR;
	default:
		return -EPERM;
	}
}

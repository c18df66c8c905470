/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls that ask about what a path names: stat, access, readlink. In /proc
 * the supervisor asks on behalf of the task, with the host's path. With a user
 * namespace all other files are src/owner/'s.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>
#include "src/host/sys.h"
#include "src/net/sysfs.h"
#include "src/owner/owner.h"
#include "src/owner/way.h"
#include "src/view/proc_user.h"
#include "src/view/root.h"
#include "src/ns/ipc.h"
#include "src/ns/nsfs.h"
#include "src/view/ns_link.h"
#include "src/view/view.h"

/*
 * Where the path in argument @arg leads, when the supervisor is to ask.
 * Return: 0 with the host's path; CALL_PASS, CALL_THEN; or a negative errno.
 */
static long locate(struct call *c, int dirfd, int arg, bool follow,
		   char *ret_path, struct place *ret_place)
{
	/* With users it has to do with /proc, and no host's owner may show. */
	const struct walk walk = { .follow = follow, .look = true,
				   .forced = owner_active(c->task) };
	struct ns_common *ns;
	struct place place;
	long r = view_locate(c, dirfd, c->args[arg], walk, &place);

	if (r < 0)
		return r;
	r = VIEW_REAL;
	if (place.where == WHERE_BEYOND)
		return view_call_with(c, arg, place.path);
	if (place.where == WHERE_PROC && follow) {
		r = view_ns_find(c->task, &place, &ns);
		if (r < 0)
			return r;
	}
	if (place.where != WHERE_PROC ||
	    (place.own && follow && r && view_is_magic(&place)))
		return CALL_PASS;
	*ret_place = place;
	return view_host_path(c->task, &place, ret_path);
}

/* What is found there by another inode than the host's file has. */
static bool is_other(const struct task *task, const struct place *place,
		     bool follow, struct stat *ret_st)
{
	struct ns_common *ns;

	if (follow && view_ns_find(task, place, &ns) == 0)
		return nsfs_stat(ns, ret_st) == 0;
	return view_reserve(task, place, ret_st) == 0;
}

static long do_stat(struct call *c, int dirfd, int arg, int flags)
{
	char path[VIEW_PATH_MAX];
	struct stat st, made;
	struct place place;
	long r = FILE_NOT_OURS;

	if (owner_active(c->task))
		r = owner_stat(c, dirfd, c->args[arg], flags,
			       c->args[arg + 1]);
	if (r != FILE_NOT_OURS)
		return r;
	r = locate(c, dirfd, arg, !(flags & AT_SYMLINK_NOFOLLOW), path,
		   &place);
	if (r != 0)
		return r;
	r = sys_call(SYS_newfstatat, (uint64_t)AT_FDCWD, (uintptr_t)path,
		     (uintptr_t)&st, (unsigned int)flags, 0, 0);
	if (r == 0 && is_other(c->task, &place,
			       !(flags & AT_SYMLINK_NOFOLLOW), &made)) {
		st.st_dev = made.st_dev;
		st.st_ino = made.st_ino;
	}
	if (r == 0)
		proc_user_owner(c->task, &place, st.st_mode, &st.st_uid,
				&st.st_gid);
	return r < 0 ? r : call_write(c, c->args[arg + 1], &st, sizeof(st));
}

long view_stat(struct call *c)
{
	return do_stat(c, AT_FDCWD, 0, 0);
}

long view_lstat(struct call *c)
{
	return do_stat(c, AT_FDCWD, 0, AT_SYMLINK_NOFOLLOW);
}

long view_newfstatat(struct call *c)
{
	return do_stat(c, (int)c->args[0], 1, (int)c->args[3]);
}

long view_statx(struct call *c)
{
	bool follow = !(c->args[2] & AT_SYMLINK_NOFOLLOW);
	char path[VIEW_PATH_MAX];
	struct place place;
	struct stat made;
	struct statx st;
	long r = owner_active(c->task) ? owner_statx(c) : FILE_NOT_OURS;

	if (r != FILE_NOT_OURS)
		return r;
	r = locate(c, (int)c->args[0], 1, follow, path, &place);
	if (r != 0)
		return r;
	r = sys_result(statx(AT_FDCWD, path, (int)c->args[2],
			     (unsigned int)c->args[3], &st));
	if (r == 0 && is_other(c->task, &place, follow, &made)) {
		st.stx_dev_major = major(made.st_dev);
		st.stx_dev_minor = minor(made.st_dev);
		st.stx_ino = made.st_ino;
	}
	if (r == 0)
		proc_user_owner(c->task, &place, st.stx_mode, &st.stx_uid,
				&st.stx_gid);
	return r < 0 ? r : call_write(c, c->args[4], &st, sizeof(st));
}

static long do_access(struct call *c, int dirfd, int arg, int mode, int flags)
{
	char path[VIEW_PATH_MAX];
	struct place place;
	long r = FILE_NOT_OURS;

	if (owner_active(c->task))
		r = owner_access(c, dirfd, c->args[arg], mode, flags);
	if (r != FILE_NOT_OURS)
		return r;
	r = locate(c, dirfd, arg, !(flags & AT_SYMLINK_NOFOLLOW), path,
		   &place);
	return r ? r : sys_result(faccessat(AT_FDCWD, path, mode, flags));
}

long view_access(struct call *c)
{
	return do_access(c, AT_FDCWD, 0, (int)c->args[1], 0);
}

long view_faccessat(struct call *c)
{
	return do_access(c, (int)c->args[0], 1, (int)c->args[2], 0);
}

long view_faccessat2(struct call *c)
{
	return do_access(c, (int)c->args[0], 1, (int)c->args[2],
			 (int)c->args[3]);
}

static bool is_deleted(const char *link)
{
	struct stat st;

	return stat(link, &st) == 0 && st.st_nlink == 0;
}

/* d_path() of the kernel's getcwd(2): what is not below the root is said so. */
static long rooted_getcwd(struct call *c)
{
	const char outside[] = "(unreachable)";
	char link[64], path[VIEW_GUEST_PATH_MAX + sizeof(outside)];
	char *from = path + sizeof(outside) - 1;
	size_t n;
	long r;

	snprintf(link, sizeof(link), "/proc/%d/cwd", c->task->tid->host.n);
	r = sys_readlink(link, from, VIEW_GUEST_PATH_MAX);
	if (r < 0)
		return r;
	if (is_deleted(link))
		return -ENOENT;
	if (strncmp(from, "/proc/", 6) == 0) {
		view_translate_link(c->task, from, VIEW_PATH_MAX);
	} else if (!sysfs_show(from) && !root_show(c->task, from)) {
		from = path;
		memcpy(from, outside, sizeof(outside) - 1);
	}
	n = strlen(from) + 1;
	if (n > c->args[1])
		return -ERANGE;
	r = call_write(c, c->args[0], from, n);
	return r < 0 ? r : (long)n;
}

/* The kernel's answer, unless the working folder is in /proc, or in a sysfs. */
long view_getcwd(struct call *c)
{
	char link[64], path[VIEW_PATH_MAX];
	size_t n;
	long r;

	if (root_resolves(c->task))
		return rooted_getcwd(c);
	if (!view_folder_given() && !sysfs_any())
		return call_pass(c);
	snprintf(link, sizeof(link), "/proc/%d/cwd", c->task->tid->host.n);
	if (sys_readlink(link, path, sizeof(path)) < 0 ||
	    (strncmp(path, "/proc/", 6) != 0 && !sysfs_show(path)))
		return call_pass(c);
	view_translate_link(c->task, path, sizeof(path));
	if (strstr(path, " (deleted)"))
		return -ENOENT;
	n = strlen(path) + 1;
	if (n > c->args[1])
		return -ERANGE;
	r = call_write(c, c->args[0], path, n);
	return r < 0 ? r : (long)n;
}

/* /proc/self and its like: the text is made, cut as the kernel cuts. */
static long put_link(struct call *c, int arg, const char *target)
{
	int size = (int)c->args[arg + 2];
	size_t n = strlen(target);
	long r;

	if (size <= 0)
		return -EINVAL;
	if (n > (size_t)size)
		n = (size_t)size;
	r = call_write(c, c->args[arg + 1], target, n);
	return r < 0 ? r : (long)n;
}

/* Is the path "", which means the descriptor, a link, itself? */
static bool is_empty(struct call *c, uint64_t path)
{
	char first;

	return view_folder_given() && call_read(c, path, &first, 1) == 0 &&
	       first == 0;
}

static long do_readlink(struct call *c, int dirfd, int arg)
{
	const struct walk walk = { .follow = false, .look = true };
	char path[VIEW_PATH_MAX], target[VIEW_GUEST_PATH_MAX];
	struct place place;
	long r;

	owner_open_way(c, dirfd, c->args[arg]);
	/* Without a pid namespace /proc is the host's. */
	if (!(task_active(c->task) & NS_PID) && !root_resolves(c->task))
		return call_pass(c);
	r = view_locate(c, dirfd, c->args[arg], walk, &place);
	if (r < 0)
		return r;
	if (arg && is_empty(c, c->args[arg]))
		view_locate_fd(c, dirfd, &place);
	if (place.where == WHERE_BEYOND)
		return view_call_with(c, arg, place.path);
	if (place.where != WHERE_PROC)
		return call_pass(c);
	if (view_plain_link(c->task, place.path, target, sizeof(target)))
		return put_link(c, arg, target);
	if (!proc_user_may_follow(c->task, &place))
		return -EACCES;
	r = view_host_path(c->task, &place, path);
	if (r == 0)
		r = view_ns_readlink(c->task, &place, target, sizeof(target));
	if (r == VIEW_REAL)
		r = view_is_root_link(c->task, &place, target)
			    ? 0
			    : sys_readlink(path, target, sizeof(target));
	if (r == -EINVAL && arg && is_empty(c, c->args[arg]))
		return -ENOENT;
	if (r < 0)
		return r;
	if (!view_rename_made(target, sizeof(target)) &&
	    !view_rename_ns(target, sizeof(target)) &&
	    !ipc_mq_rename(ipc_ns(c), path, target, sizeof(target))) {
		view_translate_link(c->task, target, sizeof(target));
		if (!sysfs_show(target))
			root_show(c->task, target);
	}
	return put_link(c, arg, target);
}

long view_readlink(struct call *c)
{
	return do_readlink(c, AT_FDCWD, 0);
}

long view_readlinkat(struct call *c)
{
	return do_readlink(c, (int)c->args[0], 1);
}

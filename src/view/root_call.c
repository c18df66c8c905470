/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls of tasks with a root of their own.
 *
 * Theory of operation. Ahead of its handler, each path of a call is read and
 * resolved (root_walk.c), and whoever reads that argument then, by
 * view_read_path(), finds what has come out. So handlers know of no roots. What
 * they leave to the kernel the task runs with these paths, lent to it. A path
 * that the kernel resolves alike stays as it is. What is done most, the
 * supervisor does itself, as the same user: it opens plain files and folders,
 * reads links, sets times, and changes names. To be run by the task, a call has
 * to come again by the trace gate.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "src/host/sys.h"
#include "src/task/task.h"
#include "src/view/root.h"
#include "src/view/walk.h"

/* linux/syscalls of newer kernels than the headers */
#define NR_FILE_GETATTR 468
#define NR_FILE_SETATTR 469
#define NR_FCHMODAT2	452

#define PATHS_MAX 2
#define NO_DIR	  (-1)
#define NO_FLAGS  (-1)

/* A path in a call: where it is, and what of its end is meant. */
struct form {
	int nr;
	int dirfd, path; /* arguments; NO_DIR: the working folder */
	enum root_how how;
	int flags;	    /* the argument that can turn that, or NO_FLAGS */
	unsigned int turns; /* by these bits: follow to keep, keep to follow */
};

#define FOLLOW(nr, dir, path)                           \
	{                                               \
		nr, dir, path, ROOT_FOLLOW, NO_FLAGS, 0 \
	}
#define KEEP(nr, dir, path)                           \
	{                                             \
		nr, dir, path, ROOT_KEEP, NO_FLAGS, 0 \
	}
#define NAME(nr, dir, path)                           \
	{                                             \
		nr, dir, path, ROOT_NAME, NO_FLAGS, 0 \
	}
#define UNLESS(nr, dir, path, arg, bits)              \
	{                                             \
		nr, dir, path, ROOT_FOLLOW, arg, bits \
	}
#define ONLY(nr, dir, path, arg, bits)              \
	{                                           \
		nr, dir, path, ROOT_KEEP, arg, bits \
	}

static const struct form forms[] = {
	UNLESS(SYS_open, NO_DIR, 0, 1, O_NOFOLLOW),
	UNLESS(SYS_openat, 0, 1, 2, O_NOFOLLOW),
	FOLLOW(SYS_openat2, 0, 1),
	FOLLOW(SYS_creat, NO_DIR, 0),
	FOLLOW(SYS_stat, NO_DIR, 0),
	KEEP(SYS_lstat, NO_DIR, 0),
	UNLESS(SYS_newfstatat, 0, 1, 3, AT_SYMLINK_NOFOLLOW),
	UNLESS(SYS_statx, 0, 1, 2, AT_SYMLINK_NOFOLLOW),
	FOLLOW(SYS_access, NO_DIR, 0),
	FOLLOW(SYS_faccessat, 0, 1),
	UNLESS(SYS_faccessat2, 0, 1, 3, AT_SYMLINK_NOFOLLOW),
	KEEP(SYS_readlink, NO_DIR, 0),
	KEEP(SYS_readlinkat, 0, 1),
	FOLLOW(SYS_chdir, NO_DIR, 0),
	FOLLOW(SYS_chroot, NO_DIR, 0),
	FOLLOW(SYS_execve, NO_DIR, 0),
	UNLESS(SYS_execveat, 0, 1, 4, AT_SYMLINK_NOFOLLOW),
	FOLLOW(SYS_truncate, NO_DIR, 0),
	NAME(SYS_rename, NO_DIR, 0),
	NAME(SYS_rename, NO_DIR, 1),
	NAME(SYS_renameat, 0, 1),
	NAME(SYS_renameat, 2, 3),
	NAME(SYS_renameat2, 0, 1),
	NAME(SYS_renameat2, 2, 3),
	NAME(SYS_mkdir, NO_DIR, 0),
	NAME(SYS_mkdirat, 0, 1),
	NAME(SYS_rmdir, NO_DIR, 0),
	NAME(SYS_unlink, NO_DIR, 0),
	NAME(SYS_unlinkat, 0, 1),
	KEEP(SYS_link, NO_DIR, 0),
	NAME(SYS_link, NO_DIR, 1),
	ONLY(SYS_linkat, 0, 1, 4, AT_SYMLINK_FOLLOW),
	NAME(SYS_linkat, 2, 3),
	NAME(SYS_symlink, NO_DIR, 1),
	NAME(SYS_symlinkat, 1, 2),
	NAME(SYS_mknod, NO_DIR, 0),
	NAME(SYS_mknodat, 0, 1),
	FOLLOW(SYS_chmod, NO_DIR, 0),
	FOLLOW(SYS_fchmodat, 0, 1),
	UNLESS(NR_FCHMODAT2, 0, 1, 3, AT_SYMLINK_NOFOLLOW),
	FOLLOW(SYS_chown, NO_DIR, 0),
	KEEP(SYS_lchown, NO_DIR, 0),
	UNLESS(SYS_fchownat, 0, 1, 4, AT_SYMLINK_NOFOLLOW),
	FOLLOW(SYS_utime, NO_DIR, 0),
	FOLLOW(SYS_utimes, NO_DIR, 0),
	FOLLOW(SYS_futimesat, 0, 1),
	UNLESS(SYS_utimensat, 0, 1, 3, AT_SYMLINK_NOFOLLOW),
	FOLLOW(SYS_mount, NO_DIR, 1),
	NAME(SYS_umount2, NO_DIR, 0),
	FOLLOW(SYS_statfs, NO_DIR, 0),
	FOLLOW(SYS_setxattr, NO_DIR, 0),
	KEEP(SYS_lsetxattr, NO_DIR, 0),
	FOLLOW(SYS_getxattr, NO_DIR, 0),
	KEEP(SYS_lgetxattr, NO_DIR, 0),
	FOLLOW(SYS_listxattr, NO_DIR, 0),
	KEEP(SYS_llistxattr, NO_DIR, 0),
	FOLLOW(SYS_removexattr, NO_DIR, 0),
	KEEP(SYS_lremovexattr, NO_DIR, 0),
	UNLESS(SYS_inotify_add_watch, NO_DIR, 1, 2, IN_DONT_FOLLOW),
	ONLY(SYS_name_to_handle_at, 0, 1, 4, AT_SYMLINK_FOLLOW),
	UNLESS(NR_FILE_GETATTR, 0, 1, 4, AT_SYMLINK_NOFOLLOW),
	UNLESS(NR_FILE_SETATTR, 0, 1, 4, AT_SYMLINK_NOFOLLOW),
};

/* The paths of the call that is being handled; nobody waits meanwhile. */
static struct {
	const struct form *form;
	char text[VIEW_GUEST_PATH_MAX];
} paths[PATHS_MAX];
static unsigned int paths_len;
static struct open_how how2; /* of openat2() */

/* open(2) follows no link at the place of what it is to make. */
static enum root_how how_to_open(uint64_t flags)
{
	bool makes = (flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL);

	return makes || flags & O_NOFOLLOW ? ROOT_KEEP : ROOT_FOLLOW;
}

static enum root_how how_of(const struct call *c, const struct form *form)
{
	bool turned = form->flags >= 0 && c->args[form->flags] & form->turns;

	if (c->nr == SYS_openat2)
		return how_to_open(how2.flags) |
		       (how2.resolve & WALK_NO_LINKS ? ROOT_NO_LINKS : 0);
	if (form->turns == O_NOFOLLOW)
		return how_to_open(c->args[form->flags]);
	if (!turned)
		return form->how;
	return form->how == ROOT_FOLLOW ? ROOT_KEEP : ROOT_FOLLOW;
}

/* openat2() with a scope of its own: that is below the descriptor. */
static bool is_scoped(struct call *c)
{
	return c->nr == SYS_openat2 &&
	       (call_read(c, c->args[2], &how2, sizeof(how2)) < 0 ||
		how2.resolve & WALK_SCOPED);
}

bool root_call_path(struct call *c, unsigned int i, struct root_path *ret_path)
{
	for (size_t at = 0; at < sizeof(forms) / sizeof(forms[0]); at++) {
		const struct form *form = &forms[at];

		if (form->nr != c->nr || i-- > 0)
			continue;
		if (is_scoped(c))
			return false;
		ret_path->dirfd = form->dirfd == NO_DIR
					  ? AT_FDCWD
					  : (int)c->args[form->dirfd];
		ret_path->arg = form->path;
		ret_path->how = how_of(c, form);
		return true;
	}
	return false;
}

/* One that can't be read is the handler's, or the kernel's, to refuse. */
static long take_path(struct call *c, const struct form *form)
{
	int dirfd =
		form->dirfd == NO_DIR ? AT_FDCWD : (int)c->args[form->dirfd];
	char path[VIEW_GUEST_PATH_MAX];
	long r;

	if (view_read_path(c, c->args[form->path], path) < 0)
		return 0;
	r = root_resolve(c->task, dirfd, path, how_of(c, form),
			 paths[paths_len].text);
	if (r == 0)
		paths[paths_len++].form = form;
	return r < 0 ? r : 0;
}

static long take_paths(struct call *c)
{
	long r = 0;

	c->rooted = false;
	paths_len = 0;
	if (is_scoped(c))
		return 0;
	for (size_t i = 0; r == 0 && i < sizeof(forms) / sizeof(forms[0]); i++)
		if (forms[i].nr == c->nr)
			r = take_path(c, &forms[i]);
	c->rooted = paths_len > 0;
	return r;
}

const char *root_path_at(const struct call *c, uint64_t addr)
{
	for (unsigned int i = 0; i < paths_len; i++)
		if (c->args[paths[i].form->path] == addr)
			return paths[i].text;
	return NULL;
}

long root_own_path(struct call *c, uint64_t addr, char *buf)
{
	bool rooted = c->rooted;
	long r;

	c->rooted = false;
	r = view_read_path(c, addr, buf);
	c->rooted = rooted;
	return r;
}

void root_before_after(struct call *c)
{
	if (take_paths(c) < 0)
		c->rooted = false;
}

/* ---- what the kernel is to run ---- */

/* Lends the paths to the task, but where the handler has lent its own. */
static long lend_paths(struct call *c)
{
	static char lent[PATHS_MAX * VIEW_GUEST_PATH_MAX];
	size_t at[PATHS_MAX], n = 0;
	uint64_t addr;

	for (unsigned int i = 0; i < paths_len; i++) {
		at[i] = n;
		strcpy(lent + n, paths[i].text);
		n += strlen(paths[i].text) + 1;
	}
	if (call_lend(c, lent, n, &addr) < 0)
		return -ENOMEM;
	for (unsigned int i = 0; i < paths_len; i++)
		c->host_args[paths[i].form->path] = addr + at[i];
	return 0;
}

/* Has the handler put another path in its place? */
static bool is_replaced(const struct call *c)
{
	int arg = paths[0].form->path;

	return c->host_args[arg] != c->args[arg];
}

static long run_by_task(struct call *c, long answer)
{
	long r;

	if (!call_can_change(c))
		return call_stop(c);
	r = lend_paths(c);
	if (r < 0)
		return r;
	return answer == CALL_PASS ? call_then(c, NULL) : answer;
}

/* ---- opening ---- */

static int open_flags(const struct call *c)
{
	switch (c->nr) {
	case SYS_open:
		return (int)c->args[1];
	case SYS_openat:
		return (int)c->args[2];
	case SYS_creat:
		return O_CREAT | O_WRONLY | O_TRUNC;
	default:
		return -1;
	}
}

static unsigned int open_mode(const struct call *c)
{
	return (unsigned int)c->args[c->nr == SYS_openat ? 3
				     : c->nr == SYS_open ? 2
							 : 1];
}

/* What may wait, or is more than its content, is the task's to open. */
static bool is_plain(const char *path, int flags)
{
	struct stat st;
	long r = sys_result(lstat(path, &st));

	if (r < 0)
		return r == -ENOENT;
	return S_ISREG(st.st_mode) ||
	       (S_ISDIR(st.st_mode) && !(flags & O_CREAT));
}

static long open_as_task(const struct call *c, const char *path, int flags)
{
	int mine = flags | O_NOCTTY | O_NONBLOCK;
	mode_t mask;
	long fd;

	if (!(flags & O_CREAT) && (flags & O_TMPFILE) != O_TMPFILE)
		return sys_open_resolved(path, mine, 0);
	mask = umask(sys_umask(c->task->tid->host));
	fd = sys_open_resolved(path, mine, open_mode(c) & 07777);
	umask(mask);
	return fd;
}

/*
 * The supervisor opens it. Return: CALL_PASS where the task has to do that.
 */
static long open_plain(struct call *c)
{
	const char *path = paths[0].text;
	int flags = open_flags(c);
	struct stat st;
	long fd;

	if (flags == -1 || flags & O_PATH || strncmp(path, "/proc", 5) == 0 ||
	    !is_plain(path, flags))
		return CALL_PASS;
	fd = open_as_task(c, path, flags);
	/* What would wait, was changed, or has flags that are not known. */
	if (fd == -EWOULDBLOCK || fd == -ELOOP || fd == -ENXIO || fd == -EINVAL)
		return CALL_PASS;
	if (fd < 0)
		return fd;
	/* Another one than was looked at. */
	if (fstat((int)fd, &st) < 0 ||
	    !(S_ISREG(st.st_mode) || S_ISDIR(st.st_mode))) {
		close((int)fd);
		return CALL_PASS;
	}
	if (!(flags & O_NONBLOCK))
		fcntl((int)fd, F_SETFL, fcntl((int)fd, F_GETFL) & ~O_NONBLOCK);
	return call_give_fd(c, (int)fd, flags & O_CLOEXEC);
}

/* ---- asking and touching ---- */

/*
 * What the path names, by a descriptor that opens nothing. Return: likewise
 * CALL_PASS where the task has to see to it.
 */
static long open_named(void)
{
	const char *path = paths[0].text;
	long fd;

	if (strncmp(path, "/proc", 5) == 0)
		return CALL_PASS;
	fd = sys_open_resolved(path, O_PATH | O_NOFOLLOW, 0);
	return fd < 0 ? CALL_PASS : fd;
}

static long read_link(struct call *c, int arg)
{
	char target[VIEW_GUEST_PATH_MAX];
	long fd = open_named();
	int size = (int)c->args[arg + 1];
	long r;

	if (fd == CALL_PASS)
		return CALL_PASS;
	r = sys_result(readlinkat((int)fd, "", target, sizeof(target)));
	close((int)fd);
	if (r < 0 || size <= 0)
		return CALL_PASS;
	if (r > size)
		r = size;
	return call_write(c, c->args[arg], target, (size_t)r) < 0 ? -EFAULT : r;
}

static long set_times(struct call *c)
{
	struct timespec times[2];
	long fd, r;

	if (c->args[2] &&
	    call_read(c, c->args[2], times, sizeof(times)) < 0)
		return -EFAULT;
	fd = open_named();
	if (fd == CALL_PASS)
		return CALL_PASS;
	r = sys_result(utimensat((int)fd, "", c->args[2] ? times : NULL,
				 AT_EMPTY_PATH));
	close((int)fd);
	/* Before Linux 5.8 an empty path is none. */
	return r == -EINVAL ? CALL_PASS : r;
}

/* ---- names ---- */

/* Which argument of a call that makes a file is its mode; -1: none. */
static int mode_arg(const struct call *c)
{
	return c->nr == SYS_mkdir ? 1 : c->nr == SYS_mkdirat ? 2 : -1;
}

static bool changes_names(const struct call *c)
{
	switch (c->nr) {
	case SYS_mkdir:
	case SYS_mkdirat:
	case SYS_rmdir:
	case SYS_unlink:
	case SYS_unlinkat:
	case SYS_rename:
	case SYS_renameat:
	case SYS_renameat2:
	case SYS_link:
	case SYS_linkat:
		return true;
	default:
		return false;
	}
}

/*
 * The supervisor makes the call, as the same user, if it has all of its paths.
 * One that has changed meanwhile may lead it to its own /proc/self, where no
 * name can be made or removed. Return: CALL_PASS where the task has to do that.
 */
static long change_names(const struct call *c)
{
	uint64_t a[CALL_ARGS];
	unsigned int n = 0;
	mode_t mask;
	long r;

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		n += forms[i].nr == c->nr;
	if (!changes_names(c) || n != paths_len)
		return CALL_PASS;
	memcpy(a, c->args, sizeof(a));
	for (unsigned int i = 0; i < n; i++)
		a[paths[i].form->path] = (uintptr_t)paths[i].text;
	if (c->nr == SYS_linkat) /* they have been followed */
		a[4] &= ~(uint64_t)AT_SYMLINK_FOLLOW;
	mask = umask(mode_arg(c) < 0 ? 0 : sys_umask(c->task->tid->host));
	r = sys_call(c->nr, a[0], a[1], a[2], a[3], a[4], a[5]);
	umask(mask);
	return r;
}

/* What the supervisor can do as well as the task, or CALL_PASS. */
static long run_here(struct call *c)
{
	switch (c->nr) {
	case SYS_readlink:
		return read_link(c, 1);
	case SYS_readlinkat:
		return read_link(c, 2);
	case SYS_utimensat:
		return set_times(c);
	default:
		return changes_names(c) ? change_names(c) : open_plain(c);
	}
}

long root_dispatch(struct call *c)
{
	long r = take_paths(c);

	if (r < 0)
		return r;
	r = root_connects(c) ? CALL_PASS : c->row->handler(c);
	if (!c->rooted && (r == CALL_PASS || r == CALL_THEN))
		return root_address(c, r);
	if (!c->rooted ||
	    (r != CALL_PASS && (r != CALL_THEN || is_replaced(c))))
		return r;
	if (r == CALL_PASS && !call_can_change(c) && !c->task->confined)
		r = run_here(c);
	return r == CALL_PASS || r == CALL_THEN ? run_by_task(c, r) : r;
}

/* From now on the task's own rules decide what it opens and changes. */
long root_landlock(struct call *c)
{
	c->task->confined = true;
	return call_pass(c);
}

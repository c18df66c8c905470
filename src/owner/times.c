/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Times of files: vfs_utimes() of fs/utimes.c. Who may not set them is told so
 * here; the rest is the kernel's.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include "src/owner/owner.h"
#include "src/task/task.h"
#include "src/view/path.h"

/* @set: to times that are given, not to now. */
static long may_touch(struct call *c, struct file *file, bool set)
{
	struct owner_seen seen;
	struct owner_who who;
	long r;

	if (file->proc || !file_is_own(file))
		return 0;
	owner_see(c->task, file, &seen);
	r = owner_who(c->task, &seen, &who);
	return r < 0 ? r : owner_touch(&who, &seen, set);
}

/* As may_touch(), of what the path in argument @arg leads to. */
static long may_touch_path(struct call *c, int dirfd, int arg, int flags,
			   bool set)
{
	_cleanup_file_ struct file file = FILE_NONE;

	/* What can't be found is the kernel's to say. */
	if (!owner_active(c->task) ||
	    file_find(c, dirfd, c->args[arg], flags, &file) != 0)
		return 0;
	return may_touch(c, &file, set);
}

static long may_touch_fd(struct call *c, bool set)
{
	_cleanup_file_ struct file file = FILE_NONE;

	if (!owner_active(c->task) ||
	    file_of_fd(c, (int)c->args[0], &file) != 0)
		return 0;
	return may_touch(c, &file, set);
}

long owner_utime(struct call *c)
{
	long r = may_touch_path(c, AT_FDCWD, 0, 0, c->args[1] != 0);

	return r < 0 ? r : view_path(c);
}

long owner_utimes(struct call *c)
{
	return owner_utime(c);
}

long owner_futimesat(struct call *c)
{
	int dirfd = (int)c->args[0];
	bool set = c->args[2] != 0;
	long r = c->args[1] ? may_touch_path(c, dirfd, 1, 0, set)
			    : may_touch_fd(c, set);

	return r < 0 ? r : view_path_at(c);
}

/* Return: 1 if times are given, 0 if it is now, -1 if there is nothing to do.
 */
static int what_times(struct call *c, uint64_t addr)
{
	struct timespec times[2];

	if (!addr)
		return 0;
	if (call_read(c, addr, times, sizeof(times)) < 0 ||
	    (times[0].tv_nsec == UTIME_OMIT && times[1].tv_nsec == UTIME_OMIT))
		return -1;
	return times[0].tv_nsec != UTIME_NOW || times[1].tv_nsec != UTIME_NOW;
}

long owner_utimensat(struct call *c)
{
	const int known = AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH;
	int flags = (int)c->args[3];
	int what = what_times(c, c->args[2]);
	long r = 0;

	if (what >= 0 && !(flags & ~known))
		r = c->args[1]
			    ? may_touch_path(c, (int)c->args[0], 1, flags, what)
			    : may_touch_fd(c, what);
	return r < 0 ? r : view_path_at_flags3(c);
}

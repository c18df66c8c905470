/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What open(2) meets: a file whose mode is in the way.
 *
 * Root inside is bound by no mode, but the kernel sees the real user. So a
 * file of that user whose mode is in the way is opened up first; what it had
 * is shown from then on by its record. Who is not root is refused what the
 * mode forbids, since the real one may allow it.
 *
 * truncate(2) asks as such an open does. Devices are in device.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include "src/owner/owner.h"
#include "src/owner/create.h"
#include "src/owner/device.h"
#include "src/task/task.h"
#include "src/view/path.h"
#include "src/view/walk.h"

/* What an open with @flags asks of the mode: ACC_MODE() */
static unsigned int wanted(int flags)
{
	static const unsigned int masks[] = {
		[O_RDONLY] = OWNER_READ,
		[O_WRONLY] = OWNER_WRITE,
		[O_RDWR] = OWNER_READ | OWNER_WRITE,
		[O_ACCMODE] = OWNER_READ | OWNER_WRITE,
	};

	return masks[flags & O_ACCMODE] | (flags & O_TRUNC ? OWNER_WRITE : 0);
}

static long open_there(struct call *c, int arg, int flags, struct file *file)
{
	bool noatime = flags & O_NOATIME;
	bool maybe_device = S_ISREG(file->st.st_mode) && !file->st.st_size;
	/* Who reads a folder goes into it next. */
	unsigned int mask =
		wanted(flags) | (S_ISDIR(file->st.st_mode) ? OWNER_EXEC : 0);
	struct owner_seen seen = { .uid = file->st.st_uid,
				   .gid = file->st.st_gid };
	struct owner_who who;
	bool root;
	long r = owner_who(c->task, &seen, &who);

	if (r < 0)
		return r;
	root = owner_capable(&who, CAP_DAC_OVERRIDE);
	/* To look is not in vain: the agent gets to know it (known.c). */
	owner_see(c->task, file, &seen);
	/* Nothing that a record can say would make a difference. */
	if (root && !maybe_device && !noatime &&
	    (file->st.st_mode >> 6 & mask) == mask)
		return CALL_PASS;
	r = owner_who(c->task, &seen, &who);
	if (r == 0)
		r = owner_permission(&who, &seen, wanted(flags));
	if (r < 0)
		return r;
	if (maybe_device && !S_ISREG(seen.mode))
		return device_open(c, arg, file, &seen);
	if (noatime && !owner_is(&who, &seen))
		return -EPERM;
	owner_lift(c->task, file, &seen, mask);
	return CALL_PASS;
}

long owner_open(struct call *c, int dirfd, int arg, int flags,
		unsigned int mode)
{
	_cleanup_file_ struct file file = FILE_NONE;
	char path[VIEW_GUEST_PATH_MAX];
	long r = view_read_path(c, c->args[arg], path);

	if (r <= 0)
		return CALL_PASS;
	r = file_find_text(c, dirfd, path,
			   flags & O_NOFOLLOW ? AT_SYMLINK_NOFOLLOW : 0, &file);
	if (r == -ENOENT && flags & O_CREAT && !(flags & O_PATH))
		return owner_open_new(c, dirfd, path, mode);
	if (r == 0 && (flags & O_TMPFILE) == O_TMPFILE)
		return S_ISDIR(file.st.st_mode) && !file.proc
			       ? owner_open_unnamed(c, &file, mode)
			       : CALL_PASS;
	if (r || flags & O_PATH || (flags & O_CREAT && flags & O_EXCL) ||
	    file.proc || !file_is_own(&file))
		return CALL_PASS;
	return open_there(c, arg, flags, &file);
}

/* Who watches a file must be able to read it: inotify_find_inode() */
long owner_inotify_add_watch(struct call *c)
{
	_cleanup_file_ struct file file = FILE_NONE;
	int flags = c->args[2] & IN_DONT_FOLLOW ? AT_SYMLINK_NOFOLLOW : 0;
	long r = FILE_NOT_OURS;

	if (owner_active(c->task))
		r = file_find(c, AT_FDCWD, c->args[1], flags, &file);
	if (r == 0)
		r = owner_may_use(c->task, &file, OWNER_READ);
	return r == -EACCES ? r : view_inotify_add_watch(c);
}

long owner_truncate(struct call *c)
{
	_cleanup_file_ struct file file = FILE_NONE;
	long r = FILE_NOT_OURS;

	if (owner_active(c->task))
		r = file_find(c, AT_FDCWD, c->args[0], 0, &file);
	if (r == 0 && S_ISREG(file.st.st_mode))
		r = owner_may_use(c->task, &file, OWNER_WRITE);
	return r == -EACCES ? r : view_path(c);
}

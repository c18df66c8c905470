/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finding files on behalf of tasks.
 *
 * The kernel resolves the path, from the task's working folder or descriptor,
 * with the rights of the user who runs nsrun, which are the task's. Two things
 * would lead the supervisor elsewhere than the task: the links of a process
 * (/proc/self/fd/3, and /dev/stdin by it), which the kernel is told not to
 * follow here (RESOLVE_NO_MAGICLINKS) and which view/walk.c follows in the
 * numbers of the task's namespace; and the files of /proc. Landlock closes
 * these to the task but not to the supervisor, so whatever turns out to lie
 * there is given up, however the path got there.
 */
#include "src/owner/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <linux/openat2.h>
#include "src/host/sys.h"
#include "src/owner/device.h"
#include "src/task/task.h"
#include "src/view/ns_link.h"
#include "src/view/root.h"
#include "src/view/walk.h"

void file_close(struct file *file)
{
	sys_close(&file->fd);
}

long file_borrow(int fd, struct file *ret_file)
{
	long r = sys_result(fstat(fd, &ret_file->st));

	if (r < 0)
		return r;
	ret_file->fd = fd;
	ret_file->proc = ret_file->st.st_dev == view_proc_device();
	snprintf(ret_file->link, sizeof(ret_file->link), "/proc/self/fd/%d",
		 fd);
	return 0;
}

/* Takes @fd, which may be a negative errno. */
static long take_any(long fd, struct file *ret_file)
{
	long r;

	if (fd < 0)
		return fd;
	r = file_borrow((int)fd, ret_file);
	if (r < 0)
		close((int)fd);
	return r;
}

/* The same for what a path led to. */
static long take(long fd, struct file *ret_file)
{
	long r = take_any(fd, ret_file);

	if (r == 0 && ret_file->proc) {
		file_close(ret_file);
		r = FILE_NOT_OURS;
	}
	return r;
}

static long open_link(const struct task *task, const char *what, int fd)
{
	char link[64];

	snprintf(link, sizeof(link), "/proc/%d/%s", task->tid->host.n, what);
	if (fd >= 0)
		snprintf(link, sizeof(link), "/proc/%d/fd/%d",
			 task->tid->host.n, fd);
	return sys_result(open(link, O_PATH | O_CLOEXEC));
}

/* A descriptor that is not open has no link. */
static long open_fd(const struct task *task, int fd)
{
	long r = fd < 0 ? -EBADF : open_link(task, "", fd);

	return r == -ENOENT ? -EBADF : r;
}

static long open_base(const struct task *task, int dirfd)
{
	if (dirfd == AT_FDCWD)
		return open_link(task, "cwd", -1);
	return open_fd(task, dirfd);
}

static long open_below(int base, const char *path, bool follow)
{
	struct open_how how = {
		.flags = O_PATH | O_CLOEXEC |
			 (uint64_t)(follow ? 0 : O_NOFOLLOW),
		.resolve = RESOLVE_NO_MAGICLINKS,
	};

	return sys_call(SYS_openat2, (uint64_t)base, (uintptr_t)path,
			(uintptr_t)&how, sizeof(how), 0, 0);
}

/*
 * A host's path that goes through a link of a process's, and what follows:
 * "/proc/N/cwd/rest", "/proc/N/task/T/fd/3/rest".
 * Return: the rest, cut off; NULL if there is none.
 */
static char *cut_rest(char *path)
{
	static const char *const names[] = { "/cwd", "/root", "/exe" };
	char *at = strstr(path, "/fd/");
	size_t skip = 4;

	for (size_t i = 0; !at && i < sizeof(names) / sizeof(names[0]); i++) {
		at = strstr(path, names[i]);
		skip = strlen(names[i]);
	}
	if (!at)
		return NULL;
	at += skip + strcspn(at + skip, "/");
	if (*at != '/')
		return NULL;
	*at = 0;
	return at + 1;
}

static long open_through(const char *link, bool follow)
{
	_cleanup_close_ int base = -1;
	char path[VIEW_PATH_MAX];
	char *rest;
	long r;

	snprintf(path, sizeof(path), "%s", link);
	rest = cut_rest(path);
	r = sys_result(open(path, O_PATH | O_CLOEXEC));
	if (r < 0 || !rest)
		return r;
	base = (int)r;
	rest += strspn(rest, "/");
	return open_below(base, *rest ? rest : ".", follow);
}

/* What the walk has found out about a path that has to do with /proc. */
static long take_place(struct call *c, const struct place *place, bool follow,
		       struct file *ret_file)
{
	char path[VIEW_PATH_MAX];
	struct ns_common *ns;
	long r;

	if (place->where == WHERE_BEYOND && place->sys)
		return take(open_below(-1, place->path, follow), ret_file);
	if (place->where == WHERE_BEYOND)
		return take(open_through(place->path, follow), ret_file);
	if (place->where != WHERE_PROC)
		return -ELOOP;
	/* A namespace is none of the host's files, either. */
	if (!follow || !view_is_magic(place) ||
	    view_ns_find(c->task, place, &ns) != VIEW_REAL)
		return FILE_NOT_OURS;
	r = view_host_path(c->task, place, path);
	return r < 0 ? r
		     : take(sys_result(open(path, O_PATH | O_CLOEXEC)),
			    ret_file);
}

static long open_text(struct call *c, int dirfd, const char *path, bool follow,
		      struct file *ret_file)
{
	struct walk walk = { .follow = follow };
	_cleanup_close_ int base = -1;
	struct place place;
	long r = 0;

	if (path[0] != '/')
		r = base = (int)open_base(c->task, dirfd);
	if (r < 0)
		return r;
	r = view_locate_text(c, dirfd, path, walk, &place);
	if (r < 0)
		return r;
	if (place.where == WHERE_ELSEWHERE || place.where == WHERE_ROOT) {
		r = open_below(base, path, follow);
		/* A folder that locks its own user out is opened up. */
		if (r == -EACCES &&
		    root_search(c->task, dirfd, path,
				follow ? ROOT_FOLLOW : ROOT_KEEP) == 0)
			r = open_below(base, path, follow);
		if (r != -ELOOP)
			return take(r, ret_file);
		/* Too many links, or a link of a process's on the way. */
		walk.forced = true;
		r = view_locate_text(c, dirfd, path, walk, &place);
		if (r < 0)
			return r;
	}
	return take_place(c, &place, follow, ret_file);
}

long file_find(struct call *c, int dirfd, uint64_t addr, int flags,
	       struct file *ret_file)
{
	char path[VIEW_GUEST_PATH_MAX];
	long r = view_read_path(c, addr, path);

	if (r == -EFAULT && addr == 0 && flags & AT_EMPTY_PATH)
		path[0] = 0; /* Linux 6.11: no path is an empty one */
	else if (r < 0)
		return r;
	return file_find_text(c, dirfd, path, flags, ret_file);
}

long file_find_text(struct call *c, int dirfd, const char *path, int flags,
		    struct file *ret_file)
{
	if (path[0])
		return open_text(c, dirfd, path, !(flags & AT_SYMLINK_NOFOLLOW),
				 ret_file);
	if (!(flags & AT_EMPTY_PATH))
		return -ENOENT;
	if (dirfd != AT_FDCWD)
		return file_of_fd(c, dirfd, ret_file);
	return take_any(open_base(c->task, dirfd), ret_file);
}

long file_of_fd(struct call *c, int fd, struct file *ret_file)
{
	long r = take_any(open_fd(c->task, fd), ret_file);

	if (r == 0)
		device_to_record(c->task, fd, ret_file);
	return r;
}

long file_of_exe(const struct task *task, struct file *ret_file)
{
	return take(open_link(task, "exe", -1), ret_file);
}

long file_find_folder(struct call *c, int dirfd, char *path,
		      struct file *ret_folder)
{
	char *end = path + strlen(path);
	long r;

	if (!*path)
		return -ENOENT;
	/* The last component goes, and the slashes behind it. */
	while (end > path && end[-1] == '/')
		end--;
	while (end > path && end[-1] != '/')
		end--;
	if (end == path && path[0] == '/')
		end++;
	strcpy(end, end == path ? "." : "");
	r = open_text(c, dirfd, path, true, ret_folder);
	if (r == 0 && !S_ISDIR(ret_folder->st.st_mode)) {
		file_close(ret_folder);
		r = -ENOTDIR;
	}
	return r;
}

bool file_is_read_only(const struct file *file)
{
	struct statvfs fs;

	return fstatvfs(file->fd, &fs) == 0 && fs.f_flag & ST_RDONLY;
}

uid_t file_user(void)
{
	static uid_t own = (uid_t)-1; /* it stays the same */

	if (own == (uid_t)-1)
		own = geteuid();
	return own;
}

bool file_is_own(const struct file *file)
{
	return file->st.st_uid == file_user();
}

long file_chmod(struct file *file, unsigned int mode)
{
	long r = sys_result(chmod(file->link, mode));

	return r < 0 ? r : sys_result(fstat(file->fd, &file->st));
}

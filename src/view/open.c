/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls that open, list or enter what a path names.
 *
 * What is in /proc the supervisor opens on behalf of the task, and gives the
 * descriptor away; Landlock keeps the task itself out. Everything else runs in
 * the kernel as it was called.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "src/host/sys.h"
#include "src/ns/nsfs.h"
#include "src/ns/pid.h"
#include "src/owner/owner.h"
#include "src/view/ns_link.h"
#include "src/view/proc_user.h"
#include "src/view/root.h"
#include "src/view/root_exec.h"
#include "src/view/view.h"

static const struct walk to_open = { .follow = true, .look = true };

/* A descriptor of the host's file; a pipe behind a link must not block us. */
static long open_real(struct task *task, const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat st;

	if (fd < 0)
		return sys_result(fd);
	if (!(flags & O_NONBLOCK) && !(flags & O_PATH))
		fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
	if (strcmp(path, "/") != 0 && fstat(fd, &st) == 0 &&
	    S_ISDIR(st.st_mode))
		view_note_folder(task);
	return fd;
}

static bool is_folder(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISDIR(st.st_mode);
}

static long open_made(struct call *c, const struct view *view,
		      const struct place *place, int flags)
{
	int mode = flags & O_ACCMODE;

	if (flags & O_DIRECTORY)
		return -ENOTDIR;
	if (flags & O_TRUNC && !view->store && !view->open)
		return -EACCES;
	if (mode == O_RDONLY)
		return view_open_made(c->task, view, place);
	if (view->open)
		return view->open(c, place, flags);
	if (!view->store || !view_may_store(c->task, view))
		return -EACCES;
	return view_open_store(c->task, view, place);
}

static long open_proc(struct call *c, const struct place *place, int flags)
{
	const struct view *view = view_find(c->task, place);
	char path[VIEW_PATH_MAX];
	long r = view_host_path(c->task, place, path);

	if (r < 0)
		return r;
	if (flags & O_EXCL && flags & O_CREAT)
		return -EEXIST;
	if (!proc_user_may_open(c->task, place, flags))
		return -EACCES;
	if (view && !(flags & O_PATH)) {
		r = open_made(c, view, place, flags);
		if (r != -VIEW_REAL)
			return r;
		/* Of a process outside: that may be the supervisor itself. */
		if (!(task_active(c->task) & NS_PID))
			return call_pass(c);
	}
	r = open_real(c->task, path, flags & ~(O_CREAT | O_EXCL));
	if (r >= 0 && flags & O_CREAT && is_folder((int)r)) {
		close((int)r);
		return -EISDIR;
	}
	return r;
}

static long lend_path(struct call *c, int arg, const char *path)
{
	return call_lend(c, path, strlen(path) + 1, &c->host_args[arg]);
}

long view_call_with(struct call *c, int arg, const char *path)
{
	long r;

	if (!call_can_change(c))
		return call_stop(c);
	r = lend_path(c, arg, path);
	return r < 0 ? r : call_then(c, NULL);
}

/* What the kernel is to be told: the host's path, or the one beyond a link. */
static long path_for_kernel(struct call *c, const struct place *place,
			    char *ret_path)
{
	if (place->where != WHERE_BEYOND)
		return view_host_path(c->task, place, ret_path);
	memcpy(ret_path, place->path, VIEW_PATH_MAX);
	return 0;
}

/* The task runs the call with the host's path in its place. */
static long with_host_path(struct call *c, int arg, const struct place *place)
{
	char path[VIEW_PATH_MAX];
	long r = path_for_kernel(c, place, path);

	return r < 0 ? r : view_call_with(c, arg, path);
}

/*
 * An O_PATH descriptor can't be given away, and opens nothing: the task makes
 * it itself, and Landlock does not mind.
 */
static long open_path(struct call *c, int arg, const struct place *place,
		      int flags)
{
	long r;

	if (place->where == WHERE_ROOT)
		return call_pass(c);
	view_note_folder(c->task);
	r = with_host_path(c, arg, place);
	/* RESOLVE_ flags were obeyed, and would not like the host's path. */
	if (r == CALL_THEN && c->nr == SYS_openat2) {
		c->host_args[2] = (unsigned int)flags;
		c->host_args[3] = 0;
		return call_then_other(c, SYS_openat, NULL);
	}
	return r;
}

/* Landlock, which grants by folder, can't grant the root folder itself. */
static bool leads_to_root(const char *path)
{
	struct stat root, st;

	return stat("/", &root) == 0 && stat(path, &st) == 0 &&
	       st.st_dev == root.st_dev && st.st_ino == root.st_ino;
}

/* What lies outside is the task's to open: Landlock and waiting are its own. */
static long open_outside(struct call *c, int arg, const struct place *place,
			 int flags)
{
	char path[VIEW_PATH_MAX];
	long r = 0;

	if (place->where == WHERE_BEYOND)
		snprintf(path, sizeof(path), "%s", place->path);
	else
		r = view_host_path(c->task, place, path);
	if (r < 0)
		return r;
	if (leads_to_root(path)) {
		r = open_real(c->task, "/", flags & ~(O_CREAT | O_EXCL));
		return r < 0 ? r : call_give_fd(c, (int)r, flags & O_CLOEXEC);
	}
	return place->own ? call_pass(c) : view_call_with(c, arg, path);
}

/* A link of /proc/PID/ns. Return: a descriptor, an errno, or VIEW_REAL. */
static long open_ns(struct call *c, const struct place *place, int flags)
{
	struct ns_common *ns;
	long r = view_ns_find(c->task, place, &ns);

	if (r != 0)
		return r;
	if (flags & O_CREAT && flags & O_EXCL)
		return -EEXIST;
	if (flags & O_DIRECTORY)
		return -ENOTDIR;
	if ((flags & O_ACCMODE) != O_RDONLY || flags & O_TRUNC)
		return -EACCES;
	return nsfs_open(ns);
}

static bool is_namespace(const struct call *c, const struct place *place)
{
	struct ns_common *ns;

	return view_is_magic(place) && view_ns_find(c->task, place, &ns) == 0;
}

/*
 * Without a pid namespace, /proc is the host's but for made files and the files
 * of namespaces.
 */
static bool is_made(const struct call *c, long r,
		    const struct place *place, int flags)
{
	return r == 0 && place->where == WHERE_PROC && !(flags & O_PATH) &&
	       (view_find(c->task, place) ||
		(!(flags & O_NOFOLLOW) && is_namespace(c, place)));
}

/* What the kernel does not know of was gone through: a root, or sysfs. */
static bool is_beyond_root(const struct call *c, const struct place *place)
{
	return place->where == WHERE_BEYOND && !place->own &&
	       (root_resolves(c->task) || place->sys);
}

/* The path is argument @arg, after the descriptor that it is relative to. */
static long do_open(struct call *c, int dirfd, int arg, int flags,
		    unsigned int mode, uint64_t resolve)
{
	struct walk walk = to_open;
	struct place place;
	long r = CALL_PASS;

	if (owner_active(c->task) && !resolve)
		r = owner_open(c, dirfd, arg, flags, mode);
	if (r != CALL_PASS)
		return r;
	walk.follow = !(flags & O_NOFOLLOW);
	walk.resolve = resolve;
	r = view_locate(c, dirfd, c->args[arg], walk, &place);
	if (!(task_active(c->task) & NS_PID) &&
	    !is_made(c, r, &place, flags) && !is_beyond_root(c, &place))
		return r < 0 || place.where != WHERE_PROC ||
				       proc_user_may_open(c->task, &place,
							  flags) ?
			       call_pass(c) : -EACCES;
	if (r < 0)
		return r;
	if (place.where != WHERE_ELSEWHERE && (flags & O_PATH))
		return open_path(c, arg, &place, flags);
	switch (place.where) {
	case WHERE_ELSEWHERE:
		return call_pass(c);
	case WHERE_BEYOND:
		return open_outside(c, arg, &place, flags);
	case WHERE_ROOT:
		r = open_real(c->task, "/", flags & ~(O_CREAT | O_EXCL));
		break;
	case WHERE_PROC:
		if (walk.follow && view_is_magic(&place) &&
		    !proc_user_may_follow(c->task, &place))
			return -EACCES;
		if (walk.follow && view_is_magic(&place)) {
			r = open_ns(c, &place, flags);
			if (r == VIEW_REAL)
				return open_outside(c, arg, &place, flags);
			break;
		}
		r = open_proc(c, &place, flags);
		break;
	}
	return r < 0 ? r : call_give_fd(c, (int)r, flags & O_CLOEXEC);
}

long view_open(struct call *c)
{
	return do_open(c, AT_FDCWD, 0, (int)c->args[1],
		       (unsigned int)c->args[2], 0);
}

/* In /proc there is nothing to create, so this is open(2), to write. */
long view_creat(struct call *c)
{
	return do_open(c, AT_FDCWD, 0, O_CREAT | O_WRONLY | O_TRUNC,
		       (unsigned int)c->args[1], 0);
}

long view_openat(struct call *c)
{
	return do_open(c, (int)c->args[0], 1, (int)c->args[2],
		       (unsigned int)c->args[3], 0);
}

/* openat2(): the kernel says what of @how is wrong, the walk what it forbids.
 */
long view_openat2(struct call *c)
{
	uint64_t how[3]; /* flags, mode, resolve */
	long r;

	if (c->args[3] < sizeof(how) ||
	    call_read(c, c->args[2], how, sizeof(how)) < 0)
		return call_pass(c);
	r = sys_call(SYS_openat2, (uint64_t)AT_FDCWD, (uintptr_t) "",
		     (uintptr_t)how, sizeof(how), 0, 0);
	if (r == -EINVAL)
		return r;
	return do_open(c, (int)c->args[0], 1, (int)how[0],
		       (unsigned int)how[1], how[2]);
}

/*
 * mq_open(): no rule of Landlock can name the file system of the queues, so
 * the wall round /proc closes them too. The supervisor opens them, then, as
 * the same user, with the task's umask.
 */
long view_mq_open(struct call *c)
{
	char name[NAME_MAX + 2] = { 0 };
	unsigned int mode = (unsigned int)c->args[2];
	int flags = (int)c->args[1];
	long attr[8];
	long fd;

	if (!instance.walled)
		return call_pass(c);
	if (sys_vm_read_some(c->task->tid->host, c->args[0], name,
			     sizeof(name) - 1) <= 0)
		return -EFAULT;
	if (c->args[3] && (flags & O_CREAT) &&
	    call_read(c, c->args[3], attr, sizeof(attr)) < 0)
		return -EFAULT;
	mode &= ~sys_umask(c->task->tid->host);
	fd = sys_call(SYS_mq_open, (uintptr_t)name,
		      (unsigned int)flags | O_CLOEXEC, mode,
		      c->args[3] ? (uintptr_t)attr : 0, 0, 0);
	/* Close-on-exec whatever the flags say. */
	return fd < 0 ? fd : call_give_fd(c, (int)fd, true);
}

/* ---- entering ---- */

long view_chdir(struct call *c)
{
	const struct walk walk = { .follow = true, .look = true };
	struct place place;
	long r = owner_active(c->task) ? owner_may_enter(c, c->args[0]) : 0;

	if (r < 0)
		return r;
	/* Without a pid namespace /proc is the host's. */
	if (!(task_active(c->task) & NS_PID) && !root_resolves(c->task))
		return call_pass(c);
	r = view_locate(c, AT_FDCWD, c->args[0], walk, &place);
	if (r < 0)
		return r;
	if (place.where == WHERE_BEYOND)
		return with_host_path(c, 0, &place);
	if (place.where != WHERE_PROC)
		return call_pass(c);
	view_note_folder(c->task);
	return with_host_path(c, 0, &place);
}

static long do_exec(struct call *c, int dirfd, int arg, int flags)
{
	const struct walk walk = { .follow = true, .look = true };
	struct place place;
	long r = view_locate(c, dirfd, c->args[arg], walk, &place);
	bool inside;

	if (r == 0 && owner_active(c->task))
		r = owner_may_run(c, dirfd, c->args[arg], flags);
	if (r < 0)
		return r;
	if (root_resolves(c->task)) {
		r = root_exec(c, dirfd, arg, flags);
		if (r != FILE_NOT_OURS)
			return r;
	}
	/* Passed where it can be: the interpreter of a script sees the path. */
	inside = place.where != WHERE_ELSEWHERE && place.where != WHERE_ROOT &&
		 !place.own;
	if (place.where != WHERE_ELSEWHERE)
		group_hold(c->task->group);
	else
		task_exec_watch(c, dirfd, c->args[arg]);
	if (!inside && !task_exec_holds(c->task))
		return call_pass(c);
	if (!call_can_change(c))
		return call_stop(c);
	if (inside) {
		char path[VIEW_PATH_MAX];

		r = path_for_kernel(c, &place, path);
		if (r == 0)
			r = lend_path(c, arg, path);
	}
	return r < 0 ? r : task_exec_then(c);
}

long view_execve(struct call *c)
{
	return do_exec(c, AT_FDCWD, 0, 0);
}

long view_execveat(struct call *c)
{
	return do_exec(c, (int)c->args[0], 1, (int)c->args[4]);
}

/* ---- reading again ---- */

/* From the start: a made file is made anew. */
long view_lseek(struct call *c)
{
	if (c->args[1] == 0 && (int)c->args[2] == SEEK_SET)
		view_refresh(c, (int)c->args[0]);
	return call_pass(c);
}

long view_pread64(struct call *c)
{
	long r = c->args[3] == 0 ? view_refresh(c, (int)c->args[0]) : 0;

	return r == -ENOENT ? -ESRCH : call_pass(c);
}

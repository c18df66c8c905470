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
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "src/host/sys.h"
#include "src/ns/pid.h"
#include "src/view/view.h"

static const struct walk to_open = { .follow = true, .look = true };

/* A descriptor of the host's file; a pipe behind a link must not block us. */
static long open_real(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat st;

	if (fd < 0)
		return sys_result(fd);
	if (!(flags & O_NONBLOCK) && !(flags & O_PATH))
		fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
	if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode))
		view_note_folder();
	return fd;
}

static long open_made(struct call *c, const struct view *view,
		      const struct place *place, int flags)
{
	int mode = flags & O_ACCMODE;

	if (flags & O_DIRECTORY)
		return -ENOTDIR;
	if (mode == O_RDONLY)
		return view_open_made(c->task, view, place);
	if (!view->store)
		return -EACCES;
	return view_open_store(c->task, view);
}

static long open_proc(struct call *c, const struct place *place, int flags)
{
	const struct view *view = view_find(place);
	char path[VIEW_PATH_MAX];
	long r = view_host_path(c->task, place, path);

	if (r < 0)
		return r;
	if (flags & O_EXCL && flags & O_CREAT)
		return -EEXIST;
	if (view && !(flags & O_PATH)) {
		r = open_made(c, view, place, flags);
		if (r != -VIEW_REAL)
			return r;
	}
	return open_real(path, flags & ~(O_CREAT | O_EXCL));
}

static long do_open(struct call *c, int dirfd, uint64_t path, int flags)
{
	struct walk walk = to_open;
	struct place place;
	long r;

	walk.follow = !(flags & O_NOFOLLOW);
	r = view_locate(c, dirfd, path, walk, &place);
	if (r < 0)
		return r;
	switch (place.where) {
	case WHERE_ELSEWHERE:
		return call_pass(c);
	case WHERE_ROOT:
		r = open_real("/", flags);
		break;
	case WHERE_PROC:
		/* By self, to a file outside: the kernel finds it alike. */
		if (place.own && view_is_magic(&place))
			return call_pass(c);
		r = open_proc(c, &place, flags);
		break;
	}
	return r < 0 ? r : call_give_fd(c, (int)r, flags & O_CLOEXEC);
}

long view_open(struct call *c)
{
	return do_open(c, AT_FDCWD, c->args[0], (int)c->args[1]);
}

long view_openat(struct call *c)
{
	return do_open(c, (int)c->args[0], c->args[1], (int)c->args[2]);
}

/*
 * openat2(): what RESOLVE_ flags forbid is told from the path alone where it
 * ends in /proc, which is another file system, and full of magic links.
 */
long view_openat2(struct call *c)
{
	uint64_t how[3];	/* flags, mode, resolve */
	const uint64_t no_xdev = 1, no_magic = 2, beneath = 8, in_root = 16;
	struct walk walk = to_open;
	struct place place;
	long r;

	if (c->args[3] < sizeof(how) ||
	    call_read(c, c->args[2], how, sizeof(how)) < 0)
		return call_pass(c);
	walk.follow = !(how[0] & O_NOFOLLOW);
	r = view_locate(c, (int)c->args[0], c->args[1], walk, &place);
	if (place.where == WHERE_ELSEWHERE)
		return call_pass(c);
	if (how[2] & (no_xdev | beneath | in_root))
		return -EXDEV;
	if (r < 0)
		return r;
	if (place.where == WHERE_PROC && (how[2] & no_magic) &&
	    view_is_magic(&place))
		return -ELOOP;
	return do_open(c, (int)c->args[0], c->args[1], (int)how[0]);
}

/* ---- entering ---- */

/* The task runs the call with the host's path in its place. */
static long with_host_path(struct call *c, int arg, const struct place *place)
{
	char path[VIEW_PATH_MAX];
	long r = view_host_path(c->task, place, path);

	if (r < 0)
		return r;
	r = call_lend(c, path, strlen(path) + 1, &c->host_args[arg]);
	return r < 0 ? r : call_then(c, NULL);
}

long view_chdir(struct call *c)
{
	const struct walk walk = { .follow = true, .look = true };
	struct place place;
	long r = view_locate(c, AT_FDCWD, c->args[0], walk, &place);

	if (r < 0)
		return r;
	if (place.where != WHERE_PROC)
		return call_pass(c);
	view_note_folder();
	return with_host_path(c, 0, &place);
}

static long do_exec(struct call *c, int dirfd, int arg)
{
	const struct walk walk = { .follow = true };
	struct place place;
	long r = view_locate(c, dirfd, c->args[arg], walk, &place);

	if (r < 0)
		return r;
	if (place.where != WHERE_PROC || place.own)
		return call_pass(c);
	return with_host_path(c, arg, &place);
}

long view_execve(struct call *c)
{
	return do_exec(c, AT_FDCWD, 0);
}

long view_execveat(struct call *c)
{
	return do_exec(c, (int)c->args[0], 1);
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
	if (c->args[3] == 0)
		view_refresh(c, (int)c->args[0]);
	return call_pass(c);
}

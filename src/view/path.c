/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls with a path that is neither opened nor asked what it is: statfs,
 * chmod, chown, utimensat, extended attributes and their like.
 *
 * A path that leads to a process of /proc is told to the kernel by the host's
 * number; the task makes the call itself, with its own rights and memory. A
 * path that changes after it was looked at reaches what the user may reach
 * anyway; the kernel lets nobody go through a link of a process outside, where
 * there is Landlock.
 */
#include "src/view/path.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include "src/owner/way.h"
#include "src/view/view.h"

/* Never a process: the kernel says ENOENT of it, in its order of checks. */
#define NOWHERE "/proc/0"

static long with_path(struct call *c, int dirfd, int arg, bool follow)
{
	const struct walk walk = { .follow = follow, .look = true };
	char path[VIEW_PATH_MAX];
	struct place place;
	long r;

	owner_open_way(c, dirfd, c->args[arg]);
	r = view_locate(c, dirfd, c->args[arg], walk, &place);

	if (r == -ENOENT)
		return view_call_with(c, arg, NOWHERE);
	if (r < 0)
		return r;
	if (place.own || place.where == WHERE_ELSEWHERE ||
	    place.where == WHERE_ROOT)
		return call_pass(c);
	if (place.where == WHERE_BEYOND)
		return view_call_with(c, arg, place.path);
	r = view_host_path(c->task, &place, path);
	if (r < 0)
		memcpy(path, NOWHERE, sizeof(NOWHERE));
	return view_call_with(c, arg, path);
}

/* The path is argument 0. */
long view_path(struct call *c)
{
	return with_path(c, AT_FDCWD, 0, true);
}

/* Likewise, and a link there means itself. */
long view_path_of_link(struct call *c)
{
	return with_path(c, AT_FDCWD, 0, false);
}

/* The path is argument 1, after its folder. */
long view_path_at(struct call *c)
{
	return with_path(c, (int)c->args[0], 1, true);
}

static long with_flags(struct call *c, int flags)
{
	return with_path(c, (int)c->args[0], 1,
			 !(c->args[flags] & AT_SYMLINK_NOFOLLOW));
}

/* Likewise, with AT_ flags as argument 2, 3 or 4. */
long view_path_at_flags2(struct call *c)
{
	return with_flags(c, 2);
}

long view_path_at_flags3(struct call *c)
{
	return with_flags(c, 3);
}

long view_path_at_flags4(struct call *c)
{
	return with_flags(c, 4);
}

long view_name_to_handle_at(struct call *c)
{
	return with_path(c, (int)c->args[0], 1, c->args[4] & AT_SYMLINK_FOLLOW);
}

long view_inotify_add_watch(struct call *c)
{
	return with_path(c, AT_FDCWD, 1, !(c->args[2] & IN_DONT_FOLLOW));
}

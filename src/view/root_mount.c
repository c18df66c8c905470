/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which mount a file of the host is seen by.
 *
 * A descriptor and a working folder are the kernel's, which knows of no mount
 * of nsrun's. So it is found by what lies above: the mount that begins nearest
 * to it. Where several begin at the same folder (as after a bind of "/") it is
 * the one by which the folder was reached last, or else the youngest.
 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <utlist.h>
#include "src/host/sys.h"
#include "src/ns/mnt.h"
#include "src/task/task.h"
#include "src/view/root.h"
#include "src/view/spot.h"

#define DEPTH_MAX 1024 /* of folders */

static unsigned int slot_of(uint64_t ino)
{
	return (unsigned int)(ino % MNT_HINTS);
}

void root_note_mount(struct mnt_namespace *ns, const struct stat *st,
		     const struct mount *mount)
{
	ns->hints[slot_of(st->st_ino)] = (struct mnt_hint){
		.dev = st->st_dev, .ino = st->st_ino, .mount = mount->id
	};
}

struct mount *root_noted_mount(const struct mnt_namespace *ns,
			       const struct stat *st)
{
	const struct mnt_hint *hint = &ns->hints[slot_of(st->st_ino)];
	struct mount *one;

	if (hint->ino != st->st_ino || hint->dev != st->st_dev)
		return NULL;
	DL_FOREACH (ns->mounts.list, one)
		if (one->id == hint->mount)
			return one;
	return NULL;
}

static struct mount *begins_here(const struct mounts *mounts,
				 const struct stat *st)
{
	struct mount *one, *found = NULL;

	DL_FOREACH (mounts->list, one)
		if (spot_is(one->root, st))
			found = one;
	return found;
}

/* The folder that the file @fd is in. */
static long open_above(int fd, const struct stat *st)
{
	char path[VIEW_GUEST_PATH_MAX];
	long r;

	if (S_ISDIR(st->st_mode))
		return sys_result(openat(fd, "..", O_PATH | O_CLOEXEC));
	r = root_name_of(fd, path);
	return r < 0 ? r : sys_result(open(dirname(path), O_PATH | O_CLOEXEC));
}

struct mount *root_mount_of(const struct mounts *mounts,
			    const struct mnt_namespace *ns, int fd)
{
	_cleanup_close_ int above = -1;
	struct stat st, last = { 0 };

	for (int i = 0; i < DEPTH_MAX; i++) {
		struct mount *found = NULL;
		int next;

		if (fstat(fd, &st) < 0 ||
		    (st.st_ino == last.st_ino && st.st_dev == last.st_dev))
			return NULL;
		if (ns)
			found = root_noted_mount(ns, &st);
		if (!found)
			found = begins_here(mounts, &st);
		if (found)
			return found;
		next = (int)open_above(fd, &st);
		sys_close(&above);
		if (next < 0)
			return NULL;
		fd = above = next;
		last = st;
	}
	return NULL;
}

/* ---- paths as they are seen ---- */

/* What follows @folder in @path, or NULL. */
static const char *below(const char *path, const char *folder)
{
	size_t n = strcmp(folder, "/") == 0 ? 0 : strlen(folder);

	if (strncmp(path, folder, n) != 0 || (path[n] && path[n] != '/'))
		return NULL;
	return strcmp(path + n, "/") == 0 ? path + n + 1 : path + n;
}

/* @path, of which @folder is the beginning, begins with @other instead. */
static bool rebase(char *path, const char *folder, const char *other)
{
	char rest[VIEW_GUEST_PATH_MAX];
	const char *from = below(path, folder);

	if (!from)
		return false;
	strcpy(rest, from);
	if (strcmp(other, "/") == 0 && *rest)
		other = "";
	if (strlen(other) + strlen(rest) >= VIEW_GUEST_PATH_MAX)
		return false;
	strcpy(path, other);
	strcat(path, rest);
	return true;
}

bool root_show_in(const struct task *viewer, const struct mount *mount,
		  char *path)
{
	char from[VIEW_GUEST_PATH_MAX], to[VIEW_GUEST_PATH_MAX];
	char text[VIEW_GUEST_PATH_MAX];
	struct mount *top;
	const struct spot *root = root_of(viewer, &top);

	strcpy(text, path);
	while (mount) {
		if (mount == top && root_name_of(root->fd, from) == 0 &&
		    rebase(text, from, "/")) {
			strcpy(path, text);
			return true;
		}
		if (!mount->parent || root_name_of(mount->root->fd, from) < 0 ||
		    root_name_of(mount->at->fd, to) < 0 ||
		    !rebase(text, from, to))
			return false;
		mount = mount->parent;
	}
	return false;
}

/* Each by its parent's: with many, one below the other, all takes long. */
static bool show_by_point(const struct task *viewer, const struct mount *mount,
			  char *path)
{
	char from[VIEW_GUEST_PATH_MAX];
	struct mount *top;
	const struct spot *root = root_of(viewer, &top);

	if (mount == top && root_name_of(root->fd, from) == 0 &&
	    rebase(path, from, "/"))
		return true;
	return mount->point && root_name_of(mount->root->fd, from) == 0 &&
	       rebase(path, from, mount->point);
}

static char *make_point(const struct task *viewer, const struct mount *mount)
{
	char path[VIEW_GUEST_PATH_MAX];

	if (root_name_of(mount->root->fd, path) == 0 &&
	    show_by_point(viewer, mount, path))
		return strdup(path);
	if (mount->parent && root_name_of(mount->at->fd, path) == 0 &&
	    show_by_point(viewer, mount->parent, path))
		return strdup(path);
	return NULL;
}

/*
 * The parents' first, and without recursion: a guest may have moved 10^5 mounts
 * each below the next.
 */
static void find_point(const struct task *viewer, struct mount *mount)
{
	struct mount *below = NULL;

	for (; mount && !mount->pointed; mount = mount->parent) {
		mount->pointed = true;
		mount->twin = below;
		below = mount;
	}
	for (; below; below = mount) {
		mount = below->twin;
		below->twin = NULL;
		below->point = make_point(viewer, below);
	}
}

void root_find_points(const struct task *viewer, struct mounts *tree)
{
	struct mount *mount;

	DL_FOREACH (tree->list, mount)
		find_point(viewer, mount);
}

void root_forget_points(struct mounts *tree)
{
	struct mount *mount;

	DL_FOREACH (tree->list, mount) {
		free(mount->point);
		mount->point = NULL;
		mount->pointed = false;
	}
}

static bool show_mounted(const struct task *viewer, struct mnt_namespace *ns,
			 char *path)
{
	_cleanup_close_ int fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct mount *mount =
		fd < 0 ? NULL : root_mount_of(&ns->mounts, ns, fd);

	return mount && root_show_in(viewer, mount, path);
}

bool root_show(const struct task *viewer, char *path)
{
	struct mnt_namespace *ns = mnt_active(viewer);
	char root[VIEW_GUEST_PATH_MAX];

	if (ns)
		return show_mounted(viewer, ns, path);
	if (!viewer->root)
		return true;
	return root_name_of(viewer->root->spot->fd, root) == 0 &&
	       rebase(path, root, "/");
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mounts come to a place in the tree: new ones, copies and those that are
 * moved. do_new_mount(), do_loopback() and do_move_mount() of fs/namespace.c
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <utlist.h>
#include "src/host/sys.h"
#include "src/ns/mnt.h"
#include "src/ns/mnt_target.h"
#include "src/ns/ns.h"
#include "src/ns/nsfs.h"
#include "src/task/task.h"
#include "src/view/spot.h"

/* What @spot is of the file system of @mount, as mountinfo says. */
static void name_subtree(const struct mount *mount, const struct spot *spot,
			 char *ret_path)
{
	char root[VIEW_GUEST_PATH_MAX], path[VIEW_GUEST_PATH_MAX];
	const char *base = mount->subtree, *rest = "";
	size_t n;

	if (root_name_of(mount->root->fd, root) == 0 &&
	    root_name_of(spot->fd, path) == 0) {
		n = strcmp(root, "/") == 0 ? 0 : strlen(root);
		if (strncmp(path, root, n) == 0 && strcmp(path, root) != 0)
			rest = path + n;
	}
	if (strcmp(base, "/") == 0 && *rest)
		base = "";
	snprintf(ret_path, VIEW_GUEST_PATH_MAX, "%.2048s%.2047s", base, rest);
}

/* What is mounted in a mount below a folder of it. */
struct part {
	const struct mount *from;
	char path[VIEW_GUEST_PATH_MAX];
};

static bool is_in_part(const struct mount *child, const void *data)
{
	const struct part *part = data;
	char path[VIEW_GUEST_PATH_MAX];
	size_t n = strcmp(part->path, "/") == 0 ? 0 : strlen(part->path);

	if (child->unbindable)
		return false;
	if (child->parent != part->from)
		return true;
	return root_name_of(child->at->fd, path) == 0 &&
	       strncmp(path, part->path, n) == 0 &&
	       (path[n] == '/' || !path[n]);
}

static bool has_locked(const struct part *part)
{
	const struct mount *one;

	DL_FOREACH (part->from->tree->list, one)
		if (one->parent == part->from && one->locked &&
		    is_in_part(one, part))
			return true;
	return false;
}

/* @height: of what comes there. */
static long check_graft(const struct call *c, const struct target *to,
			const struct spot *root, unsigned int height)
{
	if (!mnt_is_ours(c, to))
		return -EINVAL;
	if (to->spot->folder != root->folder)
		return -ENOTDIR;
	return to->mnt->tree->n >= MOUNTS_MAX ||
			       mount_depth(to->mnt) + height >= MOUNTS_DEPTH
		       ? -ENOSPC
		       : 0;
}

/* A new one is in its place. */
static long grafted(struct call *c, struct mount *mount)
{
	long r = mnt_propagate(mount, false);

	if (r < 0)
		mount_detach(mount);
	else
		mnt_activate(c->task->nsproxy->mnt);
	return r;
}

/* A namespace, which is kept by it. One of mounts could come to keep itself. */
static long bind_namespace(struct call *c, const struct target *to,
			   struct ns_common *ns)
{
	char subtree[64];
	struct mount_fs *fs;
	struct mount *mount = NULL;
	struct spot *spot;
	long r = ns->ops == &mnt_ns_ops ? -EINVAL
					: spot_hold((int)nsfs_open(ns), &spot);

	if (r < 0)
		return r;
	r = check_graft(c, to, spot, 0);
	fs = r < 0 ? NULL : mnt_fs_host("nsfs", "", 0, 4);
	snprintf(subtree, sizeof(subtree), "%s:[%llu]", ns->ops->name,
		 (unsigned long long)spot->ino);
	if (fs)
		mount = mount_create(fs, spot, "nsfs", subtree);
	if (mount) {
		mount_attach(to->mnt->tree, mount, to->mnt, to->spot);
		r = grafted(c, mount);
	} else if (r == 0) {
		r = -ENOMEM;
	}
	mount_fs_put(fs);
	spot_put(spot);
	return r;
}

/* Is @source the file of a namespace in /proc? Then *@ret_ns. */
static bool is_namespace(struct call *c, const char *source,
			 struct ns_common **ret_ns)
{
	struct reached from = { .at = -1 };
	bool in_proc =
		root_walk(c->task, AT_FDCWD, source, ROOT_FOLLOW, &from) == 0 &&
		from.in_proc;

	sys_close(&from.at);
	*ret_ns = in_proc ? mnt_find_namespace(c, from.rest) : NULL;
	return *ret_ns;
}

/* do_loopback() */
long mnt_bind(struct call *c, const struct target *to, const char *source,
	      unsigned long flags)
{
	_cleanup_target_ struct target from = { 0 };
	char subtree[VIEW_GUEST_PATH_MAX];
	struct ns_common *ns;
	struct mount *copy;
	struct part part;
	long r;

	if (!to->in_proc && is_namespace(c, source, &ns))
		return bind_namespace(c, to, ns);
	r = *source ? mnt_find(c, source, ROOT_FOLLOW, &from) : -EINVAL;
	if (r < 0)
		return r;
	/* In /proc nothing can be put in another's place. */
	if (to->in_proc && from.spot != to->spot)
		return -EPERM;
	if (!mnt_is_ours(c, &from) || from.mnt->unbindable)
		return -EINVAL;
	part.from = from.mnt;
	if (root_name_of(from.spot->fd, part.path) < 0)
		return -ENOENT;
	if (!(flags & MS_REC) && has_locked(&part))
		return -EINVAL;
	r = check_graft(c, to, from.spot,
			flags & MS_REC ? mount_height(from.mnt) : 0);
	if (r < 0)
		return r;
	name_subtree(from.mnt, from.spot, subtree);
	r = mount_copy(from.mnt, to->mnt->tree, to->mnt, to->spot, from.spot,
		       flags & MS_REC ? is_in_part : NULL, &part, &copy);
	if (r < 0)
		return r;
	mounts_settle(to->mnt->tree);
	copy->locked = false;
	mount_set_subtree(copy, subtree);
	return grafted(c, copy);
}

static bool has_unbindable(const struct mount *mount)
{
	const struct mount *one;

	DL_FOREACH (mount->tree->list, one)
		if (one->unbindable && mount_is_below(one, mount))
			return true;
	return false;
}

/* Or back, where those who are to see it can't. */
static long move(struct mount *mount, struct mount *parent, struct spot *at)
{
	struct mount *old_parent = mount->parent;
	struct spot *old_at = spot_get(mount->at);
	long r;

	mount_move(mount, parent, at);
	r = mnt_propagate(mount, true);
	if (r < 0)
		mount_move(mount, old_parent, old_at);
	spot_put(old_at);
	return r;
}

/* do_move_mount() */
long mnt_move(struct call *c, const struct target *to, const char *source)
{
	_cleanup_target_ struct target from = { 0 };
	long r = *source ? mnt_find(c, source, ROOT_FOLLOW, &from) : -EINVAL;

	if (r < 0)
		return r;
	if (to->in_proc)
		return -EPERM;
	if (!mnt_is_root(&from) || !mnt_is_ours(c, &from) ||
	    !mnt_is_ours(c, to) || !from.mnt->parent || from.mnt->locked ||
	    from.spot->folder != to->spot->folder || from.mnt->parent->shared)
		return -EINVAL;
	if (to->mnt->shared && has_unbindable(from.mnt))
		return -EINVAL;
	if (mount_is_below(to->mnt, from.mnt))
		return -ELOOP;
	if (mount_depth(to->mnt) + mount_height(from.mnt) >= MOUNTS_DEPTH)
		return -ENOSPC;
	mnt_activate(c->task->nsproxy->mnt);
	return move(from.mnt, to->mnt, to->spot);
}

/* Is it the view of /proc where that is already? Nobody can tell. */
static bool changes_nothing(const struct mount *mount)
{
	return mount->fs->proc && mount->parent->root == mount->root;
}

/* do_new_mount() */
long mnt_new(struct call *c, const struct target *to, const char *type,
	     const char *source, const char *data, unsigned long flags)
{
	struct mount_fs *fs;
	struct spot *root;
	struct mount *mount;
	long r = mnt_fs_make(c->task, type, data, &fs, &root);

	if (r < 0)
		return r;
	r = to->in_proc ? -EPERM : check_graft(c, to, root, 0);
	mount = r < 0 ? NULL
		      : mount_create(fs, root, *source ? source : "none", "/");
	if (mount) {
		fs->read_only = flags & MS_RDONLY;
		fs->owner = c->task->nsproxy->mnt_owner;
		mount->flags = mnt_flags_of(flags, NULL);
		mount_attach(to->mnt->tree, mount, to->mnt, to->spot);
		r = changes_nothing(mount) ? 0 : grafted(c, mount);
	} else if (r == 0) {
		r = -ENOMEM;
	}
	spot_put(root);
	mount_fs_put(fs);
	return r;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Trees of mounts; see mounts.h. Follows fs/namespace.c. */
#include "tables/mounts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

/* Each is told apart from all others, in whatever tree. */
static int last_id = 20;
static unsigned int total;

/* All that are not empty. */
static struct mounts *trees;

struct spot *spot_get(struct spot *spot)
{
	if (spot)
		spot->refs++;
	return spot;
}

void spot_put(struct spot *spot)
{
	if (spot && --spot->refs == 0)
		spot->gone(spot);
}

struct mount_fs *mount_fs_get(struct mount_fs *fs)
{
	fs->refs++;
	return fs;
}

void mount_fs_put(struct mount_fs *fs)
{
	if (fs && --fs->refs == 0)
		fs->gone(fs);
}

struct mount *mount_create(struct mount_fs *fs, struct spot *root,
			   const char *source, const char *subtree)
{
	struct mount *mount;

	if (total == MOUNTS_TOTAL)
		return NULL;
	mount = calloc(1, sizeof(*mount));
	if (!mount)
		return NULL;
	mount->refs = 1;
	mount->source = strdup(source);
	mount->subtree = strdup(subtree);
	if (!mount->source || !mount->subtree) {
		free(mount->source);
		free(mount->subtree);
		free(mount);
		return NULL;
	}
	mount->fs = mount_fs_get(fs);
	mount->root = spot_get(root);
	mount->id = ++last_id;
	total++;
	return mount;
}

struct mount *mount_get(struct mount *mount)
{
	if (mount)
		mount->refs++;
	return mount;
}

void mount_put(struct mount *mount)
{
	if (!mount || --mount->refs > 0)
		return;
	spot_put(mount->at);
	spot_put(mount->root);
	mount_fs_put(mount->fs);
	free(mount->source);
	free(mount->subtree);
	free(mount);
	total--;
}

struct mount *mount_on(const struct mount *parent, uint64_t dev, uint64_t ino)
{
	struct mount *mount;

	if (!parent->tree)
		return NULL;
	DL_FOREACH (parent->tree->list, mount)
		if (mount->parent == parent && mount->at->ino == ino &&
		    mount->at->dev == dev)
			return mount;
	return NULL;
}

void mount_attach(struct mounts *tree, struct mount *mount,
		  struct mount *parent, struct spot *at)
{
	spot_put(mount->at);
	mount->at = spot_get(at);
	mount->parent = parent;
	mount->tree = tree;
	if (!tree->list)
		DL_APPEND(trees, tree);
	DL_APPEND(tree->list, mount);
	tree->n++;
	if (!parent)
		tree->top = mount;
}

void mount_move(struct mount *mount, struct mount *parent, struct spot *at)
{
	struct spot *old = mount->at;

	mount->at = spot_get(at);
	mount->parent = parent;
	spot_put(old);
}

void mount_set_subtree(struct mount *mount, const char *subtree)
{
	char *copy = strdup(subtree);

	if (!copy)
		return;
	free(mount->subtree);
	mount->subtree = copy;
}

struct mount *mounts_next(const struct mount *mount)
{
	const struct mounts *tree = mount ? mount->tree->next : trees;

	if (mount && mount->next)
		return mount->next;
	return tree ? tree->list : NULL;
}

bool mount_is_below(const struct mount *mount, const struct mount *above)
{
	while (mount && mount != above)
		mount = mount->parent;
	return mount != NULL;
}

unsigned int mount_depth(const struct mount *mount)
{
	unsigned int n = 0;

	while ((mount = mount->parent))
		n++;
	return n;
}

unsigned int mount_height(const struct mount *mount)
{
	unsigned int own = mount_depth(mount), most = own;
	const struct mount *one;

	DL_FOREACH (mount->tree->list, one) {
		unsigned int n = mount_depth(one);

		if (n > most && mount_is_below(one, mount))
			most = n;
	}
	return most - own;
}

bool mount_has_children(const struct mount *mount)
{
	const struct mount *child;

	if (mount->tree)
		DL_FOREACH (mount->tree->list, child)
			if (child->parent == mount)
				return true;
	return false;
}

static void take_off(struct mount *mount)
{
	struct mounts *tree = mount->tree;

	mount_leave_peers(mount);
	mount->master = 0;
	DL_DELETE(tree->list, mount);
	if (!tree->list)
		DL_DELETE(trees, tree);
	tree->n--;
	if (tree->top == mount)
		tree->top = NULL;
	mount->tree = NULL;
	mount->parent = NULL;
	mount_put(mount);
}

void mounts_take_doomed(void)
{
	struct mount *one = mounts_next(NULL), *next;

	for (; one; one = next) {
		next = mounts_next(one);
		if (one->doomed)
			take_off(one);
	}
}

/* All are marked first: whom one hangs on may be gone before it. */
void mount_detach(struct mount *mount)
{
	struct mount *one;

	DL_FOREACH (mount->tree->list, one)
		one->doomed = mount_is_below(one, mount);
	mounts_take_doomed();
}

static struct mount *copy_one(const struct mount *from, struct spot *root)
{
	struct mount *copy =
		mount_create(from->fs, root, from->source, from->subtree);

	if (!copy)
		return NULL;
	copy->flags = from->flags;
	copy->kept = from->kept;
	copy->locked = from->locked;
	copy->shared = from->shared;
	copy->master = from->master;
	copy->unbindable = from->unbindable;
	return copy;
}

void mounts_settle(struct mounts *tree)
{
	struct mount *one;

	DL_FOREACH (tree->list, one) {
		mount_put(one->twin);
		one->twin = NULL;
	}
}

static unsigned int count_wanted(struct mount *from,
				 bool (*wanted)(const struct mount *child,
						const void *data),
				 const void *data)
{
	struct mount *child;
	unsigned int n = 0;

	/* A parent comes ahead of its children, but for what was moved. */
	DL_FOREACH (from->tree->list, child)
		n += child == from || (wanted && mount_is_below(child, from) &&
				       wanted(child, data));
	return n;
}

static int make_twins(struct mount *from, struct spot *root,
		      bool (*wanted)(const struct mount *child,
				     const void *data),
		      const void *data)
{
	struct mount *one;

	from->twin = copy_one(from, root);
	if (!from->twin)
		return -ENOMEM;
	DL_FOREACH (from->tree->list, one) {
		if (one == from || !wanted || !mount_is_below(one, from) ||
		    !wanted(one, data))
			continue;
		one->twin = copy_one(one, one->root);
		if (!one->twin)
			return -ENOMEM;
	}
	return 0;
}

/* Those whose parent was left out are left out, too. */
static void attach_twins(struct mount *from, struct mounts *to,
			 struct mount *parent, struct spot *at)
{
	struct mount *last = from->tree->list->prev, *one, *next;
	bool more = true;

	mount_attach(to, mount_get(from->twin), parent, at);
	while (more) {
		more = false;
		for (one = from->tree->list; one; one = next) {
			next = one == last ? NULL : one->next;
			if (!one->twin || one->twin->tree || one == from ||
			    !one->parent->twin || !one->parent->twin->tree)
				continue;
			mount_attach(to, mount_get(one->twin),
				     one->parent->twin, one->at);
			more = true;
		}
	}
}

int mount_copy(struct mount *from, struct mounts *to, struct mount *parent,
	       struct spot *at, struct spot *root,
	       bool (*wanted)(const struct mount *child, const void *data),
	       const void *data, struct mount **ret_copy)
{
	int r;

	if (to->n + count_wanted(from, wanted, data) > MOUNTS_MAX)
		return -ENOSPC;
	r = make_twins(from, root, wanted, data);
	if (r < 0) {
		mounts_settle(from->tree);
		return r;
	}
	attach_twins(from, to, parent, at);
	*ret_copy = from->twin;
	return 0;
}

void mounts_lock(struct mounts *tree)
{
	struct mount *one;

	DL_FOREACH (tree->list, one) {
		one->locked = true;
		one->kept |= one->flags | MOUNT_KEEPS_ATIME;
		/* Changes there come here, and none of here go there. */
		if (one->shared) {
			one->master = one->shared;
			one->shared = 0;
		}
	}
}

void mounts_clear(struct mounts *tree)
{
	while (tree->list)
		take_off(tree->list->prev);
}

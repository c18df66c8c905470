/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is mounted in a shared mount comes to its peers and their slaves, in
 * whatever namespace. attach_recursive_mnt() and propagate_mnt()
 *
 * Theory of operation. Groups are gone through from the first one downwards. In
 * each the first copy is made a slave of what the group above has got, the
 * others are peers of that one. While this goes on, all copies have a number in
 * `fresh`, so that none is taken for one that was there before.
 */
#include <errno.h>
#include <utlist.h>
#include "src/ns/mnt.h"
#include "src/ns/mnt_target.h"
#include "src/view/spot.h"

/* Copies that one call makes, at the most; mounts that it looks at for them. */
#define COPIES_MAX 1000
#define LOOKS_MAX  2000

struct spread {
	const struct mount *parent; /* what it was mounted in */
	struct spot *at;
	const struct user_namespace *owner;
	unsigned int n; /* of the last copy */
	unsigned int looks;
};

static bool is_of_copy(const struct mount *child, const void *data)
{
	const struct mount *top = data;

	return child->fresh == top->fresh && !child->unbindable;
}

/* lock_mnt_tree(): in it nothing can be taken off alone. */
static void lock(struct mount *one, const struct mount *top)
{
	one->kept |= one->flags | MOUNT_KEEPS_ATIME;
	one->locked = one != top;
}

/* The copies of @from and what is in it, which are its twins. */
static void settle(struct spread *sp, struct mount *from, bool slave,
		   bool shared, bool locked)
{
	struct mount *one;

	sp->n++;
	DL_FOREACH (from->tree->list, one) {
		if (!one->twin)
			continue;
		one->twin->fresh = sp->n;
		if (slave) {
			one->twin->master = one->shared;
			one->twin->shared = shared ? mount_group_new() : 0;
		}
		if (locked)
			lock(one->twin, from->twin);
	}
	mounts_settle(from->tree);
}

/* What is there already is on top of what comes. */
static void cover(struct mount *mount, struct mount *over)
{
	struct mount *next;

	while ((next = mount_on(mount, mount->root->dev, mount->root->ino)))
		mount = next;
	mount_move(over, mount, mount->root);
}

/* propagate_one() */
static int copy_to(struct spread *sp, struct mount *from, struct mount *to,
		   bool slave, struct mount **ret_copy)
{
	struct mount *over = mount_on(to, sp->at->dev, sp->at->ino);
	bool locked = mnt_of_tree(to->tree)->common.owner != sp->owner;
	int r;

	if (sp->n >= COPIES_MAX ||
	    mount_depth(to) + mount_height(from) >= MOUNTS_DEPTH)
		return -ENOSPC;
	r = mount_copy(from, to->tree, to, sp->at, from->root, is_of_copy, from,
		       ret_copy);
	if (r < 0)
		return r;
	settle(sp, from, slave, to->shared, locked);
	if (over)
		cover(*ret_copy, over);
	return 0;
}

/* Was it there before, and does it show where this is mounted? */
static bool receives(struct spread *sp, const struct mount *mount)
{
	return !mount->fresh && mount != sp->parent &&
	       sp->looks++ < LOOKS_MAX && spot_is_below(sp->at, mount->root);
}

/* What the nearest group from @group upwards has got. */
static struct mount *copy_above(const struct mount_group *group)
{
	while (!group->copy)
		group = group->upper;
	return group->copy;
}

static int spread_in(struct spread *sp, struct mount_group *group)
{
	struct mount *one, *copy;
	int r = 0;

	for (one = mounts_next(NULL); one && r == 0; one = mounts_next(one)) {
		if (one->shared != group->id || !receives(sp, one))
			continue;
		r = copy_to(sp, copy_above(group), one, !group->copy, &copy);
		if (r == 0 && !group->copy)
			group->copy = copy;
	}
	for (one = mounts_next(NULL); one && r == 0; one = mounts_next(one))
		if (one->master == group->id && !one->shared &&
		    receives(sp, one))
			r = copy_to(sp, copy_above(group), one, true, &copy);
	return sp->looks > LOOKS_MAX ? -ENOSPC : r;
}

static int spread(struct spread *sp, struct mount *mount)
{
	static struct mount_groups groups;
	int r = mount_groups_find(sp->parent->shared, &groups);

	groups.list[0].copy = mount;
	for (unsigned int i = 0; r == 0 && i < groups.n; i++)
		r = spread_in(sp, &groups.list[i]);
	return r;
}

/* In a shared one all is shared. Return: the last group before these. */
static unsigned int share(struct mount *mount)
{
	unsigned int last = mount_group_new();
	struct mount *one;

	DL_FOREACH (mount->tree->list, one)
		if (!one->shared && mount_is_below(one, mount))
			one->shared = mount_group_new();
	return last;
}

static void share_no_more(struct mount *mount, unsigned int last)
{
	struct mount *one;

	DL_FOREACH (mount->tree->list, one)
		if (one->shared > last && mount_is_below(one, mount))
			one->shared = 0;
}

/* The copies have come to stay, or all go again. */
static void finish(const struct mount *source, bool stay)
{
	struct mount *one;

	for (one = mounts_next(NULL); one; one = mounts_next(one)) {
		one->doomed =
			!stay && one->fresh && !mount_is_below(one, source);
		if (one->fresh && stay)
			mnt_activate(mnt_of_tree(one->tree));
		one->fresh = 0;
	}
	mnt_slide_off();
	mounts_take_doomed();
}

int mnt_propagate(struct mount *mount, bool moved)
{
	struct spread sp = {
		.parent = mount->parent,
		.at = mount->at,
		.owner = mnt_of_tree(mount->tree)->common.owner,
	};
	struct mount *one;
	unsigned int last;
	int r;

	if (!mount->parent->shared)
		return 0;
	last = share(mount);
	sp.n = !moved;
	DL_FOREACH (mount->tree->list, one)
		if (!moved && mount_is_below(one, mount))
			one->fresh = sp.n;
	r = spread(&sp, mount);
	finish(mount, r == 0);
	if (r < 0)
		share_no_more(mount, last);
	return r;
}

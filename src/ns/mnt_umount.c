/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is taken off is taken off its peers and slaves, too: umount_tree() and
 * propagate_umount(), as Documentation/filesystems/propagate_umount.txt has it.
 */
#include <utlist.h>
#include "src/ns/mnt.h"
#include "src/ns/mnt_busy.h"
#include "src/ns/mnt_target.h"

/* While tasks wait; beyond it what would go, too, stays. */
#define COPIES_MAX 2000
#define STEPS_MAX  50000000 /* from one mount to the next */

static struct mount *child_at(const struct mount *mount, const struct spot *at)
{
	return mount_on(mount, at->dev, at->ino);
}

/* Those that come with a mount are each told to @each. */
struct visit {
	void (*each)(struct visit *visit, struct mount *copy);
	unsigned int copies;
	unsigned long steps;
	bool busy;
	unsigned int looks;
};

static bool is_too_much(const struct visit *visit)
{
	return visit->copies >= COPIES_MAX || visit->steps >= STEPS_MAX;
}

static void visit_group(struct visit *visit, const struct mount *mount,
			unsigned int id)
{
	struct mount *one, *copy;

	for (one = mounts_next(NULL); one; one = mounts_next(one)) {
		visit->steps += 2; /* the groups were looked for, too */
		if (one == mount->parent ||
		    (one->shared != id && (one->master != id || one->shared)))
			continue;
		if (is_too_much(visit))
			return;
		visit->steps += one->tree->n;
		copy = child_at(one, mount->at);
		if (!copy)
			continue;
		visit->copies++;
		visit->each(visit, copy);
	}
}

/* All that have come with @mount by propagation. */
static void each_copy(struct visit *visit, const struct mount *mount)
{
	static struct mount_groups groups;

	if (!mount->parent->shared || is_too_much(visit))
		return;
	/* More groups than could be told when it was mounted are left alone. */
	mount_groups_find(mount->parent->shared, &groups);
	for (unsigned int i = 0; i < groups.n; i++)
		visit_group(visit, mount, groups.list[i].id);
}

/* It goes, if it may. */
static void doom(struct visit *visit, struct mount *copy)
{
	(void)visit;
	copy->doomed = true;
}

/* Is it covered as a whole, and nothing else in it? */
static bool is_covered_alone(const struct mount *mount)
{
	const struct mount *child;

	DL_FOREACH (mount->tree->list, child)
		if (child->parent == mount && child->at != mount->root)
			return false;
	return true;
}

static void ask_busy(struct visit *visit, struct mount *copy)
{
	visit->busy = visit->busy || (is_covered_alone(copy) &&
				      mnt_is_used(copy, &visit->looks));
}

static void doom_none(void)
{
	struct mount *one;

	for (one = mounts_next(NULL); one; one = mounts_next(one))
		one->doomed = false;
}

/*
 * propagate_mount_busy(). All are marked first: then it does not matter by
 * which of them a file was reached.
 */
bool mnt_is_busy(struct mount *mount)
{
	struct visit all = { .each = doom }, visit = { .each = ask_busy };

	if (mount_has_children(mount))
		return true;
	mount->doomed = true;
	each_copy(&all, mount);
	visit.busy = mnt_is_used(mount, &visit.looks);
	if (!visit.busy)
		each_copy(&visit, mount);
	doom_none();
	return visit.busy || is_too_much(&visit);
}

/* ---- which go ---- */

/* Its owner has shown what is under it. propagate_mount_unlock() */
static void unlock(struct visit *visit, struct mount *copy)
{
	(void)visit;
	copy->locked = false;
}

/* Must @one stay, which something in @top would take along? */
static bool must_stay(const struct mount *one, const struct mount *top)
{
	const struct mount *child;

	if (mount_is_below(one, top))
		return false;
	if (one->locked && !one->parent->doomed)
		return true;
	DL_FOREACH (one->tree->list, child)
		if (child->parent == one && !child->doomed &&
		    child->at != one->root)
			return true;
	return false;
}

/* What stays on top of those that go must come to lie on one that stays. */
static struct mount *must_stay_below(const struct mount *one)
{
	struct mount *at = one->parent;

	if (one->doomed || !at || !at->doomed)
		return NULL;
	for (; at->parent && at->parent->doomed; at = at->parent)
		if (at->at != at->parent->root)
			return at->parent;
	return NULL;
}

static bool spare_some(const struct mount *top)
{
	struct mount *one, *below;
	bool some = false;

	for (one = mounts_next(NULL); one; one = mounts_next(one)) {
		below = must_stay_below(one);
		if (!below && one->doomed && must_stay(one, top))
			below = one;
		if (!below)
			continue;
		below->doomed = false;
		some = true;
	}
	return some;
}

void mnt_slide_off(void)
{
	struct mount *one, *at;

	for (one = mounts_next(NULL); one; one = mounts_next(one)) {
		at = one->parent;
		if (one->doomed || !at || !at->doomed)
			continue;
		while (at->parent->doomed)
			at = at->parent;
		mount_move(one, at->parent, at->at);
	}
}

void mnt_take_off(struct mount *mount, bool lazily)
{
	struct visit first = { .each = unlock }, all = { .each = doom };
	struct mount *one;

	for (one = mounts_next(NULL); one; one = mounts_next(one))
		one->doomed = mount_is_below(one, mount);
	each_copy(&first, mount);
	DL_FOREACH (mount->tree->list, one)
		if (mount_is_below(one, mount))
			each_copy(&all, one);
	while (spare_some(mount))
		;
	mnt_slide_off();
	for (one = mounts_next(NULL); one && lazily; one = mounts_next(one))
		if (one->doomed)
			mnt_keep(mnt_of_tree(one->tree), one->fs);
	mounts_take_doomed();
}

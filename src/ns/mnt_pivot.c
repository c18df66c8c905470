/* SPDX-License-Identifier: Apache-2.0 */
/* pivot_root(2), as fs/namespace.c has it. */
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <utlist.h>
#include "src/ns/mnt.h"
#include "src/ns/mnt_target.h"
#include "src/task/task.h"
#include "src/view/spot.h"

static bool shares(const struct mount *mount)
{
	return mount && mount->shared;
}

/* Can @to be reached from @from? is_path_reachable() */
static bool is_reachable(const struct target *to, const struct target *from)
{
	const struct mount *mnt = to->mnt;
	const struct spot *spot = to->spot;

	while (mnt != from->mnt && mnt->parent) {
		spot = mnt->at;
		mnt = mnt->parent;
	}
	return mnt == from->mnt && spot_is_below(spot, from->spot);
}

static long check_pivot(struct call *c, const struct target *new,
			const struct target *old, const struct target *root)
{
	if (shares(old->mnt) || shares(new->mnt->parent) ||
	    shares(root->mnt->parent) || !mnt_is_ours(c, root) ||
	    !mnt_is_ours(c, new) || new->mnt->locked)
		return -EINVAL;
	if (new->mnt == root->mnt || old->mnt == root->mnt)
		return -EBUSY;
	if (!mnt_is_root(root) || !mnt_is_root(new) || !new->mnt->parent ||
	    !is_reachable(old, new) || !is_reachable(new, root))
		return -EINVAL;
	return 0;
}

/* chroot_fs_refs(): who has the old root has the new one. */
static void change_roots(struct call *c, const struct target *old,
			 struct root *root)
{
	struct mnt_namespace *ns = c->task->nsproxy->mnt;
	struct group *group;
	struct task *task;

	DL_FOREACH (instance.groups, group) {
		DL_FOREACH2(group->tasks, task, in_group_next)
		{
			if (task->nsproxy->mnt != ns || !task->root ||
			    task->root->mnt != old->mnt ||
			    task->root->spot != old->spot)
				continue;
			root_put(task->root);
			task->root = root_get(root);
		}
	}
}

static long do_pivot(struct call *c, const struct target *new,
		     const struct target *old)
{
	struct mounts *tree = new->mnt->tree;
	struct target root = { 0 };
	struct mount *parent;
	struct root *after;
	struct spot *at;
	long r;

	root.spot = (struct spot *)root_of(c->task, &root.mnt);
	r = check_pivot(c, new, old, &root);
	if (r < 0)
		return r;
	spot_get(root.spot);
	parent = root.mnt->parent;
	at = spot_get(root.mnt->at);
	mount_move(root.mnt, old->mnt, old->spot);
	mount_move(new->mnt, parent, at);
	new->mnt->locked = root.mnt->locked;
	root.mnt->locked = false;
	if (!parent)
		tree->top = new->mnt;
	r = root_make_at(c->task, new->mnt, new->spot, &after);
	if (r == 0)
		change_roots(c, &root, after);
	root_put(after);
	spot_put(at);
	spot_put(root.spot);
	mnt_activate(c->task->nsproxy->mnt);
	return r;
}

/* Is the caller's working folder the root that it has? */
static bool works_at_root(const struct task *task)
{
	struct mount *mnt;
	const struct spot *root = root_of(task, &mnt);
	struct stat st;
	char link[64];

	snprintf(link, sizeof(link), "/proc/%d/cwd", task->tid->host.n);
	return stat(link, &st) == 0 && spot_is(root, &st);
}

static long zero(struct call *c, long result)
{
	(void)c;
	(void)result;
	return 0;
}

/* What comes by call_stop() must be changed: somehow. */
static long finish(struct call *c, bool comes)
{
	if (comes)
		return root_enter(c);
	return call_can_change(c) ? call_then_other(c, SYS_getuid, zero) : 0;
}

static long pivot_root_in(struct call *c)
{
	_cleanup_target_ struct target new = { 0 }, old = { 0 };
	bool comes = works_at_root(c->task); /* then it comes along */
	long r;

	if (comes && !call_can_change(c))
		return call_stop(c);
	r = mnt_find_at(c, c->args[0], ROOT_FOLLOW, &new);
	if (r == 0 && !new.spot->folder)
		r = -ENOTDIR;
	if (r == 0)
		r = mnt_find_at(c, c->args[1], ROOT_FOLLOW, &old);
	if (r == 0 && !old.spot->folder)
		r = -ENOTDIR;
	if (r == 0 && (new.in_proc || old.in_proc))
		r = -EINVAL;
	if (r == 0)
		r = do_pivot(c, &new, &old);
	return r == 0 ? finish(c, comes) : r;
}

long mnt_pivot_root(struct call *c)
{
	if (!mnt_own(c->task) || !mnt_may_mount(c->task))
		return -EPERM;
	return pivot_root_in(c);
}

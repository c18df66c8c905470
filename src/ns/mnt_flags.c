/* SPDX-License-Identifier: Apache-2.0 */
/* Mounts that are there already change: their flags, their propagation. */
#include <errno.h>
#include <sys/mount.h>
#include <utlist.h>
#include "src/ns/mnt.h"
#include "src/ns/mnt_target.h"
#include "src/task/task.h"

#define ATIME_FLAGS (MS_NOATIME | MS_NODIRATIME | MS_RELATIME)

unsigned int mnt_flags_of(unsigned long flags, const struct mount *old)
{
	unsigned int own = (unsigned int)flags & MOUNT_FLAGS & ~MS_RELATIME;

	if (!(flags & MS_NOATIME))
		own |= MS_RELATIME;
	if (flags & MS_STRICTATIME)
		own &= ~(unsigned int)(MS_RELATIME | MS_NOATIME);
	/* A remount that says nothing of it keeps it. */
	if (old && !(flags & (ATIME_FLAGS | MS_STRICTATIME)))
		own = (own & ~(unsigned int)ATIME_FLAGS) |
		      (old->flags & ATIME_FLAGS);
	return own;
}

/* can_change_locked_flags() */
static bool may_change(const struct mount *mount, unsigned int flags)
{
	const unsigned int kinds = MS_RDONLY | MS_NODEV | MS_NOSUID | MS_NOEXEC;

	if (mount->kept & kinds & ~flags)
		return false;
	return !(mount->kept & MOUNT_KEEPS_ATIME) ||
	       (mount->flags & ATIME_FLAGS) == (flags & ATIME_FLAGS);
}

bool mnt_owns_fs(const struct call *c, const struct mount *mount)
{
	return !mount->fs->host &&
	       mount->fs->owner == c->task->nsproxy->mnt_owner;
}

long mnt_remount(struct call *c, const struct target *to, unsigned long flags)
{
	unsigned int own = mnt_flags_of(flags, to->mnt);

	if (!mnt_is_ours(c, to) || !mnt_is_root(to))
		return -EINVAL;
	if (!may_change(to->mnt, own))
		return -EPERM;
	if (!(flags & MS_BIND)) {
		if (!mnt_owns_fs(c, to->mnt))
			return -EPERM;
		to->mnt->fs->read_only = flags & MS_RDONLY;
	}
	to->mnt->flags = own;
	mnt_activate(c->task->nsproxy->mnt);
	return 0;
}

/* change_mnt_propagation() */
static void set_propagation(struct mount *mount, unsigned long kind)
{
	unsigned int master = mount_has_peer(mount) ? mount->shared
						    : mount->master;

	if (kind != MS_SLAVE)
		mount->unbindable = kind == MS_UNBINDABLE;
	if (kind == MS_SHARED) {
		if (!mount->shared)
			mount->shared = mount_group_new();
		return;
	}
	mount_leave_peers(mount);
	mount->master = kind == MS_SLAVE ? master : 0;
}

long mnt_change_type(struct call *c, const struct target *to,
		     unsigned long flags)
{
	unsigned long kind = flags & ~(unsigned long)(MS_REC | MS_SILENT);
	struct mount *one;

	if (!mnt_is_root(to))
		return -EINVAL;
	if (kind & ~(unsigned long)(MS_SHARED | MS_PRIVATE | MS_SLAVE |
				    MS_UNBINDABLE) ||
	    kind & (kind - 1))
		return -EINVAL;
	if (!mnt_is_ours(c, to))
		return -EINVAL;
	DL_FOREACH (to->mnt->tree->list, one)
		if (one == to->mnt ||
		    (flags & MS_REC && mount_is_below(one, to->mnt)))
			set_propagation(one, kind);
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* What mount(2) and its relatives do to a tree, for mnt_call.c. */
#ifndef NSRUN_NS_MNT_TARGET_H
#define NSRUN_NS_MNT_TARGET_H

#include <stdbool.h>
#include "src/call.h"
#include "src/view/root.h"
#include "tables/mounts.h"

struct ns_common;

/* ---- mnt_target.c ---- */

/* What a path of such a call leads to. */
struct target {
	struct mount *mnt; /* borrowed */
	struct spot *spot; /* owned */
	bool in_proc;
};

#define _cleanup_target_ __attribute__((cleanup(mnt_target_close)))

void mnt_target_close(struct target *target);

/*
 * @path of the caller's, or that at @addr; @how: ROOT_KEEP, a link is none of
 * it, or ROOT_FOLLOW. Return: 0 or a negative errno.
 */
long mnt_find(struct call *c, const char *path, enum root_how how,
	      struct target *ret_to);
long mnt_find_at(struct call *c, uint64_t addr, enum root_how how,
		 struct target *ret_to);

/* The namespace whose file is @rest, below /proc; or NULL. */
struct ns_common *mnt_find_namespace(struct call *c, const char *rest);

bool mnt_may_mount(const struct task *task);

/* Does a mount begin there? path_mounted() */
bool mnt_is_root(const struct target *to);

/* Is it in the caller's namespace? check_mnt() */
bool mnt_is_ours(const struct call *c, const struct target *to);

/* ---- mnt_flags.c ---- */

/* Those of a mount that mount(2)'s @flags say; @old: a remount of it. */
unsigned int mnt_flags_of(unsigned long flags, const struct mount *old);

/* Was its file system mounted by the owner of the namespace? */
bool mnt_owns_fs(const struct call *c, const struct mount *mount);

/* Each returns what mount(2) does. */
long mnt_remount(struct call *c, const struct target *to, unsigned long flags);
long mnt_change_type(struct call *c, const struct target *to,
		     unsigned long flags);

/* ---- mnt_propagate.c ---- */

/*
 * @mount is new where it is, or has been @moved there with all that is in it:
 * so are copies of it wherever the mount that it is in sends them. Return: 0,
 * -ENOSPC or -ENOMEM; then there are none.
 */
int mnt_propagate(struct mount *mount, bool moved);

/* ---- mnt_umount.c ---- */

/* Is it, or what goes with it, in use, or anything mounted in it? */
bool mnt_is_busy(struct mount *mount);

/* It goes with all that is in it, and from wherever it has come to. */
void mnt_take_off(struct mount *mount, bool lazily);

/* What is on top of doomed mounts comes to what they lie on. */
void mnt_slide_off(void);

/* ---- mnt_bind.c, likewise ---- */

long mnt_bind(struct call *c, const struct target *to, const char *source,
	      unsigned long flags);
long mnt_move(struct call *c, const struct target *to, const char *source);
long mnt_new(struct call *c, const struct target *to, const char *type,
	     const char *source, const char *data, unsigned long flags);

#endif

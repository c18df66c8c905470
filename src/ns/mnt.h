/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The mount namespace: a tree of mounts that nsrun keeps (tables/mounts.h),
 * and by which it resolves paths (src/view/root.h).
 */
#ifndef NSRUN_NS_MNT_H
#define NSRUN_NS_MNT_H

#include <stdbool.h>
#include <stdint.h>
#include "tables/mounts.h"
#include "tables/ns_common.h"

#define MNT_HINTS 64
#define MNT_KEPT  16

struct nsproxy;
struct root;
struct task;

struct mnt_namespace {
	struct ns_common common;
	unsigned int refs;
	struct mounts mounts;
	bool active; /* it shows something else than the host's */
	/* Of what was taken off while it may have been used: the last ones. */
	struct mount_fs *kept[MNT_KEPT];
	unsigned int last_kept;
	struct root *first_root; /* of who comes next: what he had, in here */
	/* By which mount a folder was reached last; ids, since mounts go. */
	struct mnt_hint {
		uint64_t dev, ino;
		int mount;
	} hints[MNT_HINTS];
};

/* Whose tree it is. */
struct mnt_namespace *mnt_of_tree(struct mounts *tree);

/* That of @task, where something is mounted in it; or NULL. */
struct mnt_namespace *mnt_active(const struct task *task);

/* That of @task, if its paths may come to need to be caught; or NULL. */
struct mnt_namespace *mnt_own(const struct task *task);

/* Is it not caught yet what @task says of paths, but may come to be needed? */
bool mnt_needs_arm(const struct task *task);

/* Though @fs is mounted no more, what it holds stays for a while. */
void mnt_keep(struct mnt_namespace *ns, struct mount_fs *fs);

/* Something is, or was: from now on its tasks have their paths resolved. */
void mnt_activate(struct mnt_namespace *ns);

/* What the root of who comes into it first is to be; his reference. */
struct root *mnt_take_root(struct mnt_namespace *ns);

/* The root of @task's child, which gets @proxy: a new reference, or NULL. */
struct root *mnt_root_for_child(const struct task *task,
				const struct nsproxy *proxy);

/* ---- mnt_fs.c: what can be mounted ---- */

/*
 * A file system of @type, made with the options @data. Return: 0 with one
 * reference and where it begins, or a negative errno.
 */
long mnt_fs_make(struct task *task, const char *type, const char *data,
		 struct mount_fs **ret_fs, struct spot **ret_root);

/* One of the host's, shown as @type with @options on device major:minor. */
struct mount_fs *mnt_fs_host(const char *type, const char *options,
			     unsigned int major, unsigned int minor);

#endif

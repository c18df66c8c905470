/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tree of mounts of one mount namespace, as struct mount of fs/mount.h.
 *
 * A spot is a file of the host that something is mounted on, or that a mount
 * begins at; what it is held by, its owner knows. A mount point is a spot in a
 * mount: the same folder of the host can be seen by several.
 */
#ifndef NSRUN_MOUNTS_H
#define NSRUN_MOUNTS_H

#include <stdbool.h>
#include <stdint.h>

struct spot {
	unsigned int refs;
	uint64_t dev, ino;
	int fd;
	bool folder;
	struct spot *prev, *next;	 /* its owner's list */
	void (*gone)(struct spot *spot); /* with the last reference */
};

struct spot *spot_get(struct spot *spot); /* takes NULL, as spot_put() does */
void spot_put(struct spot *spot);

/* What a mount shows: struct super_block. */
struct mount_fs {
	unsigned int refs;
	char type[32];
	char options[160];	   /* as mountinfo ends with, after rw or ro */
	unsigned int major, minor; /* of its device, to be shown */
	bool read_only;
	bool host;	     /* what the host has mounted */
	bool proc;	     /* shown by nsrun: view/walk.c */
	bool terminals;	     /* devpts */
	struct spot *folder; /* what it is made of; NULL: the host's */
	const void *owner;   /* who mounted it: to be compared alone */
	void (*gone)(struct mount_fs *fs);
};

struct mount_fs *mount_fs_get(struct mount_fs *fs);
void mount_fs_put(struct mount_fs *fs);

/* MS_ flags that a mount itself has, as MNT_ of the kernel. */
#define MOUNT_FLAGS 0x200d0fU

struct mounts;

struct mount {
	struct mount *prev, *next;
	unsigned int refs;    /* one of the tree, and of who is in it */
	struct mounts *tree;  /* NULL: it is mounted no more */
	struct mount *parent; /* NULL: the topmost */
	int id;
	struct spot *at, *root; /* owned references */
	struct mount_fs *fs;	/* likewise */
	char *source;		/* likewise; as mountinfo has it */
	char *subtree;		/* likewise: what of the file system, shown */
	unsigned int flags;	/* MOUNT_FLAGS */
	unsigned int kept;	/* of these: who is not its owner can't clear */
	bool locked;		/* likewise: can't be taken off alone */
	unsigned int shared, master; /* peer groups; 0: none */
	bool unbindable, expires;
	bool doomed;	    /* by mount_detach() */
	struct mount *twin; /* during a copy: what has been made of it; or a chain */
	unsigned int fresh; /* while it spreads: the how-manieth copy it is */
	char *point; /* while all are told of: where it is seen; NULL: nowhere */
	bool pointed;
};

struct mounts {
	struct mounts *prev, *next; /* of all that are not empty */
	struct mount *list;
	struct mount *top; /* borrowed */
	unsigned int n;
};

/* In `kept`: not only these, but how the time of access is kept, too. */
#define MOUNT_KEEPS_ATIME 0x80000000U

#define MOUNTS_DEPTH 100    /* one in another */
#define MOUNTS_TOTAL 100000 /* in all trees */
#define MOUNTS_MAX   1000   /* in one tree; fs.mount-max has 100000 */

/*
 * A mount of @fs from @root on, which is nowhere yet, with one reference. The
 * strings are copied. Return: NULL without memory.
 */
struct mount *mount_create(struct mount_fs *fs, struct spot *root,
			   const char *source, const char *subtree);
struct mount *mount_get(struct mount *mount);
void mount_put(struct mount *mount);

/* What is mounted on the spot in @parent, or NULL. */
struct mount *mount_on(const struct mount *parent, uint64_t dev, uint64_t ino);

/* @mount, whose reference is taken, is put on @at of @parent (NULL: the top) */
void mount_attach(struct mounts *tree, struct mount *mount,
		  struct mount *parent, struct spot *at);

/* It is put elsewhere, with all that is in it. */
void mount_move(struct mount *mount, struct mount *parent, struct spot *at);

/* What of its file system is shown changes, for mountinfo. */
void mount_set_subtree(struct mount *mount, const char *subtree);

/* Is @mount @above, or below it? */
bool mount_is_below(const struct mount *mount, const struct mount *above);

/* How many are above @mount; and below it, one in another, at the most. */
unsigned int mount_depth(const struct mount *mount);
unsigned int mount_height(const struct mount *mount);

/* Is anything mounted in it? */
bool mount_has_children(const struct mount *mount);

/* @mount and all in it are mounted no more. */
void mount_detach(struct mount *mount);

/* Likewise all that are doomed, in whatever tree. */
void mounts_take_doomed(void);

/*
 * A copy of @from, beginning at @root, and of what is mounted in it as far as
 * @wanted (NULL: nothing) says, put on @at of @parent in @to. What each has
 * become is its `twin`, until mounts_settle() of its tree. Return: 0, -ENOSPC
 * or -ENOMEM; then nothing is changed.
 */
int mount_copy(struct mount *from, struct mounts *to, struct mount *parent,
	       struct spot *at, struct spot *root,
	       bool (*wanted)(const struct mount *child, const void *data),
	       const void *data, struct mount **ret_copy);

void mounts_settle(struct mounts *tree);

/* For an owner with other users: copy_tree() with CL_UNPRIVILEGED. */
void mounts_lock(struct mounts *tree);

void mounts_clear(struct mounts *tree);

/* ---- mount_peers.c: groups, in which what is mounted goes around ---- */

/* Every mount of every tree, one after another; @mount NULL: the first. */
struct mount *mounts_next(const struct mount *mount);

unsigned int mount_group_new(void);

/* Is another in its peer group, in whatever tree? */
bool mount_has_peer(const struct mount *mount);

/*
 * It is in no peer group any more. Who had only it as a master, has what it is
 * a slave of: transfer_propagation().
 */
void mount_leave_peers(struct mount *mount);

#define MOUNT_GROUPS_MAX 100

/*
 * The groups that what is mounted in a mount of a first one comes to: itself,
 * and those whose mounts are slaves of one before.
 */
struct mount_groups {
	struct mount_group {
		unsigned int id;
		const struct mount_group *upper; /* NULL: it is the first */
		struct mount *copy;		 /* that one in it has got */
	} list[MOUNT_GROUPS_MAX];
	unsigned int n;
};

/* Return: 0, or -ENOSPC: there are more. */
int mount_groups_find(unsigned int first, struct mount_groups *ret_groups);

/* The group above the slaves of @id; 0: none. */
unsigned int mount_group_master(unsigned int id);

#endif

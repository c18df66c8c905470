/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The paths of tasks that see other files than the host has there: by a root
 * of their own (chroot(2) in a user namespace), or by the mounts of their
 * mount namespace (src/ns/mnt.h).
 *
 * Theory of operation. The kernel knows nothing of it. A path of such a task is
 * resolved here, below its root, to what a task without one would say: an
 * absolute path of the host, or one below /proc in the task's own numbers. With
 * that the call is handled, or run, as any other (root_call.c). It is no
 * boundary: a program that changes a path while it is looked at reaches what
 * the user may reach anyway.
 */
#ifndef NSRUN_VIEW_ROOT_H
#define NSRUN_VIEW_ROOT_H

#include <limits.h>
#include <stdbool.h>
#include <sys/stat.h>
#include "src/call.h"
#include "src/view/walk.h"
#include "tables/mounts.h"

struct mnt_namespace;
struct open_how;
struct sockaddr_un;

struct root {
	unsigned int refs;
	struct mount *mnt; /* owned reference; NULL: as the host has it */
	struct spot *spot; /* likewise */
};

/* Are the paths of @task resolved here? */
bool root_resolves(const struct task *task);

/* What is meant by the last component of a path. */
enum root_how {
	ROOT_FOLLOW, /* what it leads to */
	ROOT_KEEP,   /* itself, if it is a link */
	ROOT_NAME,   /* a name in a folder: to be made, removed, renamed */
	ROOT_NO_LINKS = 4, /* with one of these: a link is ELOOP */
};

/*
 * The folder @fd, which is taken, as a root of @task's; NULL for that which it
 * has anyway. Return: 0, or -ENOMEM where there are too many.
 */
long root_make(const struct task *task, int fd, struct root **ret_root);

/* The same with what it is in which mount. */
long root_make_at(const struct task *task, struct mount *mnt, struct spot *spot,
		  struct root **ret_root);

/* The same root in the new namespace @mounts, and in the copy of its own. */
struct root *root_in(const struct mounts *mounts, const struct root *root);
struct root *root_moved(const struct root *root);

/* Where @task begins: its root, in its namespace. @ret_mnt may be NULL. */
const struct spot *root_of(const struct task *task, struct mount **ret_mnt);
struct root *root_get(struct root *root); /* takes NULL, as root_put() does */
void root_put(struct root *root);

/* ---- root_walk.c ---- */

/* What a path leads to. */
struct reached {
	int at; /* a folder, or the file itself: O_PATH, the supervisor's */
	struct mount *mnt; /* of @at; borrowed; NULL: none that is known */
	char last[NAME_MAX + 2];	/* a name in @at; "": it itself */
	bool in_proc;			/* below a /proc, which is @at's: */
	char rest[VIEW_GUEST_PATH_MAX]; /* begins with a slash, or is "" */
};

/* Where its relative paths begin. Return: a descriptor, or an errno */
long root_open_base(const struct task *task, int dirfd);

/* Return: 0 with what it leads to, of which the caller closes @at; an errno */
long root_walk(const struct task *task, int dirfd, const char *path,
	       enum root_how how, struct reached *ret_to);

/* What has been reached, as a task that has no root would name it. */
long root_tell(const struct reached *to, enum root_how how, char *ret_path);

/* @to is what it names itself, and what is mounted on that. */
long root_go_down(struct reached *to);

/*
 * Resolves @path, from the task's descriptor @dirfd. @ret_path
 * holds VIEW_GUEST_PATH_MAX bytes. Return: 0; 1 where the kernel resolves it
 * alike, as it is; or a negative errno.
 */
long root_resolve(const struct task *task, int dirfd, const char *path,
		  enum root_how how, char *ret_path);

/* Of the last path that was resolved to one: by which mount, NULL: none. */
struct mount *root_resolved_mount(void);

/*
 * chroot.c: the task loads the filter that its paths are caught by. Return: as
 * a handler that can change its call; @armed is told 0 or -ENOMEM.
 */
long root_arm(struct call *c, long (*armed)(struct call *c, long result));

/* From an after, or where a call can change: its working folder is its root. */
long root_enter(struct call *c);

/* Has another one its root and its working folder, by CLONE_FS? */
bool root_is_shared(const struct task *task);

/* ---- root_mount.c ---- */

/* The mount of @mounts that the host's file @fd is seen by, or NULL. */
struct mount *root_mount_of(const struct mounts *mounts,
			    const struct mnt_namespace *ns, int fd);

/* By which mount it was reached last, if that is known. */
struct mount *root_noted_mount(const struct mnt_namespace *ns,
			       const struct stat *st);

/* A folder was reached by @mount: it is taken to be there from now on. */
void root_note_mount(struct mnt_namespace *ns, const struct stat *st,
		     const struct mount *mount);

/*
 * May the task search each folder on the way to @path, as they are seen? Below
 * /proc that is not asked. Return: 0, also where it leads nowhere, or -EACCES.
 */
long root_search(const struct task *task, int dirfd, const char *path,
		 enum root_how how);

/*
 * @path of the host's as @viewer names it, in place. Return: false where it is
 * not below its root, and left as it is.
 */
bool root_show(const struct task *viewer, char *path);

/* Likewise, of what @mount has at its @path. */
bool root_show_in(const struct task *viewer, const struct mount *mount,
		  char *path);

/*
 * Where each mount of @tree begins, as @viewer names it: its `point`, until
 * root_forget_points().
 */
void root_find_points(const struct task *viewer, struct mounts *tree);
void root_forget_points(struct mounts *tree);

/* The host's path of @task's root. Return: false if that is the host's own. */
bool root_path(const struct task *task, char *ret_path);

/* A folder that shows /proc, by index. Return: false beyond the last one. */
bool root_proc_at(unsigned int i, char *ret_path);

/* The host's path of the folder in which @task, below its root, finds /proc. */
bool root_above_proc(const struct task *task, char *ret_path);

/* The host's path of the folder @fd. Return: 0, or -ENOENT if it is removed. */
long root_name_of(int fd, char *ret_path);

/* Is it a folder that shows /proc, or /proc itself? Are there such? */
bool root_is_proc(const struct stat *st);
bool root_shows_procs(void);

/* The folder @fd shows /proc from now on, or does not any more. */
long root_mount_proc(int fd);
bool root_umount_proc(int fd);

/* ---- root_rules.c ---- */

/*
 * Does @mount forbid what the call does to the host's @path in it? @how is that
 * of openat2(2). Return: 0, or what it says.
 */
long root_check(const struct call *c, const struct open_how *how,
		const char *path, struct mount *mount);

/* Likewise of a call that changes the file of a descriptor. */
long root_check_fd(struct call *c);

/* Do the set-id bits of the program @fd count for nothing, by its mount? */
bool root_is_nosuid(const struct task *task, int fd);

/* Does it give a file of one mount a name in another? */
bool root_crosses(const struct call *c, const struct mount *from,
		  const struct mount *to);

/*
 * root_ask.c: answers a call that only asks about the host's @path, in @mount.
 * Return: CALL_PASS where it does not.
 */
long root_ask(struct call *c, const char *path, const struct mount *mount);

/*
 * root_nsfs.c: is it the file of a namespace? Then what a call whose path leads
 * to it does. Return: as a handler.
 */
bool root_is_nsfs(const struct mount *mount);
long root_nsfs(struct call *c, const struct mount *mount);

/* ---- root_call.c: calls of tasks with a root ---- */

/* A path in a call: from which descriptor, in which argument. */
struct root_path {
	int dirfd, arg;
	enum root_how how;
};

/* The paths of a call, by index. Return: false beyond the last one. */
bool root_call_path(struct call *c, unsigned int i,
		    struct root_path *ret_path);

/* A call of such a task, by its handler. */
long root_dispatch(struct call *c);

/*
 * root_sock.c: what a handler said, CALL_PASS or CALL_THEN, of a call that may
 * hold the path of a socket. Return: likewise, or another answer.
 */
long root_address(struct call *c, long answer);

struct sockaddr_un;

/*
 * What stands for the address @path of a socket, from the working folder of
 * @task. Return: 1 with the address that is to be said, 0 where its own will do,
 * or a negative errno.
 */
long root_sock_address(const struct task *task, const char *path,
		       enum root_how how, struct sockaddr_un *ret_to);

#define ROOT_SOCKET_MAX 109 /* sun_path, ended */

/* The path of a socket in the address at @addr. Return: whether it has one. */
bool root_socket_path(struct call *c, uint64_t addr, size_t len,
		      char *ret_path);

/* The same of the call, a bind, connect or sendto, and what is meant by it. */
bool root_socket_call(struct call *c, char *ret_path, enum root_how *ret_how);

/* Is it a connect or sendto by a path, which is nobody's else to handle? */
bool root_connects(struct call *c);

/* Before its `after`: paths are to be read once more. */
void root_before_after(struct call *c);

/* The path at @addr as the program wrote it. Return: its length. */
long root_own_path(struct call *c, uint64_t addr, char *buf);

/* What stands for the path at @addr in a call of such a task, or NULL. */
const char *root_path_at(const struct call *c, uint64_t addr);

#endif

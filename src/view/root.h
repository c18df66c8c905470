/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The root folder of a task, where it is not the host's: chroot(2) in a user
 * namespace.
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

#include <stdbool.h>
#include <sys/stat.h>
#include "src/call.h"

struct root {
	struct root *prev, *next;
	unsigned int refs;
	int fd; /* O_PATH */
	dev_t dev;
	ino_t ino;
};

/* What is meant by the last component of a path. */
enum root_how {
	ROOT_FOLLOW, /* what it leads to */
	ROOT_KEEP,   /* itself, if it is a link */
	ROOT_NAME,   /* a name in a folder: to be made, removed, renamed */
	ROOT_NO_LINKS = 4, /* with one of these: a link is ELOOP */
};

/*
 * The folder @fd, which is taken, as a root; NULL for the host's own.
 * Return: 0, or -ENOMEM where there are too many.
 */
long root_make(int fd, struct root **ret_root);
struct root *root_get(struct root *root); /* takes NULL, as root_put() does */
void root_put(struct root *root);

/*
 * root_walk.c: resolves @path, from the task's descriptor @dirfd. @ret_path
 * holds VIEW_GUEST_PATH_MAX bytes. Return: 0; 1 where the kernel resolves it
 * alike, as it is; or a negative errno.
 */
long root_resolve(const struct task *task, int dirfd, const char *path,
		  enum root_how how, char *ret_path);

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

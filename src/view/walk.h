/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a path of a guest leads: to the /proc that its pid namespace sees, or
 * elsewhere.
 */
#ifndef NSRUN_VIEW_WALK_H
#define NSRUN_VIEW_WALK_H

#include <stdbool.h>
#include <sys/types.h>
#include "src/call.h"

#define VIEW_PATH_MAX 256
#define VIEW_GUEST_PATH_MAX 4096	/* PATH_MAX */

enum where {
	WHERE_ELSEWHERE,	/* the kernel resolves it as it is */
	WHERE_ROOT,		/* the root folder itself */
	WHERE_PROC,
	WHERE_BEYOND,	/* outside, by a link of a process's: place.path */
};

struct place {
	enum where where;
	/*
	 * WHERE_PROC: below /proc, in the numbers of the caller's namespace,
	 * without self, thread-self, ".." or a leading slash; "" is /proc.
	 * WHERE_BEYOND: the host's path of the link, and what followed it.
	 */
	char path[VIEW_PATH_MAX];
	bool own;	/* no number but by self: the kernel resolves it alike */
	bool sys;	/* WHERE_BEYOND, by no link: src/net/sysfs.h */
};

/* What a path that can't be read, or goes nowhere in /proc, answers. */
struct walk {
	bool follow;	/* the last component, if a symbolic link */
	bool look;	/* links on disk may lead to /proc: ask the kernel */
	bool forced;	/* one does: walk whatever the path says */
	uint64_t resolve;	/* RESOLVE_ of openat2(2) */
};

/* linux/openat2.h */
#define WALK_NO_XDEV 1U
#define WALK_NO_MAGIC 2U
#define WALK_NO_LINKS 4U
#define WALK_BENEATH 8U
#define WALK_IN_ROOT 16U
#define WALK_SCOPED (WALK_BENEATH | WALK_IN_ROOT)

/*
 * Locates the path at @addr, relative to the caller's descriptor @dirfd.
 * Return: 0, or -ENOENT, -ELOOP, -ENAMETOOLONG, -ENOTDIR, -EXDEV for a path
 * in /proc.
 * A path that can't be read is WHERE_ELSEWHERE: the kernel says EFAULT.
 */
long view_locate(struct call *c, int dirfd, uint64_t addr, struct walk walk,
		 struct place *ret_place);

/* The same for a path that has been read. */
long view_locate_text(struct call *c, int dirfd, const char *path,
		      struct walk walk, struct place *ret_place);

/*
 * Reads a path of the guest's into @buf, of VIEW_GUEST_PATH_MAX bytes.
 * Return: its length, -EFAULT or -ENAMETOOLONG.
 */
long view_read_path(struct call *c, uint64_t addr, char *buf);

/* The host's name of where a relative path of the task's begins. */
void view_name_base(const struct task *task, int dirfd, char *buf, size_t size);

/* view_locate() for what the descriptor @fd itself is. */
long view_locate_fd(struct call *c, int fd, struct place *ret_place);

/*
 * The host's path of @place, "/proc/…", or -ENOENT where the namespace has no
 * such process. @buf holds VIEW_PATH_MAX bytes.
 */
long view_host_path(const struct task *from, const struct place *place,
		    char *buf);

/* The task runs the call with @path of the host as its argument @arg. */
long view_call_with(struct call *c, int arg, const char *path);

/*
 * Is it the link "root" of a process with a root of its own? Then @ret_path, of
 * VIEW_GUEST_PATH_MAX bytes, is that root on the host.
 */
bool view_is_root_link(const struct task *viewer, const struct place *place,
		       char *ret_path);

/* The task that a path of /proc is about ("N/…" or "N/task/T/…"), or NULL. */
const struct task *view_subject(const struct task *viewer, const char *path);

/* Can it be the number of a process, as a name in /proc? */
bool view_is_number(const char *text);

/* What follows "/proc/" in a path of the host's; NULL: it lies elsewhere. */
const char *view_below_proc(const char *path);

/* A host path below /proc in @to's numbers, in place; others stay. */
void view_translate_link(const struct task *to, char *path, size_t size);

dev_t view_proc_device(void);

/* Does it end in a link that only the kernel can follow (fd/N, cwd …)? */
bool view_is_magic(const struct place *place);

/*
 * What the plain link @path of /proc (self, thread-self, mounts, net) stands
 * for. Return: @buf, or NULL if it is none.
 */
const char *view_plain_link(const struct task *viewer, const char *path,
			    char *buf, size_t size);

/* A task got a folder of /proc as a descriptor or as its working folder. */
void view_note_folder(struct task *task);
bool view_folder_given(void);

/* A task may get descriptors of another, folders of /proc among them. */
void view_note_received(struct task *task);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file that a call names, found once on behalf of the task and held by a
 * descriptor: all that is then asked and done is of that file.
 */
#ifndef NSRUN_OWNER_FILE_H
#define NSRUN_OWNER_FILE_H

#include <sys/stat.h>
#include "src/call.h"
#include "tables/owner.h"

/* Not what ownership is about: a path of /proc. */
#define FILE_NOT_OURS 1

#define FILE_LINK_SIZE 32

struct file {
	int fd;			   /* O_PATH; the supervisor's */
	struct stat st;		   /* the real one */
	char link[FILE_LINK_SIZE]; /* a path that leads to it, and only it */
	bool proc;		   /* of /proc: by a descriptor alone */
};

#define _cleanup_file_ __attribute__((cleanup(file_close)))
#define FILE_NONE      ((struct file){ .fd = -1 })

void file_close(struct file *file);

/*
 * The file at the path at @addr, from @dirfd, as an *at call with @flags
 * (AT_SYMLINK_NOFOLLOW, AT_EMPTY_PATH) means it.
 * Return: 0, FILE_NOT_OURS, or what the kernel would say.
 */
long file_find(struct call *c, int dirfd, uint64_t addr, int flags,
	       struct file *ret_file);

/* The same with a path that has been read. */
long file_find_text(struct call *c, int dirfd, const char *path, int flags,
		    struct file *ret_file);

/* The task's open file @fd. Return: 0 or -EBADF. */
long file_of_fd(struct call *c, int fd, struct file *ret_file);

/* @fd, which stays the caller's: not to be closed as a file. */
long file_borrow(int fd, struct file *ret_file);

/* The program that the task runs. */
long file_of_exe(const struct task *task, struct file *ret_file);

/*
 * The folder in which @path, which is cut short, names a file.
 * Return: as file_find().
 */
long file_find_folder(struct call *c, int dirfd, char *path,
		      struct file *ret_folder);

/* Is it on a file system that can't be written? */
bool file_is_read_only(const struct file *file);

/* The user who runs nsrun. */
uid_t file_user(void);

/* Does it really belong to the user who runs nsrun? Only then it can change. */
bool file_is_own(const struct file *file);

/* Really changes its permissions, and *@file with them. */
long file_chmod(struct file *file, unsigned int mode);

#endif

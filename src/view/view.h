/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files of /proc whose content depends on namespaces.
 *
 * One row a file (view.c): the pattern of its path, what makes its content
 * from the real file, and, where it can be written, what a write does. A file
 * without a row is the real one.
 */
#ifndef NSRUN_VIEW_H
#define NSRUN_VIEW_H

#include <stdio.h>
#include <sys/stat.h>
#include "src/task/task.h"
#include "src/view/walk.h"

struct view {
	const char *pattern;	/* N stands for any number, * for any name */
	unsigned int ns;	/* made where one of this set is on */
	/*
	 * Writes the content that @viewer sees to @out, from the real file's
	 * @real of @len bytes. Return: 0, a negative errno, or VIEW_REAL.
	 */
	long (*make)(const struct task *viewer, const struct place *place,
		     char *real, size_t len, FILE *out);
	/* A write of @text. NULL: it can't be written. */
	void (*store)(const struct task *writer, const struct view *view,
		      const char *text);
	/* Or: an open of it with @flags, to write; as a handler. */
	long (*open)(struct call *c, const struct place *place, int flags);
};

#define VIEW_REAL 1	/* no difference: the real file will do */

/* Return: the row of @place, if @viewer is in a namespace of it, or NULL. */
const struct view *view_find(const struct task *viewer,
			     const struct place *place);

/* May the task, in a user namespace, write to it? One without always may. */
bool view_may_store(const struct task *writer, const struct view *view);

/*
 * The content of @view as a descriptor to read: a copy that knows its @place, so
 * that view_refresh() can make it anew.
 * Return: a descriptor, a negative errno, or -VIEW_REAL.
 */
long view_open_made(const struct task *viewer, const struct view *view,
		    const struct place *place);

/*
 * The file that the next open of @place will be: *@ret_st has its device and
 * inode. Return: 0, or a negative errno, as when no file is made there.
 */
long view_reserve(const struct task *viewer, const struct place *place,
		  struct stat *ret_st);

/*
 * If the task's descriptor @fd is a made file, its content is made anew.
 * Return: 0, or -ENOENT when that is of a process that is gone.
 */
long view_refresh(struct call *c, int fd);

/* If @link is the kernel's name for a made file, it becomes the guest's. */
bool view_rename_made(char *link, size_t size);

/*
 * Descriptors to write to a made file; what arrives is stored when
 * view_collect() is called. Bounded: -ENFILE.
 */
long view_open_store(const struct task *writer, const struct view *view,
		     const struct place *place);
/* Of a store(): below /proc, what was opened. */
const char *view_stored_path(void);
void view_collect(void);

/* Can a name change by a write that nobody has seen yet? */
bool view_store_open(void);

/* mq_open(2) where queues are the host's: open.c. */
long view_mq_open(struct call *c);

/* proc_pid.c, proc_ns.c, proc_ipc.c, proc_user.c: what makes the content */
long proc_stat(const struct task *viewer, const struct place *place,
	       char *real, size_t len, FILE *out);
long proc_status(const struct task *viewer, const struct place *place,
		 char *real, size_t len, FILE *out);
long proc_children(const struct task *viewer, const struct place *place,
		   char *real, size_t len, FILE *out);
long proc_fdinfo(const struct task *viewer, const struct place *place,
		 char *real, size_t len, FILE *out);
long proc_sched(const struct task *viewer, const struct place *place,
		char *real, size_t len, FILE *out);
long proc_timers(const struct task *viewer, const struct place *place,
		 char *real, size_t len, FILE *out);
long proc_locks(const struct task *viewer, const struct place *place,
		char *real, size_t len, FILE *out);
long proc_loadavg(const struct task *viewer, const struct place *place,
		  char *real, size_t len, FILE *out);
long proc_cgroup(const struct task *viewer, const struct place *place,
		 char *real, size_t len, FILE *out);
long proc_hostname(const struct task *viewer, const struct place *place,
		   char *real, size_t len, FILE *out);
long proc_domainname(const struct task *viewer, const struct place *place,
		     char *real, size_t len, FILE *out);
long proc_pid_max(const struct task *viewer, const struct place *place,
		  char *real, size_t len, FILE *out);
long proc_last_pid(const struct task *viewer, const struct place *place,
		   char *real, size_t len, FILE *out);
long proc_uid_map(const struct task *viewer, const struct place *place,
		  char *real, size_t len, FILE *out);
long proc_gid_map(const struct task *viewer, const struct place *place,
		  char *real, size_t len, FILE *out);
long proc_projid_map(const struct task *viewer, const struct place *place,
		     char *real, size_t len, FILE *out);
long proc_setgroups(const struct task *viewer, const struct place *place,
		    char *real, size_t len, FILE *out);
long proc_loginuid(const struct task *viewer, const struct place *place,
		   char *real, size_t len, FILE *out);
long proc_user_sockets(const struct task *viewer, const struct place *place,
		       char *real, size_t len, FILE *out);
long proc_auxv(const struct task *viewer, const struct place *place,
	       char *real, size_t len, FILE *out);
long proc_ipc_limit(const struct task *viewer, const struct place *place,
		    char *real, size_t len, FILE *out);
long proc_sysvipc(const struct task *viewer, const struct place *place,
		  char *real, size_t len, FILE *out);
long proc_rooted_maps(const struct task *viewer, const struct place *place,
		      char *real, size_t len, FILE *out);
long proc_mounts(const struct task *viewer, const struct place *place,
		 char *real, size_t len, FILE *out);
long proc_rooted_mounts(const struct task *viewer, const struct place *place,
			char *real, size_t len, FILE *out);
void proc_store_ipc_limit(const struct task *writer, const struct view *view,
			  const char *text);
void proc_store_hostname(const struct task *writer, const struct view *view,
			 const char *text);
void proc_store_domainname(const struct task *writer, const struct view *view,
			 const char *text);
void proc_store_last_pid(const struct task *writer, const struct view *view,
			 const char *text);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ownership of files in a user namespace: what is shown, and what is changed.
 * With it, ids are kernel ids as src/ns/user.h has them.
 */
#ifndef NSRUN_OWNER_OWNER_H
#define NSRUN_OWNER_OWNER_H

#include <stdbool.h>
#include <sys/stat.h>
#include "src/owner/file.h"
#include "tables/owner.h"

/* Is there anything to do? Without a user namespace, all is the host's. */
bool owner_active(const struct task *task);

/* The namespace of the task's whose ids are written down; NULL: none. */
const struct user_namespace *owner_outermost(const struct task *task);

/* How the programs inside see @file, in kernel ids. */
void owner_see(const struct task *task, const struct file *file,
	       struct owner_seen *ret_seen);

/* Those ids as @task sees them. */
uint32_t owner_shown_uid(const struct task *task, uint32_t kuid);
uint32_t owner_shown_gid(const struct task *task, uint32_t kgid);

/* The task, as who asks for something with @seen. Return: 0 or -EACCES. */
long owner_who(const struct task *task, const struct owner_seen *seen,
	       struct owner_who *ret_who);

/* The credentials by which access(2) asks: access_override_creds() */
struct user_cred;
void owner_real_cred(const struct task *task, struct user_cred *ret_cred);

/*
 * From now on @file, which must be file_is_own(), is seen as @seen. The real
 * file stays open to its user. Return: 0 or a negative errno.
 */
long owner_put(const struct task *task, struct file *file,
	       const struct owner_seen *seen);

/*
 * Opens the real file up where it keeps its own user from what @mask asks, if
 * @task may do that all the same. It is seen as before.
 */
void owner_lift(const struct task *task, struct file *file,
		const struct owner_seen *seen, unsigned int mask);

/*
 * May @task do with @file what @mask (OWNER_) asks? What really is somebody
 * else's, the kernel knows best; one's own is opened up for who may.
 * Return: 0 or -EACCES.
 */
long owner_may_use(const struct task *task, struct file *file,
		   unsigned int mask);

/*
 * May @task make and remove names in @folder? A locked one is opened up for
 * who may. Return: 0, how it is seen and who asks; or -EACCES.
 */
long owner_may_fill(const struct task *task, struct file *folder,
		    struct owner_seen *ret_seen, struct owner_who *ret_who);

/* chmod(2) of @file by the task. Return: 0 or a negative errno. */
long owner_chmod_file(struct call *c, struct file *file, unsigned int mode);

/* ---- calls, from the handlers of src/view/ ---- */

/*
 * Each returns what the call does, or FILE_NOT_OURS when the path leads to
 * /proc. @flags: AT_
 */
long owner_stat(struct call *c, int dirfd, uint64_t path, int flags,
		uint64_t to);
long owner_statx(struct call *c);
long owner_access(struct call *c, int dirfd, uint64_t path, int mode,
		  int flags);

/* May the program be run? Return: 0, or -EACCES. */
long owner_may_run(struct call *c, int dirfd, uint64_t path, int flags);

/* chdir(2): may the folder be entered? Return: 0, or -EACCES. */
long owner_may_enter(struct call *c, uint64_t path);

/*
 * An open, of the path in argument @arg from @dirfd. Return: CALL_PASS when
 * the kernel, or the view of /proc, is to do it; or what the handler returns.
 */
long owner_open(struct call *c, int dirfd, int arg, int flags,
		unsigned int mode);

#endif

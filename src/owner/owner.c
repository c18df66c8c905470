/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a file is seen, and how that is made so.
 *
 * Theory of operation. Really each file that a program inside makes belongs to
 * the user who runs nsrun, and there is no way to give it away. So what was
 * asked for is written down with the file (record.c), in the ids of the
 * outermost namespace of the instance, and shown from then on; a file without
 * a record is shown as the id map has it.
 *
 * The real file always stays open to its user (u+rw, and u+x if any has x),
 * since root inside is not bound by modes but the user is; only who is not root
 * can lock his own files for real. And it never gets a
 * set-id bit, which would hand the user's own rights to others on the host.
 * What of a mode can't be had so is in the record, too.
 */
#include "src/owner/owner.h"

#include <errno.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>
#include "src/ns/user.h"
#include "src/ns/user_cred.h"
#include "src/owner/record.h"
#include "src/task/task.h"

bool owner_active(void)
{
	return instance.active & NS_USER;
}

/* The namespace whose ids are written down. */
static const struct user_namespace *outermost(const struct task *task)
{
	const struct user_namespace *ns = user_ns(task);

	while (ns && ns->level > 1)
		ns = ns->parent;
	return ns;
}

static uint32_t to_kernel(uint32_t (*make)(const struct user_namespace *ns,
					   uint32_t id),
			  const struct task *task, uint32_t id)
{
	return id == OWNER_NONE ? OWNER_NONE : make(outermost(task), id);
}

void owner_see(const struct task *task, const struct file *file,
	       struct owner_seen *ret_seen)
{
	struct owner_record record;

	ret_seen->uid = file->st.st_uid;
	ret_seen->gid = file->st.st_gid;
	ret_seen->mode = file->st.st_mode;
	ret_seen->major = major(file->st.st_rdev);
	ret_seen->minor = minor(file->st.st_rdev);
	/* Of a file of somebody else's it is not ours to believe. */
	if (file->proc || !file_is_own(file) || !record_read(file, &record))
		return;
	/* An id that is not in the map shows as one that is nobody's. */
	if (record.uid != OWNER_NONE)
		ret_seen->uid = USER_NONE;
	if (record.gid != OWNER_NONE)
		ret_seen->gid = USER_NONE;
	record.uid = to_kernel(user_make_kuid, task, record.uid);
	record.gid = to_kernel(user_make_kgid, task, record.gid);
	owner_apply(&record, ret_seen);
}

uint32_t owner_shown_uid(const struct task *task, uint32_t kuid)
{
	return user_from_kuid(user_ns(task), kuid);
}

uint32_t owner_shown_gid(const struct task *task, uint32_t kgid)
{
	return user_from_kgid(user_ns(task), kgid);
}

/* Are both ids of @seen in the task's namespace? capable_wrt_inode_uidgid() */
static bool is_mapped(const struct task *task, const struct owner_seen *seen)
{
	const struct user_namespace *ns = user_ns(task);

	return !ns || (idmap_upper(&ns->uids, seen->uid) != IDMAP_NONE &&
		       idmap_upper(&ns->gids, seen->gid) != IDMAP_NONE);
}

long owner_who(const struct task *task, const struct owner_seen *seen,
	       struct owner_who *ret_who)
{
	const struct user_cred *cred = task->cred;

	if (!cred)
		return -EACCES;
	*ret_who = (struct owner_who){
		.uid = cred->fsuid,
		.gid = cred->fsgid,
		.caps = is_mapped(task, seen) ? cred->effective : 0,
		.groups_len = cred->groups ? cred->groups->n : 0,
		.groups = cred->groups ? cred->groups->gids : NULL,
	};
	return 0;
}

/*
 * Does the kernel itself bind the task as @seen wants it? So it is with the
 * real user's own file, for who is not root anyway.
 */
static bool is_real(const struct task *task, const struct file *file,
		    const struct owner_seen *seen)
{
	uint32_t set_id = S_ISUID | (S_ISDIR(seen->mode) ? 0 : S_ISGID);

	return task->cred &&
	       !(task->cred->effective & USER_CAP(CAP_DAC_OVERRIDE)) &&
	       seen->uid == file->st.st_uid && seen->gid == file->st.st_gid &&
	       (seen->mode & S_IFMT) == (file->st.st_mode & S_IFMT) &&
	       !(seen->mode & set_id);
}

/* The permissions that the real file gets for @mode, with its type. */
static unsigned int real_mode(const struct file *file, uint32_t mode)
{
	if (S_ISDIR(file->st.st_mode))
		return (mode & 03777) | 0700;
	return (mode & 01777) | 0600 | (mode & 0111 ? 0100 : 0);
}

/* What has to be written down for @file to be seen as @seen. */
static void make_record(const struct task *task, const struct file *file,
			const struct owner_seen *seen,
			struct owner_record *record)
{
	const struct user_namespace *ns = outermost(task);

	*record = (struct owner_record){
		.uid = OWNER_NONE,
		.gid = OWNER_NONE,
		.has_mode = !S_ISLNK(file->st.st_mode) &&
			    seen->mode != file->st.st_mode,
		.mode = seen->mode,
		.over = file->st.st_mode & 07777,
		.major = seen->major,
		.minor = seen->minor,
	};
	if (seen->uid == file->st.st_uid && seen->gid == file->st.st_gid)
		return;
	record->uid = user_from_kuid(ns, seen->uid);
	record->gid = user_from_kgid(ns, seen->gid);
}

long owner_put(const struct task *task, struct file *file,
	       const struct owner_seen *seen)
{
	unsigned int before = file->st.st_mode & 07777;
	struct owner_record old, record;
	bool had = record_read(file, &old);
	long r = 0;

	if (!S_ISLNK(file->st.st_mode))
		r = file_chmod(file, is_real(task, file, seen)
					     ? seen->mode & 07777
					     : real_mode(file, seen->mode));
	if (r < 0)
		return r;
	make_record(task, file, seen, &record);
	if (!had && record_is_empty(&record))
		return 0;
	r = record_write(file, &record);
	if (r < 0 && !S_ISLNK(file->st.st_mode))
		file_chmod(file, before);
	return r;
}

void owner_lift(const struct task *task, struct file *file,
		const struct owner_seen *seen, unsigned int mask)
{
	struct owner_who who;

	if (file->proc || !file_is_own(file) || S_ISLNK(file->st.st_mode) ||
	    (file->st.st_mode >> 6 & mask) == mask)
		return;
	if (owner_who(task, seen, &who) == 0 &&
	    owner_permission(&who, seen, mask) == 0)
		owner_put(task, file, seen);
}

long owner_may_use(const struct task *task, struct file *file,
		   unsigned int mask)
{
	struct owner_seen seen;
	struct owner_who who;

	if (file->proc || !file_is_own(file))
		return 0;
	owner_see(task, file, &seen);
	if (owner_who(task, &seen, &who) < 0 ||
	    owner_permission(&who, &seen, mask) < 0)
		return -EACCES;
	owner_lift(task, file, &seen, mask);
	return 0;
}

long owner_may_fill(const struct task *task, struct file *folder,
		    struct owner_seen *ret_seen, struct owner_who *ret_who)
{
	const unsigned int mask = OWNER_WRITE | OWNER_EXEC;
	long r;

	owner_see(task, folder, ret_seen);
	r = owner_who(task, ret_seen, ret_who);
	if (r < 0)
		return r;
	/* The real folder may allow what it is not seen to. */
	if (file_is_own(folder) && !folder->proc &&
	    owner_permission(ret_who, ret_seen, mask) < 0)
		return -EACCES;
	owner_lift(task, folder, ret_seen, mask);
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* What exec heeds of a program's file: its owner, set-id bits, capabilities. */
#include "src/owner/program.h"

#include <errno.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include "src/ns/user.h"
#include "src/owner/owner.h"
#include "src/owner/record.h"
#include "src/task/task.h"
#include "src/view/root.h"

/* ---- capabilities of files: struct vfs_ns_cap_data ---- */

#define CAPS_ROOT 5 /* the word that revision 3 has more: rootid */

static bool is_revision_3(const uint32_t *data)
{
	return (data[0] & VFS_CAP_REVISION_MASK) == VFS_CAP_REVISION_3;
}

static void set_revision(uint32_t *data, uint32_t revision)
{
	data[0] = (data[0] & ~VFS_CAP_REVISION_MASK) | revision;
}

/* Is the kernel id root of @ns, or above it? rootid_owns_currentns() */
static bool is_root_over(const struct user_namespace *ns, uint32_t kuid)
{
	for (; ns; ns = ns->parent)
		if (user_make_kuid(ns, 0) == kuid)
			return true;
	return false;
}

long program_caps_to_record(const struct task *task, uint32_t *data)
{
	const struct user_namespace *ns = user_ns(task);
	const struct user_namespace *outer = owner_outermost(task);
	uint32_t root = is_revision_3(data) ? data[CAPS_ROOT] : 0;

	if (ns != outer) {
		root = idmap_upper(&outer->uids, user_make_kuid(ns, root));
		if (root == IDMAP_NONE)
			return -EINVAL;
		set_revision(data, VFS_CAP_REVISION_3);
		data[CAPS_ROOT] = root;
	}
	return is_revision_3(data) ? XATTR_CAPS_SZ_3 : XATTR_CAPS_SZ_2;
}

long program_caps_from_record(const struct task *task, uint32_t *data)
{
	const struct user_namespace *ns = user_ns(task);
	uint32_t kuid, root;

	if (!ns || !is_revision_3(data))
		return is_revision_3(data) ? XATTR_CAPS_SZ_3 : XATTR_CAPS_SZ_2;
	kuid = user_make_kuid(owner_outermost(task), data[CAPS_ROOT]);
	root = idmap_upper(&ns->uids, kuid);
	if (root != IDMAP_NONE && root != 0) {
		data[CAPS_ROOT] = root;
		return XATTR_CAPS_SZ_3;
	}
	if (!is_root_over(ns, kuid))
		return -EOVERFLOW;
	set_revision(data, VFS_CAP_REVISION_2);
	return XATTR_CAPS_SZ_2;
}

static void read_caps(const struct task *task, const struct file *file,
		      struct user_program *program)
{
	uint32_t data[CAPS_ROOT + 1] = { 0 };

	if (getxattr(file->link, RECORD_CAPS, data, sizeof(data)) <
	    (ssize_t)XATTR_CAPS_SZ_2)
		return;
	if (is_revision_3(data) &&
	    !is_root_over(user_ns(task), user_make_kuid(owner_outermost(task),
							data[CAPS_ROOT])))
		return;
	program->has_caps = true;
	program->effective = data[0] & VFS_CAP_FLAGS_EFFECTIVE;
	program->permitted = data[1] | (uint64_t)data[3] << 32;
	program->inheritable = data[2] | (uint64_t)data[4] << 32;
}

long owner_of_program(struct task *task, const char *path,
		      struct user_program *ret_program)
{
	_cleanup_file_ struct file file = FILE_NONE;
	struct owner_seen seen;
	struct statvfs fs;
	long r;

	(void)path; /* the link to the program, which file_of_exe() is */
	r = file_of_exe(task, &file);
	if (r)
		return -ENOENT;
	*ret_program = (struct user_program){ 0 };
	/* Real set-id bits of others: no_new_privs lets them give nothing. */
	if (!file_is_own(&file) || file.proc ||
	    (fstatvfs(file.fd, &fs) == 0 && fs.f_flag & ST_NOSUID) ||
	    root_is_nosuid(task, file.fd))
		return 0;
	owner_see(task, &file, &seen);
	ret_program->uid = seen.uid;
	ret_program->gid = seen.gid;
	ret_program->set_uid = seen.mode & S_ISUID;
	ret_program->set_gid =
		(seen.mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP);
	read_caps(task, &file, ret_program);
	return 0;
}

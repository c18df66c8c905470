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

/* struct vfs_ns_cap_data, of revision 2 or 3 */
static void read_caps(const struct file *file, struct user_program *program)
{
	uint32_t data[XATTR_CAPS_SZ_3 / sizeof(uint32_t)] = { 0 };

	if (getxattr(file->link, RECORD_CAPS, data, sizeof(data)) <
	    (ssize_t)XATTR_CAPS_SZ_2)
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
	    (fstatvfs(file.fd, &fs) == 0 && fs.f_flag & ST_NOSUID))
		return 0;
	owner_see(task, &file, &seen);
	ret_program->uid = seen.uid;
	ret_program->gid = seen.gid;
	ret_program->set_uid = seen.mode & S_ISUID;
	ret_program->set_gid =
		(seen.mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP);
	read_caps(&file, ret_program);
	return 0;
}

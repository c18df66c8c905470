/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a task below a root or a mount asks often, and the supervisor, which is
 * the same user, can ask as well: to be run by the task with another path, a
 * call has to come again. statfs(2) tells the flags of the mount, too.
 */
#include <errno.h>
#include <linux/limits.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include "src/host/sys.h"
#include "src/task/task.h"
#include "src/view/root.h"

/* f_flags: ST_ of the kernel's linux/statfs.h */
#define VALID	 0x0020U
#define RELATIME 0x1000U
#define NOSYM	 0x2000U

static const struct {
	unsigned int flag, shown;
} flags[] = {
	{ MS_RDONLY, 1 },	   { MS_NOSUID, 2 },
	{ MS_NODEV, 4 },	   { MS_NOEXEC, 8 },
	{ MS_NOATIME, 0x400 },	   { MS_NODIRATIME, 0x800 },
	{ MS_RELATIME, RELATIME }, { MS_NOSYMFOLLOW, NOSYM },
};

static void tell_mount(const struct mount *mount, struct statfs *st)
{
	st->f_flags = VALID;
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		if (mount->flags & flags[i].flag)
			st->f_flags |= flags[i].shown;
	if (mount->fs->read_only)
		st->f_flags |= 1;
	if (mount->fs->folder)
		st->f_type = strcmp(mount->fs->type, "ramfs") == 0
				     ? RAMFS_MAGIC
				     : TMPFS_MAGIC;
}

static long ask_statfs(struct call *c, const char *path,
		       const struct mount *mount)
{
	struct statfs st;
	long r = sys_result(statfs(path, &st));

	if (r < 0)
		return r;
	if (mount)
		tell_mount(mount, &st);
	return call_write(c, c->args[1], &st, sizeof(st));
}

/* The list of attributes, or one. */
static long ask_xattr(struct call *c, const char *path, bool one)
{
	static char value[XATTR_SIZE_MAX];
	char name[XATTR_NAME_MAX + 2] = { 0 };
	int at = one ? 2 : 1;
	size_t size = c->args[at + 1];
	long r;

	if (size > sizeof(value))
		size = sizeof(value);
	if (one && sys_vm_read_some(c->task->tid->host, c->args[1], name,
				    sizeof(name) - 1) <= 0)
		return -EFAULT;
	if (one)
		r = sys_call(c->nr, (uintptr_t)path, (uintptr_t)name,
			     (uintptr_t)value, size, 0, 0);
	else
		r = sys_call(c->nr, (uintptr_t)path, (uintptr_t)value, size, 0,
			     0, 0);
	if (r > 0 && size > 0 &&
	    call_write(c, c->args[at], value, (size_t)r) < 0)
		return -EFAULT;
	return r;
}

long root_ask(struct call *c, const char *path, const struct mount *mount)
{
	if (strncmp(path, "/proc", 5) == 0)
		return CALL_PASS;
	switch (c->nr) {
	case SYS_statfs:
		return ask_statfs(c, path, mount);
	case SYS_getxattr:
	case SYS_lgetxattr:
		return ask_xattr(c, path, true);
	case SYS_listxattr:
	case SYS_llistxattr:
		return ask_xattr(c, path, false);
	default:
		return CALL_PASS;
	}
}

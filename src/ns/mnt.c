/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mounts, of which there are none: what is accepted without effect.
 *
 * A new mount namespace is accepted, and is the old one. Nothing can be
 * mounted, so nobody could tell them apart. What a tool does to see the
 * processes of a new pid namespace is accepted, too, since it has come true
 * already: /proc shows each task its own. In a folder that is somebody's root,
 * /proc is shown to who has that root.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/mount.h>
#include "src/call.h"
#include "src/ns/user_cred.h"
#include "src/owner/file.h"
#include "src/task/task.h"
#include "src/view/root.h"

#define WORD_MAX 64

/* Is the string at @addr @word? Longer ones are none of ours. */
static bool says(struct call *c, uint64_t addr, const char *word)
{
	char text[WORD_MAX];
	size_t n = strlen(word) + 1;

	return addr && call_read(c, addr, text, n) == 0 &&
	       memcmp(text, word, n) == 0;
}

static bool is_propagation(unsigned long flags)
{
	const unsigned long kinds = MS_SHARED | MS_PRIVATE | MS_SLAVE |
				    MS_UNBINDABLE;

	return (flags & kinds) && !(flags & ~(kinds | MS_REC | MS_SILENT));
}

static bool is_proc(struct call *c, uint64_t target)
{
	return says(c, target, "/proc") || says(c, target, "/proc/");
}

/* In a folder that is, or will be, below a root. */
static long mount_proc(struct call *c)
{
	_cleanup_file_ struct file file = FILE_NONE;
	long r;

	if (!c->task->cred)
		return -EPERM;
	r = file_find(c, AT_FDCWD, c->args[1], 0, &file);
	if (r) /* or it shows /proc already: for unshare --mount-proc */
		return r < 0 ? r : 0;
	return root_mount_proc(file.fd);
}

long mnt_mount(struct call *c)
{
	unsigned long flags = c->args[3];

	if (!user_capable(c->task, CAP_SYS_ADMIN))
		return -EPERM;
	if (is_propagation(flags) &&
	    (says(c, c->args[1], "/") || is_proc(c, c->args[1])))
		return 0;
	/* Another file system on top of what is seen is another matter. */
	if (!says(c, c->args[2], "proc") ||
	    flags & (MS_BIND | MS_MOVE | MS_REMOUNT))
		return -EPERM;
	if (!c->task->root && is_proc(c, c->args[1]))
		return task_active(c->task) & NS_PID ? 0 : -EPERM;
	return mount_proc(c);
}

long mnt_umount2(struct call *c)
{
	_cleanup_file_ struct file file = FILE_NONE;
	long r;

	if (!c->task->cred || !user_capable(c->task, CAP_SYS_ADMIN))
		return -EPERM;
	r = file_find(c, AT_FDCWD, c->args[0], 0, &file);
	if (r == 0 && root_umount_proc(file.fd))
		return 0;
	/* What the host has mounted there stays. */
	if (r == 0)
		r = c->task->root ? -EINVAL : -EPERM;
	return r < 0 ? r : -EPERM;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mounts, of which there are none: what is accepted without effect.
 *
 * A new mount namespace is accepted, and is the old one. Nothing can be
 * mounted, so nobody could tell them apart, but by who may mount: the user
 * namespace that it was made in owns it. What a tool does to see the processes
 * of a new pid namespace is accepted, too, since it has come true already: /proc
 * shows each task its own.
 */
#include <errno.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/mount.h>
#include "src/call.h"
#include "src/ns/user_cred.h"
#include "src/task/task.h"

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

long mnt_mount(struct call *c)
{
	unsigned long flags = c->args[3];

	if (c->task->cred &&
	    !user_cred_capable(c->task->cred, c->task->nsproxy->mnt_owner,
			       CAP_SYS_ADMIN))
		return -EPERM;
	if (is_propagation(flags) &&
	    (says(c, c->args[1], "/") || is_proc(c, c->args[1])))
		return 0;
	/* Another file system on top of what is seen is another matter. */
	if (task_active(c->task) & NS_PID && says(c, c->args[2], "proc") &&
	    is_proc(c, c->args[1]) && !(flags & (MS_BIND | MS_MOVE |
						 MS_REMOUNT)))
		return 0;
	return -EPERM;
}

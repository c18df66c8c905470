/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keyctl(2) where it takes or tells ids of users. Follows security/keys/.
 *
 * The keys are the host's, and their owner there is the real user. So their
 * ids are translated, and a key can't be given to anybody else: to the kernel
 * that takes CAP_SYS_ADMIN on the host, inside of a user namespace too.
 */
#include <errno.h>
#include <linux/capability.h>
#include <linux/keyctl.h>
#include <stdio.h>
#include <string.h>
#include "src/call.h"
#include "src/ns/user.h"
#include "src/ns/user_cred.h"
#include "src/task/task.h"

#define DESCRIPTION_MAX 5000	/* a page, with what stands before it */

/* "_uid.1000" and its like, which the kernel names by users: is it one? */
static bool write_name(const struct user_namespace *ns, const char *name,
		       char *buf, size_t size)
{
	static const char *const heads[] = { "_uid.", "_uid_ses.",
					     "_persistent." };
	unsigned int uid;
	int end = 0;

	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		size_t n = strlen(heads[i]);

		if (strncmp(name, heads[i], n) == 0 &&
		    sscanf(name + n, "%u%n", &uid, &end) == 1 &&
		    !name[n + (size_t)end]) {
			snprintf(buf, size, "%s%u", heads[i],
				 user_uid_from_host(ns, uid));
			return true;
		}
	}
	snprintf(buf, size, "%s", name);
	return false;
}

/* "type;uid;gid;permissions;name" */
static long translate(const struct user_namespace *ns, const char *text,
		      char *buf, size_t size)
{
	char type[32], name[DESCRIPTION_MAX];
	unsigned int uid, gid, mode;
	int at = 0;

	if (sscanf(text, "%31[^;];%u;%u;%x;%n", type, &uid, &gid, &mode,
		   &at) != 4 || !at)
		return -EINVAL;
	/* Those belong to no group, and 65534 may be one that is mapped. */
	if (write_name(ns, text + at, name, sizeof(name)))
		gid = USER_OVERFLOW;
	else
		gid = user_gid_from_host(ns, gid);
	return snprintf(buf, size, "%s;%u;%u;%08x;%s", type,
			user_uid_from_host(ns, uid), gid, mode, name) + 1;
}

/* @result is how long the text is; it was written only if there was room. */
static long describe_after(struct call *c, long result)
{
	char text[DESCRIPTION_MAX] = { 0 }, seen[DESCRIPTION_MAX];
	long n;

	if (result <= 0 || (uint64_t)result > c->args[3] || !c->args[2] ||
	    result >= DESCRIPTION_MAX)
		return result;
	if (call_read(c, c->args[2], text, (size_t)result) < 0)
		return -EFAULT;
	n = translate(user_ns(c->task), text, seen, sizeof(seen));
	if (n < 0)
		return result;
	/* As it does not fit: the program gets to know how long it is. */
	if ((uint64_t)n > c->args[3])
		memset(seen, 0, sizeof(seen));
	if (call_write(c, c->args[2], seen,
		       (uint64_t)n > c->args[3] ? (size_t)result :
						  (size_t)n) < 0)
		return -EFAULT;
	return n;
}

/* The real user and group alone can have a key. */
static long give(struct call *c)
{
	const struct user_namespace *ns = user_ns(c->task);
	uint32_t uid = (uint32_t)c->args[2], gid = (uint32_t)c->args[3];

	if ((uid != USER_NONE && !user_has_uid(ns, uid)) ||
	    (gid != USER_NONE && !user_has_gid(ns, gid)))
		return -EINVAL;
	if (uid != USER_NONE)
		c->host_args[2] = user_uid_to_host(ns, uid);
	if (gid != USER_NONE)
		c->host_args[3] = user_gid_to_host(ns, gid);
	/* To the kernel -1 means: as it is. */
	if ((uid != USER_NONE && (uint32_t)c->host_args[2] == USER_NONE) ||
	    (gid != USER_NONE && (uint32_t)c->host_args[3] == USER_NONE))
		return -EACCES;
	return call_then(c, NULL);
}

/* Another user's can't be had, since he is nobody to the kernel. */
static long get_persistent(struct call *c)
{
	const struct user_namespace *ns = user_ns(c->task);
	uint32_t uid = (uint32_t)c->args[1];

	if (uid == USER_NONE)
		return call_pass(c);
	if (!user_has_uid(ns, uid))
		return -EINVAL;
	c->host_args[1] = user_uid_to_host(ns, uid);
	return (uint32_t)c->host_args[1] == USER_NONE ? -EPERM :
							call_then(c, NULL);
}

long user_keyctl(struct call *c)
{
	if (!c->task->cred)
		return call_pass(c);
	switch ((int)c->args[0]) {
	case KEYCTL_DESCRIBE:
		return call_then(c, describe_after);
	case KEYCTL_CHOWN:
		return give(c);
	default:
		return get_persistent(c);
	}
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ACLs are the kernel's, who keeps them with the real file and hands them down
 * from a folder. What it is told are kernel ids as src/ns/user.h has them: an
 * id that stands for nobody outside gives nobody on the host anything. Follows
 * fs/posix_acl.c.
 */
#include "src/owner/acl.h"

#include <errno.h>
#include <linux/posix_acl.h>
#include <linux/posix_acl_xattr.h>
#include <string.h>
#include "src/ns/user.h"
#include "tables/idmap.h"

/* linux/posix_acl_xattr.h, which is little-endian */
#define HEAD  sizeof(struct posix_acl_xattr_header)
#define ENTRY sizeof(struct posix_acl_xattr_entry)

/* Owner, group and others: that is a mode. */
#define SHORT (HEAD + 3 * ENTRY)

/* How many entries; 0: it is no ACL. */
static size_t count(const void *value, size_t len)
{
	struct posix_acl_xattr_header head;

	if (len < HEAD || (len - HEAD) % ENTRY)
		return 0;
	memcpy(&head, value, HEAD);
	return head.a_version == POSIX_ACL_XATTR_VERSION ? (len - HEAD) / ENTRY
							 : 0;
}

static struct posix_acl_xattr_entry entry_at(const void *value, size_t i)
{
	struct posix_acl_xattr_entry entry;

	memcpy(&entry, (const char *)value + HEAD + i * ENTRY, ENTRY);
	return entry;
}

static void put_entry(void *value, size_t i,
		      const struct posix_acl_xattr_entry *entry)
{
	memcpy((char *)value + HEAD + i * ENTRY, entry, ENTRY);
}

long acl_to_host(const struct task *task, void *value, size_t len)
{
	const struct user_namespace *ns = user_ns(task);
	size_t n = count(value, len);

	for (size_t i = 0; i < n; i++) {
		struct posix_acl_xattr_entry entry = entry_at(value, i);

		if (entry.e_tag == ACL_USER)
			entry.e_id = user_make_kuid(ns, entry.e_id);
		else if (entry.e_tag == ACL_GROUP)
			entry.e_id = user_make_kgid(ns, entry.e_id);
		else
			continue;
		if (entry.e_id == USER_NONE)
			return -EINVAL;
		put_entry(value, i, &entry);
	}
	return 0;
}

void acl_from_host(const struct task *task, void *value, size_t len)
{
	const struct user_namespace *ns = user_ns(task);
	size_t n = count(value, len);

	for (size_t i = 0; ns && i < n; i++) {
		struct posix_acl_xattr_entry entry = entry_at(value, i);

		if (entry.e_tag == ACL_USER)
			entry.e_id = idmap_upper(&ns->uids, entry.e_id);
		else if (entry.e_tag == ACL_GROUP)
			entry.e_id = idmap_upper(&ns->gids, entry.e_id);
		put_entry(value, i, &entry);
	}
}

void acl_show_mode(void *value, size_t len, unsigned int mode)
{
	size_t n = count(value, len);

	for (size_t i = 0; i < n; i++) {
		struct posix_acl_xattr_entry entry = entry_at(value, i);

		if (entry.e_tag == ACL_USER_OBJ)
			entry.e_perm = mode >> 6 & 7;
		else if (entry.e_tag == ACL_MASK)
			entry.e_perm = mode >> 3 & 7;
		else if (entry.e_tag == ACL_OTHER)
			entry.e_perm = mode & 7;
		put_entry(value, i, &entry);
	}
}

/* The mask is what a mode shows of the group. */
int acl_mode(const void *value, size_t len)
{
	size_t n = count(value, len);
	int mode = 0, mask = -1;

	for (size_t i = 0; i < n; i++) {
		struct posix_acl_xattr_entry entry = entry_at(value, i);

		if (entry.e_perm > 7)
			return -1;
		if (entry.e_tag == ACL_USER_OBJ)
			mode |= entry.e_perm << 6;
		else if (entry.e_tag == ACL_GROUP_OBJ)
			mode |= entry.e_perm << 3;
		else if (entry.e_tag == ACL_OTHER)
			mode |= entry.e_perm;
		else if (entry.e_tag == ACL_MASK)
			mask = entry.e_perm;
	}
	if (n < 3)
		return -1;
	return mask < 0 ? mode : (mode & ~070) | mask << 3;
}

bool acl_is_mode(size_t len)
{
	return len == SHORT;
}

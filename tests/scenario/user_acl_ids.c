/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ACLs in a user namespace that has one id: that can be in them, others can't.
 *
 * scenario: user=root
 */
#include <linux/posix_acl.h>
#include <linux/posix_acl_xattr.h>
#include <sys/xattr.h>
#include "scenario.h"

static void set(const char *name, uint16_t tag, uint32_t id)
{
	struct {
		struct posix_acl_xattr_header head;
		struct posix_acl_xattr_entry entries[5];
	} acl = {
		{ POSIX_ACL_XATTR_VERSION },
		{ { ACL_USER_OBJ, 7, -1 },
		  { tag == ACL_USER ? tag : ACL_GROUP_OBJ, 5, -1 },
		  { tag == ACL_USER ? ACL_GROUP_OBJ : tag, 5, -1 },
		  { ACL_MASK, 7, -1 },
		  { ACL_OTHER, 0, -1 } },
	}, got = { 0 };
	ssize_t n;

	acl.entries[tag == ACL_USER ? 1 : 2].e_id = id;
	see("%u, %d: %s", tag, (int)id,
	    res(setxattr(name, "system.posix_acl_access", &acl, sizeof(acl),
			 0)));
	n = getxattr(name, "system.posix_acl_access", &got, sizeof(got));
	see("  %s, the same: %d", res(n), memcmp(&acl, &got, sizeof(acl)) == 0);
}

int main(void)
{
	static const uint32_t ids[] = { 0, 1, 33, 65534, UINT32_MAX };

	close(MUST(open("f", O_CREAT | O_WRONLY, 0644)));
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		set("f", ACL_USER, ids[i]);
		set("f", ACL_GROUP, ids[i]);
	}
	return done();
}

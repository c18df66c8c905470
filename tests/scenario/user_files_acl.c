/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ACLs: the ids in them, what a folder hands down, and what mode they show.
 *
 * scenario: flags=-r,--map-auto run-as=root needs=root bare=same
 * (root has the same ACLs with and without namespaces)
 */
#include <linux/posix_acl.h>
#include <linux/posix_acl_xattr.h>
#include <sys/xattr.h>
#include "user_files.h"

#define ACCESS	"system.posix_acl_access"
#define DEFAULT "system.posix_acl_default"
#define NONE	UINT32_MAX

struct acl {
	struct posix_acl_xattr_header head;
	struct posix_acl_xattr_entry entries[6];
};

/* For user 33, group 44, and the owner's @perm. */
static struct acl make_acl(uint16_t perm, uint16_t mask)
{
	return (struct acl){
		{ POSIX_ACL_XATTR_VERSION },
		{ { ACL_USER_OBJ, perm, NONE },
		  { ACL_USER, 6, 33 },
		  { ACL_GROUP_OBJ, 5, NONE },
		  { ACL_GROUP, 4, 44 },
		  { ACL_MASK, mask, NONE },
		  { ACL_OTHER, 1, NONE } },
	};
}

static void show_acl(const char *name, const char *attribute)
{
	struct acl acl = { 0 };
	ssize_t n = getxattr(name, attribute, &acl, sizeof(acl));
	char text[128] = "";

	for (int i = 0; i < (n - 4) / 8; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text),
			 " %u:%u:%d", acl.entries[i].e_tag,
			 acl.entries[i].e_perm, (int)acl.entries[i].e_id);
	see("%s of %s: %s%s", attribute, name, res(n), text);
}

static void show_both(const char *name)
{
	show(name);
	show_acl(name, ACCESS);
	show_acl(name, DEFAULT);
}

static void set(const char *name, const char *attribute, uint16_t perm,
		uint16_t mask)
{
	struct acl acl = make_acl(perm, mask);

	see("%s of %s, %u %u: %s", attribute, name, perm, mask,
	    res(setxattr(name, attribute, &acl, sizeof(acl), 0)));
	show_both(name);
}

static void of_files(void)
{
	make("f", 0644, "text");
	set("f", ACCESS, 6, 7);
	SEE(chmod("f", 0600));
	show_both("f");
	SEE(chown("f", 3, 4));
	SEE(chmod("f", 06755));
	set("f", ACCESS, 7, 4);
	set("f", ACCESS, 4, 0);
	SEE(removexattr("f", ACCESS));
	show_both("f");
	set("f", DEFAULT, 7, 7);
	SEE(symlink("f", "l"));
	set("l", ACCESS, 7, 5);
	SEE(lsetxattr("l", ACCESS, "x", 1, 0));
}

static void of_folders(void)
{
	MUST(mkdir("d", 03770));
	MUST(chown("d", 5, 6));
	MUST(chmod("d", 03770));
	set("d", DEFAULT, 7, 7);
	set("d", ACCESS, 7, 7);
	MUST(mkdir("d/sub", 0777));
	show_both("d/sub");
	make("d/file", 0666, "x");
	show_both("d/file");
	make("d/less", 0600, "x");
	show_both("d/less");
	SEE(removexattr("d", DEFAULT));
	SEE(removexattr("d", DEFAULT));
	show_both("d");
}

static void wrong(void)
{
	char *volatile at = (char *)1, *bad = at;
	struct acl acl = make_acl(7, 7);
	char buf[64];
	pid_t pid;

	make("w", 0644, "text");
	SEE(setxattr("w", ACCESS, &acl, 3, 0));
	SEE(setxattr("w", ACCESS, &acl, 5, 0));
	SEE(setxattr("w", ACCESS, &acl, 20, 0));
	SEE(setxattr("w", ACCESS, &acl, sizeof(acl), XATTR_REPLACE | 8));
	acl.entries[1].e_id = NONE;
	SEE(setxattr("w", ACCESS, &acl, sizeof(acl), 0));
	acl = make_acl(9, 7);
	SEE(setxattr("w", ACCESS, &acl, sizeof(acl), 0));
	acl = make_acl(7, 7);
	acl.head.a_version = 1;
	SEE(setxattr("w", ACCESS, &acl, sizeof(acl), 0));
	SEE(setxattr("w", ACCESS, bad, sizeof(acl), 0));
	SEE(setxattr("none", ACCESS, bad, sizeof(acl), 0));
	show_both("w");
	set("w", ACCESS, 7, 7);
	SEE(getxattr("w", ACCESS, NULL, 0));
	SEE(getxattr("w", ACCESS, buf, 10));
	SEE(getxattr("w", ACCESS, bad, 100));
	/* Only the head of one: none. */
	SEE(setxattr("w", ACCESS, &acl, 4, 0));
	acl = make_acl(7, 7);
	SEE(setxattr("w", ACCESS, &acl, 4, 0));
	show_both("w");
	pid = child_as(1000, 1000);
	if (pid == 0) {
		set("w", ACCESS, 7, 7);
		make("own", 0644, "x");
		set("own", ACCESS, 6, 6);
		show_both("f");
		_exit(0);
	}
	reap(pid);
}

int main(void)
{
	umask(022);
	MUST(mkdir("tree", 0777));
	MUST(chmod("tree", 0777));
	MUST(chdir("tree"));
	of_files();
	of_folders();
	wrong();
	return done();
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Extended attributes: no record shows among them, a program's capabilities
 * can be set, and an ACL that is no more than a mode is one.
 *
 * scenario: flags=-r,--map-auto run-as=root needs=root bare=same
 * (root has the same attributes with and without namespaces)
 */
#include <linux/capability.h>
#include <linux/posix_acl.h>
#include <linux/posix_acl_xattr.h>
#include <sys/xattr.h>
#include "user_files.h"

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void list(const char *name)
{
	char buf[256], *names[16];
	ssize_t n = llistxattr(name, buf, sizeof(buf));
	size_t count = 0;

	see("%s: list of %s, size %s", name, res(n),
	    res(llistxattr(name, NULL, 0)));
	for (char *at = buf; n > 0 && at < buf + n; at += strlen(at) + 1)
		names[count++] = at;
	qsort(names, count, sizeof(names[0]), by_name);
	for (size_t i = 0; i < count; i++)
		see("  %s", names[i]);
}

static const struct vfs_cap_data caps = {
	.magic_etc = VFS_CAP_REVISION_2 | VFS_CAP_FLAGS_EFFECTIVE,
	.data = { { .permitted = 1 << 13 } },
};

#define CAPS "security.capability"

static void capabilities(void)
{
	struct vfs_cap_data got = { 0 };
	char more[64];
	int fd;

	make("p", 0755, "#!");
	SEE(getxattr("p", CAPS, &got, sizeof(got)));
	SEE(setxattr("p", CAPS, &caps, sizeof(caps), XATTR_REPLACE));
	SEE(setxattr("p", CAPS, &caps, sizeof(caps), 0));
	SEE(setxattr("p", CAPS, &caps, sizeof(caps), XATTR_CREATE));
	SEE(getxattr("p", CAPS, &got, sizeof(got)));
	see("same: %d", memcmp(&got, &caps, sizeof(caps)) == 0);
	SEE(getxattr("p", CAPS, NULL, 0));
	SEE(getxattr("p", CAPS, more, sizeof(more)));
	SEE(getxattr("p", CAPS, more, 3));
	SEE(setxattr("p", CAPS, "xx", 2, 0));
	SEE(setxattr("p", CAPS, &caps, sizeof(caps), 8));
	list("p");
	SEE(chown("p", 3, 4));
	list("p");
	SEE(getxattr("p", CAPS, more, sizeof(more)));
	fd = MUST(open("p", O_RDONLY));
	SEE(fsetxattr(fd, CAPS, &caps, sizeof(caps), 0));
	SEE(fgetxattr(fd, CAPS, more, sizeof(more)));
	SEE(fremovexattr(fd, CAPS));
	SEE(fremovexattr(fd, CAPS));
	SEE(fgetxattr(fd, CAPS, more, sizeof(more)));
	close(fd);
}

static void plain(void)
{
	char buf[16];

	make("a", 0600, "text");
	SEE(chown("a", 33, 44));
	SEE(chmod("a", 04000));
	list("a");
	SEE(setxattr("a", "user.x", "value", 5, 0));
	SEE(getxattr("a", "user.x", buf, sizeof(buf)));
	SEE(getxattr("a", "user.rootlesscontainers", buf, sizeof(buf)));
	SEE(removexattr("a", "user.rootlesscontainers"));
	list("a");
	show("a");
	SEE(removexattr("a", "user.x"));
	SEE(removexattr("a", "user.x"));
	SEE(listxattr("none", buf, sizeof(buf)));
	SEE(listxattr("a", buf, sizeof(buf)));
	SEE(flistxattr(99, buf, sizeof(buf)));
	SEE(symlink("none", "l"));
	SEE(lchown("l", 3, 4));
	list("l");
	SEE(lsetxattr("l", "user.x", "y", 1, 0));
}

/* As cp -a does it. */
static void acl(void)
{
	struct {
		struct posix_acl_xattr_header head;
		struct posix_acl_xattr_entry entries[3];
	} value = {
		{ POSIX_ACL_XATTR_VERSION },
		{ { ACL_USER_OBJ, 0, -1 },
		  { ACL_GROUP_OBJ, 4, -1 },
		  { ACL_OTHER, 1, -1 } },
	};

	make("acl", 0644, "text");
	SEE(chmod("acl", 04755));
	SEE(setxattr("acl", "system.posix_acl_access", &value, sizeof(value),
		     0));
	show("acl");
	list("acl");
	SEE(close(open("acl", O_RDWR)));
}

/* A longer one is an attribute, which is listed among the others. */
static void long_acl(const char *name, const char *attribute)
{
	struct {
		struct posix_acl_xattr_header head;
		struct posix_acl_xattr_entry entries[5];
	} value = {
		{ POSIX_ACL_XATTR_VERSION },
		{ { ACL_USER_OBJ, 7, -1 },
		  { ACL_USER, 6, 33 },
		  { ACL_GROUP_OBJ, 5, -1 },
		  { ACL_MASK, 7, -1 },
		  { ACL_OTHER, 0, -1 } },
	}, got = { 0 };

	SEE(setxattr(name, attribute, &value, sizeof(value), 0));
	list(name);
	see("got %s: %d", res(getxattr(name, attribute, &got, sizeof(got))),
	    memcmp(&value, &got, sizeof(got)));
	show(name);
}

static void long_acls(void)
{
	MUST(mkdir("folder", 0755));
	long_acl("folder", "system.posix_acl_access");
	MUST(chown("folder", 3, 4));
	long_acl("folder", "system.posix_acl_default");
	long_acl("folder", "system.posix_acl_access");
	SEE(setxattr("folder", "user.x", "value", 5, 0));
	list("folder");
}

/* Root is bound by no mode, also not by one that a file was made with. */
static void locked(void)
{
	char buf[16];
	int status, fd = MUST(open("z", O_CREAT | O_EXCL | O_WRONLY, 0));
	pid_t pid;

	close(fd);
	SEE(setxattr("z", "user.x", "value", 5, 0));
	SEE(getxattr("z", "user.x", buf, sizeof(buf)));
	SEE(truncate("z", 3));
	show("z");
	make("w", 0200, "text");
	SEE(getxattr("w", "user.x", buf, sizeof(buf)));
	SEE(truncate("w", 1));
	show("w");
	pid = child_as(33, 33);
	if (pid == 0) {
		SEE(setxattr("z", "user.x", "value", 5, 0));
		SEE(getxattr("z", "user.x", buf, sizeof(buf)));
		SEE(removexattr("z", "user.x"));
		SEE(truncate("z", 0));
		SEE(truncate("none", 0));
		SEE(truncate(".", 0));
		_exit(0);
	}
	MUST(waitpid(pid, &status, 0));
	SEE(removexattr("z", "user.x"));
}

int main(void)
{
	umask(022);
	capabilities();
	plain();
	acl();
	long_acls();
	locked();
	return done();
}

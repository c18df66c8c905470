/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A Landlock of the program's own holds below a root, too: for what is opened,
 * made, renamed and removed.
 *
 * scenario: user=root run-as=root needs=root,kernel:5.13 bare=same
 * (root may call chroot with and without namespaces)
 */
#include "user_chroot.h"
#include <linux/landlock.h>

#define MAKE   (LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_DIR)
#define REMOVE (LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR)

static void confine(const char *folder)
{
	const struct landlock_ruleset_attr attr = {
		.handled_access_fs = LANDLOCK_ACCESS_FS_READ_FILE |
				     LANDLOCK_ACCESS_FS_WRITE_FILE | MAKE |
				     REMOVE,
	};
	int rules = (int)MUST(
		syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0));
	const struct landlock_path_beneath_attr beneath = {
		.allowed_access = attr.handled_access_fs,
		.parent_fd = MUST(open(folder, O_PATH | O_DIRECTORY)),
	};

	MUST(syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH,
		     &beneath, 0));
	MUST(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	MUST(syscall(SYS_landlock_restrict_self, rules, 0));
}

static void try_all(const char *who)
{
	see("%s: /file '%s', /dir/file '%s'", who, content("/file"),
	    content("/dir/file"));
	SEE(mkdir("/new", 0700));
	SEE(rmdir("/new"));
	SEE(mkdir("/dir/new", 0700));
	SEE(rmdir("/dir/new"));
	see("%s: unlink %s", who, res(unlink("/etc/there")));
	SEE(rename("/etc/there", "/etc/moved"));
	SEE(access("/etc/there", F_OK));
}

int main(void)
{
	pid_t pid;

	make_tree();
	make_file("jail/etc/there");
	MUST(chroot("jail"));
	MUST(chdir("/"));
	pid = child();
	if (pid == 0) {
		confine("/dir");
		try_all("confined");
		pid = child();
		if (pid == 0) {
			try_all("its child");
			_exit(0);
		}
		_exit(reap(pid));
	}
	see("%s", wait_text(reap(pid)));
	try_all("free");
	return done();
}

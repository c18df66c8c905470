/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who may take names out of folders and put others in: modes of the folder,
 * the sticky bit, folders that move, and links to what is not one's own.
 *
 * scenario: flags=-r,--map-auto run-as=root needs=root bare=same
 * (root owns files alike with and without namespaces)
 */
#include "user_files.h"

#include <stdio.h>

static void folder(const char *name, mode_t mode, uid_t uid, gid_t gid)
{
	MUST(mkdir(name, 0700));
	MUST(chown(name, uid, gid));
	MUST(chmod(name, mode));
}

static void file(const char *name, mode_t mode, uid_t uid, gid_t gid)
{
	make(name, 0600, "x");
	MUST(chown(name, uid, gid));
	MUST(chmod(name, mode));
}

static void prepare(void)
{
	folder("root", 0755, 0, 0);
	folder("own", 0755, 33, 33);
	folder("tmp", 01777, 0, 0);
	folder("all", 0777, 0, 0);
	folder("group", 0770, 0, 500);
	folder("blind", 0722, 0, 0);
	file("root/f", 0644, 33, 33);
	file("own/of_root", 0600, 0, 0);
	file("own/a", 0644, 33, 33);
	file("own/b", 0644, 33, 33);
	folder("own/d", 0755, 33, 33);
	folder("own/of_other", 0755, 34, 34);
	file("tmp/of_root", 0666, 0, 0);
	file("tmp/of_other", 0666, 34, 34);
	file("tmp/own", 0600, 33, 33);
	folder("tmp/d", 0777, 34, 34);
	file("all/of_root", 0600, 0, 0);
	file("all/set_id", 04755, 34, 34);
	file("all/readable", 0644, 34, 34);
	file("all/writable", 0666, 34, 34);
	file("group/f", 0600, 0, 0);
	file("blind/f", 0600, 0, 0);
	folder("all/full", 0777, 0, 0);
	file("all/full/f", 0600, 0, 0);
}

static void remove_names(void)
{
	SEE(unlink("root/f"));
	SEE(unlink("root/none"));
	SEE(rmdir("root/none"));
	SEE(unlinkat(AT_FDCWD, "own/of_root", 0));
	SEE(unlink("tmp/of_root"));
	SEE(unlink("tmp/of_other"));
	SEE(rmdir("tmp/d"));
	SEE(unlink("tmp/own"));
	SEE(unlink("all/of_root"));
	SEE(unlink("group/f"));
	SEE(unlink("blind/f"));
	SEE(rmdir("all/full"));
	SEE(unlink("all/full"));
	SEE(rmdir("all/readable"));
	SEE(unlink("none/none"));
	SEE(unlink(""));
	SEE(syscall(SYS_unlink, BAD_ADDR));
	SEE(unlink("root"));
	SEE(rmdir("root/"));
}

static void rename_them(void)
{
	SEE(rename("own/a", "own/c"));
	SEE(rename("own/c", "root/c"));
	SEE(rename("root/f", "own/f"));
	SEE(rename("own/c", "tmp/of_other"));
	SEE(rename("own/c", "tmp/c"));
	SEE(rename("tmp/c", "own/a"));
	SEE(rename("own/a", "own/b"));
	SEE(rename("own/none", "root/none"));
	SEE(rename("own/d", "all/d"));
	SEE(rename("own/of_other", "own/of_other2"));
	SEE(rename("own/of_other2", "all/of_other"));
	SEE(renameat2(AT_FDCWD, "own/b", AT_FDCWD, "root/f",
		      RENAME_EXCHANGE));
	SEE(renameat2(AT_FDCWD, "all/d", AT_FDCWD, "own/of_other2",
		      RENAME_EXCHANGE));
	SEE(renameat2(AT_FDCWD, "own/b", AT_FDCWD, "tmp/of_root",
		      RENAME_NOREPLACE));
}

static void make_names(void)
{
	SEE(link("all/readable", "own/l1"));
	SEE(link("all/writable", "own/l2"));
	SEE(link("all/set_id", "own/l3"));
	SEE(link("own/b", "own/l4"));
	SEE(link("own/b", "root/l5"));
	SEE(link("all/readable", "root/f"));
	SEE(link("none", "root/l6"));
	SEE(linkat(AT_FDCWD, "own/b", AT_FDCWD, "all/l7", 0));
	SEE(mkdir("root/m", 0755));
	SEE(mkdir("own/m", 0755));
	SEE(symlink("x", "root/s"));
	SEE(symlink("x", "own/s"));
	SEE(mkfifo("root/p", 0600));
	SEE(open("root/n", O_CREAT | O_WRONLY, 0600));
}

int main(void)
{
	int status;
	pid_t pid;

	umask(0);
	prepare();
	pid = child_as(33, 33);
	if (pid == 0) {
		remove_names();
		rename_them();
		make_names();
		_exit(0);
	}
	MUST(waitpid(pid, &status, 0));
	/* Root is bound by none of it. */
	SEE(unlink("tmp/of_other"));
	SEE(rename("own/of_root", "tmp/of_root"));
	SEE(chmod("own", 0));
	SEE(rename("own/b", "root/b"));
	SEE(link("all/set_id", "own/l8"));
	show("root/b");
	show("own/l8");
	show("own");
	return done();
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tmpfs and bind mounts: what is seen by them, how they lie on each other, and
 * how they go.
 *
 * scenario: user=root needs=userns bare=skip
 * (without namespaces, the machine's own mounts would be asked for)
 */
#include "mnt_common.h"

static void tmpfs(void)
{
	folder("t");
	make_file("t/below");
	SEE(mount("x", "t", "tmpfs", 0, NULL));
	SEE(access("t/below", F_OK));
	make_file("t/in");
	see("in: %s", content("t/in"));
	see("absolute: %s", content(shorten(base)[0] == 'B' ? "t/in" : "?"));
	SEE(mkdir("t/d", 0755));
	SEE(chdir("t/d"));
	see("there: %s", cwd());
	SEE(access("../in", F_OK));
	SEE(access("../../t/in", F_OK));
	SEE(chdir(".."));
	see("up: %s", cwd());
	SEE(chdir(".."));
	see("up: %s", cwd());
	SEE(umount("t"));
	SEE(access("t/in", F_OK));
	see("below: %s", content("t/below"));
}

static void bind(void)
{
	folder("from");
	folder("to");
	make_file("from/a");
	SEE(mount("from", "to", NULL, MS_BIND, NULL));
	see("by it: %s", content("to/a"));
	make_file("to/b");
	see("back: %s", content("from/b"));
	SEE(mount("t", "to", NULL, MS_BIND, NULL));
	see("over it: %s", content("to/below"));
	SEE(access("to/a", F_OK));
	show_mounts("two");
	SEE(umount("to"));
	see("one less: %s", content("to/a"));
	SEE(umount("to"));
	SEE(umount("to"));
	SEE(access("to/a", F_OK));
}

static void files(void)
{
	make_file("one");
	make_file("two");
	SEE(mount("one", "two", NULL, MS_BIND, NULL));
	see("two: %s", content("two"));
	SEE(unlink("two"));
	SEE(rename("two", "three"));
	SEE(rename("one", "three"));
	see("two: %s", content("two"));
	SEE(mount("three", "to", NULL, MS_BIND, NULL));
	SEE(mount("from", "two", NULL, MS_BIND, NULL));
	SEE(mount("x", "two", "tmpfs", 0, NULL));
	show_mounts("files");
	SEE(umount("two"));
	see("two: %s", content("two"));
}

/* What is mounted in what is bound comes along, if that is asked for. */
static void trees(void)
{
	folder("tree");
	folder("copy");
	MUST(mount("x", "tree", "tmpfs", 0, NULL));
	folder("tree/sub");
	folder("tree/other");
	MUST(mount("y", "tree/sub", "tmpfs", 0, NULL));
	make_file("tree/sub/leaf");
	SEE(mount("tree", "copy", NULL, MS_BIND, NULL));
	SEE(access("copy/sub/leaf", F_OK));
	show_mounts("bare");
	SEE(umount("copy"));
	SEE(mount("tree", "copy", NULL, MS_BIND | MS_REC, NULL));
	see("leaf: %s", content("copy/sub/leaf"));
	show_mounts("with all");
	SEE(umount("copy"));
	SEE(umount2("copy", MNT_DETACH));
	SEE(mount("tree/sub", "copy", NULL, MS_BIND, NULL));
	see("a part: %s", content("copy/leaf"));
	SEE(mount("tree", "tree/other", NULL, MS_BIND | MS_REC, NULL));
	see("into itself: %s", content("tree/other/sub/leaf"));
	SEE(access("tree/other/other/sub", F_OK));
	show_mounts("itself");
	SEE(umount2("copy", 0));
	SEE(umount2("tree", MNT_DETACH));
	show_mounts("end");
}

static void move(void)
{
	MUST(mount("x", "tree", "tmpfs", 0, NULL));
	folder("tree/sub");
	MUST(mount("y", "tree/sub", "tmpfs", 0, NULL));
	make_file("tree/sub/leaf");
	SEE(mount("tree", "copy", NULL, MS_MOVE, NULL));
	see("moved: %s", content("copy/sub/leaf"));
	SEE(access("tree/sub", F_OK));
	SEE(mount("copy", "copy/sub", NULL, MS_MOVE, NULL));
	SEE(mount("tree", "copy", NULL, MS_MOVE, NULL));
	show_mounts("moved");
	SEE(mount("copy/sub", "tree", NULL, MS_MOVE, NULL));
	show_mounts("and out of it");
	SEE(umount("copy"));
	SEE(umount("tree"));
}

/* Names do not go from one to another, and mount points stay. */
static void names(void)
{
	MUST(mount("x", "tree", "tmpfs", 0, NULL));
	folder("tree/d");
	make_file("tree/f");
	SEE(rename("tree/f", "f"));
	SEE(link("tree/f", "f"));
	SEE(rename("tree/d", "tree/e"));
	SEE(mount("tree/e", "copy", NULL, MS_BIND, NULL));
	SEE(rename("copy", "other"));
	SEE(rmdir("copy"));
	SEE(rmdir("tree"));
	SEE(unlink("tree"));
	SEE(rename("tree/f", "copy/f"));
	SEE(rename("tree/f", "tree/e/f"));
	see("seen: %s", content("copy/f"));
	SEE(umount("copy"));
	SEE(rmdir("copy"));
	SEE(umount("tree"));
}

int main(void)
{
	pid_t pid = child();

	if (pid == 0) {
		begin();
		tmpfs();
		bind();
		files();
		trees();
		move();
		names();
		_exit(0);
	}
	see("%s", wait_text(reap(pid)));
	return done();
}

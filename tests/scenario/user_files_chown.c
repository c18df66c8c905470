/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The chown family: who may, what stays, which set-id bits go, and which error
 * comes first.
 *
 * scenario: flags=-r,--map-auto run-as=root needs=root bare=same
 * (root owns files alike with and without namespaces)
 */
#include "user_files.h"

static void as_root(void)
{
	int fd, path;

	make("a", 0644, "text");
	show("a");
	SEE(chown("a", 33, 44));
	show("a");
	SEE(chown("a", -1, 45));
	SEE(chown("a", 34, -1));
	show("a");
	SEE(chown("a", -1, -1));
	show("a");
	fd = MUST(open("a", O_RDONLY));
	SEE(fchown(fd, 35, 46));
	show("a");
	SEE(fchownat(fd, "", 36, 47, AT_EMPTY_PATH));
	SEE(fchownat(fd, "", 36, 47, 0));
	SEE(fchownat(fd, "x", 36, 47, 0));
	path = MUST(open("a", O_PATH));
	SEE(fchown(path, 1, 1));
	SEE(fchownat(path, "", 37, 48, AT_EMPTY_PATH));
	show("a");
	SEE(fchown(99, 1, 1));
	SEE(fchownat(AT_FDCWD, "a", 1, 1, 0x40000));
	SEE(chown("none", 1, 1));
	SEE(chown("a/b", 1, 1));
	SEE(chown("", 1, 1));
	SEE(syscall(SYS_chown, BAD_ADDR, 1, 1));
	SEE(symlink("a", "l"));
	SEE(lchown("l", 5, 6));
	show("l");
	show("a");
	SEE(chown("l", 7, 8));
	show("l");
	show("a");
	SEE(symlink("l2", "l2"));
	SEE(chown("l2", 1, 1));
	SEE(lchown("l2", 9, 9));
	show("l2");
	close(fd);
	close(path);
}

static void keeps(void)
{
	make("k", 0600, "k");
	SEE(chown("k", 10, 20));
	SEE(rename("k", "k2"));
	show("k2");
	SEE(link("k2", "k3"));
	show("k3");
	SEE(unlink("k2"));
	show("k3");
	SEE(unlink("k3"));
	make("k3", 0600, "new");
	show("k3");
	SEE(symlink("x", "s"));
	SEE(lchown("s", 10, 20));
	SEE(rename("s", "s2"));
	show("s2");
	SEE(unlink("s2"));
	SEE(symlink("x", "s2"));
	show("s2");
	SEE(mkfifo("p", 0640));
	SEE(chown("p", 11, 12));
	show("p");
	SEE(mkdir("d", 0700));
	SEE(chown("d", 13, 14));
	show("d");
	make("d/f", 0600, "");
	show("d/f");
}

static void set_id(void)
{
	static const mode_t modes[] = { 04755, 02755, 06755, 02745, 01644 };

	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		make("m", 0644, "");
		SEE(chmod("m", modes[i]));
		show("m");
		SEE(chown("m", 1, 1));
		show("m");
		SEE(chmod("m", modes[i]));
		SEE(chown("m", -1, -1));
		show("m");
		unlink("m");
	}
	SEE(mkdir("md", 0755));
	SEE(chmod("md", 06755));
	SEE(chown("md", 1, 1));
	show("md");
}

static void as_user(void)
{
	SEE(chown("u", -1, 500));
	SEE(chown("u", 1000, 100));
	SEE(chown("u", 1000, 7));
	SEE(chown("u", 5, -1));
	SEE(chown("u", -1, -1));
	show("u");
	SEE(chmod("u", 02755));
	show("u");
	SEE(chown("u", -1, 500));
	show("u");
	SEE(chmod("r", 0777));
	SEE(chown("r", -1, -1));
	SEE(chown("r", 1000, -1));
	SEE(chown("rs", -1, -1));
	SEE(chown("other", 1000, 100));
	show("rs");
}

int main(void)
{
	pid_t pid;

	umask(022);
	as_root();
	keeps();
	set_id();
	make("u", 0644, "");
	MUST(chown("u", 1000, 100));
	make("r", 0644, "");
	make("rs", 0644, "");
	MUST(chmod("rs", 04755));
	make("other", 0644, "");
	MUST(chown("other", 2000, 100));
	pid = child_as(1000, 100);
	if (pid == 0) {
		as_user();
		_exit(0);
	}
	see("child: %s", wait_text(reap(pid)));
	return done();
}

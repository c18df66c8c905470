/* SPDX-License-Identifier: Apache-2.0 */
/* What the scenarios of chroot(2) share. */
#ifndef USER_CHROOT_H
#define USER_CHROOT_H

#include "scenario.h"

#define SEE(call) see("%s: %s", #call, res(call))

/* A file whose content is its name, by which it is told from others. */
static inline void make_file(const char *name)
{
	int fd = MUST(open(name, O_CREAT | O_EXCL | O_WRONLY, 0644));

	MUST(write(fd, name, strlen(name)));
	close(fd);
}

/* What is found there. */
static inline const char *content(const char *path)
{
	static char buf[4][64];
	static unsigned int next;
	char *text = buf[next++ % 4];
	int fd = open(path, O_RDONLY);
	ssize_t n;

	if (fd < 0)
		return res(-1);
	n = read(fd, text, sizeof(buf[0]) - 1);
	close(fd);
	if (n < 0)
		return res(-1);
	text[n] = 0;
	return text;
}

static inline const char *link_text(const char *path)
{
	static char text[PATH_MAX];
	ssize_t n = readlink(path, text, sizeof(text) - 1);

	if (n < 0)
		return res(-1);
	text[n] = 0;
	return text;
}

/* getcwd(2) itself: libc's may try other ways. Below @top, that is "TOP". */
static inline const char *where(const char *top)
{
	static char raw_text[PATH_MAX], text[PATH_MAX + 16];
	long n = syscall(SYS_getcwd, raw_text, sizeof(raw_text));
	const char *at;

	if (n < 0)
		return res(-1);
	at = top ? strstr(raw_text, top) : NULL;
	if (!at)
		return raw_text;
	snprintf(text, sizeof(text), "%.*sTOP%s", (int)(at - raw_text),
		 raw_text, at + strlen(top));
	return text;
}

/*
 * A tree to be put into: jail with files, folders and links, and files of the
 * same names outside, in tree, which is the working folder then. Return: the
 * absolute path of the folder that tree is in.
 */
static inline const char *make_tree(void)
{
	static char top[PATH_MAX];

	if (!getcwd(top, sizeof(top)))
		die("getcwd");
	MUST(mkdir("tree", 0755));
	MUST(chdir("tree"));
	MUST(mkdir("jail", 0755));
	MUST(mkdir("jail/dir", 0755));
	MUST(mkdir("jail/dir/sub", 0755));
	MUST(mkdir("jail/etc", 0755));
	make_file("file");
	make_file("jail/file");
	make_file("jail/dir/file");
	make_file("jail/dir/sub/file");
	MUST(symlink("/file", "jail/abs"));
	MUST(symlink("/dir/sub", "jail/absdir"));
	MUST(symlink("../../../file", "jail/dir/up"));
	MUST(symlink("sub/../file", "jail/dir/rel"));
	MUST(symlink("/none", "jail/dangling"));
	MUST(symlink("/etc/made", "jail/tomake"));
	MUST(symlink("loop", "jail/loop"));
	MUST(symlink("/absdir", "jail/dir/chain"));
	MUST(symlink("/", "jail/dir/root"));
	return top;
}

#endif

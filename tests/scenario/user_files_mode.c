/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Modes: all twelve bits, which of them a user may set, files that root alone
 * can read, and what access(2) and open(2) make of it.
 *
 * scenario: flags=-r,--map-auto run-as=root needs=root bare=same
 * (modes mean the same to root with and without namespaces)
 */
#include "user_files.h"

static void try_open(const char *name, int flags)
{
	int fd = open(name, flags);

	see("open %s %#o: %s", name, flags, fd < 0 ? res(-1) : "open");
	if (fd >= 0)
		close(fd);
}

static void try_all(const char *name)
{
	SEE(access(name, R_OK));
	SEE(access(name, W_OK));
	SEE(access(name, X_OK));
	SEE(access(name, F_OK));
	SEE(faccessat(AT_FDCWD, name, R_OK | W_OK, AT_EACCESS));
	try_open(name, O_RDONLY);
	try_open(name, O_WRONLY);
	try_open(name, O_RDWR | O_APPEND);
	/* Its text is no program. */
	SEE(execl(name, name, NULL));
	try_open(name, O_RDONLY | O_TRUNC);
}

static void bits(void)
{
	int fd;

	make("b", 0666, "text");
	for (mode_t mode = 1; mode < 010000; mode <<= 1) {
		SEE(chmod("b", mode));
		show("b");
	}
	fd = MUST(open("b", O_RDONLY));
	SEE(fchmod(fd, 0151));
	show("b");
	SEE(fchmodat(AT_FDCWD, "b", 0, 0));
	show("b");
	SEE(fchmod(fd, 0170000 | 0644));
	show("b");
	close(fd);
	fd = MUST(open("b", O_PATH));
	SEE(fchmod(fd, 0600));
	close(fd);
	SEE(fchmod(99, 0600));
	SEE(chmod("none", 0600));
	SEE(chmod("b/", 0600));
	SEE(symlink("b", "lb"));
	SEE(chmod("lb", 0711));
	show("lb");
	show("b");
	SEE(syscall(452L, AT_FDCWD, "b", 0755, 0x40));
	SEE(mkdir("bd", 0));
	show("bd");
	SEE(chmod("bd", 07000));
	show("bd");
	make("bd/in", 0, "x");
	show("bd/in");
}

static void made(void)
{
	int fd = MUST(open("m0", O_CREAT | O_RDWR, 0));

	show("m0");
	see("write: %s", res(write(fd, "ab", 2)));
	close(fd);
	try_all("m0");
	fd = MUST(open("m4", O_CREAT | O_WRONLY, 04755));
	show("m4");
	close(fd);
	umask(0777);
	make("m7", 0666, "");
	SEE(mkdir("md", 0777));
	SEE(mkdir("md/in", 0777));
	SEE(mkfifo("mp", 0666));
	umask(022);
	show("m7");
	show("md");
	show("md/in");
	show("mp");
	SEE(rmdir("md/in"));
}

static void others(void)
{
	static const mode_t modes[] = { 0600, 0640, 0604, 0060,
					0006, 0711, 0010, 0 };

	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		pid_t pid;

		make("o", 0600, "text");
		MUST(chown("o", i % 2 ? 1000 : 0, i % 3 ? 500 : 0));
		MUST(chmod("o", modes[i]));
		show("o");
		pid = child_as(1000, 100);
		if (pid == 0) {
			try_all("o");
			SEE(chmod("o", 0644));
			_exit(0);
		}
		reap(pid);
		try_all("o");
		unlink("o");
	}
}

/* Set-id bits that a user may not set. */
static void groups(void)
{
	make("g", 0644, "");
	MUST(chown("g", 1000, 7));
	SEE(chmod("g", 06755));
	show("g");
	SEE(chmod("g", 02755));
	MUST(chown("g", 1000, 500));
	SEE(chmod("g", 02755));
	show("g");
}

int main(void)
{
	pid_t pid;

	umask(022);
	bits();
	made();
	others();
	groups();
	make("own", 0644, "");
	MUST(chown("own", 1000, 7));
	pid = child_as(1000, 100);
	if (pid == 0) {
		SEE(chmod("own", 06755));
		show("own");
		_exit(0);
	}
	see("child: %s", wait_text(reap(pid)));
	return done();
}

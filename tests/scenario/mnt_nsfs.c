/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A namespace that is kept by mounting its file, as ip-netns(8) does.
 *
 * scenario: user=root needs=userns bare=skip
 * (without namespaces, the machine's own mounts would be asked for)
 */
#include "mnt_common.h"

static ino_t inode(const char *path)
{
	struct stat st;

	return stat(path, &st) < 0 ? 0 : st.st_ino;
}

static const char *name(void)
{
	static char text[65];

	MUST(gethostname(text, sizeof(text)));
	return text;
}

static void look(void)
{
	struct stat st;
	struct statx stx;
	int fd;

	MUST(stat("file", &st));
	see("type and mode: %o, links %lu", st.st_mode, st.st_nlink);
	MUST(lstat("file", &st));
	see("of itself: %o", st.st_mode);
	MUST(statx(AT_FDCWD, "file", 0, STATX_BASIC_STATS, &stx));
	see("statx: %o, same %d", stx.stx_mode, stx.stx_ino == st.st_ino);
	fd = MUST(open("file", O_RDONLY));
	MUST(fstat(fd, &st));
	see("open: same %d", st.st_ino == inode("file"));
	close(fd);
	SEE(open("file", O_RDWR));
	SEE(open("file", O_RDONLY | O_DIRECTORY));
	SEE(open("file", O_CREAT | O_EXCL | O_RDONLY, 0600));
	SEE(access("file", R_OK));
	SEE(chdir("file"));
	SEE(unlink("file"));
	SEE(rename("file", "other"));
	see("readlink: %s", link_text("file"));
}

int main(void)
{
	pid_t pid;
	int fd;

	begin();
	make_file("file");
	make_file("again");
	folder("d");
	MUST(sethostname("before", 6));
	pid = child();
	if (pid == 0) {
		MUST(unshare(CLONE_NEWUTS));
		MUST(sethostname("kept", 4));
		SEE(mount("/proc/self/ns/uts", "d", NULL, MS_BIND, NULL));
		SEE(mount("/proc/self/ns/none", "file", NULL, MS_BIND, NULL));
		SEE(mount("/proc/self/ns/mnt", "file", NULL, MS_BIND, NULL));
		SEE(mount("/proc/self/ns/uts", "file", NULL, MS_BIND, NULL));
		see("same: %d", inode("file") == inode("/proc/self/ns/uts"));
		_exit(0);
	}
	see("%s", wait_text(reap(pid)));
	look();
	see("another: %d", inode("file") != inode("/proc/self/ns/uts"));
	SEE(mount("file", "again", NULL, MS_BIND, NULL));
	SEE(umount("file"));
	see("back: %s", content("file"));
	see("%s", name());
	fd = MUST(open("again", O_RDONLY));
	SEE(umount("again"));
	SEE(umount2("again", MNT_DETACH));
	SEE(setns(fd, CLONE_NEWNET));
	SEE(setns(fd, CLONE_NEWUTS));
	see("%s", name());
	return done();
}

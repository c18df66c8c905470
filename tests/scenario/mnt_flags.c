/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the flags of a mount forbid: writing, programs, and who may change them.
 *
 * scenario: user=root needs=userns bare=skip
 * (without namespaces, the machine's own mounts would be asked for)
 */
#include <sys/time.h>
#include <sys/xattr.h>
#include <utime.h>
#include "mnt_common.h"

#define RO (MS_REMOUNT | MS_BIND | MS_RDONLY)

static const char *opened(const char *path, int flags)
{
	int fd = open(path, flags, 0644);

	if (fd >= 0)
		close(fd);
	return res(fd < 0 ? fd : 0);
}

static void each(void)
{
	int fd = MUST(open("ro/f", O_RDONLY));

	see("read: %s", content("ro/f"));
	see("write: %s", opened("ro/f", O_WRONLY));
	see("both: %s", opened("ro/f", O_RDWR));
	see("truncate: %s", opened("ro/f", O_RDONLY | O_TRUNC));
	see("create: %s", opened("ro/new", O_CREAT | O_RDONLY));
	see("there: %s", opened("ro/f", O_CREAT | O_RDONLY));
	see("excl: %s", opened("ro/f", O_CREAT | O_EXCL | O_WRONLY));
	see("nowhere: %s", opened("ro/none", O_WRONLY));
	see("a folder: %s", opened("ro/d", O_WRONLY));
	see("temporary: %s", opened("ro", O_TMPFILE | O_WRONLY));
	see("path: %s", opened("ro/f", O_PATH));
	SEE(access("ro/f", W_OK));
	SEE(access("ro/f", R_OK));
	SEE(access("ro/none", W_OK));
	SEE(mkdir("ro/new", 0755));
	SEE(mkdir("ro/d", 0755));
	SEE(mknod("ro/new", S_IFIFO | 0600, 0));
	SEE(symlink("x", "ro/new"));
	SEE(symlink("x", "ro/f"));
	SEE(link("ro/f", "ro/new"));
	SEE(unlink("ro/f"));
	SEE(unlink("ro/none"));
	SEE(rmdir("ro/d"));
	SEE(rename("ro/f", "ro/g"));
	SEE(rename("ro/none", "ro/g"));
	SEE(chmod("ro/f", 0600));
	SEE(chmod("ro/none", 0600));
	SEE(fchmod(fd, 0600));
	SEE(chown("ro/f", 0, 0));
	SEE(fchown(fd, 0, 0));
	SEE(utimensat(AT_FDCWD, "ro/f", NULL, 0));
	SEE(futimens(fd, NULL));
	SEE(utimes("ro/f", NULL));
	SEE(truncate("ro/f", 0));
	SEE(setxattr("ro/f", "user.x", "1", 1, 0));
	SEE(removexattr("ro/f", "user.x"));
	close(fd);
	SEE(chdir("ro"));
	see("from there: %s", opened("f", O_WRONLY));
	SEE(unlink("f"));
	SEE(mkdir("new", 0755));
	SEE(chdir(".."));
}

static void read_only(void)
{
	folder("rw");
	folder("ro");
	make_file("rw/f");
	folder("rw/d");
	SEE(mount("rw", "ro", NULL, MS_BIND, NULL));
	SEE(mount(NULL, "ro", NULL, RO, NULL));
	each();
	SEE(chmod("rw/f", 0600));
	make_file("rw/g");
	see("by the other: %s", content("ro/g"));
	show_mounts("read-only");
	SEE(mount(NULL, "ro", NULL, MS_REMOUNT | MS_BIND, NULL));
	see("write again: %s", opened("ro/f", O_WRONLY));
	SEE(umount("ro"));
}

/* That of the file system is that of all its mounts. */
static void whole(void)
{
	SEE(mount("x", "ro", "tmpfs", 0, NULL));
	make_file("ro/f");
	folder("again");
	SEE(mount("ro", "again", NULL, MS_BIND, NULL));
	SEE(mount(NULL, "ro", NULL, MS_REMOUNT | MS_RDONLY, NULL));
	see("one: %s", opened("ro/f", O_WRONLY));
	see("other: %s", opened("again/f", O_WRONLY));
	show_mounts("whole");
	SEE(mount(NULL, "ro", NULL, MS_REMOUNT, NULL));
	see("one: %s", opened("ro/f", O_WRONLY));
	see("other: %s", opened("again/f", O_WRONLY));
	SEE(umount("again"));
	SEE(umount("ro"));
	SEE(mount("x", "ro", "tmpfs", MS_RDONLY | MS_NOSUID | MS_NODEV, NULL));
	SEE(mkdir("ro/x", 0755));
	show_mounts("from the start");
	SEE(umount("ro"));
}

static void programs(void)
{
	pid_t pid;
	int fd = MUST(open("rw/run", O_CREAT | O_WRONLY, 0755));

	MUST(write(fd, "#!/bin/true\n", 12));
	close(fd);
	SEE(mount("rw", "ro", NULL, MS_BIND, NULL));
	SEE(mount(NULL, "ro", NULL, MS_REMOUNT | MS_BIND | MS_NOEXEC, NULL));
	SEE(access("ro/run", X_OK));
	SEE(access("rw/run", X_OK));
	SEE(access("ro/d", X_OK));
	pid = child();
	if (pid == 0) {
		execl("ro/run", "run", NULL);
		see("exec: %s", res(-1));
		_exit(3);
	}
	see("%s", wait_text(reap(pid)));
	pid = child();
	if (pid == 0) {
		execl("rw/run", "run", NULL);
		_exit(3);
	}
	see("%s", wait_text(reap(pid)));
	SEE(umount("ro"));
}

static void devices(void)
{
	make_file("null");
	SEE(mount("/dev/null", "null", NULL, MS_BIND, NULL));
	see("open: %s", opened("null", O_RDWR));
	SEE(mount(NULL, "null", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL));
	see("read-only: %s", opened("null", O_RDWR));
	SEE(mount(NULL, "null", NULL, MS_REMOUNT | MS_BIND | MS_NODEV, NULL));
	see("no devices: %s", opened("null", O_RDWR));
	see("path: %s", opened("null", O_PATH));
	SEE(umount("null"));
}

static void times(void)
{
	SEE(mount("x", "ro", "tmpfs", MS_NOATIME, NULL));
	show_mounts("noatime");
	SEE(mount(NULL, "ro", NULL, MS_REMOUNT | MS_BIND | MS_NODEV, NULL));
	show_mounts("kept");
	SEE(mount(NULL, "ro", NULL, MS_REMOUNT | MS_BIND | MS_STRICTATIME,
		  NULL));
	show_mounts("strict");
	SEE(mount(NULL, "ro", NULL,
		  MS_REMOUNT | MS_BIND | MS_NODIRATIME | MS_RELATIME, NULL));
	show_mounts("folders");
	SEE(umount("ro"));
}

/* In another user namespace, what was forbidden stays so. */
static void kept(void)
{
	SEE(mount("x", "ro", "tmpfs", MS_NOSUID | MS_NOEXEC, NULL));
	folder("ro/d");
	SEE(mount(NULL, "ro", NULL, RO | MS_NOSUID | MS_NOEXEC, NULL));
	MUST(unshare(CLONE_NEWUSER));
	SEE(mount(NULL, "ro", NULL, MS_REMOUNT | MS_BIND, NULL));
	MUST(unshare(CLONE_NEWNS));
	SEE(mount(NULL, "ro", NULL, MS_REMOUNT | MS_BIND, NULL));
	SEE(mount(NULL, "ro", NULL, RO | MS_NOSUID, NULL));
	SEE(mount(NULL, "ro", NULL, RO | MS_NOSUID | MS_NOEXEC, NULL));
	SEE(mount(NULL, "ro", NULL, RO | MS_NOSUID | MS_NOEXEC | MS_NODEV,
		  NULL));
	SEE(mount(NULL, "ro", NULL, RO | MS_NOSUID | MS_NOEXEC | MS_NOATIME,
		  NULL));
	SEE(mount(NULL, "ro", NULL, MS_REMOUNT | MS_RDONLY, NULL));
	SEE(umount("ro"));
	SEE(mount("ro", "rw", NULL, MS_BIND, NULL));
	SEE(mount(NULL, "rw", NULL, MS_REMOUNT | MS_BIND, NULL));
	SEE(umount("rw"));
}

int main(void)
{
	pid_t pid = child();

	if (pid == 0) {
		begin();
		read_only();
		whole();
		programs();
		devices();
		times();
		kept();
		_exit(0);
	}
	see("%s", wait_text(reap(pid)));
	return done();
}

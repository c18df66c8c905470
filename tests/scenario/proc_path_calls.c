/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls with a path other than open, stat and their like, on /proc: statfs,
 * chmod, chown, times, extended attributes, inotify, truncate, handles.
 *
 * scenario: needs=root
 * (its own file is not to be the caller's: the arms would change it for each other)
 */
#include "proc_common.h"

#include <linux/magic.h>
#include <sys/inotify.h>
#include <sys/statfs.h>
#include <sys/xattr.h>
#include <utime.h>

/* Newer than libc's headers. */
#define NR_FCHMODAT2	 452
#define NR_SETXATTRAT	 463
#define NR_GETXATTRAT	 464
#define NR_LISTXATTRAT	 465
#define NR_REMOVEXATTRAT 466
#define NR_FILE_GETATTR	 468
#define HANDLE_FID	 0x200

#define SHOW(call) see("  %s: %s", #call, res(call))

static const char *statfs_text(const char *name)
{
	struct statfs fs;

	if (statfs(name, &fs) == -1) {
		return res(-1);
	}
	return fs.f_type == PROC_SUPER_MAGIC ? "proc" : "no proc";
}

static void attributes(const char *name)
{
	char buf[64];

	SHOW(setxattr(name, "user.note", "x", 1, 0));
	SHOW(lsetxattr(name, "user.note", "xy", 2, 0));
	SHOW(getxattr(name, "user.note", buf, sizeof(buf)));
	SHOW(lgetxattr(name, "user.note", buf, sizeof(buf)));
	SHOW(listxattr(name, NULL, 0));
	SHOW(llistxattr(name, NULL, 0));
	SHOW(removexattr(name, "user.note"));
	SHOW(lremovexattr(name, "user.note"));
	SHOW(syscall(SYS_setxattr, name, "user.note", BAD_ADDR, 1, 0));
	SHOW(syscall(SYS_setxattr, name, BAD_ADDR, "x", 1, 0));
	SHOW(syscall(NR_SETXATTRAT, AT_FDCWD, name, 0, "user.a", buf, 1));
	SHOW(syscall(NR_GETXATTRAT, AT_FDCWD, name, 0, "user.a", NULL, 0));
	SHOW(syscall(NR_LISTXATTRAT, AT_FDCWD, name, AT_SYMLINK_NOFOLLOW, NULL,
		     0));
	SHOW(syscall(NR_REMOVEXATTRAT, AT_FDCWD, name, 0, "user.a"));
	SHOW(syscall(NR_REMOVEXATTRAT, AT_FDCWD, name, 0x8000, "user.a"));
	SHOW(syscall(NR_FILE_GETATTR, AT_FDCWD, name, buf, 1, 0));
}

static void times(const char *name)
{
	const struct timespec both[2] = { { 1000, 0 }, { 2000, 0 } };
	const struct timeval micro[2] = { { 3000, 0 }, { 4000, 0 } };
	const struct utimbuf old = { 5000, 6000 };

	SHOW(utimensat(AT_FDCWD, name, both, 0));
	SHOW(utimensat(AT_FDCWD, name, NULL, AT_SYMLINK_NOFOLLOW));
	SHOW(syscall(SYS_utimensat, AT_FDCWD, name, BAD_ADDR, 0));
	SHOW(utimensat(AT_FDCWD, name, both, 0x8000));
	SHOW(syscall(SYS_utimes, name, micro));
	SHOW(syscall(SYS_futimesat, AT_FDCWD, name, micro));
	SHOW(syscall(SYS_utime, name, &old));
}

static void modes(const char *name)
{
	uid_t own = getuid();

	SHOW(chmod(name, 0600));
	SHOW(syscall(SYS_fchmodat, AT_FDCWD, name, 0640));
	SHOW(syscall(NR_FCHMODAT2, AT_FDCWD, name, 0644, 0));
	SHOW(syscall(NR_FCHMODAT2, AT_FDCWD, name, 0644, AT_SYMLINK_NOFOLLOW));
	SHOW(syscall(NR_FCHMODAT2, AT_FDCWD, name, 0644, 0x8000));
	SHOW(chown(name, own, -1));
	SHOW(lchown(name, own, -1));
	SHOW(fchownat(AT_FDCWD, name, own, -1, 0));
	SHOW(fchownat(AT_FDCWD, name, own, -1, AT_SYMLINK_NOFOLLOW));
}

static void others(const char *name)
{
	struct {
		struct file_handle head;
		char rest[128];
	} handle = { .head.handle_bytes = 128 };
	int watcher = MUST(inotify_init1(IN_NONBLOCK)), mount;

	SHOW(inotify_add_watch(watcher, name, IN_MODIFY));
	SHOW(inotify_add_watch(watcher, name, IN_MODIFY | IN_DONT_FOLLOW));
	SHOW(inotify_add_watch(watcher, name, IN_MODIFY | IN_ONLYDIR));
	SHOW(inotify_add_watch(-1, name, IN_MODIFY));
	close(watcher);
	SHOW(name_to_handle_at(AT_FDCWD, name, &handle.head, &mount, 0));
	handle.head.handle_bytes = 128;
	SHOW(name_to_handle_at(AT_FDCWD, name, &handle.head, &mount,
			       HANDLE_FID | AT_SYMLINK_FOLLOW));
	SHOW(name_to_handle_at(AT_FDCWD, name, BAD_ADDR, &mount, 0));
	SHOW(truncate(name, 0));
	SHOW(truncate(name, -1));
	SHOW(chroot(name));
	see("  statfs: %s", statfs_text(name));
	SHOW(syscall(SYS_statfs, name, BAD_ADDR));
}

static void show(const char *name)
{
	see("%s", name);
	others(name);
	modes(name);
	times(name);
	attributes(name);
}

/* A change of this file by the child's number, and what became of it. */
static void effects(pid_t pid)
{
	char event[256], *name = strdup(path("/proc/%d/cwd/file", pid));
	int watcher = MUST(inotify_init1(IN_NONBLOCK));
	struct stat st;

	see("through %s", name);
	SHOW(inotify_add_watch(watcher, name, IN_MODIFY | IN_ATTRIB));
	SHOW(truncate(name, 77));
	SHOW(chmod(name, 0604));
	SHOW(utime(name, &(struct utimbuf){ 11, 22 }));
	MUST(stat("sub/file", &st));
	see("  %ld %o %ld", (long)st.st_size, st.st_mode, (long)st.st_mtime);
	see("  events: %d", read(watcher, event, sizeof(event)) > 0);
	close(watcher);
	free(name);
}

int main(void)
{
	struct gate ready;
	pid_t pid;

	gate_init(&ready);
	MUST(mkdir("sub", 0755));
	close(MUST(open("sub/file", O_RDWR | O_CREAT, 0644)));
	pid = child();
	if (pid == 0) {
		MUST(chdir("sub"));
		MUST(dup2(MUST(open("file", O_RDWR)), 100));
		let(&ready, 1);
		for (;;) {
			pause();
		}
	}
	pass(&ready);
	show("/proc");
	show("/proc/1");
	show("/proc/self/stat");
	show("/proc/2");
	show("/proc/2/stat");
	show("/proc/2/task/2/comm");
	show("/proc/2/exe");
	show("/proc/2/fd/100");
	show("/proc/2/cwd/file");
	show("/proc/3/stat");
	show("/proc/31999/stat");
	MUST(symlink("/proc/2/comm", "by-link"));
	show("by-link");
	MUST(symlink("/proc/31999", "to-nobody"));
	show("to-nobody");
	effects(pid);
	MUST(chdir(path("/proc/%d", pid)));
	show("comm");
	show("cwd/file");
	end_child(pid);
	see("of one that is gone");
	see("  statfs: %s", statfs_text("comm"));
	SHOW(chmod("comm", 0600));
	SHOW(utimensat(AT_FDCWD, "comm", NULL, 0));
	SHOW(llistxattr("comm", NULL, 0));
	return done();
}

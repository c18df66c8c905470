/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The folders on the way to a file: each call that takes a path asks each of
 * them whether it may be searched. Tried by who is root, a stranger, an owner,
 * a member of the group, and by who has one capability alone.
 *
 * scenario: flags=-r,--map-auto run-as=root needs=root bare=same
 * (modes mean the same to root with and without namespaces)
 */
#include <linux/openat2.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/statfs.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/xattr.h>
#include <utime.h>
#include "user_files_as.h"

/* Each has in it a file, a folder, a link, a program and a socket. */
static const struct {
	const char *name;
	mode_t mode;
	uid_t uid;
	gid_t gid;
} folders[] = {
	{ "all", 0777, 0, 0 },	     { "shut", 0700, 0, 0 },
	{ "search", 0711, 0, 0 },    { "read", 0744, 0, 0 },
	{ "own", 0700, 1000, 1000 }, { "self", 0077, 1000, 1000 },
	{ "group", 0750, 0, 500 },   { "members", 0705, 0, 500 },
	{ "none", 0, 0, 0 },
};

#define FOLDERS (sizeof(folders) / sizeof(folders[0]))

static int on_socket(const char *path,
		     int (*call)(int fd, const struct sockaddr *to,
				 socklen_t len))
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int fd = MUST(socket(AF_UNIX, SOCK_DGRAM, 0));
	int r, err;

	strcpy(to.sun_path, path);
	r = call(fd, (struct sockaddr *)&to, sizeof(to));
	err = errno;
	close(fd);
	errno = err;
	return r;
}

static int send_to(int fd, const struct sockaddr *to, socklen_t len)
{
	return (int)sendto(fd, "x", 1, 0, to, len);
}

static int send_msg(int fd, const struct sockaddr *to, socklen_t len)
{
	struct iovec iov = { "x", 1 };
	const struct msghdr msg = { .msg_name = (void *)to,
				    .msg_namelen = len,
				    .msg_iov = &iov,
				    .msg_iovlen = 1 };

	return (int)sendmsg(fd, &msg, 0);
}

static int send_some(int fd, const struct sockaddr *to, socklen_t len)
{
	struct iovec iov = { "x", 1 };
	struct mmsghdr msgs[2] = {
		{ .msg_hdr = { .msg_name = (void *)to,
			       .msg_namelen = len,
			       .msg_iov = &iov,
			       .msg_iovlen = 1 } },
	};

	return sendmmsg(fd, msgs, 1, 0);
}

static int listener(const char *path, mode_t mode)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int fd = MUST(socket(AF_UNIX, SOCK_DGRAM, 0));

	strcpy(to.sun_path, path);
	MUST(bind(fd, (struct sockaddr *)&to, sizeof(to)));
	MUST(chmod(path, mode));
	return fd;
}

static void build(void)
{
	MUST(mkdir("tree", 0755));
	MUST(chdir("tree"));
	for (size_t i = 0; i < FOLDERS; i++) {
		MUST(mkdir(folders[i].name, 0700));
		MUST(chdir(folders[i].name));
		make("f", 0666, "text");
		MUST(chmod("f", 0777));
		MUST(setxattr("f", "user.a", "x", 1, 0));
		MUST(mkdir("d", 0777));
		MUST(chmod("d", 0777));
		MUST(symlink("f", "l"));
		close(listener("s", 0777));
		MUST(chdir(".."));
		MUST(chown(folders[i].name, folders[i].uid, folders[i].gid));
		MUST(chmod(folders[i].name, folders[i].mode));
	}
	/* By another way to the same. */
	MUST(symlink("../shut/d", "all/through"));
	MUST(symlink("../all/d", "shut/back"));
	MUST(chdir(".."));
}

static void destroy(void)
{
	if (system("rm -rf tree") != 0)
		see("not removed");
}

static void ask(void)
{
	struct open_how how = { .flags = O_RDONLY,
				.resolve = RESOLVE_NO_SYMLINKS };
	struct stat st;
	struct statx stx;
	struct statfs fs;
	char buf[64];

	TRY(stat("f", &st));
	TRY(lstat("l", &st));
	TRY(stat("l", &st));
	TRY(statx(AT_FDCWD, "f", 0, STATX_BASIC_STATS, &stx));
	TRY(access("f", F_OK));
	TRY(access("f", R_OK));
	TRY(faccessat(AT_FDCWD, "f", R_OK, AT_EACCESS));
	TRY(readlink("l", buf, sizeof(buf)));
	TRY(open("f", O_RDONLY));
	TRY(open("f", O_PATH));
	TRY(open("d", O_RDONLY));
	TRY(syscall(SYS_openat2, AT_FDCWD, "f", &how, sizeof(how)));
	TRY(statfs("f", &fs));
	TRY(getxattr("f", "user.a", buf, sizeof(buf)));
	TRY(listxattr("f", buf, sizeof(buf)));
	TRY(inotify_add_watch(inotify_init(), "f", IN_OPEN));
	TRY(execl("f", "f", NULL));
	TRY(execl("l", "l", NULL));
	TRY(chroot("d"));
}

static void change(void)
{
	const struct timeval times[2] = { { 1, 0 }, { 2, 0 } };
	const struct utimbuf old = { 1, 2 };

	TRY(chmod("f", 0666));
	TRY(chmod("f", 0777));
	TRY(chown("f", -1, -1));
	TRY(lchown("l", -1, -1));
	TRY(utimensat(AT_FDCWD, "f", NULL, 0));
	TRY(utime("f", &old));
	TRY(utimes("f", times));
	TRY(syscall(SYS_futimesat, AT_FDCWD, "f", NULL));
	TRY(truncate("f", 1));
	TRY(setxattr("f", "user.a", "y", 1, 0));
	TRY(removexattr("f", "user.a"));
	TRY(open("new", O_CREAT | O_EXCL | O_WRONLY, 0600));
	TRY(mkdir("newd", 0700));
	TRY(mkdir("d", 0700));
	TRY(mkfifo("newp", 0600));
	TRY(symlink("f", "newl"));
	TRY(on_socket("news", bind));
	TRY(link("f", "newf"));
	TRY(rename("f", "newn"));
	TRY(rename("newn", "f"));
	TRY(on_socket("s", connect));
	TRY(on_socket("s", send_to));
	TRY(on_socket("s", send_msg));
	TRY(on_socket("s", send_some));
	TRY(unlink("l"));
	TRY(rmdir("d"));
}

/* The same, with the folder's name ahead of each name. */
static void from_outside(const char *folder)
{
	struct stat st;
	char f[64], d[64], l[64], s[64], n[64], buf[64];
	const struct timespec times[2] = { { 1, 0 }, { 2, 0 } };

	snprintf(f, sizeof(f), "tree/%s/f", folder);
	snprintf(d, sizeof(d), "tree/%s/d", folder);
	snprintf(l, sizeof(l), "tree/%s/l", folder);
	snprintf(s, sizeof(s), "tree/%s/s", folder);
	snprintf(n, sizeof(n), "tree/%s/n", folder);
	see(" to %s", folder);
	TRY(stat(f, &st));
	TRY(lstat(l, &st));
	TRY(fstatat(AT_FDCWD, f, &st, 0));
	TRY(access(f, F_OK));
	TRY(readlink(l, buf, sizeof(buf)));
	TRY(open(f, O_RDONLY));
	TRY(open(f, O_PATH));
	TRY(open(n, O_CREAT | O_WRONLY, 0600));
	TRY(unlink(n));
	TRY(utimensat(AT_FDCWD, f, times, 0));
	TRY(utimensat(AT_FDCWD, f, NULL, 0));
	TRY(getxattr(f, "user.a", buf, sizeof(buf)));
	TRY(truncate(f, 2));
	TRY(execl(f, f, NULL));
	TRY(on_socket(s, connect));
	TRY(on_socket(s, send_to));
	TRY(on_socket(n, bind));
	TRY(unlink(n));
	TRY(mkdir(n, 0700));
	TRY(rmdir(n));
	TRY(symlink("x", n));
	TRY(rename(n, n));
	TRY(unlink(n));
	TRY(chdir(d) < 0 ? -1 : chdir("../../.."));
}

/* By descriptors, and by folders that one is in already. */
static void by_folder(void)
{
	int shut = open("tree/shut", O_PATH);
	int d = open("tree/all", O_RDONLY);
	struct stat st;
	int start = MUST(open(".", O_PATH));

	TRY(shut);
	TRY(fchdir(shut));
	TRY(fstatat(d, "f", &st, 0));
	TRY(fstatat(d, "../shut/f", &st, 0));
	TRY(fstatat(d, "through", &st, 0));
	TRY(fstatat(d, "through", &st, AT_SYMLINK_NOFOLLOW));
	TRY(stat("tree/shut/back", &st));
	TRY(stat("tree/all/through/.", &st));
	TRY(stat("tree/shut/.", &st));
	TRY(stat("tree/shut/..", &st));
	TRY(stat("tree/shut/", &st));
	TRY(stat("tree/shut/none", &st));
	TRY(stat("tree/none", &st));
	TRY(openat(shut, "f", O_RDONLY));
	TRY(fstatat(shut, "f", &st, 0));
	TRY(fstatat(shut, "", &st, AT_EMPTY_PATH));
	TRY(fstatat(shut, ".", &st, 0));
	TRY(fchdir(d));
	TRY(stat("f", &st));
	MUST(fchdir(start));
}

static void try_all(const char *who)
{
	see("---- %s", who);
	for (size_t i = 0; i < FOLDERS; i++)
		from_outside(folders[i].name);
	by_folder();
}

/* What is opened and entered before the rights go is kept. */
static void in_folders(const char *who, uid_t uid)
{
	for (size_t i = 0; i < FOLDERS; i++) {
		pid_t pid = child();

		if (pid) {
			reap(pid);
			continue;
		}
		see("---- %s in %s", who, folders[i].name);
		MUST(chdir("tree"));
		MUST(chdir(folders[i].name));
		MUST(setresgid(uid, uid, uid));
		MUST(setgroups(0, NULL));
		MUST(setresuid(uid, uid, uid));
		ask();
		change();
		_exit(0);
	}
}

/* What lies above a root is on nobody's way. */
static void below_root(void)
{
	struct stat st;
	pid_t pid;

	build();
	pid = child();
	if (pid == 0) {
		see("---- below a root");
		MUST(chdir("tree/shut"));
		MUST(mkdir("d/none", 0));
		make("d/none/f", 0666, "x");
		MUST(symlink("/none/../x", "d/abs"));
		MUST(chroot("d"));
		TRY(mkdir("/lock", 0));
		TRY(readlink("/lock/none", (char[4]){ 0 }, 4));
		TRY(mkdir("/lock/in", 0));
		TRY(stat("/lock/in/none", &st));
		TRY(open("/lock/in/f", O_CREAT | O_WRONLY, 0600));
		TRY(symlink("x", "/lock/in/l"));
		TRY(readlink("/lock/in/l", (char[4]){ 0 }, 4));
		TRY(stat("lock/in/f", &st));
		MUST(setresuid(33, 33, 33));
		TRY(stat("/", &st));
		TRY(stat("f", &st));
		TRY(stat("d", &st));
		TRY(chdir("/"));
		TRY(open("/x", O_CREAT | O_WRONLY, 0600));
		TRY(stat("/x", &st));
		TRY(stat("/../x", &st));
		TRY(stat("../../x", &st));
		TRY(stat("abs", &st));
		TRY(lstat("/abs", &st));
		TRY(stat("/none/f", &st));
		TRY(readlink("/none/f", (char[4]){ 0 }, 4));
		TRY(chdir("none"));
		_exit(0);
	}
	reap(pid);
	destroy();
}

/* access(2) goes by the real ids, the way there too. */
static void by_real_ids(void)
{
	struct stat st;
	pid_t pid;

	build();
	pid = child();
	if (pid == 0) {
		MUST(setresuid(1000, 0, 0));
		see("---- real ids");
		TRY(access("tree/shut/f", F_OK));
		TRY(faccessat(AT_FDCWD, "tree/shut/f", F_OK, AT_EACCESS));
		TRY(access("tree/own/f", F_OK));
		TRY(stat("tree/shut/f", &st));
		MUST(setresuid(0, 1000, 0));
		TRY(access("tree/shut/f", F_OK));
		TRY(faccessat(AT_FDCWD, "tree/shut/f", F_OK, AT_EACCESS));
		TRY(stat("tree/shut/f", &st));
		_exit(0);
	}
	reap(pid);
	destroy();
}

int main(void)
{
	umask(0);
	as_all_of_them(build, try_all, destroy);
	build();
	in_folders("a stranger", 33);
	destroy();
	below_root();
	by_real_ids();
	return done();
}

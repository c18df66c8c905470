/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a call asks of the file itself: to enter a folder, to set times, to
 * watch, to speak to a socket, to change attributes, and names in folders with
 * the sticky bit. Tried by who is root, a stranger, the owner, a member of the
 * group, by who has one capability alone, and by root without any.
 *
 * scenario: flags=-r,--map-auto run-as=root needs=root bare=same
 * (modes mean the same to root with and without namespaces)
 */
#include <linux/posix_acl.h>
#include <linux/posix_acl_xattr.h>
#include <stdio.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/statfs.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/xattr.h>
#include <utime.h>
#include "user_files_as.h"

static const struct {
	const char *name;
	mode_t mode;
	uid_t uid;
	gid_t gid;
} files[] = {
	{ "all", 0777, 0, 0 },	      { "none", 0, 0, 0 },
	{ "run", 0711, 0, 0 },	      { "read", 0744, 0, 0 },
	{ "write", 0722, 0, 0 },      { "own", 0700, 1000, 1000 },
	{ "self", 0077, 1000, 1000 }, { "blocked", 0, 1000, 1000 },
	{ "group", 0070, 0, 500 },    { "sticky", 01777, 0, 0 },
};

#define FILES (sizeof(files) / sizeof(files[0]))

static void own(const char *name, size_t i)
{
	MUST(lchown(name, files[i].uid, files[i].gid));
	MUST(chmod(name, files[i].mode));
}

static const char *of(const char *kind, size_t i)
{
	static char name[2][64];
	static int next;
	char *buf = name[next++ % 2];

	snprintf(buf, sizeof(name[0]), "tree/%s-%s", kind, files[i].name);
	return buf;
}

static int listen_at(const char *path)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int fd = MUST(socket(AF_UNIX, SOCK_STREAM, 0));

	strcpy(to.sun_path, path);
	MUST(bind(fd, (struct sockaddr *)&to, sizeof(to)));
	MUST(listen(fd, 50));
	return fd;
}

static int connect_to(const char *path)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int fd = MUST(socket(AF_UNIX, SOCK_STREAM, 0));
	int r, err;

	strcpy(to.sun_path, path);
	r = connect(fd, (struct sockaddr *)&to, sizeof(to));
	err = errno;
	close(fd);
	errno = err;
	return r;
}

static int sockets[FILES];

static void build(void)
{
	char in[80];

	MUST(mkdir("tree", 0777));
	for (size_t i = 0; i < FILES; i++) {
		make(of("f", i), 0666, "text");
		own(of("f", i), i);
		MUST(mkdir(of("d", i), 0777));
		snprintf(in, sizeof(in), "%s/a", of("d", i));
		make(in, 0666, "a");
		snprintf(in, sizeof(in), "%s/b", of("d", i));
		make(in, 0666, "b");
		MUST(chown(in, 1000, 1000));
		own(of("d", i), i);
		sockets[i] = listen_at(of("s", i));
		own(of("s", i), i);
	}
}

static void destroy(void)
{
	for (size_t i = 0; i < FILES; i++)
		close(sockets[i]);
	if (system("rm -rf tree") != 0)
		see("not removed");
}

static int watch(const char *name)
{
	int fd = MUST(inotify_init());
	int r = inotify_add_watch(fd, name, IN_OPEN);
	int err = errno;

	close(fd);
	errno = err;
	return r;
}

static int set_acl(const char *file, const char *name)
{
	const struct {
		uint32_t version;
		struct {
			uint16_t tag, perm;
			uint32_t id;
		} entries[5];
	} acl = { POSIX_ACL_XATTR_VERSION,
		  { { ACL_USER_OBJ, 7, -1 },
		    { ACL_GROUP_OBJ, 7, -1 },
		    { ACL_GROUP, 5, 0 },
		    { ACL_MASK, 7, -1 },
		    { ACL_OTHER, 7, -1 } } };

	return setxattr(file, name, &acl, sizeof(acl), 0);
}

static void files_ask(size_t i)
{
	const struct timespec given[2] = { { 1, 0 }, { 2, 0 } };
	const struct timespec now[2] = { { 0, UTIME_NOW }, { 0, UTIME_NOW } };
	const struct timespec half[2] = { { 0, UTIME_NOW }, { 0, UTIME_OMIT } };
	const struct timespec none[2] = { { 0, UTIME_OMIT },
					  { 0, UTIME_OMIT } };
	const struct timeval old[2] = { { 1, 0 }, { 2, 0 } };
	const struct utimbuf older = { 1, 2 };
	const char *f = of("f", i);
	int fd = open(f, O_PATH);

	TRY(utimensat(AT_FDCWD, f, NULL, 0));
	TRY(utimensat(AT_FDCWD, f, now, 0));
	TRY(utimensat(AT_FDCWD, f, half, 0));
	TRY(utimensat(AT_FDCWD, f, none, 0));
	TRY(utimensat(AT_FDCWD, f, given, AT_SYMLINK_NOFOLLOW));
	TRY(utimensat(fd, "", given, AT_EMPTY_PATH));
	TRY(utimes(f, NULL));
	TRY(utimes(f, old));
	TRY(utime(f, NULL));
	TRY(utime(f, &older));
	TRY(syscall(SYS_futimesat, AT_FDCWD, f, old));
	close(fd);
	fd = open(f, O_WRONLY);
	if (fd >= 0) {
		TRY(futimens(fd, NULL));
		TRY(futimens(fd, given));
		close(fd);
	}
	TRY(open(f, O_RDONLY | O_NOATIME));
	TRY(watch(f));
	TRY(setxattr(f, "user.a", "x", 1, 0));
	TRY(getxattr(f, "user.a", NULL, 0));
	TRY(removexattr(f, "user.a"));
	TRY(connect_to(of("s", i)));
}

static void folders_ask(size_t i)
{
	const char *d = of("d", i);
	int fd = open(d, O_PATH), start = MUST(open(".", O_PATH));
	char a[80], b[80], c[80];

	snprintf(a, sizeof(a), "%s/a", d);
	snprintf(b, sizeof(b), "%s/b", d);
	snprintf(c, sizeof(c), "%s/c", d);
	TRY(chdir(d));
	MUST(fchdir(start));
	TRY(fchdir(fd));
	MUST(fchdir(start));
	TRY(open(d, O_RDONLY | O_DIRECTORY));
	TRY(watch(d));
	TRY(utimensat(AT_FDCWD, d, NULL, 0));
	TRY(setxattr(d, "user.a", "x", 1, 0));
	TRY(open(d, O_TMPFILE | O_WRONLY, 0600));
	TRY(rename(a, c));
	TRY(rename(c, a));
	TRY(rename(b, a));
	TRY(unlink(b));
	TRY(link(a, c));
	TRY(unlink(c));
	TRY(unlink(a));
	TRY(chroot(d));
	close(fd);
	close(start);
}

static void acls(size_t i)
{
	TRY(set_acl(of("f", i), "system.posix_acl_access"));
	TRY(removexattr(of("f", i), "system.posix_acl_access"));
	TRY(set_acl(of("d", i), "system.posix_acl_default"));
	TRY(removexattr(of("d", i), "system.posix_acl_default"));
}

static void try_all(const char *who)
{
	for (size_t i = 0; i < FILES; i++) {
		see("---- %s: %s", who, files[i].name);
		files_ask(i);
		folders_ask(i);
		acls(i);
	}
}

/* What a user has locked for himself, root goes through all the same. */
static void locked(void)
{
	struct statfs fs;
	struct stat st;
	pid_t pid = child();

	if (pid == 0) {
		MUST(set_caps(0, 0, 0));
		MUST(mkdir("lock", 0700));
		MUST(mkdir("lock/in", 0700));
		make("lock/in/f", 0600, "x");
		MUST(chmod("lock/in", 0));
		MUST(chmod("lock", 0));
		TRY(stat("lock/in", &st));
		TRY(chdir("lock"));
		_exit(0);
	}
	reap(pid);
	see("---- root at what is locked");
	TRY(stat("lock/in/f", &st));
	TRY(open("lock/in/f", O_RDONLY));
	TRY(chdir("lock/in"));
	TRY(chdir("../.."));
	TRY(unlink("lock/in/f"));
	show("lock");
	show("lock/in");
	TRY(rmdir("lock/in"));
	TRY(rmdir("lock"));
	see("---- and at what it has made so itself");
	TRY(mkdir("lock", 0));
	show("lock");
	TRY(mkdir("lock/in", 0));
	TRY(symlink("x", "lock/in/l"));
	TRY(chmod("lock/in", 0));
	TRY(chmod("lock", 0));
	TRY(readlink("lock/in/l", (char[4]){ 0 }, 4));
	TRY(lstat("lock/in/l", &st));
	close(listen_at("lock/in/s"));
	TRY(connect_to("lock/in/s"));
	show("lock/in");
	TRY(mkdir("lock/other", 0100));
	TRY(statfs("lock/other/.", &fs));
	TRY(unlink("lock/in/s"));
	TRY(unlink("lock/in/l"));
	TRY(rmdir("lock/in"));
	TRY(rmdir("lock/other"));
	TRY(rmdir("lock"));
}

int main(void)
{
	umask(0);
	as_all_of_them(build, try_all, destroy);
	locked();
	return done();
}

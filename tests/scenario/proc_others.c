/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls with a path into /proc beside open, stat and readlink; and what
 * closing /proc must not touch: the root folder, links, renames, O_TMPFILE.
 *
 * scenario: bare=skip
 * (numbers 1 and 2 are others there)
 */
#include "proc_common.h"

#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/statfs.h>
#include <sys/un.h>
#include <sys/xattr.h>

static const char *opened(int fd)
{
	if (fd == -1) {
		return res(-1);
	}
	close(fd);
	return "open";
}

static void root(void)
{
	int usr = MUST(open("/usr", O_RDONLY));

	see("/: %s", opened(open("/", O_RDONLY)));
	see("/usr/..: %s", opened(open("/usr/..", O_RDONLY)));
	see(".. of /usr: %s", opened(openat(usr, "..", O_RDONLY)));
	see("/proc/..: %s", opened(open("/proc/..", O_RDONLY)));
	see("/proc/self/root: %s", opened(open("/proc/self/root", O_RDONLY)));
	see("/proc/self/root/: %s", opened(open("/proc/self/root/", O_RDONLY)));
	see("/proc/1/root/.: %s", opened(open("/proc/1/root/.", O_RDONLY)));
	see("etc by root: %s", opened(open("/proc/1/root/etc/passwd",
					   O_RDONLY)));
	see("etc by dots: %s", opened(open("/proc/1/../../etc/passwd",
					   O_RDONLY)));
	MUST(chdir("/"));
	see(". of /: %s", opened(open(".", O_RDONLY)));
	MUST(fchdir(usr));
	see("..: %s", opened(open("..", O_RDONLY)));
	see("../: %s", opened(open("../", O_RDONLY | O_DIRECTORY)));
	close(usr);
}

static void files(void)
{
	int fd, dir;

	MUST(mkdir("a", 0700));
	MUST(mkdir("b", 0700));
	close(MUST(open("a/one", O_WRONLY | O_CREAT, 0600)));
	SEE(rename("a/one", "b/two"));
	SEE(link("b/two", "a/three"));
	SEE(rename("a", "b/a"));
	fd = open("b", O_TMPFILE | O_RDWR, 0600);
	see("O_TMPFILE: %s", fd == -1 ? res(-1) : "open");
	SEE(linkat(AT_FDCWD, path("/proc/self/fd/%d", fd), AT_FDCWD, "named",
		   AT_SYMLINK_FOLLOW));
	SEE(access("named", F_OK));
	SEE(chmod(path("/proc/self/fd/%d", fd), 0640));
	SEE(truncate(path("/proc/self/fd/%d", fd), 100));
	SEE(utimensat(AT_FDCWD, path("/proc/self/fd/%d", fd), NULL, 0));
	SEE(listxattr(path("/proc/self/fd/%d", fd), NULL, 0));
	SEE(rename("/proc/self/cwd/named", "other"));
	dir = MUST(open("b", O_PATH));
	SEE(mkdirat(AT_FDCWD, path("/proc/self/fd/%d/new", dir), 0700));
	see("created below: %s",
	    opened(open(path("/proc/self/fd/%d/file", dir),
			O_WRONLY | O_CREAT | O_EXCL, 0600)));
	see("by number: %s",
	    opened(open(path("/proc/%d/fd/%d/file2", getpid(), dir),
			O_WRONLY | O_CREAT | O_EXCL, 0600)));
	SEE(access("b/file2", F_OK));
	SEE(unlink(path("/proc/self/fd/%d/file", dir)));
	close(fd);
	close(dir);
}

static void sockets(void)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	int fd = MUST(socket(AF_UNIX, SOCK_STREAM, 0));
	int dir = MUST(open(".", O_PATH));
	int two = MUST(socket(AF_UNIX, SOCK_STREAM, 0));

	snprintf(name.sun_path, sizeof(name.sun_path), "/proc/self/fd/%d/sock",
		 dir);
	SEE(bind(fd, (void *)&name, sizeof(name)));
	SEE(listen(fd, 1));
	SEE(connect(two, (void *)&name, sizeof(name)));
	close(fd);
	close(two);
	close(dir);
}

int main(void)
{
	char cwd[PATH_MAX];
	struct statfs fs;
	int fd;

	MUST((long)getcwd(cwd, sizeof(cwd)));
	root();
	MUST(chdir(cwd));
	files();
	sockets();
	SEE(statfs("/proc", &fs));
	SEE(statfs("/proc/self", &fs));
	fd = creat("/proc/self/comm", 0600);
	see("creat: %s", fd == -1 ? res(-1) : "open");
	if (fd != -1) {
		MUST(write(fd, "created", 7));
	}
	see("comm %s", first_line(slurp("/proc/self/comm")));
	SEE(truncate("/proc/self/comm", 0));
	SEE(chmod("/proc/self", 0700));
	SEE(utimensat(AT_FDCWD, "/proc/self", NULL, 0));
	SEE(listxattr("/proc/self", NULL, 0));
	fd = inotify_init();
	SEE(inotify_add_watch(fd, "/proc/self", IN_CREATE));
	close(fd);
	SEE(symlink("x", "/proc/self/x"));
	SEE(link("/proc/self/stat", "stat"));
	SEE(listxattr("/proc/31999", NULL, 0));
	SEE(chmod("/proc/31999", 0));
	SEE(statfs("/proc/31999", &fs));
	return done();
}

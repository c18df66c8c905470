/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files that are made: devices, and whose they are when the task or the folder
 * is not root's own.
 *
 * scenario: flags=-r,--map-auto run-as=root needs=root bare=same
 * (root makes files alike with and without namespaces)
 */
#include <sys/socket.h>
#include <sys/un.h>
#include "user_files.h"

/* What is opened is what was there: cp(1) copies nothing else. */
static void open_node(void)
{
	int fd = MUST(open("null", O_WRONLY));
	struct stat st, by_fd;
	struct statx stx;

	SEE(fchmod(fd, 0604));
	SEE(fchown(fd, 10, 11));
	MUST(stat("null", &st));
	MUST(fstat(fd, &by_fd));
	MUST(statx(fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &stx));
	see("the same: %d %d", st.st_dev == by_fd.st_dev,
	    st.st_ino == by_fd.st_ino && st.st_ino == stx.stx_ino);
	show_stat("opened", &by_fd);
	close(fd);
	fd = MUST(open("zero", O_RDONLY));
	MUST(fstat(fd, &by_fd));
	show_stat("another", &by_fd);
	close(fd);
	see("install: %d", system("install -m 644 null copy"));
	show("copy");
	SEE(unlink("copy"));
}

static void devices(void)
{
	char buf[4] = "xyz";
	int fd;

	SEE(mknod("null", S_IFCHR | 0666, makedev(1, 3)));
	SEE(mknod("zero", S_IFCHR | 0600, makedev(1, 5)));
	SEE(mknod("disk", S_IFBLK | 0640, makedev(259, 70000)));
	SEE(mknod("null", S_IFCHR | 0666, makedev(1, 3)));
	SEE(mknod("none/x", S_IFCHR | 0666, makedev(1, 3)));
	SEE(mknod("dir", S_IFDIR | 0777, 0));
	SEE(mknod("plain", 0640, 0));
	SEE(mknod("reg", S_IFREG | 0400, 0));
	SEE(mknod("fifo", S_IFIFO | 0644, 0));
	SEE(mknod("sock", S_IFSOCK | 0644, 0));
	SEE(syscall(SYS_mknodat, AT_FDCWD, "white", S_IFCHR, 0));
	for (const char *const *name =
		     (const char *const[]){ "null", "zero", "disk", "plain",
					    "reg", "fifo", "sock", "white",
					    NULL };
	     *name; name++)
		show(*name);
	SEE(chmod("null", 0606));
	SEE(chown("null", 8, 9));
	show("null");
	fd = MUST(open("null", O_RDWR));
	see("write: %s, read: %s", res(write(fd, "abc", 3)),
	    res(read(fd, buf, sizeof(buf))));
	close(fd);
	fd = MUST(open("zero", O_RDONLY | O_NOFOLLOW));
	see("read: %s, first %d", res(read(fd, buf, sizeof(buf))), buf[0]);
	close(fd);
	open_node();
	SEE(rename("null", "null2"));
	SEE(link("null2", "null3"));
	show("null3");
	SEE(unlink("null2"));
	SEE(unlink("null3"));
}

static void bind_socket(const char *name)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int fd = MUST(socket(AF_UNIX, SOCK_STREAM, 0));

	strcpy(to.sun_path, name);
	see("bind %s: %s", name,
	    res(bind(fd, (struct sockaddr *)&to, sizeof(to))));
	show(name);
	close(fd);
}

static void make_unnamed(void)
{
	int fd = open(".", O_TMPFILE | O_RDWR, 0640);
	char path[64];
	struct stat st;

	see("unnamed: %s", fd < 0 ? res(-1) : "open");
	if (fd < 0)
		return;
	MUST(fstat(fd, &st));
	show_stat("unnamed", &st);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	SEE(linkat(AT_FDCWD, path, AT_FDCWD, "t", AT_SYMLINK_FOLLOW));
	show("t");
	close(fd);
}

static void make_all(void)
{
	int fd = open("f", O_CREAT | O_EXCL | O_RDWR, 0664);

	see("open: %s", fd < 0 ? res(-1) : "open");
	if (fd >= 0)
		close(fd);
	SEE(close(creat("c", 0600)));
	SEE(mkdir("d", 0755));
	SEE(mkdirat(AT_FDCWD, "d2/", 02777));
	SEE(symlink("nowhere", "l"));
	SEE(mkfifo("p", 0644));
	SEE(mknod("r", 0644, 0));
	SEE(mknod("dev", S_IFCHR | 0644, makedev(1, 3)));
	SEE(close(open("l2", O_CREAT | O_WRONLY, 0640)));
	for (const char *const *name =
		     (const char *const[]){ "f", "c", "d", "d2", "l", "p", "r",
					    "dev", "l2", NULL };
	     *name; name++)
		show(*name);
	bind_socket("s");
	make_unnamed();
}

static void in_folder(const char *name, mode_t mode, uid_t uid, gid_t gid)
{
	pid_t pid;

	SEE(mkdir(name, 0700));
	SEE(chown(name, uid, gid));
	SEE(chmod(name, mode));
	show(name);
	for (int i = 0; i < 2; i++) {
		char below[32];

		snprintf(below, sizeof(below), "%s/%d", name, i);
		MUST(mkdir(below, 0777));
		MUST(chown(below, 0, gid));
		MUST(chmod(below, mode));
		pid = i ? child_as(1000, 100) : child();
		if (pid == 0) {
			MUST(chdir(below));
			make_all();
			_exit(0);
		}
		see("child: %s", wait_text(reap(pid)));
	}
}

int main(void)
{
	umask(022);
	devices();
	in_folder("open", 0777, 0, 0);
	in_folder("shared", 02777, 0, 300);
	in_folder("sticky", 01777, 5, 6);
	in_folder("closed", 0755, 0, 0);
	return done();
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Namespaces as files.
 *
 * Theory of operation. The file of a namespace is a pipe. The supervisor keeps
 * the end to read, and a program that opens /proc/PID/ns/KIND gets one to
 * write. The pipe's inode number is the namespace's: so readlink, stat and
 * fstat agree by themselves, and a descriptor says by its inode what it is,
 * wherever it has travelled. Nobody else can make a descriptor with it. The
 * kernel tells by POLLHUP when the last copy has been closed; until then the
 * file holds a reference of the namespace.
 *
 * A program that looks closely finds a pipe (fstatfs(2), or a write to it, that
 * nobody reads). By opening /proc/self/fd/N it may get the end to read; that
 * one keeps nothing alive. Nothing is taken out of the pipe by the supervisor.
 */
#include "src/ns/nsfs.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <unistd.h>
#include "src/host/sys.h"
#include "src/task/task.h"

#define NSFS_MAGIC 0x6e736673
#define PIPEFS_MAGIC 0x50495045

/* Descriptors of the supervisor's; others are needed for others' calls. */
#define FILES_MAX 512

struct ns_file {
	uint64_t ino;
	dev_t dev;
	int fd;			/* the end to read */
	bool open;		/* by a task: it holds a reference */
	struct ns_common *ns;
	UT_hash_handle hh;
};

static struct ns_file *files;	/* by ino */
static int watch = -1;

static long file_create(struct ns_common *ns, struct ns_file **ret_file)
{
	struct ns_file *file;
	struct stat st;
	int ends[2];
	long r;

	if (HASH_COUNT(files) >= FILES_MAX)
		return -ENFILE;
	file = calloc(1, sizeof(*file));
	if (!file)
		return -ENOMEM;
	r = sys_result(pipe2(ends, O_CLOEXEC | O_NONBLOCK));
	if (r < 0) {
		free(file);
		return r;
	}
	close(ends[1]);
	if (sys_is_reserved(ends[0])) {
		close(ends[0]);
		free(file);
		return -ENFILE;
	}
	/* A page is the least; what it holds counts against the user. */
	fcntl(ends[0], F_SETPIPE_SZ, 4096);
	fstat(ends[0], &st);
	file->fd = ends[0];
	file->ino = st.st_ino;
	file->dev = st.st_dev;
	file->ns = ns;
	HASH_ADD(hh, files, ino, sizeof(file->ino), file);
	ns->file = file;
	*ret_file = file;
	return 0;
}

static long file_of(struct ns_common *ns, struct ns_file **ret_file)
{
	if (!ns->file)
		return file_create(ns, ret_file);
	*ret_file = ns->file;
	return 0;
}

long nsfs_stat(struct ns_common *ns, struct stat *ret_st)
{
	struct ns_file *file;
	long r = file_of(ns, &file);

	if (r < 0)
		return r;
	ret_st->st_ino = file->ino;
	ret_st->st_dev = file->dev;
	return 0;
}

/* Is told when the last copy is closed. */
static long file_watch(struct ns_file *file)
{
	struct epoll_event event = { .events = EPOLLET, .data.u64 = file->ino };

	if (watch < 0)
		watch = epoll_create1(EPOLL_CLOEXEC);
	return sys_result(epoll_ctl(watch, EPOLL_CTL_ADD, file->fd, &event));
}

static int open_end(const struct ns_file *file)
{
	char self[64];
	int fd;

	snprintf(self, sizeof(self), "/proc/self/fd/%d", file->fd);
	fd = open(self, O_WRONLY | O_CLOEXEC);
	/* Whoever has it may have changed its mode. */
	if (fd < 0 && fchmod(file->fd, 0600) == 0)
		fd = open(self, O_WRONLY | O_CLOEXEC);
	return (int)sys_result(fd);
}

long nsfs_open(struct ns_common *ns)
{
	struct ns_file *file;
	long r = file_of(ns, &file);
	int fd;

	if (r < 0)
		return r;
	fd = open_end(file);
	if (fd < 0)
		return fd;
	if (file->open)
		return fd;
	r = file_watch(file);
	if (r < 0) {
		close(fd);
		return r;
	}
	file->open = true;
	ns->ops->get(ns);
	return fd;
}

static struct ns_file *file_by_inode(uint64_t ino)
{
	struct ns_file *file;

	HASH_FIND(hh, files, &ino, sizeof(ino), file);
	return file;
}

struct ns_common *nsfs_by_inode(uint64_t ino)
{
	const struct ns_file *file = file_by_inode(ino);

	return file ? file->ns : NULL;
}

static const struct {
	const char *name;
	uint64_t flag;
} host_kinds[] = {
	{ "cgroup", CLONE_NEWCGROUP }, { "ipc", CLONE_NEWIPC },
	{ "mnt", CLONE_NEWNS },	       { "net", CLONE_NEWNET },
	{ "pid", CLONE_NEWPID },       { "time", CLONE_NEWTIME },
	{ "user", CLONE_NEWUSER },     { "uts", CLONE_NEWUTS },
};

/* The kernel's own namespace that a descriptor's link names; 0: none. */
static uint64_t host_flag(const char *link)
{
	for (size_t i = 0; i < sizeof(host_kinds) / sizeof(host_kinds[0]); i++) {
		size_t len = strlen(host_kinds[i].name);

		if (strncmp(link, host_kinds[i].name, len) == 0 &&
		    strncmp(link + len, ":[", 2) == 0)
			return host_kinds[i].flag;
	}
	return 0;
}

long nsfs_of_fd(const struct task *task, int fd, struct ns_common **ret_ns,
		uint64_t *ret_flag)
{
	char path[64], link[64];
	struct stat st;

	*ret_ns = NULL;
	*ret_flag = 0;
	snprintf(path, sizeof(path), "/proc/%d/fd/%d", task->tid->host.n, fd);
	/* Of one by O_PATH, which has no mode, setns(2) says so, too. */
	if (lstat(path, &st) < 0 || !(st.st_mode & (S_IRUSR | S_IWUSR)) ||
	    stat(path, &st) < 0 || sys_readlink(path, link, sizeof(link)) < 0)
		return -EBADF;
	if (strncmp(link, "pipe:[", 6) == 0)
		*ret_ns = nsfs_by_inode(st.st_ino);
	*ret_flag = *ret_ns ? (*ret_ns)->ops->flag : host_flag(link);
	return 0;
}

bool nsfs_is_own_host(const struct task *task, int fd)
{
	struct stat st, own;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/fd/%d", task->tid->host.n, fd);
	if (stat(path, &st) < 0)
		return false;
	for (size_t i = 0; i < sizeof(host_kinds) / sizeof(host_kinds[0]); i++) {
		snprintf(path, sizeof(path), "/proc/self/ns/%s",
			 host_kinds[i].name);
		if (stat(path, &own) == 0 && own.st_ino == st.st_ino &&
		    own.st_dev == st.st_dev)
			return true;
	}
	return false;
}

void nsfs_forget(struct ns_common *ns)
{
	struct ns_file *file = ns->file;

	if (!file)
		return;
	HASH_DEL(files, file);
	close(file->fd);
	free(file);
	ns->file = NULL;
}

int nsfs_watch(void)
{
	return watch;
}

static void file_closed(struct ns_file *file)
{
	struct pollfd now = { .fd = file->fd };

	/* It may have been opened again meanwhile. */
	if (!file->open || poll(&now, 1, 0) != 1 || !(now.revents & POLLHUP))
		return;
	epoll_ctl(watch, EPOLL_CTL_DEL, file->fd, NULL);
	file->open = false;
	file->ns->ops->put(file->ns);	/* frees it, perhaps */
}

void nsfs_collect(void)
{
	struct epoll_event events[16];
	int n = epoll_wait(watch, events, 16, 0);

	for (int i = 0; i < n; i++) {
		struct ns_file *file = file_by_inode(events[i].data.u64);

		if (file)
			file_closed(file);
	}
}

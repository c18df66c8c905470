/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Resolving a path below a root; see root.h. Follows link_path_walk() and
 * handle_dots() of fs/namei.c: ".." stays at the root, an absolute link begins
 * there; who is outside of it, by a folder that was open before, goes up to the
 * host's own. Each step is made on a descriptor that opens nothing (O_PATH),
 * and no link is left to the kernel.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "src/host/sys.h"
#include "src/owner/way.h"
#include "src/task/task.h"
#include "src/view/root.h"
#include "src/view/walk.h"

#define LINKS_MAX 40 /* MAXSYMLINKS */

struct trip {
	const struct task *task;
	const struct root *root;
	enum root_how how;
	int at; /* the folder that has been reached */
	unsigned int links;
	bool in_proc; /* the rest lies below /proc */
	bool judged;  /* is each folder to be asked: root_search() */
	bool over;
	char last[NAME_MAX + 2];	/* a name there; "": it itself */
	char rest[VIEW_GUEST_PATH_MAX]; /* begins with a slash, or is over */
};

static bool follows(const struct trip *t)
{
	return (t->how & ~(unsigned int)ROOT_NO_LINKS) == ROOT_FOLLOW;
}

static bool same(int fd, const struct root *root)
{
	struct stat st;

	return fstat(fd, &st) == 0 && st.st_dev == root->dev &&
	       st.st_ino == root->ino;
}

static void move_to(struct trip *t, int fd)
{
	sys_close(&t->at);
	t->at = fd;
}

static long move_by(struct trip *t, const char *name)
{
	long fd = sys_result(openat(t->at, name, O_PATH | O_CLOEXEC));

	if (fd >= 0)
		move_to(t, (int)fd);
	return fd < 0 ? fd : 0;
}

static int dup_root(const struct trip *t)
{
	return fcntl(t->root->fd, F_DUPFD_CLOEXEC, 0);
}

/* Takes the next component. Return: its length, 0 at the end. */
static long next(struct trip *t, char *name)
{
	char *from = t->rest + strspn(t->rest, "/");
	size_t n = strcspn(from, "/");

	if (n > NAME_MAX)
		return -ENAMETOOLONG;
	memcpy(name, from, n);
	name[n] = 0;
	if (n > 0)
		memmove(t->rest, from + n, strlen(from + n) + 1);
	return (long)n;
}

static bool is_end(const struct trip *t)
{
	return t->rest[strspn(t->rest, "/")] == 0;
}

/* The path ends in the name @name, whatever that is. */
static void end_with(struct trip *t, const char *name)
{
	snprintf(t->last, sizeof(t->last), "%.*s%s", NAME_MAX, name,
		 *t->rest ? "/" : "");
	t->over = true;
}

static long follow(struct trip *t, int link)
{
	char target[VIEW_GUEST_PATH_MAX], rest[VIEW_GUEST_PATH_MAX];
	ssize_t n = readlinkat(link, "", target, sizeof(target) - 1);

	if (++t->links > LINKS_MAX || t->how & ROOT_NO_LINKS)
		return -ELOOP;
	if (n <= 0)
		return -ENOENT;
	target[n] = 0;
	strcpy(rest, t->rest);
	if (strlen(target) + strlen(rest) >= sizeof(t->rest))
		return -ENAMETOOLONG;
	strcpy(t->rest, target);
	strcat(t->rest, rest);
	if (target[0] == '/')
		move_to(t, dup_root(t));
	return 0;
}

/* Does the rest begin with the component @word? Cuts that off. */
static bool takes_word(struct trip *t, const char *word)
{
	const char *at = t->rest + strspn(t->rest, "/");
	size_t n = strcspn(at, "/");

	if (n != strlen(word) || strncmp(at, word, n) != 0)
		return false;
	memmove(t->rest, at + n, strlen(at + n) + 1);
	return true;
}

/*
 * In /proc: does the rest lead through the task's own link to its root? Cuts
 * that off.
 */
static bool takes_own_root(struct trip *t)
{
	char number[16];
	const char *const selves[] = { "self", "thread-self", number };
	bool end_too = follows(t);

	snprintf(number, sizeof(number), "%d",
		 group_number(t->task->group, t->task).n);
	for (size_t i = 0; i < sizeof(selves) / sizeof(selves[0]); i++) {
		char link[32];
		size_t n = (size_t)snprintf(link, sizeof(link), "/%s/root",
					    selves[i]);

		if (strncmp(t->rest, link, n) != 0 ||
		    (t->rest[n] ? t->rest[n] != '/' : !end_too))
			continue;
		memmove(t->rest, t->rest + n, strlen(t->rest + n) + 1);
		return true;
	}
	return false;
}

/* A folder that locks its own user out is opened up for root inside. */
static long open_next(const struct trip *t, const char *name)
{
	const int flags = O_PATH | O_NOFOLLOW | O_CLOEXEC;
	long r = sys_result(openat(t->at, name, flags));

	if (r == -EACCES && owner_may_search(t->task, t->at) == 0)
		r = sys_result(openat(t->at, name, flags));
	return r;
}

static long step(struct trip *t, const char *name)
{
	bool end = is_end(t);
	_cleanup_close_ int fd = -1;
	struct stat st;
	long r;

	if (end && t->how == ROOT_NAME) {
		end_with(t, name);
		return 0;
	}
	if (strcmp(name, "..") == 0 && same(t->at, t->root))
		return 0;
	if (strcmp(name, "..") == 0 || strcmp(name, ".") == 0)
		return move_by(t, name);
	r = open_next(t, name);
	fd = (int)r;
	if (r < 0 && (r != -ENOENT || !end))
		return r;
	if (r < 0 || fstat(fd, &st) < 0) {
		end_with(t, name);
		return 0;
	}
	if (S_ISLNK(st.st_mode) && (!end || *t->rest || follows(t)))
		return follow(t, fd);
	if (S_ISDIR(st.st_mode) && root_is_proc(&st)) {
		if (takes_word(t, "..")) /* back to where it was */
			return 0;
		if (takes_own_root(t)) {
			move_to(t, dup_root(t));
			return 0;
		}
		t->in_proc = true;
		t->over = true;
	} else if (end) {
		end_with(t, name);
	} else {
		move_to(t, fd);
		fd = -1;
	}
	return 0;
}

static long run(struct trip *t)
{
	char name[NAME_MAX + 1];
	long r;

	while (!t->over && (r = next(t, name)) != 0) {
		if (r > 0 && t->judged)
			r = owner_may_search(t->task, t->at);
		if (r >= 0)
			r = step(t, name);
		if (r < 0)
			return r;
	}
	return t->at < 0 ? -ENFILE : 0;
}

/* What has been reached, as a task without a root would name it. */
static long tell(const struct trip *t, char *ret_path)
{
	size_t n;
	long r;

	if (t->in_proc) {
		if (strlen(t->rest) + sizeof("/proc") > VIEW_GUEST_PATH_MAX)
			return -ENAMETOOLONG;
		strcpy(ret_path, "/proc");
		strcat(ret_path, t->rest);
		return 0;
	}
	/* Nobody removes a root; what the kernel says is of any alike. */
	if (t->how == ROOT_NAME && !*t->last) {
		strcpy(ret_path, "/");
		return 0;
	}
	r = root_name_of(t->at, ret_path);
	if (r < 0 || !*t->last)
		return r;
	n = strlen(ret_path);
	if (n + strlen(t->last) + 2 > VIEW_GUEST_PATH_MAX)
		return -ENAMETOOLONG;
	snprintf(ret_path + n, VIEW_GUEST_PATH_MAX - n, "%s%s",
		 ret_path[n - 1] == '/' ? "" : "/", t->last);
	return 0;
}

static long open_base(const struct task *task, int dirfd)
{
	char link[64];
	long r;

	if (dirfd == AT_FDCWD)
		snprintf(link, sizeof(link), "/proc/%d/cwd", task->tid->host.n);
	else
		snprintf(link, sizeof(link), "/proc/%d/fd/%d",
			 task->tid->host.n, dirfd);
	r = sys_result(open(link, O_PATH | O_CLOEXEC));
	return r == -ENOENT ? -EBADF : r;
}

static long open_below(int base, const char *path, enum root_how how,
		       uint64_t resolve)
{
	const struct open_how open_how = {
		.flags = O_PATH | O_CLOEXEC |
			 (uint64_t)(how == ROOT_FOLLOW ? 0 : O_NOFOLLOW),
		.resolve = resolve,
	};
	long fd = sys_call(SYS_openat2, (uint64_t)base, (uintptr_t)path,
			   (uintptr_t)&open_how, sizeof(open_how), 0, 0);

	if (fd >= 0)
		close((int)fd);
	return fd;
}

/*
 * A path that goes down only, by no absolute link: from there the kernel
 * resolves it alike, also to what is wrong with it.
 */
static bool goes_down(int base, const char *path, enum root_how how)
{
	struct stat st;
	long r;

	/* In /proc, view/walk.c knows the way. */
	if (fstat(base, &st) == 0 && st.st_dev == view_proc_device())
		return true;
	if (strstr(path, "..") || (root_shows_procs() && strstr(path, "proc")))
		return false;
	r = open_below(base, path, how,
		       RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS);
	/* The kernel knows of no /proc there that a link may lead to. */
	if (r == -ENOENT && root_shows_procs())
		r = open_below(base, path, how, RESOLVE_NO_SYMLINKS);
	return r >= 0 || r == -ENOENT || r == -ENOTDIR || r == -EACCES ||
	       r == -ENAMETOOLONG;
}

long root_resolve(const struct task *task, int dirfd, const char *path,
		  enum root_how how, char *ret_path)
{
	struct trip t = {
		.task = task, .root = task->root, .how = how, .at = -1
	};
	long r;

	if (!*path)
		return 1;
	if (path[0] != '/') {
		r = open_base(task, dirfd);
		if (r < 0)
			return r == -EBADF ? 1 : r;
		t.at = (int)r;
		if (goes_down(t.at, path, how)) {
			sys_close(&t.at);
			return 1;
		}
	} else {
		t.at = dup_root(&t);
	}
	strcpy(t.rest, path);
	r = run(&t);
	if (r == 0)
		r = tell(&t, ret_path);
	sys_close(&t.at);
	return r;
}

/* The host's, as what ".." stays at. */
static const struct root *host_root(void)
{
	static struct root root = { .fd = -1 };
	struct stat st;

	if (root.fd < 0) {
		root.fd = open("/", O_PATH | O_CLOEXEC);
		if (root.fd >= 0 && fstat(root.fd, &st) == 0) {
			root.dev = st.st_dev;
			root.ino = st.st_ino;
		}
	}
	return &root;
}

long root_search(const struct task *task, int dirfd, const char *path,
		 enum root_how how)
{
	struct trip t = { .task = task,
			  .root = task->root ? task->root : host_root(),
			  .how = how,
			  .at = -1,
			  .judged = true };
	long r;

	r = path[0] == '/' ? dup_root(&t) : open_base(task, dirfd);
	if (!*path || r < 0)
		return 0;
	t.at = (int)r;
	strcpy(t.rest, path);
	r = run(&t);
	sys_close(&t.at);
	return r == -EACCES ? r : 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Resolving a path below a root, through mounts; see root.h. Follows
 * link_path_walk() and handle_dots() of fs/namei.c: ".." stays at the root, an
 * absolute link begins there; who is outside of it, by a folder that was open
 * before, goes up to the host's own. On what something is mounted, the way
 * goes on where that begins; from there ".." leads above the mount point. Each
 * step is made on a descriptor that opens nothing (O_PATH), and no link is left
 * to the kernel.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "src/host/sys.h"
#include "src/net/sysfs.h"
#include "src/ns/mnt.h"
#include "src/owner/way.h"
#include "src/task/task.h"
#include "src/view/root.h"
#include "src/view/spot.h"
#include "src/view/walk.h"

#define LINKS_MAX 40	/* MAXSYMLINKS */
#define STEPS_MAX 16384 /* with links, while others wait */

struct trip {
	const struct task *task;
	const struct spot *root;
	struct mount *root_mnt;
	enum root_how how;
	int at;		   /* the folder that has been reached */
	struct mount *mnt; /* and by which mount; NULL: as the host has it */
	unsigned int links, steps;
	bool host_sys; /* src/net/sysfs.h: the host's is meant */
	bool in_proc; /* the rest lies below /proc */
	bool judged;  /* is each folder to be asked: root_search() */
	bool over;
	bool known; /* what the path ends with is there: */
	struct stat end;
	char last[NAME_MAX + 2];	/* a name there; "": it itself */
	char rest[VIEW_GUEST_PATH_MAX]; /* begins with a slash, or is over */
};

static bool follows(const struct trip *t)
{
	return (t->how & ~(unsigned int)ROOT_NO_LINKS) == ROOT_FOLLOW;
}

static bool is_at(const struct trip *t, const struct mount *mnt,
		  const struct spot *spot)
{
	struct stat st;

	return t->mnt == mnt && fstat(t->at, &st) == 0 && spot_is(spot, &st);
}

static void move_to(struct trip *t, int fd, struct mount *mnt)
{
	sys_close(&t->at);
	t->at = fd;
	t->mnt = mnt;
}

static void move_to_root(struct trip *t)
{
	move_to(t, spot_dup(t->root), t->root_mnt);
}

/* @fd, which is @st, in @mnt: what is mounted there takes its place. */
static void go_down(int *fd, struct stat *st, struct mount **mnt)
{
	struct mount *on;

	while (*mnt && *fd >= 0 &&
	       (on = mount_on(*mnt, st->st_dev, st->st_ino))) {
		sys_close(fd);
		*fd = spot_dup(on->root);
		*mnt = on;
		if (fstat(*fd, st) < 0)
			return;
	}
}

static long move_by(struct trip *t, const char *name)
{
	struct mount *mnt = t->mnt;
	struct stat st;
	long r = sys_result(openat(t->at, name, O_PATH | O_CLOEXEC));
	int fd = (int)r;

	if (fd < 0)
		return r;
	if (mnt && fstat(fd, &st) == 0)
		go_down(&fd, &st, &mnt);
	move_to(t, fd, mnt);
	return 0;
}

/* follow_dotdot() */
static long move_up(struct trip *t)
{
	while (t->mnt && !is_at(t, t->root_mnt, t->root) &&
	       is_at(t, t->mnt, t->mnt->root) && t->mnt->parent)
		move_to(t, spot_dup(t->mnt->at), t->mnt->parent);
	if (is_at(t, t->root_mnt, t->root) ||
	    (t->mnt && is_at(t, t->mnt, t->mnt->root)))
		return t->mnt ? move_by(t, ".") : 0;
	return move_by(t, "..");
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

	if (++t->links > LINKS_MAX || t->how & ROOT_NO_LINKS ||
	    (t->mnt && t->mnt->flags & MS_NOSYMFOLLOW))
		return -ELOOP;
	if (n <= 0)
		return -ENOENT;
	target[n] = 0;
	strcpy(rest, t->rest);
	if (strlen(target) + strlen(rest) >= sizeof(t->rest))
		return -ENAMETOOLONG;
	strcpy(t->rest, target);
	strcat(t->rest, rest);
	if (target[0] != '/')
		return 0;
	t->host_sys |= sysfs_has(link);
	move_to_root(t);
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

/* The terminals of devpts are the host's; what makes new ones is elsewhere. */
static bool is_ptmx(const struct mount *mnt, const char *name)
{
	return mnt && mnt->fs->terminals && strcmp(name, "ptmx") == 0;
}

static long look_at(const struct mount *mnt, int at, const char *name)
{
	const int flags = O_PATH | O_NOFOLLOW | O_CLOEXEC;

	if (is_ptmx(mnt, name))
		return sys_result(open("/dev/ptmx", flags));
	return sys_result(openat(at, name, flags));
}

/* A folder that locks its own user out is opened up for root inside. */
static long open_next(const struct trip *t, const char *name)
{
	long r = look_at(t->mnt, t->at, name);

	if (r == -EACCES && owner_may_search(t->task, t->at) == 0)
		r = look_at(t->mnt, t->at, name);
	return r;
}

/* What is there: a folder is entered, a file the way ends with. */
static long enter(struct trip *t, const char *name, int *fd, struct stat *st)
{
	bool end = is_end(t), other;
	struct mount *mnt = t->mnt;

	go_down(fd, st, &mnt);
	other = mnt != t->mnt || (S_ISDIR(st->st_mode) && !t->host_sys &&
				  sysfs_enter(net_of(t->task), fd, st));
	if (S_ISDIR(st->st_mode) && root_is_proc(st)) {
		if (takes_word(t, "..")) /* back to where it was */
			return 0;
		if (takes_own_root(t)) {
			move_to_root(t);
			return 0;
		}
		move_to(t, *fd, mnt);
		*fd = -1;
		t->in_proc = true;
		t->over = true;
		return 0;
	}
	t->known = end;
	t->end = *st;
	if (end && !other && !is_ptmx(mnt, name)) {
		end_with(t, name);
		return 0;
	}
	if (end && *t->rest && !S_ISDIR(st->st_mode))
		return -ENOTDIR;
	move_to(t, *fd, mnt);
	*fd = -1;
	return 0;
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
	if (strcmp(name, "..") == 0)
		return move_up(t);
	if (strcmp(name, ".") == 0)
		return sys_result(faccessat(t->at, ".", X_OK, AT_EACCESS));
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
	return enter(t, name, &fd, &st);
}

static long run(struct trip *t)
{
	char name[NAME_MAX + 1];
	long r;

	while (!t->over && (r = next(t, name)) != 0) {
		if (++t->steps > STEPS_MAX)
			return -ELOOP;
		if (r > 0 && t->judged)
			r = owner_may_search(t->task, t->at);
		if (r >= 0)
			r = step(t, name);
		if (r < 0)
			return r;
	}
	return t->at < 0 ? -ENFILE : 0;
}

long root_tell(const struct reached *to, enum root_how how, char *ret_path)
{
	size_t n;
	long r;

	if (to->in_proc) {
		if (strlen(to->rest) + sizeof("/proc") > VIEW_GUEST_PATH_MAX)
			return -ENAMETOOLONG;
		strcpy(ret_path, "/proc");
		strcat(ret_path, to->rest);
		return 0;
	}
	/* Nobody removes a root; what the kernel says is of any alike. */
	if (how == ROOT_NAME && !*to->last) {
		strcpy(ret_path, "/");
		return 0;
	}
	r = root_name_of(to->at, ret_path);
	if (r < 0 || !*to->last)
		return r;
	n = strlen(ret_path);
	if (n + strlen(to->last) + 2 > VIEW_GUEST_PATH_MAX)
		return -ENAMETOOLONG;
	snprintf(ret_path + n, VIEW_GUEST_PATH_MAX - n, "%s%s",
		 ret_path[n - 1] == '/' ? "" : "/", to->last);
	return 0;
}

long root_open_base(const struct task *task, int dirfd)
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

static struct mount *resolved_mount;

struct mount *root_resolved_mount(void)
{
	return resolved_mount;
}

/* Below a mount, nothing can be said of the way by the path alone. */
static long begin(struct trip *t, int dirfd, const char *path)
{
	struct mnt_namespace *ns = mnt_own(t->task);
	struct stat st;
	long r;

	if (path[0] == '/') {
		move_to_root(t);
		return 0;
	}
	r = root_open_base(t->task, dirfd);
	if (r < 0)
		return r;
	t->at = (int)r;
	if (ns)
		t->mnt = root_mount_of(&ns->mounts, ns, t->at);
	if (ns && fstat(t->at, &st) == 0 && !S_ISDIR(st.st_mode))
		return -ENOTDIR;
	return 0;
}

/* What was gone to, and the folder that a new name comes to lie in. */
static void note(const struct trip *t)
{
	struct mnt_namespace *ns = mnt_own(t->task);
	struct stat st;

	if (!ns || !t->mnt || t->in_proc)
		return;
	if (t->known)
		root_note_mount(ns, &t->end, t->mnt);
	if (fstat(t->at, &st) == 0)
		root_note_mount(ns, &st, t->mnt);
}

static long finish(struct trip *t, const char *path, struct reached *ret_to)
{
	long r;

	strcpy(t->rest, path);
	r = run(t);
	if (r < 0) {
		sys_close(&t->at);
		return r;
	}
	note(t);
	ret_to->at = t->at;
	ret_to->mnt = t->mnt;
	ret_to->in_proc = t->in_proc;
	memcpy(ret_to->last, t->last, sizeof(t->last));
	memcpy(ret_to->rest, t->rest, sizeof(t->rest));
	return 0;
}

static struct trip trip_of(const struct task *task, enum root_how how)
{
	struct trip t = { .task = task, .how = how, .at = -1 };

	t.root = root_of(task, &t.root_mnt);
	return t;
}

long root_walk(const struct task *task, int dirfd, const char *path,
	       enum root_how how, struct reached *ret_to)
{
	struct trip t = trip_of(task, how);
	long r = *path ? begin(&t, dirfd, path) : -ENOENT;

	if (r == 0)
		return finish(&t, path, ret_to);
	sys_close(&t.at);
	return r;
}

long root_go_down(struct reached *to)
{
	struct stat st;

	if (to->in_proc)
		return 0;
	if (*to->last) {
		long fd = look_at(to->mnt, to->at, to->last);

		if (fd < 0)
			return fd;
		sys_close(&to->at);
		to->at = (int)fd;
		*to->last = 0;
	}
	if (fstat(to->at, &st) < 0)
		return sys_result(-1);
	go_down(&to->at, &st, &to->mnt);
	return 0;
}

long root_resolve(const struct task *task, int dirfd, const char *path,
		  enum root_how how, char *ret_path)
{
	struct trip t = trip_of(task, how);
	struct reached to = { .at = -1 };
	struct stat st;
	long r;

	resolved_mount = NULL;
	if (!*path)
		return 1;
	r = begin(&t, dirfd, path);
	if (r < 0) {
		sys_close(&t.at);
		return r == -EBADF ? 1 : r;
	}
	if (path[0] != '/' &&
	    (mnt_active(task)
		     ? fstat(t.at, &st) == 0 && st.st_dev == view_proc_device()
		     : goes_down(t.at, path, how))) {
		sys_close(&t.at);
		return 1;
	}
	r = finish(&t, path, &to);
	if (r == 0)
		r = root_tell(&to, how, ret_path);
	resolved_mount = to.mnt;
	sys_close(&to.at);
	return r;
}

/* The host's, as what ".." stays at. */
static const struct spot *host_root(void)
{
	static struct spot *root;

	if (!root)
		spot_open("/", &root);
	return root;
}

long root_search(const struct task *task, int dirfd, const char *path,
		 enum root_how how)
{
	struct trip t = trip_of(task, how);
	long r = 0;

	if (!t.root)
		t.root = host_root();
	t.judged = true;
	if (*path && t.root && begin(&t, dirfd, path) == 0) {
		strcpy(t.rest, path);
		r = run(&t);
	}
	sys_close(&t.at);
	return r == -EACCES ? r : 0;
}

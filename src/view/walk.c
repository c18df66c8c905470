/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Resolving paths that may touch /proc.
 *
 * Theory of operation. Nearly every path has nothing to do with /proc, so the
 * common case must be cheap: a path that does not say "proc" can only get
 * there from a folder of /proc (as working folder or descriptor: no task has
 * one until the supervisor gave it, view_note_folder()), or by a symbolic link
 * on disk, which one stat(2) of the supervisor tells.
 *
 * The rest is walked component by component: outside of /proc on real
 * descriptors (O_PATH, no link is followed by the kernel), inside on the text
 * alone, with the numbers of the caller's namespace. `self`, `thread-self`
 * and the links to them are replaced by the numbers; a magic link in the
 * middle (cwd, root, fd/N) leads outside again.
 *
 * What is decided here rests on a path that the guest may change afterwards.
 * A path that turned out to be elsewhere is run by the kernel as it is then;
 * what keeps a changed one out of /proc is Landlock (host/landlock.c).
 */
#include "src/view/walk.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "src/host/sys.h"
#include "src/net/sysfs.h"
#include "src/ns/pid.h"
#include "src/task/agent.h"
#include "src/task/task.h"
#include "src/view/root.h"

#define LINKS_MAX     40 /* MAXSYMLINKS */
#define PROC_ROOT_INO 1

static bool folder_given; /* see view_note_folder() */

struct walker {
	const struct task *task;
	int at;			  /* real folder; -1 while in /proc */
	char proc[VIEW_PATH_MAX]; /* virtual path while in /proc */
	bool in_proc;
	bool typed;	       /* a number in it is the guest's own word */
	unsigned int expanded; /* components to come that a link stood for */
	unsigned int links;
	uint64_t resolve; /* WALK_ */
	bool slash;	  /* at the end: a link there is followed */
	bool dead;	  /* it began in the folder of a process that ended */
	bool blind;	  /* nsrun is short of something: it is not known */
	char left[VIEW_PATH_MAX]; /* where it left /proc; "": nowhere */
	size_t base; /* length of @proc where it began, for WALK_SCOPED */
	char rest[VIEW_GUEST_PATH_MAX]; /* what is still to be walked */
};

void view_note_folder(struct task *task)
{
	folder_given = true;
	agent_note_folder(task->group);
}

/* Folders of /proc are about, and descriptors come from elsewhere. */
void view_note_received(struct task *task)
{
	if (folder_given)
		agent_note_folder(task->group);
}

bool view_folder_given(void)
{
	return folder_given;
}

dev_t view_proc_device(void)
{
	static dev_t device;
	struct stat st;

	if (!device && stat("/proc", &st) == 0)
		device = st.st_dev;
	return device;
}

long view_read_path(struct call *c, uint64_t addr, char *buf)
{
	size_t n = 0;

	if (c->rooted) {
		const char *path = root_path_at(c, addr);

		if (path) {
			strcpy(buf, path);
			return (long)strlen(buf);
		}
	}
	while (n < VIEW_GUEST_PATH_MAX) {
		size_t want = 4096 - ((addr + n) & 4095);
		char *end;
		long r;

		if (n == 0 && want > 256)
			want = 256; /* few are longer */
		if (want > VIEW_GUEST_PATH_MAX - n)
			want = VIEW_GUEST_PATH_MAX - n;
		r = call_read(c, addr + n, buf + n, want);
		if (r < 0)
			return r;
		end = memchr(buf + n, 0, want);
		if (end)
			return end - buf;
		n += want;
	}
	return -ENAMETOOLONG;
}

/* ---- inside of /proc ---- */

/* Appends "/@name" (or @name at the start). */
static long push(struct walker *w, const char *name)
{
	size_t n = strlen(w->proc);

	if (n + strlen(name) + 2 > sizeof(w->proc))
		return -ENOENT; /* nothing there has such a name */
	snprintf(w->proc + n, sizeof(w->proc) - n, "%s%s", n ? "/" : "", name);
	return 0;
}

static void pop(struct walker *w)
{
	char *slash = strrchr(w->proc, '/');

	*(slash ? slash : w->proc) = 0;
}

/* The component that the path at @path ends with. */
static const char *last_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* Does the virtual path end in a link that only the kernel can follow? */
static bool is_magic(const char *path)
{
	static const char *const names[] = { "cwd", "root", "exe" };
	const char *last = last_of(path);
	const char *fd;

	if (last == path)
		return false;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(last, names[i]) == 0)
			return true;
	fd = strstr(path, "/fd/");
	return (fd && fd + 4 == last) || strstr(path, "/map_files/") ||
	       strstr(path, "/ns/");
}

bool view_is_magic(const struct place *place)
{
	return is_magic(place->path);
}

const char *view_plain_link(const struct task *task, const char *path,
			    char *buf, size_t size)
{
	int tgid = group_number(task->group, task).n;

	if (strcmp(path, "self") == 0)
		snprintf(buf, size, "%d", tgid);
	else if (strcmp(path, "thread-self") == 0)
		snprintf(buf, size, "%d/task/%d", tgid,
			 pid_nr(task->tid, task_pid_ns(task)).n);
	else if (strcmp(path, "mounts") == 0)
		snprintf(buf, size, "self/mounts");
	else if (strcmp(path, "net") == 0)
		snprintf(buf, size, "self/net");
	else
		return NULL;
	return buf;
}

/* Puts @path before what is still to be walked. */
static long prepend(struct walker *w, const char *path)
{
	char joined[VIEW_GUEST_PATH_MAX];

	if (++w->links > LINKS_MAX)
		return -ELOOP;
	if ((size_t)snprintf(joined, sizeof(joined), "%s%s%s", path,
			     *w->rest ? "/" : "", w->rest) >= sizeof(joined))
		return -ENAMETOOLONG;
	memcpy(w->rest, joined, sizeof(joined));
	return 0;
}

/* Leaves /proc for the real folder @path of the host. */
static long leave(struct walker *w, const char *path)
{
	if (w->resolve & WALK_NO_XDEV)
		return -EXDEV;
	if ((size_t)snprintf(w->left, sizeof(w->left), "%s%s%s", path,
			     *w->rest || w->slash ? "/" : "",
			     w->rest) >= sizeof(w->left))
		return -ENAMETOOLONG;
	w->at = open(path, O_PATH | O_CLOEXEC);
	w->in_proc = false;
	return sys_result(w->at) < 0 ? sys_result(-1) : 0;
}

/* Begins at a folder of /proc, as the link @link of the host says. */
static bool begin_in_proc(struct walker *w, const char *link)
{
	char path[VIEW_PATH_MAX];
	int nr;

	if (sys_readlink(link, path, sizeof(path)) < 0 ||
	    !view_below_proc(path))
		return false;
	view_translate_link(w->task, path, sizeof(path));
	snprintf(w->proc, sizeof(w->proc), "%s", view_below_proc(path));
	w->dead = sscanf(w->proc, "%d", &nr) == 1 &&
		  (nr == 0 || pid_to_host(w->task, nr) == SYS_NO_PID);
	w->in_proc = true;
	return true;
}

/* The host's path of where the walk is. */
static long host_path(const struct walker *w, char *buf)
{
	struct place place = { .where = WHERE_PROC };

	memcpy(place.path, w->proc, sizeof(place.path));
	return view_host_path(w->task, &place, buf);
}

/* What ".", ".." or a slash follows must be a folder. */
static long check_folder(const struct walker *w)
{
	char path[VIEW_PATH_MAX];
	struct stat st;
	long r = host_path(w, path);

	if (r == 0)
		r = sys_result(stat(path, &st));
	if (r == 0 && !S_ISDIR(st.st_mode))
		r = -ENOTDIR;
	return r;
}

/* The task that a path of /proc is about: "N/…" or "N/task/T/…". */
const struct task *view_subject(const struct task *viewer, const char *path)
{
	const struct group *group;
	int nr, tid;
	int n = sscanf(path, "%d/task/%d", &nr, &tid);

	if (n == 2)
		return task_by_number(viewer, (ns_pid){ tid });
	group = n == 1 ? group_by_number(viewer, (ns_pid){ nr }) : NULL;
	return group ? group->tasks : NULL;
}

bool view_is_root_link(const struct task *viewer, const struct place *place,
		       char *ret_path)
{
	const char *last = last_of(place->path);
	const struct task *task;

	if (last == place->path || strcmp(last, "root") != 0)
		return false;
	task = view_subject(viewer, place->path);
	return task && root_path(task, ret_path);
}

/* To the root of a task that has one of its own: the kernel does not know. */
static long follow_root(struct walker *w, bool *ret_done)
{
	struct place place = { .where = WHERE_PROC };
	char path[VIEW_GUEST_PATH_MAX];

	memcpy(place.path, w->proc, sizeof(place.path));
	*ret_done = view_is_root_link(w->task, &place, path);
	if (!*ret_done)
		return 0;
	w->typed = true; /* no word of it may reach the kernel */
	return leave(w, path);
}

/*
 * Goes through a magic link: the kernel knows where it leads. One at the end
 * is left to it, unless it leads to a place in /proc again.
 */
static long follow_magic(struct walker *w)
{
	char path[VIEW_PATH_MAX];
	long r = host_path(w, path);
	bool done;

	if (w->resolve & (WALK_NO_LINKS | WALK_NO_MAGIC))
		return -ELOOP;
	if (r < 0)
		return r;
	if (w->resolve & WALK_SCOPED)
		return -EXDEV;
	if (begin_in_proc(w, path))
		return 0;
	r = follow_root(w, &done);
	if (done)
		return r;
	if (*w->rest || w->slash)
		return leave(w, path);
	return w->resolve & WALK_NO_XDEV ? -EXDEV : 0;
}

/* Out of /proc, to the folder that it is in. */
static long leave_by_top(struct walker *w)
{
	char path[VIEW_GUEST_PATH_MAX];

	if (!root_above_proc(w->task, path))
		return leave(w, "/proc/..");
	w->typed = true;
	return leave(w, path);
}

/* ".." or "." */
static long step_up(struct walker *w, bool up)
{
	long r = *w->proc ? check_folder(w) : 0;

	if (r < 0 || !up)
		return r;
	if (w->resolve & WALK_SCOPED && strlen(w->proc) == w->base)
		return w->resolve & WALK_BENEATH ? -EXDEV : 0;
	if (!*w->proc)
		return leave_by_top(w);
	pop(w);
	return 0;
}

static long step_in_proc(struct walker *w, const char *name, bool follow)
{
	char link[64];
	long r;

	if (w->dead)
		return -ESRCH;
	if (strcmp(name, "..") == 0 || strcmp(name, ".") == 0)
		return step_up(w, name[1]);
	if (w->expanded > 0)
		w->expanded--;
	else if (view_is_number(name))
		w->typed = true;
	r = push(w, name);
	if (r < 0 || !follow)
		return r;
	if (view_plain_link(w->task, w->proc, link, sizeof(link))) {
		if (w->resolve & WALK_NO_LINKS)
			return -ELOOP;
		pop(w);
		w->expanded = 1;
		for (const char *at = link; *at; at++)
			w->expanded += *at == '/';
		return prepend(w, link);
	}
	return is_magic(w->proc) ? follow_magic(w) : 0;
}

/* ---- outside ---- */

static long enter_proc(struct walker *w)
{
	sys_close(&w->at);
	w->in_proc = true;
	*w->proc = 0;
	/* A scope outside that reaches into /proc is not followed so far. */
	return w->resolve & (WALK_NO_XDEV | WALK_SCOPED) ? -EXDEV : 0;
}

static long follow_link(struct walker *w, int fd)
{
	char target[VIEW_GUEST_PATH_MAX];
	ssize_t n = readlinkat(fd, "", target, sizeof(target) - 1);
	long r;

	if (n < 0)
		return -ENOENT;
	target[n] = 0;
	r = prepend(w, target);
	if (r == 0 && target[0] == '/') {
		sys_close(&w->at);
		w->at = open("/", O_PATH | O_CLOEXEC);
	}
	return r;
}

/* Where it can't be seen, a path is not taken for one that leads elsewhere. */
static int look_at(struct walker *w, int at, const char *name, int flags)
{
	long fd = sys_result(openat(at, name, O_PATH | O_CLOEXEC | flags));

	if (fd == -EMFILE || fd == -ENFILE || fd == -ENOMEM)
		w->blind = true;
	return fd < 0 ? -1 : (int)fd;
}

static long step_outside(struct walker *w, const char *name, bool follow)
{
	_cleanup_close_ int fd = look_at(w, w->at, name, O_NOFOLLOW);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -ENOENT;
	if (S_ISLNK(st.st_mode) && follow)
		return follow_link(w, fd);
	if (st.st_dev == view_proc_device() && st.st_ino == PROC_ROOT_INO)
		return enter_proc(w);
	sys_close(&w->at);
	w->at = fd;
	fd = -1;
	return 0;
}

/* ---- the walk ---- */

/* Takes the next component off @w->rest. Return: its length, 0 at the end. */
static long next(struct walker *w, char *name)
{
	char *from = w->rest + strspn(w->rest, "/");
	size_t n = strcspn(from, "/");
	char *to = from + n;

	if (n > NAME_MAX)
		return -ENOENT; /* in /proc; elsewhere the kernel says */
	memcpy(name, from, n);
	name[n] = 0;
	to += strspn(to, "/");
	memmove(w->rest, to, strlen(to) + 1);
	return (long)n;
}

/* Return: 0 in /proc, -ENOENT anywhere else, or another errno in /proc. */
static long run(struct walker *w, bool follow)
{
	char name[NAME_MAX + 1];
	long r;

	/* A slash at the end means the folder that a link leads to. */
	w->slash = *w->rest && w->rest[strlen(w->rest) - 1] == '/';
	while ((r = next(w, name)) > 0) {
		bool through = *w->rest || follow || w->slash;

		if (strcmp(name, ".") == 0 && !w->in_proc)
			continue;
		r = w->in_proc ? step_in_proc(w, name, through)
			       : step_outside(w, name, through);
		if (r < 0)
			return w->in_proc ? r : -ENOENT;
	}
	if (r < 0 || !w->in_proc)
		return r < 0 && w->in_proc ? r : -ENOENT;
	return w->slash && *w->proc ? check_folder(w) : 0;
}

void view_name_base(const struct task *task, int dirfd, char *buf, size_t size)
{
	if (dirfd == AT_FDCWD)
		snprintf(buf, size, "/proc/%d/cwd", task->tid->host.n);
	else
		snprintf(buf, size, "/proc/%d/fd/%d", task->tid->host.n, dirfd);
}

/* Where a relative path begins, in /proc if it @may, and "/" otherwise. */
static void begin(struct walker *w, int dirfd, const char *path, bool may)
{
	char link[64];

	w->at = -1;
	if (path[0] == '/') {
		w->at = look_at(w, AT_FDCWD, "/", 0);
		return;
	}
	view_name_base(w->task, dirfd, link, sizeof(link));
	if (may && begin_in_proc(w, link))
		return;
	w->at = look_at(w, AT_FDCWD, link, 0);
}

/*
 * A path that leads nowhere on the host: if it meets a link, that may lead to
 * a process which only the namespace has.
 */
static bool meets_link(const char *base, const char *path)
{
	const struct open_how how = {
		.flags = O_PATH | O_CLOEXEC | O_NOFOLLOW,
		.resolve = RESOLVE_NO_SYMLINKS,
	};
	_cleanup_close_ int dir = -1;
	long fd;

	if (*base) {
		dir = open(base, O_PATH | O_CLOEXEC);
		if (dir < 0)
			return false;
	}
	fd = sys_call(SYS_openat2, (uint64_t)dir, (uintptr_t)path,
		      (uintptr_t)&how, sizeof(how), 0, 0);
	if (fd >= 0)
		close((int)fd);
	/* A link at the end is opened itself. */
	return fd >= 0 || fd == -ELOOP || fd == -ENOSYS;
}

/*
 * Does the kernel say that it ends in /proc? A magic link of the supervisor's
 * own leads elsewhere, as the guest's does, which is right by itself. What it
 * is also says whether the kernel's open can block.
 */
static enum where leads_to(struct call *c, int dirfd, const char *path,
			   bool follow)
{
	static struct stat root;
	char absolute[VIEW_GUEST_PATH_MAX + 64];
	const char *whole = path;
	char base[64] = "";
	struct stat st;

	if (path[0] != '/') {
		view_name_base(c->task, dirfd, base, sizeof(base));
		snprintf(absolute, sizeof(absolute), "%s/%s", base, path);
		whole = absolute;
	}
	if (fstatat(AT_FDCWD, whole, &st, follow ? 0 : AT_SYMLINK_NOFOLLOW) < 0)
		return meets_link(base, path) ? WHERE_PROC : WHERE_ELSEWHERE;
	if (S_ISFIFO(st.st_mode))
		call_may_wait(c);
	if (!root.st_ino)
		stat("/", &root);
	if (st.st_dev == root.st_dev && st.st_ino == root.st_ino)
		return WHERE_ROOT;
	return st.st_dev == view_proc_device() ? WHERE_PROC : WHERE_ELSEWHERE;
}

static bool is_root(const char *path)
{
	return path[0] == '/' && path[strspn(path, "/.")] == 0 &&
	       !strstr(path, "...");
}

/* May a link on disk be followed on its way? */
static bool may_meet_link(const char *path, bool follow)
{
	return follow || strchr(path, '/');
}

/* By its own words; what /dev/fd/N is, only the walk can tell. */
static bool speaks_of_proc(const char *path)
{
	return strstr(path, "proc") || strncmp(path, "/dev/fd/", 8) == 0;
}

/* Walks @path, which may lead to /proc. */
static long locate(struct call *c, int dirfd, const char *path,
		   struct walk walk, struct place *ret_place)
{
	struct walker w = { .task = c->task, .at = -1 };
	bool begun;
	long r;

	w.resolve = walk.resolve;
	strcpy(w.rest, path);
	/* Without a pid namespace, tasks enter folders of /proc unseen. */
	begin(&w, dirfd, path,
	      folder_given || !(task_active(c->task) & NS_PID));
	begun = w.in_proc;
	w.base = strlen(w.proc);
	r = w.in_proc || w.at >= 0 ? run(&w, walk.follow) : -ENOENT;
	sys_close(&w.at);
	if (!w.in_proc && w.blind)
		return -ENFILE;
	if (!w.in_proc && *w.left) {
		ret_place->where = WHERE_BEYOND;
		ret_place->own = !w.typed && !begun;
		memcpy(ret_place->path, w.left, sizeof(ret_place->path));
	} else if (!w.in_proc && walk.look && !walk.resolve &&
		   leads_to(c, dirfd, path, walk.follow) == WHERE_ROOT) {
		ret_place->where = WHERE_ROOT;
	}
	if (!w.in_proc)
		return 0;
	ret_place->where = WHERE_PROC;
	ret_place->own = !w.typed && !begun;
	memcpy(ret_place->path, w.proc, sizeof(ret_place->path));
	return r;
}

long view_locate(struct call *c, int dirfd, uint64_t addr, struct walk walk,
		 struct place *ret_place)
{
	char path[VIEW_GUEST_PATH_MAX];

	ret_place->where = WHERE_ELSEWHERE;
	ret_place->own = false;
	if (view_read_path(c, addr, path) < 0)
		return 0;
	return view_locate_text(c, dirfd, path, walk, ret_place);
}

long view_locate_text(struct call *c, int dirfd, const char *path,
		      struct walk walk, struct place *ret_place)
{
	enum where where;

	ret_place->where = WHERE_ELSEWHERE;
	ret_place->own = false;
	ret_place->sys = false;
	if (!c->rooted && sysfs_is(path) && net_of(c->task) &&
	    sysfs_path(net_of(c->task), path, ret_place->path,
		       sizeof(ret_place->path))) {
		ret_place->where = WHERE_BEYOND;
		ret_place->sys = true;
		return 0;
	}
	if (is_root(path) && !walk.resolve) {
		ret_place->where = WHERE_ROOT;
		return 0;
	}
	if (walk.resolve & WALK_IN_ROOT)
		path += strspn(path, "/");
	if (!*path)
		return 0;
	/* Nearly every path ends here. */
	if (!walk.forced && !speaks_of_proc(path) &&
	    !(path[0] != '/' && folder_given)) {
		where = walk.look && may_meet_link(path, walk.follow)
				? leads_to(c, dirfd, path, walk.follow)
				: WHERE_ELSEWHERE;
		if (where == WHERE_ROOT && !walk.resolve)
			ret_place->where = where;
		if (where != WHERE_PROC)
			return 0;
	}
	return locate(c, dirfd, path, walk, ret_place);
}

long view_locate_fd(struct call *c, int fd, struct place *ret_place)
{
	struct walker w = { .task = c->task, .at = -1 };
	char link[64];

	ret_place->where = WHERE_ELSEWHERE;
	ret_place->own = false;
	snprintf(link, sizeof(link), "/proc/%d/fd/%d", c->task->tid->host.n,
		 fd);
	if (!folder_given || !begin_in_proc(&w, link))
		return 0;
	ret_place->where = WHERE_PROC;
	memcpy(ret_place->path, w.proc, sizeof(ret_place->path));
	return 0;
}

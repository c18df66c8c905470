/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Listing /proc and task folders: the entries that are no numbers from the
 * kernel, the numbers from the tables, in the kernel's order and at the
 * kernel's positions (proc_pid_readdir(), fs/proc/base.c), which lseek and
 * telldir keep in the task's own descriptor.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <utlist.h>
#include "src/host/sys.h"
#include "src/ns/pid.h"
#include "src/view/proc_net.h"
#include "src/view/view.h"
#include "src/view/walk.h"

#define FIRST_SELF 256	/* FIRST_PROCESS_ENTRY */
#define FIRST_NUMBER 258	/* TGID_OFFSET: after 256 entries, two selves */
#define LIST_MAX 32768		/* what one call fills at most */
#define LAST_POSITION (PIDS_MAX_LIMIT + FIRST_NUMBER)

struct linux_dirent64 {
	uint64_t d_ino;
	int64_t d_off;
	unsigned short d_reclen;
	unsigned char d_type;
	char d_name[];
};

struct list {
	char *buf;
	size_t len, size;
	long position;		/* of the next entry */
	struct linux_dirent64 *last;	/* knows by the next where that is */
};

/* proc_net_list() */
struct names {
	const char **names;
	size_t n;
};

/* The entry at the position @at. Return: whether it fitted. */
static bool add(struct list *list, const char *name, uint64_t ino,
		unsigned char type, long at)
{
	size_t need = offsetof(struct linux_dirent64, d_name) + strlen(name) + 1;
	struct linux_dirent64 *d = (void *)(list->buf + list->len);

	list->position = at;
	need = (need + 7) & ~(size_t)7;
	if (list->len + need > list->size)
		return false;
	if (list->last)
		list->last->d_off = at;
	memset(d, 0, need);
	d->d_ino = ino;
	d->d_reclen = (unsigned short)need;
	d->d_type = type;
	strcpy(d->d_name, name);
	list->len += need;
	list->last = d;
	list->position = at + 1;
	return true;
}

/* Return: false when the buffer is full. */
static bool add_number(struct list *list, int nr)
{
	char name[16];

	snprintf(name, sizeof(name), "%d", nr);
	/* The inode has no meaning but to be one: made of the number. */
	return add(list, name, (uint64_t)nr + (1ULL << 32), DT_DIR,
		   nr + FIRST_NUMBER);
}

static int compare(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

/* Is the thread or zombie @pid one of @of? */
static bool is_task_of(const struct pid *pid, const struct group *of)
{
	return pid->task ? pid->task->group == of : pid->group == of;
}

/* What is listed, in order; *@ret_n of them. NULL without memory. */
static int *numbers_of(const struct task *viewer, const struct group *of,
		       size_t *ret_n)
{
	struct pid_namespace *ns = task_pid_ns(viewer);
	int *nrs = calloc(HASH_COUNT(ns->numbers) + 1, sizeof(*nrs));
	const struct upid *upid;
	size_t n = 0;

	for (upid = ns->numbers; nrs && upid; upid = upid->hh.next)
		if (of ? is_task_of(upid->pid, of) : upid->pid->group != NULL)
			nrs[n++] = upid->nr;
	if (nrs)
		qsort(nrs, n, sizeof(*nrs), compare);
	*ret_n = n;
	return nrs;
}

static long add_numbers(struct list *list, const struct task *viewer,
			const struct group *of)
{
	size_t n;
	int *nrs = numbers_of(viewer, of, &n);

	if (!nrs)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		if (nrs[i] + FIRST_NUMBER >= list->position &&
		    !add_number(list, nrs[i])) {
			free(nrs);
			return 0;
		}
	list->position = LAST_POSITION;
	free(nrs);
	return 0;
}

/* Where an entry that is no number has its place; @n came before it. */
static long position_of(const char *name, long n)
{
	if (strcmp(name, "self") == 0)
		return FIRST_SELF;
	if (strcmp(name, "thread-self") == 0)
		return FIRST_SELF + 1;
	return n;
}

/*
 * The entries of the real folder that are no numbers, from the position on.
 * Return: false when the buffer is full.
 */
static bool add_others(struct list *list, const char *path)
{
	DIR *dir;
	long n = 0;
	bool fits = true;

	if (list->position >= FIRST_NUMBER)
		return true;
	dir = opendir(path);
	for (struct dirent *d; fits && dir && (d = readdir(dir));) {
		long at;

		if (view_is_number(d->d_name))
			continue;
		at = position_of(d->d_name, n++);
		if (at >= list->position)
			fits = add(list, d->d_name, d->d_ino, d->d_type, at);
	}
	if (dir)
		closedir(dir);
	if (fits)
		list->position = FIRST_NUMBER;
	return fits;
}

/* Of a folder that has an entry for each of a net's interfaces. */
static void add_names(struct list *list, const struct names *names)
{
	static const char *const dots[] = { ".", ".." };
	long at = list->position;

	for (; at < (long)names->n + 2; at++)
		if (!add(list, at < 2 ? dots[at] : names->names[at - 2],
			 (uint64_t)at + (1ULL << 32), DT_DIR, at))
			return;
	list->position = LAST_POSITION;
}

/* "N/task": the process whose threads it lists; N may be any thread's. */
static const struct group *task_folder(const struct task *viewer,
				       const char *path)
{
	const struct task *task;
	int nr, end = 0;

	if (sscanf(path, "%d/task%n", &nr, &end) != 1 || !end || path[end])
		return NULL;
	task = task_by_number(viewer, (ns_pid){ nr });
	return task ? task->group : group_by_number(viewer, (ns_pid){ nr });
}

/* The task's own open folder: its position is shared. */
static long open_folder(struct call *c, long *ret_position)
{
	host_pid tid = c->task->tid->host;
	long folder = sys_borrow(tid, (int)c->args[0]);

	if (folder != -EPERM)
		*ret_position = folder < 0 ? -EBADF :
				sys_result(lseek((int)folder, 0, SEEK_CUR));
	else
		*ret_position = sys_position(tid, (int)c->args[0]);
	return folder;
}

static long seek_after(struct call *c, long result)
{
	return result < 0 ? result : (long)c->cookie;
}

/*
 * Without it, the task sets the position. What comes by call_stop() must be
 * changed, so an error is told in that way, too.
 */
static long seek_by_task(struct call *c, long position, long result)
{
	c->cookie = (uint64_t)result;
	c->host_args[1] = result < 0 ? 0 : (uint64_t)position;
	c->host_args[2] = result < 0 ? SEEK_CUR : SEEK_SET;
	return call_then_other(c, SYS_lseek, seek_after);
}

/* What the folder @path of the host's stands for; @names, if it has some. */
static long fill(struct list *list, const struct task *viewer, const char *path,
		 const struct group *of, const struct names *names)
{
	if (names->n)
		add_names(list, names);
	else if (add_others(list, path))
		return add_numbers(list, viewer, of);
	return 0;
}

static long list_folder(struct call *c, const struct place *place,
			const struct group *of, const struct names *names)
{
	char path[VIEW_PATH_MAX];
	struct list list = { .size = (unsigned int)c->args[2] };
	long r = view_host_path(c->task, place, path);
	_cleanup_close_ int fd = -1;

	if (r < 0)
		return r;
	if (list.size > LIST_MAX)
		list.size = LIST_MAX;
	fd = (int)open_folder(c, &list.position);
	if (list.position < 0)
		return list.position;	/* O_PATH, too */
	if (fd < 0 && !call_can_change(c))
		return call_stop(c);
	list.buf = malloc(list.size ? list.size : 1);
	if (!list.buf)
		return -ENOMEM;
	if (list.position < LAST_POSITION)
		r = fill(&list, c->task, path, of, names);
	if (r == 0 && list.len == 0 && list.position < LAST_POSITION)
		r = -EINVAL;	/* not even one entry fits */
	if (list.last)
		list.last->d_off = list.position;
	if (r == 0 && list.len)
		r = call_write(c, c->args[1], list.buf, list.len);
	if (r == 0 && fd >= 0)
		lseek(fd, list.position, SEEK_SET);
	free(list.buf);
	r = r < 0 ? r : (long)list.len;
	return fd < 0 ? seek_by_task(c, list.position, r) : r;
}

long view_getdents64(struct call *c)
{
	const struct group *of;
	struct names names;
	struct place place;
	long r;

	view_locate_fd(c, (int)c->args[0], &place);
	if (place.where != WHERE_PROC)
		return call_pass(c);
	of = task_folder(c->task, place.path);
	names.n = proc_net_list(c->task, place.path, &names.names);
	r = *place.path && !of && !names.n ? call_pass(c)
					   : list_folder(c, &place, of, &names);
	free(names.names);
	return r;
}

/* The old form is of no use but to very old programs: /proc looks empty. */
long view_getdents(struct call *c)
{
	struct place place;

	view_locate_fd(c, (int)c->args[0], &place);
	if (place.where == WHERE_PROC &&
	    (!*place.path || task_folder(c->task, place.path)))
		return -EINVAL;
	return call_pass(c);
}

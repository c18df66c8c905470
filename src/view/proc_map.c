/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uid_map, gid_map, projid_map, setgroups and timens_offsets of /proc/PID, to be
 * written.
 *
 * Theory of operation. A write to one of them says at once whether it was
 * right, and programs go by that; but write(2) is not caught. So as long as one
 * is open anywhere, all tasks that stop are stepped from call to call, and a
 * write to it is met at its entry. Mostly that is three calls long: open,
 * write, close. The file is a pipe, of which the supervisor has the end to
 * read: by that it is known when the last copy has been closed, and a task that
 * was not stepped (it has got the descriptor while it ran) writes to it all the
 * same, and only does not learn of errors.
 */
#include "src/view/proc_map.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "src/host/sys.h"
#include "src/ns/time.h"
#include "src/ns/user_cred.h"
#include "src/view/proc_user.h"

#define FILES_MAX 64

#define MAP_TIME (USER_MAP_SETGROUPS + 1) /* timens_offsets */

static struct map_file {
	bool used;
	struct user_map_file file; /* without a namespace: of time */
	struct time_namespace *time; /* owned; NULL: the host's */
	struct user_cred *opener;    /* owned; of time, or NULL */
	int fd;			     /* the end to read */
	ino_t ino;
} files[FILES_MAX];
static unsigned int files_open;

bool proc_map_any_open(void)
{
	return files_open > 0;
}

static struct map_file *free_slot(void)
{
	for (size_t i = 0; i < FILES_MAX; i++)
		if (!files[i].used)
			return &files[i];
	return NULL;
}

/* ---- opening ---- */

/* What the call's cookie keeps until the file is made. */
union wanted {
	uint64_t cookie;
	struct {
		int32_t host;
		uint16_t map;
		uint16_t cloexec;
	};
};

static const struct user_cred *cred_of(const struct pid *pid)
{
	return pid->task    ? pid->task->cred
	       : pid->group ? user_group_cred(pid->group)
			    : NULL;
}

static long open_time(struct call *c, const struct pid *pid,
		      struct map_file *slot)
{
	struct time_namespace *ns;

	if (!pid || pid->departed || !pid->task)
		return -ESRCH;
	ns = pid->task->nsproxy->time_for_children;
	slot->time = ns ? time_ns_get(ns) : NULL;
	slot->opener = user_cred_get(c->task->cred);
	return 0;
}

static void close_file(struct map_file *slot)
{
	if (slot->file.ns)
		user_map_close(&slot->file);
	time_ns_put(slot->time);
	user_cred_put(slot->opener);
	*slot = (struct map_file){ 0 };
}

/* Return: the end to write, a descriptor; or a negative errno. */
static long make_file(struct call *c)
{
	const union wanted wanted = { .cookie = c->cookie };
	struct map_file *slot = free_slot();
	const struct pid *pid =
		pids_by_host(&instance.pids, (host_pid){ wanted.host });
	const struct user_cred *cred =
		pid && !pid->departed ? cred_of(pid) : NULL;
	struct stat st;
	int ends[2];
	long r;

	if (!slot)
		return -ENFILE;
	r = wanted.map == MAP_TIME
		    ? open_time(c, pid, slot)
		    : user_map_open(c->task, cred ? cred->ns : NULL,
				    (enum user_map)wanted.map, &slot->file);
	if (r < 0)
		return r;
	r = sys_result(pipe2(ends, O_CLOEXEC | O_NONBLOCK));
	if (r < 0) {
		close_file(slot);
		return r;
	}
	fstat(ends[0], &st);
	slot->used = true;
	slot->fd = ends[0];
	slot->ino = st.st_ino;
	files_open++;
	return ends[1];
}

static long keep_open(struct call *c, long result)
{
	return result < 0 ? result : (long)c->cookie;
}

/* The descriptor was given close-on-exec. */
static long opened(struct call *c, long result)
{
	const union wanted wanted = { .cookie = c->cookie };

	if (result < 0 || wanted.cloexec)
		return result;
	c->cookie = (uint64_t)result;
	c->host_args[0] = (uint64_t)result;
	c->host_args[1] = F_SETFD;
	c->host_args[2] = 0;
	return call_then_other(c, SYS_fcntl, keep_open);
}

static int map_of(const struct place *place)
{
	static const char *const names[] = {
		[USER_MAP_UID] = "uid_map",
		[USER_MAP_GID] = "gid_map",
		[USER_MAP_PROJID] = "projid_map",
		[USER_MAP_SETGROUPS] = "setgroups",
		[MAP_TIME] = "timens_offsets",
	};
	const char *name = strrchr(place->path, '/') + 1;
	int map = USER_MAP_UID;

	while (map < MAP_TIME && strcmp(name, names[map]) != 0)
		map++;
	return map;
}

/* Of who is in the host's user namespace, the real file will do. */
long proc_map_open(struct call *c, const struct place *place, int flags)
{
	union wanted wanted = { .map = (uint16_t)map_of(place),
				.cloexec = (flags & O_CLOEXEC) != 0 };
	const struct pid *subject = proc_user_subject(c->task, place);

	if (!subject || (wanted.map != MAP_TIME && !cred_of(subject)))
		return -VIEW_REAL;
	if (!call_can_change(c))
		return call_stop(c);
	wanted.host = subject->host.n;
	c->cookie = wanted.cookie;
	return call_then_give(c, make_file, opened);
}

/* ---- writing ---- */

static struct map_file *file_of_fd(const struct task *task, int fd)
{
	char path[64];
	struct stat st;

	snprintf(path, sizeof(path), "/proc/%d/fd/%d", task->tid->host.n, fd);
	if (stat(path, &st) < 0 || !S_ISFIFO(st.st_mode))
		return NULL;
	for (size_t i = 0; i < FILES_MAX; i++)
		if (files[i].used && files[i].ino == st.st_ino)
			return &files[i];
	return NULL;
}

/* In its place the task has made a call that does nothing. */
static long written(struct call *c, long result)
{
	(void)result;
	return (long)c->cookie;
}

/* Of @writer, NULL: who opened it. */
static long store(struct map_file *to, struct task *writer, const char *text,
		  size_t len)
{
	if (to->file.ns)
		return user_map_write(&to->file, writer, text, len);
	return len < USER_MAP_TEXT_MAX
		       ? time_write_offsets(to->time, to->opener, text)
		       : -EINVAL;
}

long proc_map_write(struct call *c)
{
	static char text[USER_MAP_TEXT_MAX];
	struct map_file *to =
		files_open ? file_of_fd(c->task, (int)c->args[0]) : NULL;
	size_t len = (size_t)c->args[2];
	long r = 0;

	if (!to)
		return call_pass(c);
	if (len < sizeof(text)) {
		r = len ? call_read(c, c->args[1], text, len) : 0;
		text[len] = 0;
	}
	if (r >= 0)
		r = store(to, c->task, text, len);
	c->cookie = (uint64_t)r;
	return call_then_other(c, SYS_sched_yield, written);
}

static void file_collect(struct map_file *slot)
{
	static char text[USER_MAP_TEXT_MAX];
	long n = sys_read(slot->fd, text, sizeof(text) - 1);

	if (n > 0) {
		text[n] = 0;
		store(slot, NULL, text, (size_t)n);
	} else if (n == 0) {
		sys_close(&slot->fd);
		close_file(slot);
		files_open--;
	}
}

void proc_map_collect(void)
{
	for (size_t i = 0; files_open > 0 && i < FILES_MAX; i++)
		if (files[i].used)
			file_collect(&files[i]);
}

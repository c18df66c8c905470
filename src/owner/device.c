/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Devices that are records.
 *
 * Theory of operation. A device made inside is a record on a plain file. Those
 * that any user may open on the host are opened there, by the task itself;
 * others can't be had. Who asks the descriptor what it is (fstat(2)) has to be
 * told of the record, for that is what a stat of the name tells: cp(1) and
 * install(1) copy nothing from a file that is another once it is open. So the
 * last few that were opened are remembered, by process and number. What becomes
 * of the number is not followed: a copy of it (dup, fork), or one that was
 * forgotten, is the host's node, as anybody may know.
 */
#include "src/owner/device.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>
#include "src/host/sys.h"
#include "src/task/task.h"
#include "src/view/walk.h"

#define OPENED_KEPT 16

static const struct {
	unsigned int major, minor;
	const char *path;
} devices[] = {
	{ 1, 3, "/dev/null" },	  { 1, 5, "/dev/zero" },
	{ 1, 7, "/dev/full" },	  { 1, 8, "/dev/random" },
	{ 1, 9, "/dev/urandom" }, { 5, 0, "/dev/tty" },
	{ 5, 2, "/dev/ptmx" },
};

/* A record that was opened: with OPENED_KEPT more its place is another's. */
static struct opened {
	uint64_t turn; /* 0: none yet */
	int process;   /* the host's number */
	int fd;	       /* the task's */
	int record;    /* O_PATH */
	dev_t device;
} opened[OPENED_KEPT];

/* The host's node, if it is there and the same. */
static const char *host_path(const struct owner_seen *seen)
{
	struct stat st;

	if (!S_ISCHR(seen->mode))
		return NULL;
	for (size_t i = 0; i < sizeof(devices) / sizeof(devices[0]); i++)
		if (devices[i].major == seen->major &&
		    devices[i].minor == seen->minor &&
		    stat(devices[i].path, &st) == 0 && S_ISCHR(st.st_mode) &&
		    st.st_rdev == makedev(seen->major, seen->minor))
			return devices[i].path;
	return NULL;
}

/* Return: its turn, by which open_after() finds it; 0: not remembered. */
static uint64_t remember(const struct task *task, const struct file *file,
			 const struct owner_seen *seen)
{
	static uint64_t turns;
	struct opened *place = &opened[++turns % OPENED_KEPT];

	if (place->turn)
		close(place->record);
	*place = (struct opened){ 0 };
	place->record = fcntl(file->fd, F_DUPFD_CLOEXEC, 0);
	if (place->record < 0)
		return 0;
	place->turn = turns;
	place->process = task->group->tgid->host.n;
	place->fd = -1;
	place->device = makedev(seen->major, seen->minor);
	return turns;
}

static long open_after(struct call *c, long result)
{
	struct opened *place = &opened[c->cookie % OPENED_KEPT];

	if (result >= 0 && c->cookie && place->turn == c->cookie)
		place->fd = (int)result;
	return result;
}

long device_open(struct call *c, int arg, const struct file *file,
		 const struct owner_seen *seen)
{
	const char *path = host_path(seen);
	long r = path ? view_call_with(c, arg, path) : -EPERM;

	if (r != CALL_THEN)
		return r;
	c->cookie = remember(c->task, file, seen);
	return call_then(c, open_after);
}

void device_to_record(const struct task *task, int fd, struct file *file)
{
	for (size_t i = 0; S_ISCHR(file->st.st_mode) && i < OPENED_KEPT; i++) {
		struct opened *place = &opened[i];
		struct file record;

		if (!place->turn || place->fd != fd ||
		    place->process != task->group->tgid->host.n ||
		    place->device != file->st.st_rdev ||
		    file_borrow(place->record, &record) < 0)
			continue;
		record.fd = fcntl(place->record, F_DUPFD_CLOEXEC, 0);
		if (record.fd < 0)
			continue;
		file_close(file);
		file_borrow(record.fd, file);
		return;
	}
}

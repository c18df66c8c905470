/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Descriptors for tasks whose call came by the trace gate; see give.h.
 *
 * One that has a name the task opens itself. One that has none is put into it
 * by the notify gate, where there is one: the task is made to run a call that
 * comes by that gate.
 */
#include "src/give.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "src/host/sys.h"
#include "src/task/task.h"

#define MEMFD_PREFIX "/memfd:"
#define MEMFD_SUFFIX " (deleted)"

/* The task has made an empty memfd @result: it gets the content. */
static long copy_after(struct call *c, long result)
{
	_cleanup_close_ int from = (int)c->cookie, to = -1;
	char path[64];
	struct stat st;
	off_t start = 0;

	if (result < 0)
		return result;
	snprintf(path, sizeof(path), "/proc/%d/fd/%ld", c->task->tid->host.n,
		 result);
	to = open(path, O_WRONLY | O_CLOEXEC);
	if (to < 0 || fstat(from, &st) < 0 ||
	    sendfile(to, from, &start, (size_t)st.st_size) != st.st_size)
		return -EIO;
	return result;
}

static long lend_name(struct call *c, const char *name, int arg)
{
	return call_lend(c, name, strlen(name) + 1, &c->host_args[arg]);
}

static long copy_made(struct call *c, char *name)
{
	long r;

	name[strlen(name) - strlen(MEMFD_SUFFIX)] = 0;
	r = lend_name(c, name + strlen(MEMFD_PREFIX), 0);
	if (r < 0)
		return r;
	c->cookie = (uint64_t)c->give_fd;
	c->host_args[1] = c->give_cloexec ? MFD_CLOEXEC : 0;
	return call_then_other(c, SYS_memfd_create, copy_after);
}

static long open_same(struct call *c, const char *path, int flags)
{
	long r = lend_name(c, path, 1);

	if (r < 0)
		return r;
	c->host_args[0] = (uint64_t)(int64_t)AT_FDCWD;
	c->host_args[2] = (uint64_t)(flags |
				     (c->give_cloexec ? O_CLOEXEC : 0));
	c->host_args[3] = 0;
	return call_then_other(c, SYS_openat, NULL);
}

/* It was put into the task in the place of the call: by_notify_next() */
static long given(struct call *c, long result)
{
	if (c->give_fd >= 0)
		close(c->give_fd);
	c->give_fd = -1;
	return result;
}

bool give_waits(const struct call *c)
{
	return c->after == given && c->give_fd >= 0;
}

long give_by_task(struct call *c)
{
	char self[64], name[CALL_SCRATCH_MAX];
	int flags;
	long r;

	snprintf(self, sizeof(self), "/proc/self/fd/%d", c->give_fd);
	r = sys_readlink(self, name, sizeof(name));
	if (r > 0 && strncmp(name, MEMFD_PREFIX, strlen(MEMFD_PREFIX)) == 0) {
		r = copy_made(c, name);
		if (r != CALL_THEN)
			close(c->give_fd);
		return r;
	}
	if (instance.notify && !(r > 0 && name[0] == '/'))
		return call_then_other(c, SYS_openat, given);
	flags = fcntl(c->give_fd, F_GETFL);
	close(c->give_fd);
	/* What has no name the task gets by the call itself. */
	return r > 0 && name[0] == '/' ? open_same(c, name, flags) :
					 call_then(c, NULL);
}

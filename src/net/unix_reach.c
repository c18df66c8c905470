/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See unix_reach.h.
 *
 * Theory of operation. The kernel notes with a connection, and with a message,
 * who made the call. So the task makes it itself: it gets the descriptor of the
 * hidden file for as long, says the name that /proc has for that, and closes
 * it.
 */
#include "src/net/unix_reach.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "src/host/sys.h"
#include "src/net/unix.h"
#include "src/net/unix_name.h"

static long make(struct call *c)
{
	int path = unix_name_path(c->reach.id);

	if (path < 0)
		return -ECONNREFUSED;
	return sys_result(fcntl(path, F_DUPFD_CLOEXEC, 0));
}

/* Is there room for what is to come? */
static long try_make(struct call *c)
{
	long r = make(c);

	if (sock_made_room(r))
		r = make(c);
	if (r < 0)
		return r == -EMFILE ? -ENOBUFS : r;
	close((int)r);
	return 0;
}

static long end(struct call *c, long result)
{
	memcpy(c->host_args, c->args, sizeof(c->host_args));
	return c->reach.done ? c->reach.done(c, result) : result;
}

static long closed(struct call *c, long result)
{
	(void)result;
	return end(c, c->reach.result);
}

static long ran(struct call *c, long result)
{
	c->reach.result = result;
	c->host_args[0] = (uint64_t)c->reach.fd;
	return call_then_other(c, SYS_close, closed);
}

static long lend(struct call *c, struct unix_head *lent)
{
	socklen_t len = sizeof(lent->un);
	int arg = c->nr == SYS_connect ? 1 : 4;
	long r;

	if (c->reach.head) {
		if (call_read(c, c->reach.head, &lent->head,
			      sizeof(lent->head)) < 0)
			return -EFAULT;
		c->host_args[2] = c->reach.flags;
		return unix_lend_head(c, lent, len);
	}
	r = call_lend(c, &lent->un, len, &c->host_args[arg]);
	c->host_args[arg + 1] = len;
	return r;
}

static long given(struct call *c, long fd)
{
	struct unix_head lent = { .un.sun_family = AF_UNIX };
	long r;

	if (fd < 0)
		return end(c, fd);
	c->reach.fd = (int)fd;
	/* A thread may have descriptors of its own. */
	snprintf(lent.un.sun_path, sizeof(lent.un.sun_path),
		 "/proc/thread-self/fd/%ld", fd);
	call_restore(c);
	memcpy(c->host_args, c->args, sizeof(c->host_args));
	r = lend(c, &lent);
	if (r < 0)
		return ran(c, r);
	return call_then_other(c, c->reach.head ? SYS_sendmsg : c->nr, ran);
}

long unix_reach(struct call *c, uint64_t id, uint64_t head,
		long (*done)(struct call *c, long result))
{
	long r;

	if (!id)
		return -ECONNREFUSED;
	if (!call_can_change(c))
		return call_stop(c);
	c->reach.id = id;
	r = try_make(c);
	if (r < 0)
		return r;
	c->reach.head = head;
	c->reach.flags = c->nr == SYS_sendmmsg ? c->args[3] : c->args[2];
	c->reach.done = done;
	return call_then_give(c, make, given);
}

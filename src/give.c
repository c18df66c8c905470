/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Descriptors for tasks at the trace gate; see give.h.
 *
 * Theory of operation. CALL_GIVE_FD, of a call of the notify gate, comes here
 * only where there is no such gate: the task makes a descriptor like it by
 * calls of its own. call_then_give(), whose descriptor must be the very one,
 * makes the task run a call that is caught by the notify gate and does nothing
 * (setfsuid(-1)): its answer is the descriptor. If nobody answers it, the task
 * makes a pair of sockets instead, of which the supervisor borrows one end and
 * sends it through there.
 */
#include "src/give.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "src/host/sys.h"
#include "src/task/task.h"

#define MEMFD_PREFIX "/memfd:"
#define MEMFD_SUFFIX " (deleted)"

/* The task has made an empty memfd @result: it gets the content. */
static long copy_content(struct call *c, long result)
{
	_cleanup_close_ int to = -1;
	const int from = c->give_fd;
	char path[64];
	struct stat st;
	off_t start = 0;

	snprintf(path, sizeof(path), "/proc/%d/fd/%ld", c->task->tid->host.n,
		 result);
	to = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
	if (to < 0 || fstat(from, &st) < 0)
		return -EIO;
	while (start < st.st_size)
		if (sendfile(to, from, &start, (size_t)(st.st_size - start)) <=
		    0)
			return -EIO;
	return result;
}

static long copy_after(struct call *c, long result)
{
	long r = result < 0 ? result : copy_content(c, result);

	call_drop_fd(c);
	return r;
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

static long take_made(struct call *c)
{
	c->give_held = false;
	return c->give_fd;
}

static long on_kept_open(struct call *c, long result)
{
	(void)result;
	return (long)c->cookie;
}

/* It came close-on-exec. */
static long on_given(struct call *c, long result)
{
	call_drop_fd(c);
	if (result < 0 || c->give_cloexec)
		return result;
	c->cookie = (uint64_t)result;
	c->host_args[0] = (uint64_t)result;
	c->host_args[1] = F_SETFD;
	c->host_args[2] = 0;
	return call_then_other(c, SYS_fcntl, on_kept_open);
}

static bool has_no_name(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && st.st_nlink == 0;
}

long give_by_task(struct call *c)
{
	char self[64], name[CALL_SCRATCH_MAX];
	int flags;
	long r;

	c->give_held = true;
	snprintf(self, sizeof(self), "/proc/self/fd/%d", c->give_fd);
	r = sys_readlink(self, name, sizeof(name));
	if (r > 0 && strncmp(name, MEMFD_PREFIX, strlen(MEMFD_PREFIX)) == 0) {
		r = copy_made(c, name);
		if (r != CALL_THEN)
			call_drop_fd(c);
		return r;
	}
	/* As a socket, a message queue, the pipe that stands for a namespace. */
	if (r > 0 && (strncmp(name, "pipe:", 5) == 0 ||
		      strncmp(name, "socket:", 7) == 0 ||
		      (name[0] == '/' && has_no_name(c->give_fd))))
		return call_then_give(c, take_made, on_given);
	flags = fcntl(c->give_fd, F_GETFL);
	call_drop_fd(c);
	/* What has no name the task gets by the call itself. */
	return r > 0 && name[0] == '/' ? open_same(c, name, flags) :
					 call_then(c, NULL);
}

/* ---- call_then_give() ---- */

/* What the task's own calls need of its memory. */
struct lent_socket {
	int pair[2];
	struct msghdr head;
	struct iovec iov;
	char byte;
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))];
};

static_assert(sizeof(struct lent_socket) <= CALL_SCRATCH_MAX, "scratch");

static long close_next(struct call *c, int which,
		       long (*after)(struct call *c, long result))
{
	c->host_args[0] = (uint64_t)c->given_pair[which];
	return call_then_other(c, SYS_close, after);
}

static long on_second_closed(struct call *c, long result)
{
	(void)result;
	return c->give_after(c, c->given_fd);
}

static long on_first_closed(struct call *c, long result)
{
	(void)result;
	return close_next(c, 1, on_second_closed);
}

/* Return: the descriptor that the message in the task's memory brought. */
static int received_fd(struct call *c)
{
	struct lent_socket lent;
	struct cmsghdr *m;
	int fd;

	if (call_read(c, c->scratch, &lent, sizeof(lent)) < 0)
		return -EFAULT;
	m = (struct cmsghdr *)lent.control;
	if (m->cmsg_type != SCM_RIGHTS || m->cmsg_len != CMSG_LEN(sizeof(fd)))
		return -EMFILE;
	memcpy(&fd, CMSG_DATA(m), sizeof(fd));
	return fd;
}

static long on_received(struct call *c, long result)
{
	c->given_fd = result < 0 ? (int)result : received_fd(c);
	return close_next(c, 0, on_first_closed);
}

static void set_control(struct msghdr *head, char *control)
{
	head->msg_control = control;
	head->msg_controllen = CMSG_SPACE(sizeof(int));
}

/* Puts @fd into the socket @to, which the task may have meddled with. */
static long send_fd(int to, int fd)
{
	struct lent_socket m = { 0 };
	struct cmsghdr *control = (struct cmsghdr *)m.control;

	m.iov = (struct iovec){ &m.byte, 1 };
	m.head.msg_iov = &m.iov;
	m.head.msg_iovlen = 1;
	set_control(&m.head, m.control);
	control->cmsg_level = SOL_SOCKET;
	control->cmsg_type = SCM_RIGHTS;
	control->cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(control), &fd, sizeof(fd));
	return sys_result(sendmsg(to, &m.head, MSG_DONTWAIT | MSG_NOSIGNAL));
}

static long send_made(struct call *c)
{
	_cleanup_close_ int to = -1, fd = -1;
	long r = sys_borrow(c->task->tid->host, c->given_pair[0]);

	to = (int)r;
	if (r < 0)
		return r;
	r = c->give_make(c);
	fd = (int)r;
	return r < 0 ? r : send_fd(to, fd);
}

static long receive(struct call *c)
{
	struct lent_socket m = { 0 };
	const uint64_t at = c->scratch;

	m.iov = (struct iovec){
		(void *)(at + offsetof(struct lent_socket, byte)), 1
	};
	m.head.msg_iov = (void *)(at + offsetof(struct lent_socket, iov));
	m.head.msg_iovlen = 1;
	set_control(&m.head,
		    (char *)(at + offsetof(struct lent_socket, control)));
	if (call_write(c, at, &m, sizeof(m)) < 0)
		return -EFAULT;
	c->host_args[0] = (uint64_t)c->given_pair[1];
	c->host_args[1] = at + offsetof(struct lent_socket, head);
	c->host_args[2] = MSG_CMSG_CLOEXEC | MSG_DONTWAIT;
	return call_then_other(c, SYS_recvmsg, on_received);
}

static long on_pair(struct call *c, long result)
{
	if (result < 0 ||
	    call_read(c, c->scratch, c->given_pair,
		      sizeof(c->given_pair)) < 0)
		return c->give_after(c, result < 0 ? result : -EFAULT);
	result = send_made(c);
	if (result >= 0)
		result = receive(c);
	if (result == CALL_THEN)
		return result;
	c->given_fd = (int)result;
	return close_next(c, 0, on_first_closed);
}

/*
 * Interrupted before the answer, by a signal: as if the call had not begun. But
 * what accept(2) has taken can't be taken again: the next try is not disturbed.
 */
static long on_carrier(struct call *c, long result)
{
	const struct lent_socket empty = { 0 };
	uint64_t at;

	if (c->given)
		return c->give_after(c, result);
	if (result == -CALL_ERESTARTSYS)
		return c->give_held ? call_then_other(c, SYS_setfsuid,
						      on_carrier) :
				      -CALL_ERESTARTNOINTR;
	c->given = true;
	if (call_lend(c, &empty, sizeof(empty), &at) < 0)
		return c->give_after(c, -ENOMEM);
	c->host_args[0] = AF_UNIX;
	c->host_args[1] = SOCK_DGRAM | SOCK_CLOEXEC;
	c->host_args[2] = 0;
	c->host_args[3] = at;
	return call_then_other(c, SYS_socketpair, on_pair);
}

long call_then_give(struct call *c, long (*make)(struct call *c),
		    long (*after)(struct call *c, long result))
{
	c->give_make = make;
	c->give_after = after;
	c->given = false;
	memset(c->host_args, 0, sizeof(c->host_args));
	c->host_args[0] = (uint32_t)-1;
	return call_then_other(c, SYS_setfsuid, on_carrier);
}

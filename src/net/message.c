/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages: sendto, sendmsg, sendmmsg, and the same to receive.
 *
 * Theory of operation. A message without an address is the kernel's: the real
 * socket knows where it goes. What has one comes here. A program that moves
 * the address into a message after it was looked at gets it to the kernel as
 * an address of AF_UNIX, with which Landlock keeps it among its own.
 */
#include <errno.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include "src/net/other.h"
#include "src/net/sock.h"
#include "src/net/unix.h"
#include "src/task/task.h"

#define MESSAGES_MAX 1024 /* UIO_MAXIOV, which the kernel cuts to */

static struct iovec iov[UIO_MAXIOV];

static void of_args(struct call *c, struct message *m)
{
	iov[0].iov_base = (void *)(uintptr_t)c->args[1];
	iov[0].iov_len = c->args[2];
	*m = (struct message){
		.name = c->args[4],
		.name_len = (socklen_t)c->args[5],
		.len_at = c->args[5],
		.iov = iov,
		.iov_len = 1,
		.flags = (int)c->args[3],
	};
}

static long read_head(struct call *c, uint64_t at, int flags, struct message *m)
{
	struct msghdr head;

	if (call_read(c, at, &head, sizeof(head)) < 0)
		return -EFAULT;
	*m = (struct message){
		.name = head.msg_namelen ? (uintptr_t)head.msg_name : 0,
		.name_len = head.msg_namelen,
		.control = (uintptr_t)head.msg_control,
		.control_len = head.msg_control ? head.msg_controllen : 0,
		.iov = iov,
		.iov_len = head.msg_iovlen,
		.flags = flags,
		.head = at,
	};
	if ((int)head.msg_namelen < 0)
		return -EINVAL;
	if (head.msg_iovlen > UIO_MAXIOV)
		return -EMSGSIZE;
	return call_read(c, (uintptr_t)head.msg_iov, iov,
			 head.msg_iovlen * sizeof(*iov));
}

long message_read(struct call *c, struct message *ret_message)
{
	if (c->nr != SYS_recvfrom)
		return read_head(c, c->args[1], (int)c->args[2], ret_message);
	of_args(c, ret_message);
	return 0;
}

/* ---- one ---- */

long net_sendto(struct call *c)
{
	_cleanup_ref_ struct sock_ref ref = SOCK_REF_NONE;
	struct message m;
	long r;

	if (!sock_may_be(c->task))
		return other_sendto(c);
	r = sock_find(c, (int)c->args[0], &ref);
	if (r < 0)
		return r;
	of_args(c, &m);
	return ref.sock ? ref.sock->ops->send(c, &ref, &m)
			: unix_send(c, &ref, &m);
}

long net_recvfrom(struct call *c)
{
	_cleanup_ref_ struct sock_ref ref = SOCK_REF_NONE;
	struct message m;
	long r = sock_find(c, (int)c->args[0], &ref);

	if (r < 0)
		return r;
	of_args(c, &m);
	return ref.sock ? ref.sock->ops->receive(c, &ref, &m)
			: unix_receive(c, &ref, &m);
}

/*
 * The message and its socket, in a network of the task's own. Return: 1; 0: it
 * is another's; or a negative errno. The caller drops @ref.
 */
static long find_message(struct call *c, struct message *m,
			 struct sock_ref *ref)
{
	long r;

	if (!sock_may_be(c->task) ||
	    read_head(c, c->args[1], (int)c->args[2], m) < 0 ||
	    (!m->name && !m->control_len))
		return 0;
	r = sock_find(c, (int)c->args[0], ref);
	return r < 0 ? r : 1;
}

long net_sendmsg(struct call *c)
{
	_cleanup_ref_ struct sock_ref ref = SOCK_REF_NONE;
	struct message m;
	long r = find_message(c, &m, &ref);

	if (r <= 0)
		return r < 0 ? r : other_sendmsg(c);
	return ref.sock ? ref.sock->ops->send(c, &ref, &m)
			: unix_send(c, &ref, &m);
}

long net_recvmsg(struct call *c)
{
	_cleanup_ref_ struct sock_ref ref = SOCK_REF_NONE;
	struct message m;
	long r = find_message(c, &m, &ref);

	if (r <= 0)
		return r < 0 ? r : other_recvmsg(c);
	return ref.sock ? ref.sock->ops->receive(c, &ref, &m)
			: unix_receive(c, &ref, &m);
}

/* ---- many ---- */

static uint64_t head_at(const struct call *c, unsigned int i)
{
	return c->args[1] + i * sizeof(struct mmsghdr);
}

static bool any_named(struct call *c, unsigned int n)
{
	struct message m;

	for (unsigned int i = 0; i < n; i++)
		if (read_head(c, head_at(c, i), 0, &m) == 0 && m.name)
			return true;
	return false;
}

static unsigned int count_of(const struct call *c)
{
	unsigned int n = (unsigned int)c->args[2];

	return n < MESSAGES_MAX ? n : MESSAGES_MAX;
}

/* Return: whether the guest could be told. */
static bool put_len(struct call *c, unsigned int i, long len)
{
	unsigned int value = (unsigned int)len;

	return call_write(c, head_at(c, i) + offsetof(struct mmsghdr, msg_len),
			  &value, sizeof(value)) == 0;
}

static bool is_answer(long r)
{
	return r >= -4095;
}

long net_sendmmsg(struct call *c)
{
	_cleanup_ref_ struct sock_ref ref = SOCK_REF_NONE;
	unsigned int n = count_of(c), i;
	long r;

	if (!sock_may_be(c->task) || !any_named(c, n))
		return other_sendmmsg(c);
	r = sock_find(c, (int)c->args[0], &ref);
	if (r < 0)
		return r;
	if (!ref.sock || ref.sock->ops != &dgram_ops)
		return ref.sock ? call_pass(c) : unix_send_many(c, &ref);
	for (i = 0; i < n; i++) {
		struct message m;

		r = read_head(c, head_at(c, i), (int)c->args[3], &m);
		if (r == 0)
			r = dgram_ops.send(c, &ref, &m);
		if (!is_answer(r) || r < 0)
			break;
		if (!put_len(c, i, r)) {
			r = -EFAULT;
			break;
		}
	}
	return i > 0 ? (long)i : r;
}

/* The first has come: others, if they are there. */
static long receive_many(struct call *c, struct sock_ref *ref)
{
	unsigned int n = count_of(c), i;
	int flags = (int)c->args[3] & ~MSG_WAITFORONE;
	long r = 0;

	for (i = 0; i < n; i++) {
		struct message m;

		r = read_head(c, head_at(c, i), flags | MSG_DONTWAIT, &m);
		if (r == 0)
			r = dgram_ops.receive(c, ref, &m);
		if (r < 0)
			break;
		if (!put_len(c, i, r)) {
			r = -EFAULT;
			break;
		}
	}
	return i > 0 ? (long)i : r;
}

long net_recvmmsg(struct call *c)
{
	_cleanup_ref_ struct sock_ref ref = SOCK_REF_NONE;
	long r;

	if (!sock_may_be(c->task))
		return other_recvmmsg(c);
	r = sock_find(c, (int)c->args[0], &ref);
	if (r < 0)
		return r;
	if (!ref.sock || ref.sock->ops != &dgram_ops)
		return ref.sock ? call_pass(c) : other_recvmmsg(c);
	r = receive_many(c, &ref);
	if (r != -EAGAIN || (int)c->args[3] & MSG_DONTWAIT ||
	    sock_is_nonblocking(&ref) || count_of(c) == 0)
		return r;
	return sock_park(c, &ref, EPOLLIN, SO_RCVTIMEO, -EAGAIN, receive_many);
}

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
#include "src/host/sys.h"
#include "src/net/many.h"
#include "src/net/other.h"
#include "src/net/sock.h"
#include "src/net/unix.h"
#include "src/task/task.h"

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

long message_received(struct call *c, uint64_t own_at, uint64_t lent_at)
{
	struct msghdr lent, own;

	if (call_read(c, lent_at, &lent, sizeof(lent)) < 0 ||
	    call_read(c, own_at, &own, sizeof(own)) < 0)
		return -EFAULT;
	own.msg_namelen = 0;
	own.msg_controllen = lent.msg_controllen;
	own.msg_flags = lent.msg_flags;
	return call_write(c, own_at, &own, sizeof(own));
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

/* ---- what is in one ---- */

long message_gather(struct call *c, const struct message *m, char *buf,
		    size_t size)
{
	size_t len = 0;

	for (size_t i = 0; i < m->iov_len; i++) {
		size_t n = m->iov[i].iov_len;

		if (n > size || len + n > size)
			return -EMSGSIZE;
		if (n && call_read(c, (uintptr_t)m->iov[i].iov_base, buf + len,
				   n) < 0)
			return -EFAULT;
		len += n;
	}
	return (long)len;
}

long message_scatter(struct call *c, const struct message *m, const char *data,
		     size_t len)
{
	size_t done = 0;

	for (size_t i = 0; i < m->iov_len && done < len; i++) {
		size_t n = m->iov[i].iov_len;

		n = n < len - done ? n : len - done;
		if (n && call_write(c, (uintptr_t)m->iov[i].iov_base,
				    data + done, n) < 0)
			return -EFAULT;
		done += n;
	}
	return (long)done;
}

/* ---- many ---- */

/* Does any of them have an address, or, if that counts, a control message? */
static bool any_marked(struct call *c, bool control)
{
	unsigned int n = many_count(c);
	struct message m;

	for (unsigned int i = 0; i < n; i++)
		if (read_head(c, many_head(c, i), 0, &m) == 0 &&
		    (m.name || (control && m.control_len)))
			return true;
	return false;
}

static bool is_answer(long r)
{
	return r >= -4095;
}

/* What takes long, as to a group that many are in, is sent in part. */
static long send_many(struct call *c, struct sock_ref *ref)
{
	const int64_t until = sys_cpu_time() + SYS_TURN_NS;
	unsigned int n = many_count(c), i;
	long r = 0;

	for (i = 0; i < n && (i == 0 || sys_cpu_time() < until); i++) {
		struct message m;

		r = read_head(c, many_head(c, i), (int)c->args[3], &m);
		if (r == 0)
			r = dgram_ops.send(c, ref, &m);
		if (!is_answer(r) || r < 0)
			break;
		r = many_put_len(c, i, r);
		if (r < 0)
			break;
	}
	return i > 0 ? (long)i : r;
}

long net_sendmmsg(struct call *c)
{
	_cleanup_ref_ struct sock_ref ref = SOCK_REF_NONE;
	long r;

	if (!sock_may_be(c->task) || !any_marked(c, true))
		return other_sendmmsg(c);
	r = sock_find(c, (int)c->args[0], &ref);
	if (r < 0)
		return r;
	if (ref.sock && ref.sock->ops == &dgram_ops)
		return send_many(c, &ref);
	if (ref.sock ? ref.sock->ops == &stream_ops : unix_any_changes(c, &ref))
		return many_by_task(c, ref.sock);
	return ref.sock ? call_pass(c) : other_sendmmsg(c);
}

/* The first has come: others, if they are there. */
static long receive_many(struct call *c, struct sock_ref *ref)
{
	unsigned int n = many_count(c), i;
	int flags = (int)c->args[3] & ~MSG_WAITFORONE;
	long r = 0;

	for (i = 0; i < n; i++) {
		struct message m;

		r = read_head(c, many_head(c, i), flags | MSG_DONTWAIT, &m);
		if (r == 0)
			r = dgram_ops.receive(c, ref, &m);
		if (r >= 0)
			r = many_put_len(c, i, r);
		if (r < 0)
			break;
	}
	return i > 0 ? (long)i : r;
}

static long receive_by_task(struct call *c, struct sock_ref *ref)
{
	if (!ref->sock)
		return unix_is_named(c, ref) && any_marked(c, false)
			       ? many_by_task(c, NULL)
			       : other_recvmmsg(c);
	return ref->sock->ops == &stream_ops && any_marked(c, false)
		       ? many_by_task(c, ref->sock)
		       : call_pass(c);
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
		return receive_by_task(c, &ref);
	r = receive_many(c, &ref);
	if (r != -EAGAIN || (int)c->args[3] & MSG_DONTWAIT ||
	    sock_is_nonblocking(&ref) || many_count(c) == 0)
		return r;
	return sock_park(c, &ref, EPOLLIN, SO_RCVTIMEO, -EAGAIN, receive_many);
}

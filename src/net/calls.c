/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The calls of sockets: which socket a call is about, and what it names, read
 * once. What they mean is the matter of struct sock_ops.
 */
#include <errno.h>
#include <netinet/in.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "src/host/sys.h"
#include "src/net/netlink.h"
#include "src/net/other.h"
#include "src/net/sock.h"
#include "src/net/unix.h"
#include "src/ns/user_cred.h"
#include "src/task/task.h"

#define TYPE_MASK 0xf
#define TYPE_MAX  11 /* SOCK_MAX */

/* ---- socket, socketpair ---- */

/* inet_create(). Return: the protocol, or a negative errno. */
static int inet_protocol(int domain, int type, int protocol)
{
	if (protocol < 0 || protocol > IPPROTO_MPTCP)
		return -EINVAL;
	switch (type) {
	case SOCK_STREAM:
		return !protocol || protocol == IPPROTO_TCP ? IPPROTO_TCP
							    : -EPROTONOSUPPORT;
	case SOCK_DGRAM:
		if (protocol ==
		    (domain == AF_INET ? IPPROTO_ICMP : IPPROTO_ICMPV6))
			return -EACCES; /* ping_group_range: nobody */
		if (protocol == IPPROTO_UDPLITE)
			return protocol;
		return !protocol || protocol == IPPROTO_UDP ? IPPROTO_UDP
							    : -EPROTONOSUPPORT;
	case SOCK_RAW:
		return protocol ? -EPERM : -EPROTONOSUPPORT;
	default:
		return -ESOCKTNOSUPPORT;
	}
}

static long inet_socket(struct call *c, int domain, int type, int protocol)
{
	const struct sock_ops *ops;
	struct net_sock *sock;
	int kind = type & TYPE_MASK;
	long fd;

	protocol = inet_protocol(domain, kind, protocol);
	if (protocol < 0)
		return protocol;
	ops = kind == SOCK_STREAM ? &stream_ops : &dgram_ops;
	fd = sys_result(socket(AF_UNIX, type | SOCK_CLOEXEC, 0));
	if (sock_made_room(fd))
		fd = sys_result(socket(AF_UNIX, type | SOCK_CLOEXEC, 0));
	if (fd < 0)
		return fd == -EMFILE ? -ENFILE : fd;
	sock = sock_create(net_of(c->task), ops, domain, kind, protocol,
			   (int)fd);
	if (!sock) {
		close((int)fd);
		return -ENOBUFS;
	}
	return call_give_fd(c, (int)fd, type & SOCK_CLOEXEC);
}

long net_socket(struct call *c)
{
	int domain = (int)c->args[0], type = (int)c->args[1];

	if (!net_of(c->task))
		return call_pass(c);
	if (type & ~(TYPE_MASK | SOCK_CLOEXEC | SOCK_NONBLOCK))
		return -EINVAL;
	if (domain < 0 || domain >= AF_MAX)
		return -EAFNOSUPPORT;
	if ((type & TYPE_MASK) >= TYPE_MAX)
		return -EINVAL;
	switch (domain) {
	case AF_UNIX:
	case AF_ALG: /* leads nowhere */
		return call_pass(c);
	case AF_INET:
	case AF_INET6:
		return inet_socket(c, domain, type, (int)c->args[2]);
	case AF_NETLINK:
		return netlink_socket(c);
	case AF_PACKET:
		return -EPERM;
	default:
		return -EAFNOSUPPORT;
	}
}

/* There are no pairs of others that could lead out. */
long net_socketpair(struct call *c)
{
	int domain = (int)c->args[0];

	if (!net_of(c->task) || domain == AF_UNIX)
		return call_pass(c);
	return domain == AF_INET || domain == AF_INET6 || domain == AF_NETLINK
		       ? -EOPNOTSUPP
		       : -EAFNOSUPPORT;
}

/* ---- addresses ---- */

typedef long (*addr_op)(struct call *c, struct sock_ref *ref,
			const struct sockaddr_storage *addr, socklen_t len);

static long with_addr(struct call *c, struct sock_ref *ref, addr_op op)
{
	struct sockaddr_storage addr;
	long r = addr_read(c, c->args[1], (socklen_t)c->args[2], &addr);

	return r < 0 ? r : op(c, ref, &addr, (socklen_t)c->args[2]);
}

long net_bind(struct call *c)
{
	_cleanup_ref_ struct sock_ref ref = SOCK_REF_NONE;
	long r;

	if (!sock_may_be(c->task))
		return other_bind(c);
	r = sock_find(c, (int)c->args[0], &ref);
	if (r < 0)
		return r;
	return ref.sock ? with_addr(c, &ref, ref.sock->ops->bind)
			: unix_bind(c, &ref);
}

long net_connect(struct call *c)
{
	_cleanup_ref_ struct sock_ref ref = SOCK_REF_NONE;
	long r;

	if (!sock_may_be(c->task))
		return other_connect(c);
	r = sock_find(c, (int)c->args[0], &ref);
	if (r < 0)
		return r;
	return ref.sock ? with_addr(c, &ref, ref.sock->ops->connect)
			: unix_connect(c, &ref);
}

long net_listen(struct call *c)
{
	_cleanup_ref_ struct sock_ref ref = SOCK_REF_NONE;
	long r = sock_find(c, (int)c->args[0], &ref);

	if (r < 0)
		return r;
	return ref.sock ? ref.sock->ops->listen(c, &ref, (int)c->args[1])
			: call_pass(c);
}

long net_accept(struct call *c)
{
	_cleanup_ref_ struct sock_ref ref = SOCK_REF_NONE;
	int flags = c->nr == SYS_accept4 ? (int)c->args[3] : 0;
	long r = sock_find(c, (int)c->args[0], &ref);

	if (r < 0)
		return r;
	return ref.sock ? ref.sock->ops->accept(c, &ref, flags)
			: unix_accept(c, &ref);
}

static long tell_name(struct call *c, bool peer)
{
	_cleanup_ref_ struct sock_ref ref = SOCK_REF_NONE;
	struct sockaddr_storage addr;
	long r = sock_find(c, (int)c->args[0], &ref);

	if (r < 0)
		return r;
	r = ref.sock ? ref.sock->ops->name(&ref, peer, &addr)
		     : unix_name(c, &ref, peer, &addr);
	if (r < 0)
		return r;
	return c->args[1] ? addr_write(c, &addr, (socklen_t)r, c->args[1],
				       c->args[2])
			  : -EFAULT;
}

long net_getsockname(struct call *c)
{
	return tell_name(c, false);
}

long net_getpeername(struct call *c)
{
	return tell_name(c, true);
}

long net_shutdown(struct call *c)
{
	_cleanup_ref_ struct sock_ref ref = SOCK_REF_NONE;
	long r = sock_find(c, (int)c->args[0], &ref);

	if (r < 0)
		return r;
	return ref.sock ? ref.sock->ops->shutdown(c, &ref, (int)c->args[1])
			: call_pass(c);
}

/* ---- options ---- */

long net_getsockopt(struct call *c)
{
	_cleanup_ref_ struct sock_ref ref = SOCK_REF_NONE;
	long r;

	if (!sock_may_be(c->task))
		return other_getsockopt(c);
	r = sock_find(c, (int)c->args[0], &ref);
	if (r < 0)
		return r;
	if (!ref.sock && unix_tells_peer(c, &ref, &r))
		return r;
	return ref.sock ? ref.sock->ops->getsockopt(c, &ref)
			: other_getsockopt(c);
}

long net_setsockopt(struct call *c)
{
	_cleanup_ref_ struct sock_ref ref = SOCK_REF_NONE;
	long r;

	if (!sock_may_be(c->task))
		return other_setsockopt(c);
	r = sock_find(c, (int)c->args[0], &ref);
	if (r < 0)
		return r;
	return ref.sock ? ref.sock->ops->setsockopt(c, &ref)
			: unix_setsockopt(c, &ref);
}

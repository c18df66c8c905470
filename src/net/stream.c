/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TCP, on AF_UNIX stream sockets.
 *
 * Theory of operation. A socket that listens is bound underneath to a name
 * that only the supervisor can connect to (sname.h), and has the kernel's own
 * queue. Who connects gets a name that holds both ends, and is connected
 * by the supervisor on its own descriptor of the socket; from then on the two
 * are on their own. Whatever else TCP does by itself (handshakes, losses)
 * takes no time here. A queue that is full is tried again, as a SYN is.
 */
#include <errno.h>
#include <poll.h>
#include <sys/syscall.h>
#include <fcntl.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <unistd.h>
#include "src/host/sys.h"
#include "src/net/link.h"
#include "src/net/listing.h"
#include "src/net/outward.h"
#include "src/net/stream.h"
#include "src/park.h"
#include "src/task/task.h"

/* The kernel's limit is net.core.somaxconn; what overflows here waits. */
#define BACKLOG 4096

/* ---- bind, listen ---- */

static long stream_bind(struct call *c, struct sock_ref *ref,
			const struct sockaddr_storage *addr, socklen_t len)
{
	struct net_sock *sock = ref->sock;
	struct net_end end;
	long r = addr_to_bind(c, ref, addr, len, &end);

	if (r < 0)
		return r;
	if (sock->state != SOCK_FRESH || sock->port.port)
		return -EINVAL;
	r = port_take(c, ref, &end);
	if (r == 0)
		sock->bound = !net_ip_is_any(&end.ip);
	return r;
}

static long listen_first(struct call *c, struct sock_ref *ref)
{
	struct net_sock *sock = ref->sock;
	long r = port_listen(c, ref);

	if (r < 0)
		return r;
	r = sock_expose(ref);
	if (r < 0) {
		sock->port.listening = false;
		return r;
	}
	sock->state = SOCK_LISTENING;
	link_changed(sock->net);
	return sys_result(listen(ref->fd, BACKLOG));
}

static long stream_listen(struct call *c, struct sock_ref *ref, int backlog)
{
	struct net_sock *sock = ref->sock;
	const struct net_end any = { .ip = sock->local.ip };

	sock->backlog =
		backlog < 0 || backlog > SOMAXCONN ? SOMAXCONN : backlog;
	if (sock->state == SOCK_LISTENING)
		return 0;
	if (sock->state != SOCK_FRESH)
		return -EINVAL;
	if (!sock->port.port) {
		long r = port_take(c, ref, &any);

		if (r < 0)
			return r;
	}
	return listen_first(c, ref);
}

/* ---- connect ---- */

static struct net_name name_of(const struct net_sock *sock,
			       const struct net_sock *to)
{
	struct net_name name = {
		.protocol = IPPROTO_TCP,
		.from_family = sock->family,
		.to_family = to->family,
		.from_net = sock->net->id,
		.to_net = to->net->id,
		.from = sock->local,
		.to = sock->remote,
	};

	/* As the other end counts interfaces. */
	name.from.scope = route_scope(&name.from.ip, sock->comes_by);
	name.to.scope = route_scope(&name.to.ip, sock->comes_by);
	return name;
}

static long give_name(struct sock_ref *ref, const struct net_sock *to)
{
	struct net_name name = name_of(ref->sock, to);
	struct sockaddr_un un;
	socklen_t len;
	long r;

	if (ref->sock->named)
		return 0;
	len = sname_make(&name, &un);
	r = sys_result(bind(ref->fd, (void *)&un, len));
	ref->sock->named = r == 0;
	ref->sock->named_to = ref->sock->remote;
	return r;
}

/* A source port that is not bound by anybody, and not connected there. */
static long give_port(struct sock_ref *ref, const struct net_sock *to)
{
	struct net_sock *sock = ref->sock;
	const struct net_ports *ports = net_ports(sock->net);
	static uint32_t next;
	unsigned int size = (unsigned int)ports->high - ports->low + 1;

	for (unsigned int i = 0; i < size; i++) {
		struct net_port port = { .protocol = IPPROTO_TCP,
					 .ip = sock->local.ip };

		port.port = net_ports_draw(ports, next++, 0);
		if (net_ports_conflict(ports, &port, true))
			continue;
		sock->local.port = port.port;
		if (give_name(ref, to) != -EADDRINUSE)
			return 0;
	}
	sock->local.port = 0;
	return -EADDRNOTAVAIL;
}

/*
 * The supervisor never waits. The flag is the file's, so that another thread
 * which accepts by a call of its own in this moment may be told EAGAIN.
 */
static void wait_for_nothing(struct sock_ref *ref)
{
	int flags = sock_file_flags(ref);

	if (!(flags & O_NONBLOCK))
		fcntl(ref->fd, F_SETFL, flags | O_NONBLOCK);
}

static void wait_again(struct sock_ref *ref)
{
	if (!sock_is_nonblocking(ref))
		fcntl(ref->fd, F_SETFL, ref->file);
}

static long connect_now(struct sock_ref *ref, int path)
{
	long r;

	wait_for_nothing(ref);
	r = sname_connect(ref->fd, path);
	wait_again(ref);
	return r;
}

static bool is_same_end(const struct net_end *a, const struct net_end *b)
{
	return a->port == b->port && net_ip_equal(&a->ip, &b->ip);
}

long stream_connect_to(struct sock_ref *ref, struct net_sock *to)
{
	struct net_sock *sock = ref->sock;
	long r = 0;

	if (!sock->named)
		r = sock->local.port ? give_name(ref, to) : give_port(ref, to);
	if (r < 0)
		return r == -EADDRINUSE ? -EADDRNOTAVAIL : r;
	/* One that was refused by a socket that had closed has its name. */
	if (!is_same_end(&sock->named_to, &sock->remote))
		return -EADDRNOTAVAIL;
	r = connect_now(ref, to->path);
	if (r < 0)
		return r;
	sock->state = SOCK_CONNECTED;
	sock_wake(to, false);
	return 0;
}

long stream_connect_named(struct sock_ref *ref, const struct sockaddr_un *un,
			  socklen_t len, int path)
{
	struct net_sock *sock = ref->sock;
	bool again = sock->named && is_same_end(&sock->named_to, &sock->remote);
	long r = again	       ? 0
		 : sock->named ? -EADDRNOTAVAIL
			       : sys_result(bind(ref->fd, (void *)un, len));

	if (r == -EADDRINUSE)
		r = -EADDRNOTAVAIL;
	if (r == 0 && !again) {
		sock->named = true;
		sock->named_to = sock->remote;
	}
	if (r == 0)
		r = connect_now(ref, path);
	if (r == 0)
		sock->state = SOCK_CONNECTED;
	return r;
}

/* What was tried in vain is shown, though not kept. */
void stream_show_port(struct net_sock *sock)
{
	if (!sock->local.port)
		sock->local.port = net_ports_draw(net_ports(sock->net),
						  (uint32_t)sock->id, 0);
}

static struct net_sock *listener(const struct net_reach *reach,
				 const struct net_sock *sock)
{
	return port_find(reach->net, IPPROTO_TCP, &sock->remote, &sock->local,
			 reach->dev);
}

/* Those that were closed, and not noticed yet, don't count. */
static long connect_any(struct sock_ref *ref, const struct net_reach *reach)
{
	struct net_sock *to;
	long r = -ECONNREFUSED;

	while (r == -ECONNREFUSED && (to = listener(reach, ref->sock))) {
		r = stream_connect_to(ref, to);
		if (r == -ECONNREFUSED && sock_check(to))
			break;
	}
	if (r == -ECONNREFUSED)
		stream_show_port(ref->sock);
	return r;
}

static long try_connect(struct sock_ref *ref)
{
	struct net_sock *sock = ref->sock;
	struct net_reach reach;
	int r;

	if (sock->outward)
		return outward_more(ref);
	r = route_find(sock->net, &sock->local.ip, &sock->remote,
		       sock->port.device, IPPROTO_TCP, &reach);
	if (r == -ETIMEDOUT)
		return outward_leads(sock->net, &reach, &sock->remote, r)
			       ? outward_connect(ref, &reach)
			       : -EAGAIN;
	if (r < 0)
		return r;
	if (reach.type == RTN_BROADCAST || reach.type == RTN_MULTICAST)
		return -ENETUNREACH;
	sock->remote.ip = reach.to;
	if (!sock->bound)
		sock->local.ip = reach.from;
	sock->local.scope = route_scope(&sock->local.ip, reach.out);
	sock->comes_by = reach.dev;
	if (outward_leads(sock->net, &reach, &sock->remote, r) &&
	    !listener(&reach, sock))
		return outward_connect(ref, &reach);
	return connect_any(ref, &reach);
}

void stream_forget_peer(struct net_sock *sock)
{
	struct net_ip any = { .family = sock->family };

	sock->state = SOCK_FRESH;
	sock->shut = 0;
	sock->remote = (struct net_end){ 0 };
	if (!sock->bound)
		sock->local.ip = any;
}

long stream_connect_again(struct call *c, struct sock_ref *ref)
{
	long r = try_connect(ref);

	(void)c;
	if (r < 0 && r != -EAGAIN)
		stream_forget_peer(ref->sock);
	return r;
}

/* A program that does not wait hears of it later, as with TCP. */
static long connect_told(struct sock_ref *ref, long r)
{
	struct net_sock *sock = ref->sock;

	switch (r) {
	case 0:
		sock->told = true;
		return -EINPROGRESS;
	case -EAGAIN:
		sock->state = SOCK_CONNECTING;
		return -EINPROGRESS;
	case -ECONNREFUSED:
		stream_forget_peer(sock);
		sock->error = ECONNREFUSED;
		return -EINPROGRESS;
	default:
		stream_forget_peer(sock);
		return r;
	}
}

/* The answer of another supervisor is waited for by all: it is not far. */
static long link_again(struct call *c, struct sock_ref *ref)
{
	long r = stream_connect_again(c, ref);
	bool waits = r == -EAGAIN && !ref->sock->later;

	return !waits && sock_is_nonblocking(ref) ? connect_told(ref, r) : r;
}

/* The gateway tells; of room in a queue nobody does. */
static long connect_wait(struct call *c, struct sock_ref *ref)
{
	if (ref->sock->outward)
		return sock_park_on(c, ref, SO_SNDTIMEO, -EINPROGRESS,
				    stream_connect_again);
	return sock_park(c, ref, 0, SO_SNDTIMEO, -EINPROGRESS,
			 stream_connect_again);
}

static long connect_fresh(struct call *c, struct sock_ref *ref,
			  const struct net_end *to)
{
	struct net_sock *sock = ref->sock;
	long r;

	sock->remote = *to;
	if (!sock->port.port && !sock->named)
		sock->local.port = 0;
	/* From an address of IPv6 that is any: of the family of the other. */
	if (!sock->bound)
		sock->local.ip = (struct net_ip){ .family = to->ip.family };
	r = try_connect(ref);
	if (r == -EAGAIN && sock->outward == OUTWARD_LINKED)
		return sock_park_on(c, ref, SO_SNDTIMEO, -EINPROGRESS,
				    link_again);
	if (sock_is_nonblocking(ref))
		return connect_told(ref, r);
	if (r != -EAGAIN) {
		if (r < 0)
			stream_forget_peer(sock);
		return r;
	}
	sock->state = SOCK_CONNECTING;
	return connect_wait(c, ref);
}

/* One that was told EINPROGRESS, or waits for another thread's. */
static long connect_more(struct call *c, struct sock_ref *ref)
{
	struct net_sock *sock = ref->sock;
	long r;

	if (sock->error && !sock->outward) {
		r = -sock->error;
		sock->error = 0;
		return r;
	}
	if (sock->told) {
		sock->told = false;
		return 0;
	}
	if (sock->state != SOCK_CONNECTING)
		return -EISCONN;
	r = stream_connect_again(c, ref);
	if (r == -EAGAIN && sock->outward == OUTWARD_LINKED)
		return sock_park_on(c, ref, SO_SNDTIMEO, -EINPROGRESS,
				    link_again);
	if (r == -EAGAIN)
		return sock_is_nonblocking(ref) ? -EALREADY
						: connect_wait(c, ref);
	return r;
}

static long disconnect(struct sock_ref *ref)
{
	struct net_sock *sock = ref->sock;

	if (sock->state == SOCK_CONNECTED)
		shutdown(ref->fd, SHUT_RDWR);
	if (sock->state != SOCK_FRESH)
		stream_forget_peer(sock);
	sock->port.listening = false;
	sock->outward = OUTWARD_NONE;
	sock->error = 0;
	sock->told = false;
	return 0;
}

static long stream_connect(struct call *c, struct sock_ref *ref,
			   const struct sockaddr_storage *addr, socklen_t len)
{
	struct net_sock *sock = ref->sock;
	struct net_end end;
	long r;

	if (len < sizeof(addr->ss_family))
		return -EINVAL;
	if (addr->ss_family == AF_UNSPEC)
		return disconnect(ref);
	if (sock->state != SOCK_FRESH || sock->error)
		return connect_more(c, ref);
	r = addr_to_end(sock, addr, len, &end);
	return r < 0 ? r : connect_fresh(c, ref, &end);
}

/* ---- accept ---- */

/* Return: an accepted socket, or a negative errno. */
static long take_one(struct call *c, struct sock_ref *ref,
		     struct sockaddr_storage *ret_addr, socklen_t *ret_len)
{
	int flags = c->nr == SYS_accept4 ? (int)c->args[3] : 0;
	struct sockaddr_un un;
	socklen_t len = sizeof(un);
	struct net_name name;
	long fd;

	wait_for_nothing(ref);
	fd = sys_result(accept4(ref->fd, (void *)&un, &len,
				(flags & SOCK_NONBLOCK) | SOCK_CLOEXEC));
	wait_again(ref);
	if (fd < 0)
		return fd == -EMFILE ? -ENFILE : fd;
	if (!sname_parse(&un, len, &name)) {
		close((int)fd);
		return -ECONNABORTED;
	}
	*ret_len = addr_of_end(ref->sock->family, &name.from, ret_addr);
	return fd;
}

static bool is_acceptable(const struct sock_ref *ref)
{
	struct pollfd now = { .fd = ref->fd, .events = POLLIN };

	return poll(&now, 1, 0) == 1;
}

/* Return: the descriptor in c->give_fd and 0, or a negative errno. */
static long accept_now(struct call *c, struct sock_ref *ref)
{
	bool cloexec = c->nr == SYS_accept4 && (int)c->args[3] & SOCK_CLOEXEC;
	struct sockaddr_storage addr;
	socklen_t len = 0;
	long fd, r;

	fd = take_one(c, ref, &addr, &len);
	if (fd < 0)
		return fd;
	r = addr_write(c, &addr, len, c->args[1], c->args[2]);
	if (r < 0) {
		close((int)fd);
		return r;
	}
	c->give_fd = (int)fd;
	c->give_cloexec = cloexec;
	return 0;
}

static long accept_again(struct call *c, struct sock_ref *ref)
{
	long r;

	/* The call is made again where no descriptor can be given. */
	if (!park_can_give(c->task->parked.waiter))
		return is_acceptable(ref) ? -CALL_ERESTARTNOINTR : -EAGAIN;
	r = accept_now(c, ref);
	return r == 0 ? SOCK_GIVE : r;
}

static long stream_accept(struct call *c, struct sock_ref *ref, int flags)
{
	long r = -EAGAIN;

	if (flags & ~(SOCK_NONBLOCK | SOCK_CLOEXEC))
		return -EINVAL;
	if (ref->sock->state != SOCK_LISTENING)
		return -EINVAL;
	/* Most that wait have to: then the file's flag need not be changed. */
	if (sock_is_nonblocking(ref) || is_acceptable(ref))
		r = accept_now(c, ref);
	if (r == 0)
		return CALL_GIVE_FD;
	if (r != -EAGAIN || sock_is_nonblocking(ref))
		return r;
	return sock_park_on(c, ref, SO_RCVTIMEO, -EAGAIN, accept_again);
}

/* ---- names, shutdown ---- */

bool stream_is_reset(const struct sock_ref *ref)
{
	struct pollfd now = { .fd = ref->fd };

	return poll(&now, 1, 0) == 1 && now.revents & POLLERR;
}

static long stream_name(struct sock_ref *ref, bool peer,
			struct sockaddr_storage *ret_addr)
{
	const struct net_sock *sock = ref->sock;

	if (peer && (sock->state != SOCK_CONNECTED || stream_is_reset(ref)))
		return -ENOTCONN;
	return addr_of_end(sock->family, peer ? &sock->remote : &sock->local,
			   ret_addr);
}

/* Both ends have said that they send no more. */
static bool is_over(const struct net_sock *sock)
{
	struct alive_sock about;

	return !sock->passing && alive_about(sock->ino, &about) &&
	       listing_state(sock, &about) == TCP_CLOSE;
}

static long stream_shutdown(struct call *c, struct sock_ref *ref, int how)
{
	struct net_sock *sock = ref->sock;

	if (how < SHUT_RD || how > SHUT_RDWR)
		return -EINVAL;
	if (sock->state == SOCK_LISTENING && how != SHUT_WR) {
		sock->port.listening = false;
		shutdown(ref->fd, how);
		sock_wake(sock, true);
		return 0;
	}
	if (sock->state != SOCK_CONNECTED)
		return sock->state == SOCK_LISTENING ? 0 : -ENOTCONN;
	if (is_over(sock) || stream_is_reset(ref))
		return -ENOTCONN;
	sock->shut |= (uint8_t)(how + 1);
	return call_pass(c);
}

/* ---- messages with an address, of which a stream takes no notice ---- */

/*
 * The call with the guest's own header changed: without a name, and without
 * control messages but with @control. At the trace gate.
 */
static long lend_head(struct call *c, const struct message *m, bool control,
		      long (*after)(struct call *c, long result))
{
	struct msghdr head;
	long r;

	if (!call_can_change(c))
		return call_stop(c);
	if (call_read(c, m->head, &head, sizeof(head)) < 0)
		return -EFAULT;
	head.msg_name = NULL;
	head.msg_namelen = 0;
	if (!control) {
		head.msg_control = NULL;
		head.msg_controllen = 0;
	}
	r = call_lend(c, &head, sizeof(head), &c->host_args[1]);
	return r < 0 ? r : call_then(c, after);
}

static long without_name(struct call *c,
			 long (*after)(struct call *c, long result))
{
	if (!call_can_change(c))
		return call_stop(c);
	c->host_args[4] = c->host_args[5] = 0;
	return call_then(c, after);
}

/* TCP sends no descriptors: the other end may be another instance's. */
static long stream_send(struct call *c, struct sock_ref *ref, struct message *m)
{
	(void)ref;
	if (m->flags & MSG_FASTOPEN)
		return -EOPNOTSUPP;
	if (!m->name && !m->control_len)
		return call_pass(c);
	return m->head ? lend_head(c, m, false, NULL) : without_name(c, NULL);
}

static long received(struct call *c, long result)
{
	long r = result;

	if (r >= 0)
		r = message_received(c, c->args[1], c->host_args[1]);
	return r < 0 ? r : result;
}

static long received_from(struct call *c, long result)
{
	const int none = 0;

	if (result >= 0 && call_write(c, c->args[5], &none, sizeof(none)) < 0)
		return -EFAULT;
	return result;
}

static long stream_receive(struct call *c, struct sock_ref *ref,
			   struct message *m)
{
	(void)ref;
	if (!m->name)
		return call_pass(c);
	return m->head ? lend_head(c, m, true, received)
		       : without_name(c, received_from);
}

const struct sock_ops stream_ops = {
	.bind = stream_bind,
	.connect = stream_connect,
	.listen = stream_listen,
	.accept = stream_accept,
	.name = stream_name,
	.shutdown = stream_shutdown,
	.send = stream_send,
	.receive = stream_receive,
	.getsockopt = sock_getsockopt,
	.setsockopt = sock_setsockopt,
};

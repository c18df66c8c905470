/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Netlink sockets: see netlink.h.
 *
 * Theory of operation. The program has one end of a pair of sockets, so that
 * poll, dup and close are the kernel's. What it sends with an address is taken
 * at once, so that it has happened when the call returns, as in the kernel;
 * what it sends without one (send, write) the kernel puts into the pair, and
 * the loop takes it out. Either way it is answered before the program is told
 * of more. What it receives with an address is given by the supervisor, since
 * the kernel would tell it no sender; else by the kernel.
 *
 * The other end shows who sent something: by SO_PASSCRED. A program can be
 * slow to read: what does not fit into the pair waits in a queue with a limit,
 * and what is over it is lost, with ENOBUFS, as in the kernel.
 */
#include "src/net/netlink.h"

#include <errno.h>
#include <linux/netlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utlist.h>
#include "src/host/sys.h"
#include "src/ns/pid.h"
#include "src/task/task.h"

#define QUEUE_MAX  (4 * 1024 * 1024)  /* bytes: a dump of all that can be */
#define QUEUES_MAX (64 * 1024 * 1024) /* of all sockets */
#define SEND_MAX   (212992 - 32)      /* wmem_default, as netlink_sendmsg() */
#define SERVE_MAX  64		      /* datagrams at a time */
#define PORT_TRIES 64

struct netlink_datagram {
	struct netlink_datagram *prev, *next;
	size_t len;
	char data[];
};

static struct netlink *all;
static size_t queued_all;
static char buffer[SEND_MAX];

static const struct netlink_protocol kobject_uevent = {
	.number = NETLINK_KOBJECT_UEVENT,
	.groups = 1,
};

static const struct netlink_protocol *const protocols[] = {
	&netlink_route,
	&netlink_sock_diag,
	&kobject_uevent,
};

/* ---- to the program ---- */

static void watch(struct netlink *nl)
{
	sock_watch(&nl->watch, EPOLLIN | (nl->queue ? EPOLLOUT : 0));
}

static long push(const struct netlink *nl, const void *data, size_t len)
{
	return sys_result(
		send(nl->watch.fd, data, len, MSG_DONTWAIT | MSG_NOSIGNAL));
}

void netlink_send(struct netlink *nl, const void *data, size_t len)
{
	struct netlink_datagram *one;

	if (!nl->queue && push(nl, data, len) >= 0)
		return;
	if (nl->queued + len > QUEUE_MAX || queued_all + len > QUEUES_MAX) {
		nl->overrun = !nl->no_enobufs;
		return;
	}
	one = malloc(sizeof(*one) + len);
	if (!one) {
		nl->overrun = !nl->no_enobufs;
		return;
	}
	one->len = len;
	memcpy(one->data, data, len);
	DL_APPEND(nl->queue, one);
	nl->queued += len;
	queued_all += len;
	watch(nl);
}

static void drop(struct netlink *nl, struct netlink_datagram *one)
{
	DL_DELETE(nl->queue, one);
	nl->queued -= one->len;
	queued_all -= one->len;
	free(one);
}

static void push_queue(struct netlink *nl)
{
	while (nl->queue && push(nl, nl->queue->data, nl->queue->len) >= 0)
		drop(nl, nl->queue);
}

void netlink_multicast(struct net *net, int protocol, unsigned int group,
		       const void *data, size_t len)
{
	struct netlink *nl;

	DL_FOREACH (all, nl)
		if (nl->sock->net == net && nl->protocol->number == protocol &&
		    nl->groups >> (group - 1) & 1)
			netlink_send(nl, data, len);
}

/* ---- from the program ---- */

bool netlink_is_late(const struct netlink *nl)
{
	return sys_cpu_time() > nl->until;
}

static void handle(struct netlink *nl, struct task *sender, const void *data,
		   size_t len)
{
	if (nl->protocol->receive && sender)
		nl->protocol->receive(nl, sender, data, len);
}

/* Who has sent it, as the kernel says; NULL: it has died since. */
static struct task *sender_of(struct msghdr *head)
{
	struct cmsghdr *m = CMSG_FIRSTHDR(head);
	struct ucred cred;

	if (!m || m->cmsg_level != SOL_SOCKET ||
	    m->cmsg_type != SCM_CREDENTIALS)
		return NULL;
	memcpy(&cred, CMSG_DATA(m), sizeof(cred));
	return task_by_host((host_pid){ cred.pid });
}

/* Return: whether there was one; -EPIPE when the program's end is closed. */
static long serve_one(struct netlink *nl)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(struct ucred))];
	} control;
	struct iovec iov = { buffer, sizeof(buffer) };
	struct msghdr head = { .msg_iov = &iov,
			       .msg_iovlen = 1,
			       .msg_control = &control,
			       .msg_controllen = sizeof(control) };
	long n = sys_result(
		recvmsg(nl->watch.fd, &head, MSG_DONTWAIT | MSG_CMSG_CLOEXEC));

	if (n == -EAGAIN)
		return 0;
	/* Nothing, of nobody: that is the end. */
	if (n < 0 || (n == 0 && !CMSG_FIRSTHDR(&head)))
		return -EPIPE;
	handle(nl, sender_of(&head), buffer, (size_t)n);
	return 1;
}

static long serve(struct netlink *nl)
{
	long r = 1;

	nl->until = sys_cpu_time() + SYS_TURN_NS;
	for (int i = 0; i < SERVE_MAX && r > 0 && !netlink_is_late(nl); i++)
		r = serve_one(nl);
	push_queue(nl);
	return r;
}

static void on_ready(struct sock_watch *watched)
{
	struct netlink *nl =
		(struct netlink *)((char *)watched -
				   offsetof(struct netlink, watch));

	if (serve(nl) < 0)
		sock_free(nl->sock);
	else
		watch(nl);
}

/* ---- ports ---- */

static bool port_taken(const struct netlink *nl, uint32_t port)
{
	const struct netlink *other;

	DL_FOREACH (all, other)
		if (other->has_port && other->port == port &&
		    other->sock->net == nl->sock->net &&
		    other->protocol == nl->protocol)
			return true;
	return false;
}

/* netlink_autobind(): the process' number, or else a negative one. */
static void choose_port(struct call *c, struct netlink *nl)
{
	static int32_t rover = -4097;
	uint32_t port = (uint32_t)group_number(c->task->group, c->task).n;

	if (nl->has_port)
		return;
	while (port_taken(nl, port)) {
		port = (uint32_t)rover--;
		if (rover == INT32_MIN)
			rover = -4097;
	}
	nl->port = port;
	nl->has_port = true;
}

/* ---- the calls ---- */

static void netlink_free(struct netlink *nl)
{
	sock_unwatch(&nl->watch);
	sys_close(&nl->watch.fd);
	while (nl->queue)
		drop(nl, nl->queue);
	DL_DELETE(all, nl);
	free(nl);
}

static const struct netlink_protocol *find_protocol(int number)
{
	for (size_t i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++)
		if (protocols[i]->number == number)
			return protocols[i];
	return NULL;
}

static long create(struct call *c, const struct netlink_protocol *protocol,
		   int type, int ends[2])
{
	struct netlink *nl = calloc(1, sizeof(*nl));
	const int on = 1;

	if (!nl)
		return -ENOBUFS;
	nl->sock = sock_create(net_of(c->task), &netlink_ops, AF_NETLINK, type,
			       protocol->number, ends[0]);
	if (!nl->sock) {
		free(nl);
		return -ENOBUFS;
	}
	nl->sock->netlink = nl;
	nl->protocol = protocol;
	nl->watch = (struct sock_watch){ ends[1], on_ready };
	setsockopt(ends[1], SOL_SOCKET, SO_PASSCRED, &on, sizeof(on));
	DL_APPEND(all, nl);
	watch(nl);
	return 0;
}

long netlink_socket(struct call *c)
{
	const struct netlink_protocol *protocol =
		find_protocol((int)c->args[2]);
	int type = (int)c->args[1], kind = type & 0xf, ends[2];
	long r;

	if (kind != SOCK_RAW && kind != SOCK_DGRAM)
		return -ESOCKTNOSUPPORT;
	if (!protocol)
		return -EPROTONOSUPPORT;
	r = sys_result(socketpair(
		AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | (type & SOCK_NONBLOCK),
		0, ends));
	if (r < 0)
		return -ENFILE;
	r = create(c, protocol, kind, ends);
	if (r < 0) {
		close(ends[0]);
		close(ends[1]);
		return r;
	}
	return call_give_fd(c, ends[0], type & SOCK_CLOEXEC);
}

static long nl_address(const struct sockaddr_storage *addr, socklen_t len,
		       struct sockaddr_nl *ret_addr)
{
	if (len < sizeof(*ret_addr))
		return -EINVAL;
	memcpy(ret_addr, addr, sizeof(*ret_addr));
	return ret_addr->nl_family == AF_NETLINK ? 0 : -EINVAL;
}

static long netlink_bind(struct call *c, struct sock_ref *ref,
			 const struct sockaddr_storage *addr, socklen_t len)
{
	struct netlink *nl = ref->sock->netlink;
	struct sockaddr_nl to;
	long r = nl_address(addr, len, &to);

	if (r < 0)
		return r;
	if (nl->has_port && to.nl_pid != nl->port)
		return -EINVAL;
	if (!nl->has_port && to.nl_pid && port_taken(nl, to.nl_pid))
		return -EADDRINUSE;
	if (!nl->has_port && to.nl_pid) {
		nl->port = to.nl_pid;
		nl->has_port = true;
	}
	choose_port(c, nl);
	nl->groups = (nl->groups & ~(uint64_t)UINT32_MAX) | to.nl_groups;
	return 0;
}

static long netlink_connect(struct call *c, struct sock_ref *ref,
			    const struct sockaddr_storage *addr, socklen_t len)
{
	struct netlink *nl = ref->sock->netlink;
	struct sockaddr_nl to;
	long r;

	if (len < sizeof(addr->ss_family))
		return -EINVAL;
	if (addr->ss_family == AF_UNSPEC) {
		nl->peer_port = nl->peer_group = 0;
		return 0;
	}
	r = nl_address(addr, len, &to);
	if (r < 0)
		return r;
	if (to.nl_pid || to.nl_groups)
		return -EPERM; /* no protocol here lets users send so */
	choose_port(c, nl);
	return 0;
}

static long netlink_listen(struct call *c, struct sock_ref *ref, int backlog)
{
	(void)c;
	(void)ref;
	(void)backlog;
	return -EOPNOTSUPP;
}

static long netlink_name(struct sock_ref *ref, bool peer,
			 struct sockaddr_storage *ret_addr)
{
	const struct netlink *nl = ref->sock->netlink;
	struct sockaddr_nl addr = { .nl_family = AF_NETLINK };

	if (peer) {
		addr.nl_pid = nl->peer_port;
	} else {
		addr.nl_pid = nl->port;
		addr.nl_groups = (uint32_t)nl->groups;
	}
	memcpy(ret_addr, &addr, sizeof(addr));
	return sizeof(addr);
}

/* What a program sends, into buffer[]. Return: its length, or an error. */
static long send_to(struct call *c, const struct message *m)
{
	struct sockaddr_storage addr;
	struct sockaddr_nl to;
	long r;

	if (m->flags & MSG_OOB)
		return -EOPNOTSUPP;
	if (!m->name)
		return 0;
	r = addr_read(c, m->name, m->name_len, &addr);
	if (r == 0)
		r = nl_address(&addr, m->name_len, &to);
	if (r == 0 && (to.nl_groups || to.nl_pid))
		r = to.nl_groups ? -EPERM : -ECONNREFUSED;
	return r;
}

static long netlink_sendmsg(struct call *c, struct sock_ref *ref,
			    struct message *m)
{
	struct netlink *nl = ref->sock->netlink;
	long r = send_to(c, m);

	if (r < 0)
		return r;
	choose_port(c, nl);
	if (serve(nl) < 0) /* what it sent before */
		return -ECONNREFUSED;
	nl->until = sys_cpu_time() + SYS_TURN_NS;
	r = message_gather(c, m, buffer, SEND_MAX);
	if (r > 0)
		handle(nl, c->task, buffer, (size_t)r);
	return r ? r : -ENODATA;
}

/* ---- to receive ---- */

/* What recvmsg(2) tells beside the bytes. */
static long put_head(struct call *c, const struct message *m, bool cut,
		     unsigned int group)
{
	const struct sockaddr_nl from = {
		.nl_family = AF_NETLINK,
		.nl_groups = group && group <= 32 ? 1U << (group - 1) : 0,
	};
	struct sockaddr_storage addr;
	uint64_t len_at = m->head + offsetof(struct msghdr, msg_namelen);
	int flags = cut ? MSG_TRUNC : 0;
	size_t none = 0;
	long r = 0;

	memcpy(&addr, &from, sizeof(from));
	if (m->name)
		r = addr_write(c, &addr, sizeof(from), m->name,
			       m->head ? len_at : m->len_at);
	if (r < 0 || !m->head)
		return r;
	if (call_write(c, m->head + offsetof(struct msghdr, msg_flags), &flags,
		       sizeof(flags)) < 0 ||
	    call_write(c, m->head + offsetof(struct msghdr, msg_controllen),
		       &none, sizeof(none)) < 0)
		return -EFAULT;
	return 0;
}

static unsigned int group_of(const struct netlink *nl, size_t len)
{
	if (!nl->protocol->group_of)
		return 0;
	return nl->protocol->group_of(
		buffer, len < sizeof(buffer) ? len : sizeof(buffer));
}

static long take(struct call *c, struct sock_ref *ref, struct message *m)
{
	struct netlink *nl = ref->sock->netlink;
	long n, done, r;

	if (m->flags & MSG_OOB)
		return -EOPNOTSUPP;
	if (nl->overrun) {
		nl->overrun = false;
		return -ENOBUFS;
	}
	serve(nl);
	n = sys_result(recv(ref->fd, buffer, sizeof(buffer),
			    (m->flags & MSG_PEEK) | MSG_DONTWAIT | MSG_TRUNC));
	if (n < 0)
		return n;
	push_queue(nl);
	done = message_scatter(c, m, buffer, (size_t)n);
	if (done < 0)
		return done;
	r = put_head(c, m, done < n, group_of(nl, (size_t)n));
	return r < 0 ? r : m->flags & MSG_TRUNC ? n : done;
}

static long again(struct call *c, struct sock_ref *ref)
{
	struct message m;
	long r = message_read(c, &m);

	return r < 0 ? r : take(c, ref, &m);
}

static long netlink_recvmsg(struct call *c, struct sock_ref *ref,
			    struct message *m)
{
	long r;

	choose_port(c, ref->sock->netlink);
	r = take(c, ref, m);
	if (r != -EAGAIN || m->flags & MSG_DONTWAIT || sock_is_nonblocking(ref))
		return r;
	return sock_park(c, ref, EPOLLIN, SO_RCVTIMEO, -EAGAIN, again);
}

static long netlink_accept(struct call *c, struct sock_ref *ref, int flags)
{
	return netlink_listen(c, ref, flags);
}

static long netlink_shutdown(struct call *c, struct sock_ref *ref, int how)
{
	return netlink_listen(c, ref, how);
}

static void netlink_release(struct net_sock *sock)
{
	netlink_free(sock->netlink);
}

const struct sock_ops netlink_ops = {
	.bind = netlink_bind,
	.connect = netlink_connect,
	.listen = netlink_listen,
	.accept = netlink_accept,
	.name = netlink_name,
	.shutdown = netlink_shutdown,
	.send = netlink_sendmsg,
	.receive = netlink_recvmsg,
	.getsockopt = netlink_getsockopt,
	.setsockopt = netlink_setsockopt,
	.release = netlink_release,
};

/* SPDX-License-Identifier: Apache-2.0 */
/* Datagrams as they are received: their bytes, their sender, what else is told.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/in6.h>
#include <linux/rtnetlink.h>
#include <netinet/ip.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/time.h>
#include <time.h>
#include "src/host/sys.h"
#include "src/net/devices.h"
#include "src/net/dgram.h"
#include "src/net/route.h"

#define CONTROL_MAX 256

static char buffer[65536];

/* What came, and how. */
struct arrival {
	struct net_end from, to;
	size_t len;  /* bytes in buffer[] */
	size_t real; /* of the datagram */
	int hops, tos, dev;
};

/* Who sent it: by the name of a relay, or of a socket itself. */
static void identify(const struct net_sock *sock, const struct sockaddr_un *un,
		     socklen_t len, struct arrival *a)
{
	const struct net_sock *sender;
	struct net_name name;

	a->dev = 1;
	a->hops = 64;
	a->tos = 0;
	a->to = sock->local;
	a->from = sock->remote;
	if (sname_parse(un, len, &name)) {
		a->from = name.from;
		a->to = name.to;
		a->dev = (int)name.dev;
		a->hops = name.hops;
		a->tos = name.tos;
		a->to.scope = 0;
	} else {
		sender = sock_by_id(sname_parse_hidden(un, len));
		if (!a->from.ip.family)
			a->from = sender ? sender->local : sock->local;
		/* By the kernel's own way: as the sender's options are now. */
		if (sender && a->from.ip.family == AF_INET6) {
			a->hops = sock_option(sender, IPPROTO_IPV6,
					      IPV6_UNICAST_HOPS);
			a->tos = sock_option(sender, IPPROTO_IPV6, IPV6_TCLASS);
		} else if (sender) {
			a->hops = sock_option(sender, IPPROTO_IP, IP_TTL);
			a->tos = sock_option(sender, IPPROTO_IP, IP_TOS);
		}
	}
}

/* Return: 0 or a negative errno. */
static long take(struct sock_ref *ref, int flags, struct arrival *ret_arrival)
{
	struct net_sock *sock = ref->sock;
	struct sockaddr_un un;
	struct iovec iov = { buffer, sizeof(buffer) };
	struct msghdr head = { .msg_name = &un,
			       .msg_namelen = sizeof(un),
			       .msg_iov = &iov,
			       .msg_iovlen = 1 };
	ssize_t n;

	if (sock->error) {
		n = -sock->error;
		sock->error = 0;
		return n;
	}
	n = sys_result(recvmsg(ref->fd, &head,
			       (flags & MSG_PEEK) | MSG_DONTWAIT | MSG_TRUNC));
	if (n < 0)
		return n == -ECONNRESET ? -ECONNREFUSED : n;
	ret_arrival->real = (size_t)n;
	ret_arrival->len =
		(size_t)n < sizeof(buffer) ? (size_t)n : sizeof(buffer);
	identify(sock, &un, head.msg_namelen, ret_arrival);
	return 0;
}

/* ---- control messages ---- */

struct control {
	_Alignas(struct cmsghdr) char bytes[CONTROL_MAX];
	size_t len;
};

static void put(struct control *control, int level, int type, const void *data,
		size_t size)
{
	struct cmsghdr *m = (struct cmsghdr *)(control->bytes + control->len);

	m->cmsg_level = level;
	m->cmsg_type = type;
	m->cmsg_len = CMSG_LEN(size);
	memcpy(CMSG_DATA(m), data, size);
	control->len += CMSG_SPACE(size);
}

/* To answer from: where it was sent, or an address of the interface. */
static struct net_ip own_address(const struct net_sock *sock,
				 const struct arrival *a)
{
	struct net_devices *devices = net_devices(sock->net);
	const struct net_device *dev = net_dev_by_index(devices, a->dev);

	if (route_type(sock->net, &a->to.ip) == RTN_LOCAL || !dev)
		return a->to.ip;
	return net_addr_select(devices, dev, &a->from.ip, RT_SCOPE_LINK);
}

static void put_pktinfo(struct control *control, const struct net_sock *sock,
			const struct arrival *a)
{
	struct in_pktinfo info = { .ipi_ifindex = a->dev };
	struct net_ip own = own_address(sock, a);

	memcpy(&info.ipi_addr, a->to.ip.bytes, sizeof(info.ipi_addr));
	memcpy(&info.ipi_spec_dst, own.bytes, sizeof(info.ipi_spec_dst));
	put(control, IPPROTO_IP, IP_PKTINFO, &info, sizeof(info));
}

static void put_pktinfo6(struct control *control, const struct arrival *a)
{
	struct in6_pktinfo info = { .ipi6_ifindex = (unsigned int)a->dev };
	struct net_ip ip = a->to.ip;

	if (ip.family == AF_INET)
		ip = net_ip_map(&ip);
	memcpy(&info.ipi6_addr, ip.bytes, sizeof(info.ipi6_addr));
	put(control, IPPROTO_IPV6, IPV6_PKTINFO, &info, sizeof(info));
}

static void put_time(struct control *control, int fd)
{
	socklen_t len = sizeof(int);
	struct timespec now;
	struct timeval time;
	int on = 0;

	clock_gettime(CLOCK_REALTIME, &now);
	if (getsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, &len) == 0 && on) {
		put(control, SOL_SOCKET, SO_TIMESTAMPNS, &now, sizeof(now));
		return;
	}
	len = sizeof(on);
	if (getsockopt(fd, SOL_SOCKET, SO_TIMESTAMP, &on, &len) < 0 || !on)
		return;
	time.tv_sec = now.tv_sec;
	time.tv_usec = now.tv_nsec / 1000;
	put(control, SOL_SOCKET, SO_TIMESTAMP, &time, sizeof(time));
}

static void put_ints(struct control *control, const struct net_sock *sock,
		     const struct arrival *a, bool v4)
{
	const int ttl = a->hops, tclass = a->tos;
	const unsigned char tos = (unsigned char)a->tos;

	if (v4 && sock_option(sock, IPPROTO_IP, IP_RECVTTL))
		put(control, IPPROTO_IP, IP_TTL, &ttl, sizeof(ttl));
	if (v4 && sock_option(sock, IPPROTO_IP, IP_RECVTOS))
		put(control, IPPROTO_IP, IP_TOS, &tos, sizeof(tos));
	if (!v4 && sock_option(sock, IPPROTO_IPV6, IPV6_RECVHOPLIMIT))
		put(control, IPPROTO_IPV6, IPV6_HOPLIMIT, &ttl, sizeof(ttl));
	if (!v4 && sock_option(sock, IPPROTO_IPV6, IPV6_RECVTCLASS))
		put(control, IPPROTO_IPV6, IPV6_TCLASS, &tclass,
		    sizeof(tclass));
}

static void make_control(const struct sock_ref *ref, const struct arrival *a,
			 struct control *control)
{
	const struct net_sock *sock = ref->sock;
	bool v4 = sock->family == AF_INET;

	put_time(control, ref->fd);
	if (v4 && sock_option(sock, IPPROTO_IP, IP_PKTINFO))
		put_pktinfo(control, sock, a);
	if (!v4 && sock_option(sock, IPPROTO_IPV6, IPV6_RECVPKTINFO))
		put_pktinfo6(control, a);
	put_ints(control, sock, a, v4);
}

/* put_cmsg(): each whole, or the last cut. Return: MSG_CTRUNC or 0 */
static int write_control(struct call *c, const struct message *m,
			 const struct control *control, size_t *ret_len)
{
	size_t len =
		control->len < m->control_len ? control->len : m->control_len;

	*ret_len = len;
	if (len && call_write(c, m->control, control->bytes, len) < 0)
		*ret_len = 0;
	return control->len > m->control_len ? MSG_CTRUNC : 0;
}

/* ---- what the program is told ---- */

static long tell_from(struct call *c, const struct sock_ref *ref,
		      const struct message *m, const struct arrival *a)
{
	struct sockaddr_storage addr;
	socklen_t len = addr_of_end(ref->sock->family, &a->from, &addr);

	return addr_write(c, &addr, len, m->name, m->len_at);
}

/* The fields of its header that the kernel writes. */
static long tell_head(struct call *c, const struct sock_ref *ref,
		      const struct message *m, const struct arrival *a,
		      int flags)
{
	struct control control = { .len = 0 };
	struct sockaddr_storage addr;
	struct msghdr head;
	socklen_t len = addr_of_end(ref->sock->family, &a->from, &addr);
	size_t room;

	if (call_read(c, m->head, &head, sizeof(head)) < 0)
		return -EFAULT;
	room = m->name_len < len ? m->name_len : len;
	if (m->name) {
		if (call_write(c, m->name, &addr, room) < 0)
			return -EFAULT;
		head.msg_namelen = len;
	}
	make_control(ref, a, &control);
	flags |= write_control(c, m, &control, &head.msg_controllen);
	head.msg_flags = flags;
	return call_write(c, m->head, &head, sizeof(head));
}

static long receive_now(struct call *c, struct sock_ref *ref, struct message *m)
{
	struct arrival a;
	int flags = 0;
	long n, r = take(ref, m->flags, &a);

	if (r < 0)
		return r;
	n = message_scatter(c, m, buffer, a.len);
	if (n < 0)
		return n;
	if ((size_t)n < a.real)
		flags = MSG_TRUNC;
	if (m->flags & MSG_CMSG_CLOEXEC)
		flags |= MSG_CMSG_CLOEXEC;
	r = m->head ? tell_head(c, ref, m, &a, flags)
		    : tell_from(c, ref, m, &a);
	if (r < 0)
		return r;
	return m->flags & MSG_TRUNC ? (long)a.real : n;
}

/* ---- waiting ---- */

static long again(struct call *c, struct sock_ref *ref)
{
	struct message m;
	long r = message_read(c, &m);

	return r < 0 ? r : receive_now(c, ref, &m);
}

long dgram_receive(struct call *c, struct sock_ref *ref, struct message *m)
{
	long r;

	if (m->flags & MSG_OOB)
		return -EOPNOTSUPP;
	if (m->flags & MSG_ERRQUEUE)
		return -EAGAIN;
	r = receive_now(c, ref, m);
	if (r != -EAGAIN || m->flags & MSG_DONTWAIT || sock_is_nonblocking(ref))
		return r;
	return sock_park(c, ref, EPOLLIN, SO_RCVTIMEO, -EAGAIN, again);
}

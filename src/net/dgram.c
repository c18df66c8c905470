/* SPDX-License-Identifier: Apache-2.0 */
/*
 * UDP, on AF_UNIX datagram sockets.
 *
 * Theory of operation. A socket that has a port is bound underneath to a
 * name that only the supervisor reaches. What is sent to an address comes here,
 * is read once, and is put into the queue of each receiver (relay.c). A
 * socket that connect(2) gave a peer is connected underneath, too: then send
 * and recv are the kernel's. Where nobody has the port, it is connected to a
 * socket of the supervisor's (hole.c).
 */
#include "src/net/dgram.h"

#include <errno.h>
#include <linux/in6.h>
#include <linux/rtnetlink.h>
#include <linux/ipv6.h>
#include <netinet/ip.h>
#include <stddef.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include "src/host/sys.h"
#include "src/net/group.h"
#include "src/net/hole.h"
#include "src/net/outward.h"
#include "src/net/relay.h"
#include "src/net/route.h"

#define CONTROL_MAX 1024
#define UDP_MAX	    65507 /* of IPv4; a few more of IPv6 */

static char buffer[65536];

/* ---- ports ---- */

/* It can be reached from now on. */
static long take(struct call *c, struct sock_ref *ref,
		 const struct net_end *end)
{
	struct net_sock *sock = ref->sock;
	long r = port_take(c, ref, end);

	if (r < 0)
		return r;
	r = sock_expose(ref);
	if (r < 0)
		port_drop(sock);
	return r;
}

static long autobind(struct call *c, struct sock_ref *ref)
{
	const struct net_end any = { .ip = { .family = ref->sock->family } };

	return ref->sock->port.port ? 0 : take(c, ref, &any);
}

static long dgram_bind(struct call *c, struct sock_ref *ref,
		       const struct sockaddr_storage *addr, socklen_t len)
{
	struct net_end end;
	long r = addr_to_bind(c, ref, addr, len, &end);

	if (r < 0)
		return r;
	if (ref->sock->port.port)
		return -EINVAL;
	r = take(c, ref, &end);
	if (r == 0)
		ref->sock->bound = !net_ip_is_any(&end.ip);
	return r;
}

/* ---- sending ---- */

static struct net_sock *receiver(const struct net_reach *reach,
				 const struct packet *packet)
{
	struct net_sock *to;

	do
		to = port_find(reach->net, packet->protocol, &packet->to,
			       &packet->from, reach->dev);
	while (to && !sock_check(to));
	return to;
}

/* To one that is connected to the sender, the kernel lets only that send. */
static long send_back(const struct sock_ref *ref, const struct net_sock *to,
		      const struct packet *packet)
{
	struct sockaddr_un un;
	long r;

	sname_path(to->path, &un);
	r = sys_result(sendto(ref->fd, packet->data, packet->len,
			      MSG_DONTWAIT | MSG_NOSIGNAL, (void *)&un,
			      sizeof(un)));
	return r == -ECONNREFUSED ? r : 0;
}

/* That a receiver is gone shows when it is sent to; it is forgotten then. */
static long send_one(const struct sock_ref *ref, const struct net_reach *reach,
		     const struct packet *packet)
{
	struct net_sock *to;
	bool back;
	long r;

	do {
		to = port_find(reach->net, packet->protocol, &packet->to,
			       &packet->from, reach->dev);
		if (!to)
			return -ECONNREFUSED;
		back = to->state == SOCK_CONNECTED;
		r = back ? send_back(ref, to, packet) : relay_send(to, packet);
	} while (r == -ECONNREFUSED && !(back && sock_check(to)));
	return r;
}

static bool is_to_many(const struct net_reach *reach)
{
	return reach->type == RTN_BROADCAST || reach->type == RTN_MULTICAST;
}

static bool may_broadcast(const struct sock_ref *ref)
{
	socklen_t len = sizeof(int);
	int broadcast = 0;

	getsockopt(ref->fd, SOL_SOCKET, SO_BROADCAST, &broadcast, &len);
	return broadcast;
}

static long send_packet(struct sock_ref *ref, const struct net_reach *reach,
			const struct packet *packet)
{
	struct net_sock *sock = ref->sock;
	long r;

	if (reach->type == RTN_BROADCAST && !may_broadcast(ref))
		return -EACCES;
	if (is_to_many(reach)) {
		group_send(sock, reach, packet);
		return (long)packet->len;
	}
	r = send_one(ref, reach, packet);
	if (r == -ECONNREFUSED &&
	    outward_leads(sock->net, reach, &packet->to, 0)) {
		outward_send(packet, reach->out);
		r = 0;
	}
	/* Who is connected hears of it. */
	if (r == -ECONNREFUSED && sock->remote.ip.family)
		sock->error = ECONNREFUSED;
	return (long)packet->len;
}

/* The bytes of a message, in buffer[]. Return: how many. */
/* A socket of IPv6 takes an address of IPv4 as it is, too. */
static long addr_to_end_of_any(const struct net_sock *sock,
			       const struct sockaddr_storage *addr,
			       socklen_t len, struct net_end *ret_end)
{
	struct net_sock four = { .family = AF_INET };

	if (sock->family == AF_INET6 && addr->ss_family == AF_INET)
		return sock->v6only ? -ENETUNREACH
				    : addr_to_end(&four, addr, len, ret_end);
	return addr_to_end(sock, addr, len, ret_end);
}

/* udp_sendmsg() */
static long destination(struct call *c, const struct net_sock *sock,
			const struct message *m, struct net_end *ret_to)
{
	struct sockaddr_storage addr;
	long r;

	if (!m->name) {
		*ret_to = sock->remote;
		return sock->remote.ip.family ? 0 : -EDESTADDRREQ;
	}
	r = addr_read(c, m->name, m->name_len, &addr);
	if (r < 0)
		return r;
	if (addr.ss_family == AF_UNSPEC && m->name_len >= sizeof(short))
		addr.ss_family = sock->family;
	r = addr_to_end_of_any(sock, &addr, m->name_len, ret_to);
	if (r == 0 && !ret_to->port)
		r = -EINVAL;
	return r;
}

/* What control messages change of one message. */
struct ancillary {
	struct net_ip from; /* family 0: not this */
	int hops, tos;	    /* -1: likewise */
};

static long read_ancillary(const struct cmsghdr *m, struct ancillary *a)
{
	const void *data = CMSG_DATA(m);
	size_t len = m->cmsg_len - CMSG_LEN(0);
	int value = -1;

	if (len >= sizeof(value))
		memcpy(&value, data, sizeof(value));
	else if (len == 1)
		value = *(const uint8_t *)data;
	if (m->cmsg_level == IPPROTO_IP && m->cmsg_type == IP_PKTINFO) {
		if (len != sizeof(struct in_pktinfo))
			return -EINVAL;
		a->from =
			net_ip_make(AF_INET, (const char *)data +
						     offsetof(struct in_pktinfo,
							      ipi_spec_dst));
		return 0;
	}
	if (m->cmsg_level == IPPROTO_IPV6 && m->cmsg_type == IPV6_PKTINFO) {
		if (len < sizeof(struct in6_pktinfo))
			return -EINVAL;
		a->from = net_ip_make(AF_INET6, data);
		return 0;
	}
	if (m->cmsg_level == IPPROTO_IP) {
		if (m->cmsg_type == IP_TTL)
			a->hops = value;
		if (m->cmsg_type == IP_TOS)
			a->tos = value;
		return m->cmsg_type == IP_TTL && (value < 1 || value > 255)
			       ? -EINVAL
			       : 0;
	}
	if (m->cmsg_level == IPPROTO_IPV6) {
		if (m->cmsg_type == IPV6_HOPLIMIT && value >= 0)
			a->hops = value;
		if (m->cmsg_type == IPV6_TCLASS && value >= 0)
			a->tos = value;
		return value < -1 || value > 255 ? -EINVAL : 0;
	}
	return 0;
}

/* Return: 0, -EINVAL or -EFAULT. */
static long find_ancillary(struct call *c, const struct message *m,
			   struct ancillary *a)
{
	_Alignas(struct cmsghdr) char control[CONTROL_MAX];
	size_t len = m->control_len, at = 0;

	*a = (struct ancillary){ .hops = -1, .tos = -1 };
	if (!m->control || len < sizeof(struct cmsghdr))
		return 0;
	if (len > sizeof(control))
		return -ENOBUFS;
	if (call_read(c, m->control, control, len) < 0)
		return -EFAULT;
	while (at + sizeof(struct cmsghdr) <= len) {
		const struct cmsghdr *h = (const void *)(control + at);
		long r;

		if (h->cmsg_len < sizeof(*h) || h->cmsg_len > len - at)
			return -EINVAL;
		r = read_ancillary(h, a);
		if (r < 0)
			return r;
		at += CMSG_ALIGN(h->cmsg_len);
	}
	return 0;
}

static int hops_of(const struct net_sock *sock, const struct net_ip *to)
{
	bool many = net_ip_is_multicast(to);

	if (to->family == AF_INET)
		return sock_option(sock, IPPROTO_IP,
				   many ? IP_MULTICAST_TTL : IP_TTL);
	return sock_option(sock, IPPROTO_IPV6,
			   many ? IPV6_MULTICAST_HOPS : IPV6_UNICAST_HOPS);
}

/* How it is sent: as the message says, or the options. */
static void mark(const struct net_sock *sock, const struct ancillary *a,
		 struct packet *packet)
{
	bool v4 = packet->to.ip.family == AF_INET;
	int hops = a->hops, tos = a->tos;

	if (hops < 0)
		hops = hops_of(sock, &packet->to.ip);
	if (tos < 0)
		tos = v4 ? sock_option(sock, IPPROTO_IP, IP_TOS)
			 : sock_option(sock, IPPROTO_IPV6, IPV6_TCLASS);
	packet->hops = (uint8_t)hops;
	packet->tos = (uint8_t)tos;
}

static long route(const struct net_sock *sock, const struct net_end *to,
		  const struct net_ip *says, struct net_reach *ret_reach)
{
	struct net_ip from = { .family = to->ip.family };
	long r;

	if (sock->bound && sock->local.ip.family == to->ip.family &&
	    route_type(sock->net, &sock->local.ip) == RTN_LOCAL)
		from = sock->local.ip;
	if (says && says->family == to->ip.family && !net_ip_is_any(says)) {
		if (route_type(sock->net, says) != RTN_LOCAL)
			return -EINVAL;
		from = *says;
	}
	r = group_route(sock, to, &from, ret_reach);
	return r == -ENOENT
		       ? route_find(sock->net, &from, to, sock->port.device,
				    IPPROTO_UDP, ret_reach)
		       : r;
}

static long dgram_send(struct call *c, struct sock_ref *ref, struct message *m)
{
	struct net_sock *sock = ref->sock;
	struct packet packet = { .from_net = sock->net,
				 .protocol = (uint8_t)sock->protocol,
				 .data = buffer };
	struct ancillary ancillary;
	struct net_reach reach;
	long r, len;

	if (m->flags & MSG_OOB)
		return -EOPNOTSUPP;
	r = destination(c, sock, m, &packet.to);
	if (r < 0)
		return r;
	if (sock->error) {
		r = -sock->error;
		sock->error = 0;
		return r;
	}
	r = find_ancillary(c, m, &ancillary);
	if (r == 0)
		r = route(sock, &packet.to, &ancillary.from, &reach);
	if (r < 0 && r != -ETIMEDOUT)
		return r;
	len = message_gather(c, m, buffer, UDP_MAX);
	if (len < 0)
		return len;
	packet.len = (size_t)len;
	if (autobind(c, ref) < 0)
		return -EAGAIN;
	packet.to.ip = reach.to;
	packet.dev = reach.dev;
	packet.from = (struct net_end){ .ip = reach.from,
					.port = sock->local.port,
					.scope = route_scope(&reach.from,
							     reach.dev) };
	if (r == -ETIMEDOUT) {
		if (outward_leads(sock->net, &reach, &packet.to, (int)r))
			outward_send(&packet, reach.out);
		return len;
	}
	mark(sock, &ancillary, &packet);
	return send_packet(ref, &reach, &packet);
}

/* ---- connect ---- */

static long dgram_disconnect(struct sock_ref *ref)
{
	const struct sockaddr none = { .sa_family = AF_UNSPEC };
	struct net_sock *sock = ref->sock;

	connect(ref->fd, &none, sizeof(none));
	hole_close(sock);
	sock->state = SOCK_FRESH;
	sock->remote = (struct net_end){ 0 };
	sock->port.peer.family = 0;
	if (!sock->bound)
		sock->local.ip = (struct net_ip){ .family = sock->family };
	return 0;
}

/* Underneath: to who has the port, or to nobody. */
static long join(struct sock_ref *ref, const struct net_reach *reach)
{
	struct net_sock *sock = ref->sock, *to = NULL;
	const struct packet packet = { .protocol = (uint8_t)sock->protocol,
				       .from = sock->local,
				       .to = sock->remote };
	long r = -ECONNREFUSED;

	if (reach->net && !is_to_many(reach))
		to = receiver(reach, &packet);
	if (to)
		r = sname_connect(ref->fd, to->path);
	if (r == -ECONNREFUSED || r == -EPERM)
		r = hole_connect(ref);
	return r;
}

static long dgram_connect(struct call *c, struct sock_ref *ref,
			  const struct sockaddr_storage *addr, socklen_t len)
{
	struct net_sock *sock = ref->sock;
	struct net_reach reach;
	struct net_end to;
	long r;

	if (len < sizeof(addr->ss_family))
		return -EINVAL;
	if (addr->ss_family == AF_UNSPEC)
		return dgram_disconnect(ref);
	r = addr_to_end_of_any(sock, addr, len, &to);
	if (r == 0)
		r = route(sock, &to, NULL, &reach);
	/* That nobody is there shows when something is sent. */
	if (r < 0 && r != -ETIMEDOUT)
		return r;
	if (r == 0 && reach.type == RTN_BROADCAST && !may_broadcast(ref))
		return -EACCES;
	r = autobind(c, ref);
	if (r < 0)
		return -EAGAIN;
	dgram_disconnect(ref);
	sock->remote = to;
	sock->remote.ip = reach.to;
	if (!sock->bound)
		sock->local.ip = reach.from;
	sock->local.scope = route_scope(&sock->local.ip, reach.out);
	sock->port.peer = sock->remote.ip;
	sock->port.peer_port = sock->remote.port;
	sock->state = SOCK_CONNECTED;
	return join(ref, &reach);
}

/* ---- the rest ---- */

static long dgram_listen(struct call *c, struct sock_ref *ref, int backlog)
{
	(void)c;
	(void)ref;
	(void)backlog;
	return -EOPNOTSUPP;
}

static long dgram_accept(struct call *c, struct sock_ref *ref, int flags)
{
	return dgram_listen(c, ref, flags);
}

static long dgram_name(struct sock_ref *ref, bool peer,
		       struct sockaddr_storage *ret_addr)
{
	const struct net_sock *sock = ref->sock;

	if (peer && !sock->remote.port)
		return -ENOTCONN;
	return addr_of_end(sock->family, peer ? &sock->remote : &sock->local,
			   ret_addr);
}

static long dgram_shutdown(struct call *c, struct sock_ref *ref, int how)
{
	if (how < SHUT_RD || how > SHUT_RDWR)
		return -EINVAL;
	if (ref->sock->remote.ip.family)
		return call_pass(c);
	shutdown(ref->fd, how);
	return -ENOTCONN;
}

static void dgram_release(struct net_sock *sock)
{
	hole_close(sock);
	group_leave_all(sock);
	relay_forget(sock);
}

const struct sock_ops dgram_ops = {
	.bind = dgram_bind,
	.connect = dgram_connect,
	.listen = dgram_listen,
	.accept = dgram_accept,
	.name = dgram_name,
	.shutdown = dgram_shutdown,
	.send = dgram_send,
	.receive = dgram_receive,
	.getsockopt = sock_getsockopt,
	.setsockopt = sock_setsockopt,
	.release = dgram_release,
};

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Datagrams to a port that nobody has.
 *
 * Theory of operation. A program may connect a datagram socket to an address
 * where nobody is, and send; it then hears, by an ICMP message, that it was
 * refused, unless somebody has come by then. So underneath it is connected to
 * a socket of the supervisor's. What comes there is sent on if somebody is
 * there now. If not, the supervisor's socket connects back and lets go again
 * with a datagram unread: then the kernel gives the program's socket an
 * error. It is ECONNRESET, since that of AF_UNIX is; the calls that come by
 * nsrun say ECONNREFUSED.
 */
#include "src/net/hole.h"

#include <errno.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>
#include "src/host/sys.h"
#include "src/net/outward.h"
#include "src/net/relay.h"
#include "src/net/route.h"

#define HOLES_MAX 1024

struct hole {
	struct sock_watch watch;
	struct net_sock *sock;
};

static unsigned int holes;
static char buffer[65536];

static void refuse(const struct hole *hole)
{
	const struct sockaddr none = { .sa_family = AF_UNSPEC };

	if (sname_connect(hole->watch.fd, hole->sock->path) == 0)
		connect(hole->watch.fd, &none, sizeof(none));
	/* What could not be told is gone all the same. */
	recv(hole->watch.fd, buffer, 0, MSG_DONTWAIT);
}

static void take_one(struct hole *hole)
{
	const struct net_sock *sock = hole->sock;
	struct packet packet = { .from_net = sock->net,
				 .protocol = (uint8_t)sock->protocol,
				 .hops = 64,
				 .dev = 1,
				 .from = sock->local,
				 .to = sock->remote,
				 .data = buffer };
	struct net_sock *to = NULL;
	struct net_reach reach;
	bool outside;
	long n;
	int r;

	r = route_find(sock->net, &sock->local.ip, &sock->remote,
		       sock->port.device, IPPROTO_UDP, &reach);
	if (r == 0)
		to = port_find(reach.net, packet.protocol, &packet.to,
			       &packet.from, reach.dev);
	if (r == 0 && to && !sock_check(to))
		to = NULL;
	outside = !to && (r == 0 || r == -ETIMEDOUT) &&
		  outward_leads(sock->net, &reach, &sock->remote, r);
	if (r != -ETIMEDOUT && !to && !outside) {
		refuse(hole);
		return;
	}
	n = recv(hole->watch.fd, buffer, sizeof(buffer), MSG_DONTWAIT);
	packet.len = (size_t)n;
	if (n >= 0 && outside)
		outward_send(&packet, reach.out);
	else if (n >= 0 && r == 0)
		relay_send(to, &packet);
}

static void ready(struct sock_watch *watch)
{
	struct hole *hole =
		(struct hole *)((char *)watch - offsetof(struct hole, watch));

	take_one(hole);
	sock_watch(watch, EPOLLIN);
}

static long open_hole(struct sock_ref *ref, struct hole *hole)
{
	_cleanup_close_ int path = -1;
	long r;

	hole->sock = ref->sock;
	hole->watch.ready = ready;
	hole->watch.fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (hole->watch.fd < 0)
		return sys_result(-1);
	r = sname_bind_hidden(hole->watch.fd, 0);
	path = (int)r;
	if (r >= 0)
		r = sname_connect(ref->fd, path);
	if (r == 0)
		r = sock_watch(&hole->watch, EPOLLIN);
	if (r < 0)
		close(hole->watch.fd);
	return r;
}

long hole_connect(struct sock_ref *ref)
{
	struct hole *hole;
	long r;

	hole_close(ref->sock);
	hole = holes < HOLES_MAX ? calloc(1, sizeof(*hole)) : NULL;
	if (!hole)
		return -ENOBUFS;
	r = open_hole(ref, hole);
	if (r < 0) {
		free(hole);
		return r;
	}
	holes++;
	ref->sock->hole = hole;
	return 0;
}

void hole_close(struct net_sock *sock)
{
	struct hole *hole = sock->hole;

	if (!hole)
		return;
	sock_unwatch(&hole->watch);
	close(hole->watch.fd);
	free(hole);
	holes--;
	sock->hole = NULL;
}

void hole_send(const struct net_sock *sock, const void *data, size_t len)
{
	struct sockaddr_un un;

	sname_path(sock->path, &un);
	sendto(sock->hole->watch.fd, data, len, MSG_DONTWAIT | MSG_NOSIGNAL,
	       (void *)&un, sizeof(un));
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Datagrams on their way into the real socket of the receiver.
 *
 * Theory of operation. What a receiver is told of the sender is the name of
 * the socket that a datagram was sent by. So for each way, from one address
 * and port to a receiver, there is a socket of the supervisor's with a name
 * that says so (sname.h), and connected to the receiver. The last used are
 * kept.
 *
 * The kernel lets few datagrams wait for a receiver that is not connected back
 * (net.unix.max_dgram_qlen). The supervisor does not wait: what does not fit
 * is queued here, up to what UDP would keep, and goes in when there is room.
 */
#include "src/net/relay.h"

#include <errno.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>
#include <utlist.h>
#include "src/host/sys.h"

#define RELAYS_MAX  256
#define QUEUE_BYTES 212992 /* net.core.rmem_default */
#define OVERHEAD    768	   /* of a datagram: struct sk_buff and its head */
#define ALL_BYTES   (64 * 1024 * 1024)

struct relay {
	struct net_name name;
	uint64_t to; /* id of the receiver */
	int fd;
	unsigned int queued; /* of datagrams that will go by it */
	struct relay *prev, *next;
};

struct waiting {
	struct relay *relay;
	size_t len;
	struct waiting *prev, *next;
	char data[];
};

/* What waits for one receiver. */
struct dgram {
	struct net_sock *sock;
	struct sock_watch watch; /* of the first one's relay; fd -1: none */
	struct waiting *queue;
	size_t bytes;
};

static struct relay *relays; /* the last used first */
static unsigned int nr_relays;
static size_t all_bytes;

static void relay_free(struct relay *relay)
{
	DL_DELETE(relays, relay);
	nr_relays--;
	close(relay->fd);
	free(relay);
}

static struct net_name name_of(const struct net_sock *to,
			       const struct packet *packet)
{
	struct net_name name = {
		.protocol = packet->protocol,
		.dev = (uint32_t)packet->dev,
		.hops = packet->hops,
		.tos = packet->tos,
		.from_family = to->family,
		.to_family = to->family,
		.from_net = packet->from_net->id,
		.to_net = to->net->id,
		.from = packet->from,
		.to = packet->to,
	};

	name.to.scope = (uint32_t)to->id;
	return name;
}

static bool is_same(const struct net_name *a, const struct net_name *b)
{
	return a->protocol == b->protocol && a->dev == b->dev &&
	       a->hops == b->hops && a->tos == b->tos &&
	       a->from_net == b->from_net && a->to_net == b->to_net &&
	       a->from.port == b->from.port && a->to.port == b->to.port &&
	       a->to.scope == b->to.scope &&
	       net_ip_equal(&a->from.ip, &b->from.ip) &&
	       net_ip_equal(&a->to.ip, &b->to.ip);
}

/* One that nothing waits for gives its place. */
static void make_room(void)
{
	struct relay *relay = relays ? relays->prev : NULL;

	while (relay && nr_relays >= RELAYS_MAX) {
		struct relay *before = relay == relays ? NULL : relay->prev;

		if (!relay->queued)
			relay_free(relay);
		relay = before;
	}
}

static long relay_open(const struct net_name *name, const struct net_sock *to)
{
	struct sockaddr_un un;
	socklen_t len = sname_make(name, &un);
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	long r = fd < 0 ? sys_result(-1)
			: sys_result(bind(fd, (void *)&un, len));

	if (r == 0)
		r = sname_connect(fd, to->path);
	if (r < 0)
		sys_close(&fd);
	return r < 0 ? r : fd;
}

static long relay_create(const struct net_name *name, const struct net_sock *to,
			 struct relay **ret_relay)
{
	struct relay *relay;
	long fd;

	make_room();
	relay = nr_relays < 2 * RELAYS_MAX ? calloc(1, sizeof(*relay)) : NULL;
	if (!relay)
		return -ENOBUFS;
	fd = relay_open(name, to);
	if (fd < 0) {
		free(relay);
		return fd;
	}
	relay->name = *name;
	relay->to = to->id;
	relay->fd = (int)fd;
	nr_relays++;
	DL_PREPEND(relays, relay);
	*ret_relay = relay;
	return 0;
}

static long relay_of(const struct net_sock *to, const struct packet *packet,
		     struct relay **ret_relay)
{
	struct net_name name = name_of(to, packet);
	struct relay *relay;

	DL_FOREACH (relays, relay)
		if (relay->to == to->id && is_same(&relay->name, &name))
			break;
	if (!relay)
		return relay_create(&name, to, ret_relay);
	if (relay != relays) {
		DL_DELETE(relays, relay);
		DL_PREPEND(relays, relay);
	}
	*ret_relay = relay;
	return 0;
}

/* ---- what waits ---- */

static void drop_first(struct dgram *d)
{
	struct waiting *w = d->queue;

	DL_DELETE(d->queue, w);
	d->bytes -= w->len + OVERHEAD;
	all_bytes -= w->len + OVERHEAD;
	w->relay->queued--;
	free(w);
}

static void unwatch(struct dgram *d)
{
	if (d->watch.fd >= 0)
		sock_unwatch(&d->watch);
	d->watch.fd = -1;
}

static void watch(struct dgram *d)
{
	unwatch(d);
	d->watch.fd = d->queue->relay->fd;
	sock_watch(&d->watch, EPOLLOUT);
}

static long send_now(const struct relay *relay, const void *data, size_t len)
{
	return sys_result(send(relay->fd, data, len, MSG_NOSIGNAL));
}

static void ready(struct sock_watch *watched)
{
	struct dgram *d = (struct dgram *)((char *)watched -
					   offsetof(struct dgram, watch));

	while (d->queue) {
		const struct waiting *w = d->queue;

		if (send_now(w->relay, w->data, w->len) == -EAGAIN) {
			watch(d);
			return;
		}
		drop_first(d);
	}
	unwatch(d);
}

static void enqueue(struct net_sock *to, struct relay *relay,
		    const struct packet *packet)
{
	struct dgram *d = to->dgram;
	size_t bytes = packet->len + OVERHEAD;
	struct waiting *w;

	if (!d) {
		d = to->dgram = calloc(1, sizeof(*d));
		if (!d)
			return;
		d->sock = to;
		d->watch = (struct sock_watch){ -1, ready };
	}
	if (d->bytes + bytes > QUEUE_BYTES || all_bytes + bytes > ALL_BYTES)
		return;
	w = malloc(sizeof(*w) + packet->len);
	if (!w)
		return;
	w->relay = relay;
	w->len = packet->len;
	memcpy(w->data, packet->data, packet->len);
	relay->queued++;
	d->bytes += bytes;
	all_bytes += bytes;
	DL_APPEND(d->queue, w);
	if (d->queue == w)
		watch(d);
}

long relay_send(struct net_sock *to, const struct packet *packet)
{
	struct relay *relay = NULL;
	long r = relay_of(to, packet, &relay);

	if (r == 0 && !(to->dgram && to->dgram->queue))
		r = send_now(relay, packet->data, packet->len);
	else if (r == 0)
		r = -EAGAIN;
	if (r == -EAGAIN)
		enqueue(to, relay, packet);
	if (r >= 0)
		sock_wake(to, false);
	if (r != -ECONNREFUSED)
		return 0;
	sock_free(to);
	return r;
}

void relay_forget(struct net_sock *to)
{
	struct dgram *d = to->dgram;
	struct relay *relay, *next;

	if (d) {
		unwatch(d);
		while (d->queue)
			drop_first(d);
		free(d);
	}
	to->dgram = NULL;
	DL_FOREACH_SAFE (relays, relay, next)
		if (relay->to == to->id)
			relay_free(relay);
}

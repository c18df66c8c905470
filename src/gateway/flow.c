/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Datagrams of UDP between the host and the inside.
 *
 * Theory of operation. A flow is a pair of ends, as they are seen inside: one
 * inside, one of the host's side. What a client sends to a published port
 * makes one, by which the answers find back; what a program inside sends to the
 * outside makes one with a socket of its own, connected there, so that only the
 * answers come in. A flow that nothing goes by is forgotten; of too many, the
 * one that was used last.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <uthash.h>
#include <utlist.h>
#include "src/gateway/inner.h"
#include "src/host/sys.h"

#define FLOW_TIME 60 /* seconds */
#define FLOWS_MAX 1024
#define PACKETS	  32 /* of one source at a time */

struct flow_key {
	uint8_t inside[NET_IP_BYTES], outside[NET_IP_BYTES];
	uint16_t inside_port, outside_port;
};

struct flow {
	struct source source; /* its own socket; -1: a published one's */
	struct flow_key key;
	struct net_end inside, outside;
	int fd;		       /* that it sends by */
	struct net_end client; /* of a published one: who it really is */
	uint64_t used;
	struct flow *prev, *next; /* the last used first */
	UT_hash_handle hh;
};

static struct flow *by_key, *flows;
static char buffer[GW_PACKET_MAX];

/* ---- the table ---- */

static struct flow_key key_of(const struct net_end *inside,
			      const struct net_end *outside)
{
	struct flow_key key = { .inside_port = inside->port,
				.outside_port = outside->port };

	memcpy(key.inside, inside->ip.bytes, NET_IP_BYTES);
	memcpy(key.outside, outside->ip.bytes, NET_IP_BYTES);
	return key;
}

static void flow_free(struct flow *flow)
{
	HASH_DELETE(hh, by_key, flow);
	DL_DELETE(flows, flow);
	source_close(&flow->source);
	free(flow);
}

static bool is_full(void)
{
	size_t max = gateway_files() / 8;

	return HASH_COUNT(by_key) >= (max < FLOWS_MAX ? max : FLOWS_MAX);
}

/* An event may be on its way to the one whose place is taken: it stays. */
static struct flow *flow_place(void)
{
	struct flow *flow;

	if (!is_full())
		return calloc(1, sizeof(*flow));
	flow = flows->prev;
	HASH_DELETE(hh, by_key, flow);
	DL_DELETE(flows, flow);
	source_close(&flow->source);
	return flow;
}

static struct flow *flow_create(const struct net_end *inside,
				const struct net_end *outside)
{
	struct flow *flow = flow_place();

	if (!flow)
		return NULL;
	*flow = (struct flow){
		.source.fd = -1,
		.fd = -1,
		.key = key_of(inside, outside),
		.inside = *inside,
		.outside = *outside,
		.used = gateway_now(),
	};
	HASH_ADD(hh, by_key, key, sizeof(flow->key), flow);
	DL_PREPEND(flows, flow);
	return flow;
}

static struct flow *flow_find(const struct net_end *inside,
			      const struct net_end *outside)
{
	struct flow_key key = key_of(inside, outside);
	struct flow *flow;

	HASH_FIND(hh, by_key, &key, sizeof(key), flow);
	return flow;
}

static void flow_use(struct flow *flow)
{
	flow->used = gateway_now();
	if (flow == flows)
		return;
	DL_DELETE(flows, flow);
	DL_PREPEND(flows, flow);
}

bool flow_waits(void)
{
	return flows;
}

void flow_tick(void)
{
	while (flows && flows->prev->used + FLOW_TIME < gateway_now())
		flow_free(flows->prev);
}

/* ---- to the outside ---- */

static void tell_inside(const struct flow *flow, uint32_t kind, size_t len)
{
	const struct gw_message message = {
		.kind = kind,
		.from = flow->outside,
		.to = flow->inside,
	};

	gateway_tell_packet(&message, buffer, len);
}

static void flow_ready(struct source *source, uint32_t events)
{
	struct flow *flow = SOURCE_OF(source, struct flow, source);

	(void)events;
	for (int i = 0; i < PACKETS; i++) {
		long n = sys_result(
			recv(source->fd, buffer, sizeof(buffer), MSG_DONTWAIT));

		if (n >= 0)
			tell_inside(flow, GW_PACKET, (size_t)n);
		else if (n == -ECONNREFUSED)
			tell_inside(flow, GW_REFUSED, 0);
		else
			return;
		flow_use(flow);
	}
}

static long flow_open(struct flow *flow, const struct net_end *real)
{
	struct sockaddr_storage addr;
	socklen_t len = sockaddr_of_end(real, &addr);
	long r;

	flow->source.ready = flow_ready;
	flow->source.fd = socket(addr.ss_family,
				 SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (flow->source.fd < 0)
		return sys_result(-1);
	flow->fd = flow->source.fd;
	r = sys_result(connect(flow->fd, (void *)&addr, len));
	return r < 0 ? r : source_add(&flow->source, EPOLLIN);
}

static struct flow *flow_out(const struct gw_message *message)
{
	struct flow *flow = flow_find(&message->from, &message->to);
	struct net_end real;

	if (flow)
		return flow;
	/* Who waits for names sends again. */
	if (allow_check(&message->to, &real) < 0)
		return NULL;
	flow = flow_create(&message->from, &message->to);
	if (flow && flow_open(flow, &real) < 0) {
		flow_free(flow);
		flow = NULL;
	}
	return flow;
}

/* Return: whether it was a query that is answered here. */
static bool answer_name(const struct gw_message *message, const void *packet,
			size_t len)
{
	const struct gw_message answer = {
		.kind = GW_PACKET,
		.from = message->to,
		.to = message->from,
	};
	size_t n = 0;

	if (!gateway_config()->nat || !gateway_is_resolver(&message->to))
		return false;
	if (len <= sizeof(buffer)) {
		memcpy(buffer, packet, len);
		n = host_name_answer((unsigned char *)buffer, len,
				     sizeof(buffer));
	}
	if (n)
		gateway_tell_packet(&answer, buffer, n);
	return n > 0;
}

void flow_send(const struct gw_message *message, const void *packet, size_t len)
{
	struct sockaddr_storage addr;
	socklen_t addr_len = 0;
	struct flow *flow;

	if (answer_name(message, packet, len))
		return;
	flow = flow_out(message);
	if (!flow)
		return;
	flow_use(flow);
	if (flow->source.fd < 0)
		addr_len = sockaddr_of_end(&flow->client, &addr);
	if (sendto(flow->fd, packet, len, MSG_DONTWAIT | MSG_NOSIGNAL,
		   addr_len ? (void *)&addr : NULL, addr_len) < 0 &&
	    sys_result(-1) == -ECONNREFUSED)
		tell_inside(flow, GW_REFUSED, 0);
}

/* ---- from outside ---- */

struct published {
	struct source source;
	const struct gw_published *option;
};

static void take_packet(const struct published *p, const struct net_end *client,
			size_t len)
{
	const struct net_end inside = { .ip = GW_GUEST,
					.port = p->option->port };
	const struct net_end outside = gateway_seen(client);
	struct flow *flow = flow_find(&inside, &outside);

	if (!flow)
		flow = flow_create(&inside, &outside);
	if (!flow)
		return;
	flow->fd = p->source.fd;
	flow->client = *client;
	flow_use(flow);
	tell_inside(flow, GW_PACKET, len);
}

static void published_ready(struct source *source, uint32_t events)
{
	const struct published *p =
		SOURCE_OF(source, const struct published, source);

	(void)events;
	for (int i = 0; i < PACKETS; i++) {
		struct sockaddr_storage addr = { 0 };
		socklen_t addr_len = sizeof(addr);
		struct net_end client;
		long n = sys_result(recvfrom(source->fd, buffer, sizeof(buffer),
					     MSG_DONTWAIT, (void *)&addr,
					     &addr_len));

		if (n < 0)
			return;
		client = end_of_sockaddr(&addr);
		take_packet(p, &client, (size_t)n);
	}
}

static long open_published(struct gw_published *p)
{
	struct sockaddr_storage addr;
	socklen_t len = sockaddr_of_end(&p->host, &addr);
	const int on = 1;

	p->fd = socket(addr.ss_family,
		       SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (addr.ss_family == AF_INET6)
		setsockopt(p->fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	return sys_result(bind(p->fd, (void *)&addr, len));
}

long flow_listen(struct gw_published *option)
{
	struct published *p;

	if (option->fd < 0)
		return open_published(option);
	p = calloc(1, sizeof(*p));
	if (!p)
		return -ENOMEM;
	p->source = (struct source){ option->fd, published_ready };
	p->option = option;
	return source_add(&p->source, EPOLLIN);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Connections of TCP between the host (outer) and the inside (inner).
 *
 * Theory of operation. One from outside is accepted, and its inner end asked
 * for (GW_CALLED); one from inside is made here, without waiting, and told when
 * it is there or has failed. Then the bytes flow both ways until both have come
 * to their end, with half-closed ones as they are. What was reset outside ends
 * the inner one; what was reset inside resets the outer one. Events are edges:
 * each way is run until it can't go on.
 */
#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utlist.h>
#include "src/gateway/inner.h"
#include "src/gateway/pump.h"
#include "src/host/sys.h"

#define BACKLOG	   512
#define CONNS_MAX  4096
#define CONN_FILES 6   /* of one: two sockets, two pipes */
#define GIVEN_IN   10  /* seconds for the supervisor to answer */
#define CONNECT_IN 130 /* as TCP gives up by itself */
#define ALL	   (EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET)

enum conn_state {
	CONN_ASKING,	 /* what the names are */
	CONN_CONNECTING, /* to the host's side */
	CONN_WAITING,	 /* for the supervisor */
	CONN_FLOWING,
	CONN_OVER, /* freed when no event can be for it */
};

struct conn {
	struct source outer, inner;
	enum conn_state state;
	uint64_t id;
	bool called; /* from outside: the id is this process's own */
	bool ready;  /* in the list of those that may move something */
	bool inner_gone;
	size_t junk;
	struct net_end to;
	uint64_t until;
	struct pump in, out;
	struct conn *prev, *next, *next_ready;
};

static struct conn *conns, *ready_conns;
static unsigned int conns_len;

/* ---- life ---- */

static size_t conns_max(void)
{
	size_t max = gateway_files() * 3 / 4 / CONN_FILES;

	return max < CONNS_MAX ? max : CONNS_MAX;
}

static struct conn *conn_create(void)
{
	struct conn *conn =
		conns_len < conns_max() ? calloc(1, sizeof(*conn)) : NULL;

	if (!conn)
		return NULL;
	conn->outer.fd = conn->inner.fd = -1;
	pump_init(&conn->in, -1, -1);
	pump_init(&conn->out, -1, -1);
	conns_len++;
	DL_APPEND(conns, conn);
	return conn;
}

static void conn_wake(struct conn *conn)
{
	if (conn->ready)
		return;
	conn->ready = true;
	LL_PREPEND2(ready_conns, conn, next_ready);
}

static void conn_free(struct conn *conn)
{
	DL_DELETE(conns, conn);
	free(conn);
	conns_len--;
}

static void conn_end(struct conn *conn)
{
	pump_end(&conn->in);
	pump_end(&conn->out);
	source_close(&conn->outer);
	source_close(&conn->inner);
	conn->state = CONN_OVER;
	conn_wake(conn);
}

static void reset(int fd)
{
	const struct linger now = { .l_onoff = 1 };

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
}

static void conn_reset(struct conn *conn)
{
	if (conn->outer.fd >= 0)
		reset(conn->outer.fd);
	conn_end(conn);
}

static struct conn *conn_by_id(uint64_t id, bool called)
{
	struct conn *conn;

	DL_FOREACH (conns, conn)
		if (conn->id == id && conn->called == called &&
		    conn->state != CONN_OVER)
			return conn;
	return NULL;
}

/* ---- bytes ---- */

static bool skip_junk(struct conn *conn)
{
	static char junk[65536];

	while (conn->junk) {
		size_t n =
			conn->junk < sizeof(junk) ? conn->junk : sizeof(junk);
		long r = sys_read(conn->inner.fd, junk, n);

		if (r <= 0)
			return false;
		conn->junk -= (size_t)r;
	}
	return true;
}

/*
 * What the two ways have come to. Where inside nobody reads any more, what
 * was sent from there still arrives.
 */
static void look(struct conn *conn)
{
	if (conn->out.error && conn->out.at_read)
		conn_reset(conn);
	else if (conn->out.error || (conn->in.error && conn->in.at_read))
		conn_end(conn);
	else if (conn->out.done && (conn->in.done || conn->inner_gone))
		conn_end(conn);
}

/* Return: whether there may be more at once. */
static bool conn_run(struct conn *conn)
{
	bool more = pump_run(&conn->in);

	more = pump_run(&conn->out) || more;
	look(conn);
	return more;
}

bool stream_run(void)
{
	struct conn *list = ready_conns, *conn, *next;

	ready_conns = NULL;
	LL_FOREACH_SAFE2(list, conn, next, next_ready)
	{
		bool more = conn->state == CONN_FLOWING && conn_run(conn);

		conn->ready = false;
		if (conn->state == CONN_OVER)
			conn_free(conn);
		else if (more)
			conn_wake(conn);
	}
	return ready_conns;
}

static void inner_ready(struct source *source, uint32_t events)
{
	struct conn *conn = SOURCE_OF(source, struct conn, inner);

	if (events & EPOLLHUP)
		conn->inner_gone = true;
	conn_wake(conn);
}

/* Both ends are there. */
static void conn_flow(struct conn *conn, int fd)
{
	if (fd >= 0) {
		source_close(&conn->inner);
		conn->inner = (struct source){ fd, inner_ready };
	}
	if (conn->inner.fd < 0 || !skip_junk(conn) ||
	    source_add(&conn->inner, ALL) < 0) {
		conn_reset(conn);
		return;
	}
	pump_init(&conn->in, conn->outer.fd, conn->inner.fd);
	pump_init(&conn->out, conn->inner.fd, conn->outer.fd);
	conn->state = CONN_FLOWING;
	conn_wake(conn);
}

/* ---- to the outside ---- */

static void conn_told(struct conn *conn, long error)
{
	const struct gw_message message = {
		.id = conn->id,
		.kind = GW_CONNECTED,
		.error = (int32_t)-error,
	};

	conn->state = CONN_WAITING;
	conn->until = gateway_now() + GIVEN_IN;
	if (error < 0)
		source_close(&conn->outer);
	gateway_tell(&message);
}

static void outer_ready(struct source *source, uint32_t events)
{
	struct conn *conn = SOURCE_OF(source, struct conn, outer);
	socklen_t len = sizeof(int);
	int error = 0;

	conn_wake(conn);
	if (conn->state != CONN_CONNECTING ||
	    !(events & (EPOLLOUT | EPOLLERR | EPOLLHUP)))
		return;
	getsockopt(source->fd, SOL_SOCKET, SO_ERROR, &error, &len);
	conn_told(conn, -error);
}

static long conn_open(struct conn *conn, const struct net_end *real)
{
	struct sockaddr_storage addr;
	socklen_t len = sockaddr_of_end(real, &addr);
	const int on = 1;
	long r;

	conn->outer.ready = outer_ready;
	conn->outer.fd = socket(addr.ss_family,
				SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (conn->outer.fd < 0)
		return sys_result(-1);
	/* What was put together inside is not waited for again. */
	setsockopt(conn->outer.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	r = sys_result(connect(conn->outer.fd, (void *)&addr, len));
	if (r == -EINPROGRESS)
		r = 0;
	return r < 0 ? r : source_add(&conn->outer, ALL);
}

static void conn_try(struct conn *conn)
{
	struct net_end real;
	long r = allow_check(&conn->to, &real);

	if (r == -EAGAIN) {
		conn->state = CONN_ASKING;
		return;
	}
	if (r == 0)
		r = conn_open(conn, &real);
	conn->state = CONN_CONNECTING;
	conn->until = gateway_now() + CONNECT_IN;
	if (r < 0)
		conn_told(conn, r);
}

void allow_ready(void)
{
	struct conn *conn;

	DL_FOREACH (conns, conn)
		if (conn->state == CONN_ASKING)
			conn_try(conn);
}

static void refuse(const struct gw_message *message)
{
	const struct gw_message answer = {
		.id = message->id,
		.kind = GW_CONNECTED,
		.error = ENOBUFS,
	};

	gateway_tell(&answer);
}

void stream_connect(const struct gw_message *message, int fd)
{
	struct conn *conn = conn_create();

	if (!conn) {
		sys_close(&fd);
		refuse(message);
		return;
	}
	conn->id = message->id;
	conn->to = message->to;
	conn->junk = message->junk;
	conn->inner = (struct source){ fd, inner_ready };
	conn->until = gateway_now() + CONNECT_IN;
	conn_try(conn);
}

/* Junk that is left would be taken for a reset by the other end. */
static void conn_fail(struct conn *conn)
{
	if (conn->inner.fd >= 0)
		skip_junk(conn);
	conn_reset(conn);
}

void stream_go(const struct gw_message *message, int fd)
{
	struct conn *conn = conn_by_id(message->id, false);

	if (conn && conn->state == CONN_WAITING && conn->outer.fd >= 0 &&
	    !message->error) {
		conn_flow(conn, fd);
		return;
	}
	sys_close(&fd);
	if (conn)
		conn_fail(conn);
}

/* ---- from outside ---- */

struct listener {
	struct source source;
	const struct gw_published *published;
};

static void take_call(const struct listener *listener)
{
	static uint64_t last_id;
	struct sockaddr_storage addr;
	socklen_t len = sizeof(addr);
	const int on = 1;
	int fd = accept4(listener->source.fd, (void *)&addr, &len,
			 SOCK_NONBLOCK | SOCK_CLOEXEC);
	struct conn *conn = fd < 0 ? NULL : conn_create();
	struct gw_message message = { .kind = GW_CALLED };
	struct net_end client;

	if (!conn) {
		if (fd >= 0)
			reset(fd);
		sys_close(&fd);
		return;
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	client = end_of_sockaddr(&addr);
	conn->called = true;
	conn->id = message.id = ++last_id;
	conn->outer = (struct source){ fd, outer_ready };
	conn->state = CONN_WAITING;
	conn->until = gateway_now() + GIVEN_IN;
	message.from = gateway_seen(&client);
	message.to.port = listener->published->port;
	if (source_add(&conn->outer, ALL) < 0)
		conn_reset(conn);
	else
		gateway_tell(&message);
}

static void listener_ready(struct source *source, uint32_t events)
{
	(void)events;
	take_call(SOURCE_OF(source, struct listener, source));
}

void stream_given(const struct gw_message *message, int fd)
{
	struct conn *conn = conn_by_id(message->id, true);

	if (conn && conn->state == CONN_WAITING && fd >= 0) {
		conn_flow(conn, fd);
		return;
	}
	sys_close(&fd);
	if (conn)
		conn_reset(conn);
}

/* Where it listens; before the process is there. */
static long open_listener(struct gw_published *p)
{
	struct sockaddr_storage addr;
	socklen_t len = sockaddr_of_end(&p->host, &addr);
	const int on = 1;
	long r;

	p->fd = socket(addr.ss_family,
		       SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	setsockopt(p->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (addr.ss_family == AF_INET6)
		setsockopt(p->fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	r = sys_result(bind(p->fd, (void *)&addr, len));
	return r < 0 ? r : sys_result(listen(p->fd, BACKLOG));
}

long stream_listen(struct gw_published *p)
{
	struct listener *listener;

	if (p->fd < 0)
		return open_listener(p);
	listener = calloc(1, sizeof(*listener));
	if (!listener)
		return -ENOMEM;
	listener->source = (struct source){ p->fd, listener_ready };
	listener->published = p;
	return source_add(&listener->source, EPOLLIN);
}

/* ---- time ---- */

bool stream_waits(void)
{
	return conns;
}

void stream_tick(void)
{
	const uint64_t now = gateway_now();
	struct conn *conn;

	DL_FOREACH (conns, conn) {
		if (conn->state == CONN_FLOWING || conn->state == CONN_OVER ||
		    conn->until >= now)
			continue;
		if (conn->state == CONN_WAITING)
			conn_reset(conn);
		else
			conn_told(conn, -ETIMEDOUT);
	}
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The gateway's process: its start, its loop and the channel.
 *
 * Theory of operation. It is a child of the supervisor, outside of the tree and
 * of the filter, with nothing open but a channel to the supervisor and the
 * ports that it listens on. Who calls one of these is given a stream that the
 * supervisor has connected to the server inside; a program inside that connects
 * to the outside has got a stream whose other end comes here. From then on the
 * bytes go from socket to socket (stream.c), and no supervisor sees them.
 * Datagrams go by the channel (flow.c).
 *
 * The supervisor never waits for this process: what does not fit into the
 * channel is refused or lost. This process waits for the supervisor. It ends
 * when the channel does. All it holds is bounded by its limit of descriptors.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include "src/gateway/inner.h"
#include "src/host/caps.h"
#include "src/host/log.h"
#include "src/host/sys.h"

#define EVENTS	     64
#define MESSAGES     64 /* of the channel at a time */
#define FILES_MAX    16384
#define CHANNEL_SIZE (1024 * 1024)

static int poller;
static struct source channel;
static const struct gateway_config *config;
static size_t files;
static char buffer[GW_PACKET_MAX];

/* ---- what the others use ---- */

long source_add(struct source *source, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.ptr = source };

	return sys_result(epoll_ctl(poller, EPOLL_CTL_ADD, source->fd, &event));
}

void source_close(struct source *source)
{
	sys_close(&source->fd);
}

uint64_t gateway_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec;
}

const struct gateway_config *gateway_config(void)
{
	return config;
}

size_t gateway_files(void)
{
	return files;
}

void gateway_tell(const struct gw_message *message)
{
	if (gw_send(channel.fd, message, NULL, 0, -1, 0) < 0)
		_exit(0);
}

void gateway_tell_packet(const struct gw_message *message, const void *packet,
			 size_t len)
{
	gw_send(channel.fd, message, packet, len, -1, MSG_DONTWAIT);
}

struct net_end gateway_seen(const struct net_end *client)
{
	struct net_end seen = *client;
	struct net_ip four = net_ip_unmap(&client->ip), guest = GW_GUEST;

	if (four.family)
		seen.ip = four;
	if (net_ip_is_loopback(&seen.ip) || net_ip_is_linklocal(&seen.ip) ||
	    seen.ip.family != AF_INET || net_ip_in(&seen.ip, &guest, GW_PREFIX))
		seen.ip = GW_HOST;
	seen.scope = 0;
	return seen;
}

socklen_t sockaddr_of_end(const struct net_end *end,
			  struct sockaddr_storage *ret_addr)
{
	struct sockaddr_in *four = (void *)ret_addr;
	struct sockaddr_in6 *six = (void *)ret_addr;

	memset(ret_addr, 0, sizeof(*ret_addr));
	ret_addr->ss_family = end->ip.family;
	if (end->ip.family == AF_INET) {
		four->sin_port = htons(end->port);
		memcpy(&four->sin_addr, end->ip.bytes, sizeof(four->sin_addr));
		return sizeof(*four);
	}
	six->sin6_port = htons(end->port);
	memcpy(&six->sin6_addr, end->ip.bytes, sizeof(six->sin6_addr));
	return sizeof(*six);
}

struct net_end end_of_sockaddr(const struct sockaddr_storage *addr)
{
	const struct sockaddr_in *four = (const void *)addr;
	const struct sockaddr_in6 *six = (const void *)addr;

	if (addr->ss_family == AF_INET)
		return (struct net_end){
			.ip = net_ip_make(AF_INET, &four->sin_addr),
			.port = ntohs(four->sin_port),
		};
	return (struct net_end){
		.ip = net_ip_make(AF_INET6, &six->sin6_addr),
		.port = ntohs(six->sin6_port),
	};
}

/* ---- the channel ---- */

static void take_message(const struct gw_message *message, size_t len, int fd)
{
	switch (message->kind) {
	case GW_STREAM:
		stream_given(message, fd);
		break;
	case GW_CONNECT:
		stream_connect(message, fd);
		break;
	case GW_GO:
		stream_go(message, fd);
		break;
	case GW_PACKET:
		flow_send(message, buffer, len);
		break;
	}
}

static void channel_ready(struct source *source, uint32_t events)
{
	struct gw_message message;
	int fd;

	(void)events;
	for (int i = 0; i < MESSAGES; i++) {
		long n = gw_receive(source->fd, &message, buffer, &fd);

		if (n == -EAGAIN)
			return;
		if (n < 0)
			_exit(0);
		take_message(&message, (size_t)n, fd);
	}
}

/* ---- the loop ---- */

static int time_left(bool busy)
{
	if (busy)
		return 0;
	return stream_waits() || flow_waits() ? 1000 : -1;
}

static _Noreturn void run(void)
{
	struct epoll_event events[EVENTS];
	uint64_t ticked = 0;
	bool busy = false;

	for (;;) {
		int n = epoll_wait(poller, events, EVENTS, time_left(busy));

		for (int i = 0; i < n; i++) {
			struct source *source = events[i].data.ptr;

			/* One that an event before this one has ended. */
			if (source->fd >= 0)
				source->ready(source, events[i].events);
		}
		busy = stream_run();
		if (gateway_now() == ticked)
			continue;
		ticked = gateway_now();
		allow_tick();
		stream_tick();
		flow_tick();
	}
}

/* Keeps standard error, the channel and what it listens on. */
static void close_others(int own)
{
	int last = own;

	for (unsigned int i = 0; i < config->published_len; i++)
		if (config->published[i].fd > last)
			last = config->published[i].fd;
	for (int fd = 0; fd <= last; fd++) {
		bool keep = fd == own || fd == STDERR_FILENO;

		for (unsigned int i = 0; i < config->published_len; i++)
			keep = keep || fd == config->published[i].fd;
		if (!keep)
			close(fd);
	}
	sys_call(SYS_close_range, (uint64_t)last + 1, ~0U, 0, 0, 0, 0);
}

static void raise_limit(void)
{
	struct rlimit limit = { 0 };

	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur =
		limit.rlim_max < FILES_MAX ? limit.rlim_max : FILES_MAX;
	setrlimit(RLIMIT_NOFILE, &limit);
	files = limit.rlim_cur;
}

/* The terminal's signals are not for it, as not for the supervisor. */
static void leave_terminal(void)
{
	static const int ignored[] = { SIGINT,	SIGQUIT, SIGHUP,  SIGTSTP,
				       SIGTTIN, SIGTTOU, SIGPIPE, SIGCHLD };

	for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		signal(ignored[i], SIG_IGN);
	setpgid(0, 0);
}

static long listen_all(struct gateway_config *of)
{
	for (unsigned int i = 0; i < of->published_len; i++) {
		struct gw_published *p = &of->published[i];
		long r = p->udp ? flow_listen(p) : stream_listen(p);

		if (r < 0) {
			log_message("--publish: %s: %s", p->text, log_errno(r));
			return r;
		}
	}
	return 0;
}

static _Noreturn void be_gateway(int own, pid_t parent)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (getppid() != parent)
		_exit(0);
	leave_terminal();
	close_others(own);
	caps_drop_all();
	raise_limit();
	if (chdir("/") < 0)
		_exit(0);
	poller = epoll_create1(EPOLL_CLOEXEC);
	channel = (struct source){ own, channel_ready };
	if (poller < 0 || source_add(&channel, EPOLLIN) < 0)
		_exit(0);
	for (unsigned int i = 0; i < config->published_len; i++)
		if ((config->published[i].udp ? flow_listen : stream_listen)(
			    (struct gw_published *)&config->published[i]) < 0)
			_exit(0);
	allow_start();
	run();
}

static void grow(int fd)
{
	const int size = CHANNEL_SIZE;

	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
}

long gateway_start(struct gateway_config *of)
{
	const pid_t parent = getpid();
	int pair[2];
	long r = listen_all(of);

	if (r < 0)
		return r;
	r = sys_result(
		socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair));
	if (r < 0)
		return r;
	grow(pair[0]);
	grow(pair[1]);
	config = of;
	/* Nothing inside may look into it, though it has the same user. */
	r = sys_fork_shut(true);
	if (r == 0) {
		close(pair[0]);
		be_gateway(pair[1], parent);
	}
	close(pair[1]);
	for (unsigned int i = 0; i < of->published_len; i++)
		sys_close(&of->published[i].fd);
	if (r < 0)
		close(pair[0]);
	return r < 0 ? r : pair[0];
}

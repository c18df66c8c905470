/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a network carries, between a server and a client: how many bytes, how
 * many connections, how soon an answer comes.
 *
 * Usage: net server PORT                 until its standard input ends
 *        net client ADDRESS PORT [NAME...]
 *        net both PORT [NAME...]         both, over 127.0.0.1
 *        net idle ADDRESS PORT COUNT     holds connections, until likewise
 *        net hold PORT COUNT             server and idle, over 127.0.0.1
 *
 * Prints "name unit value" lines. The server has six ports from PORT on, a
 * process for each; it and idle say "ready" first. net.py runs it.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define BUDGET_NS INT64_C(400000000)
#define BLOCK	  (128 * 1024)
#define QUERY	  16
#define DATAGRAM  1024

/* What a port of the server does, in the order of the ports. */
enum {
	SINK,
	ECHO,
	BRIEF,
	HOLD,
	UDP,
	UDP_PAIR
};

struct measure {
	const char *name;
	void (*run)(const char *name);
};

static struct sockaddr_in server = { .sin_family = AF_INET };
static char block[BLOCK];

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "net: %s: %s\n", what, strerror(errno));
	exit(1);
}

static long must(long result, const char *what)
{
	if (result < 0)
		die(what);
	return result;
}

static int64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

static struct sockaddr_in port_of(int which)
{
	struct sockaddr_in addr = server;

	addr.sin_port = htons((uint16_t)(ntohs(server.sin_port) + which));
	return addr;
}

/* ---- the server ---- */

static void serve_sink(int fd)
{
	uint64_t all = 0;
	ssize_t got;

	while ((got = read(fd, block, sizeof(block))) > 0)
		all += (uint64_t)got;
	must(write(fd, &all, sizeof(all)), "write");
}

static void serve_echo(int fd)
{
	ssize_t got;

	while ((got = read(fd, block, QUERY)) > 0)
		must(write(fd, block, (size_t)got), "write");
}

static void serve_brief(int fd)
{
	(void)fd;
}

/* Answers a query; of longer datagrams it tells how many came, when asked. */
static _Noreturn void serve_datagrams(int fd)
{
	uint64_t came = 0;

	for (;;) {
		struct sockaddr_in from;
		socklen_t len = sizeof(from);
		ssize_t got = recvfrom(fd, block, sizeof(block), 0,
				       (void *)&from, &len);

		if (got == sizeof(came))
			memcpy(block, &came, sizeof(came));
		came += got == DATAGRAM;
		if (got > 0 && got != DATAGRAM)
			sendto(fd, block, (size_t)got, 0, (void *)&from, len);
	}
}

/* Both ends are connected: no call has an address. */
static _Noreturn void serve_pair(int fd)
{
	static const struct sockaddr none = { .sa_family = AF_UNSPEC };
	uint64_t came = 0;

	for (;;) {
		struct sockaddr_in from;
		socklen_t len = sizeof(from);
		ssize_t got = recvfrom(fd, block, sizeof(block), 0,
				       (void *)&from, &len);

		if (got == sizeof(came) &&
		    connect(fd, (void *)&from, len) == 0) {
			send(fd, &came, sizeof(came), 0);
			while ((got = recv(fd, block, sizeof(block), 0)) ==
			       DATAGRAM)
				came++;
			send(fd, &came, sizeof(came), 0);
			connect(fd, &none, sizeof(none));
		}
	}
}

static _Noreturn void serve_connections(int fd, int which)
{
	static void (*const serve[])(int) = { serve_sink, serve_echo,
					      serve_brief, serve_brief };
	const int on = 1;

	for (;;) {
		struct sockaddr_in from;
		socklen_t len = sizeof(from);
		int one = (int)must(accept(fd, (void *)&from, &len), "accept");

		if (which == ECHO)
			setsockopt(one, IPPROTO_TCP, TCP_NODELAY, &on,
				   sizeof(on));
		serve[which](one);
		if (which != HOLD)
			close(one);
	}
}

static int open_port(int which)
{
	struct sockaddr_in addr = port_of(which);
	int type = which >= UDP ? SOCK_DGRAM : SOCK_STREAM, fd;
	const int on = 1;

	fd = (int)must(socket(AF_INET, type, 0), "socket");
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	must(bind(fd, (void *)&addr, sizeof(addr)), "bind");
	if (type == SOCK_STREAM)
		must(listen(fd, 1024), "listen");
	return fd;
}

/* Each port's process ends with this one. */
static void start_server(void)
{
	pid_t parent = getpid();

	for (int which = SINK; which <= UDP_PAIR; which++) {
		int fd = open_port(which);

		if (must(fork(), "fork") == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			if (getppid() != parent)
				_exit(1);
			if (which == UDP)
				serve_datagrams(fd);
			if (which == UDP_PAIR)
				serve_pair(fd);
			serve_connections(fd, which);
		}
		close(fd);
	}
}

/* ---- the client ---- */

/* The server may not listen yet. */
static int connect_to(int which)
{
	struct sockaddr_in addr = port_of(which);

	for (;;) {
		int fd = (int)must(socket(AF_INET, SOCK_STREAM, 0), "socket");

		if (connect(fd, (void *)&addr, sizeof(addr)) == 0)
			return fd;
		if (errno != ECONNREFUSED && errno != EADDRNOTAVAIL)
			die("connect");
		close(fd);
	}
}

/* From the first byte until the server says that it has the last. */
static void stream(const char *name)
{
	int fd = connect_to(SINK);
	int64_t from = now();
	uint64_t all = 0;

	while (now() - from < BUDGET_NS)
		must(write(fd, block, sizeof(block)), "write");
	shutdown(fd, SHUT_WR);
	if (read(fd, &all, sizeof(all)) != sizeof(all))
		die("read");
	printf("%s MB/s %.0f\n", name,
	       (double)all * 1e3 / (double)(now() - from));
	close(fd);
}

/* The server closes first, so that the client's port is free again at once. */
static void connections(const char *name)
{
	int64_t from = now();
	int count = 0;

	for (; now() - from < BUDGET_NS; count++) {
		int fd = connect_to(BRIEF);

		must(read(fd, block, 1), "read");
		close(fd);
	}
	printf("%s /s %.0f\n", name, count * 1e9 / (double)(now() - from));
}

static void query_stream(const char *name)
{
	int fd = connect_to(ECHO), count = 0;
	const int on = 1;
	int64_t from;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	for (from = now(); now() - from < BUDGET_NS; count++) {
		must(write(fd, block, QUERY), "write");
		must(read(fd, block, QUERY), "read");
	}
	printf("%s us %.2f\n", name, (double)(now() - from) / 1e3 / count);
	close(fd);
}

static int datagram_socket(void)
{
	const struct timeval limit = { .tv_usec = 200000 };
	int fd = (int)must(socket(AF_INET, SOCK_DGRAM, 0), "socket");

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	return fd;
}

/* A query with the server's address, and one of a socket that is connected. */
static void query_addressed(const char *name)
{
	struct sockaddr_in addr = port_of(UDP);
	int64_t from = now();
	int fd = datagram_socket(), count = 0;

	for (; now() - from < BUDGET_NS; count++) {
		struct sockaddr_in peer;
		socklen_t len = sizeof(peer);

		sendto(fd, block, QUERY, 0, (void *)&addr, sizeof(addr));
		recvfrom(fd, block, QUERY, 0, (void *)&peer, &len);
	}
	printf("%s us %.2f\n", name, (double)(now() - from) / 1e3 / count);
	close(fd);
}

static int connected_datagrams(int which)
{
	struct sockaddr_in addr = port_of(which);
	int fd = datagram_socket();

	must(connect(fd, (void *)&addr, sizeof(addr)), "connect");
	return fd;
}

static void query_connected(const char *name)
{
	int64_t from = now();
	int fd = connected_datagrams(UDP), count = 0;

	for (; now() - from < BUDGET_NS; count++) {
		send(fd, block, QUERY, 0);
		recv(fd, block, QUERY, 0);
	}
	printf("%s us %.2f\n", name, (double)(now() - from) / 1e3 / count);
	close(fd);
}

static uint64_t how_many_came(int fd)
{
	uint64_t came = 0;

	for (int i = 0; i < 20; i++)
		if (send(fd, &came, sizeof(came), 0) > 0 &&
		    recv(fd, &came, sizeof(came), 0) == sizeof(came))
			break;
	return came;
}

/* What came, not what was sent. */
static void count_datagrams(const char *name, int which)
{
	int fd = connected_datagrams(which);
	uint64_t before = how_many_came(fd);
	int64_t from = now();

	while (now() - from < BUDGET_NS)
		send(fd, block, DATAGRAM, 0);
	from = now() - from;
	printf("%s /s %.0f\n", name,
	       (double)(how_many_came(fd) - before) * 1e9 / (double)from);
	close(fd);
}

static void datagrams(const char *name)
{
	count_datagrams(name, UDP);
}

static void datagrams_pair(const char *name)
{
	count_datagrams(name, UDP_PAIR);
}

static const struct measure measures[] = {
	{ "stream", stream },
	{ "connections", connections },
	{ "query-tcp", query_stream },
	{ "query-udp", query_addressed },
	{ "query-udp-connected", query_connected },
	{ "datagrams", datagrams },
	{ "datagrams-pair", datagrams_pair },
};

static bool is_wanted(const char *name, char **names)
{
	if (!*names)
		return true;
	for (; *names; names++)
		if (strcmp(*names, name) == 0)
			return true;
	return false;
}

static void run_client(char **names)
{
	for (size_t i = 0; i < sizeof(measures) / sizeof(*measures); i++)
		if (is_wanted(measures[i].name, names))
			measures[i].run(measures[i].name);
}

/* ---- connections that nothing happens on ---- */

static void wait_for_end(void)
{
	printf("ready\n");
	fflush(stdout);
	while (read(0, block, sizeof(block)) > 0)
		;
}

static void hold(int count)
{
	for (int i = 0; i < count; i++)
		connect_to(HOLD);
	wait_for_end();
}

static void allow_descriptors(void)
{
	struct rlimit limit;

	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

int main(int argc, char **argv)
{
	const char *what = argc > 2 ? argv[1] : "";
	bool local = strcmp(what, "both") == 0 || strcmp(what, "hold") == 0;
	bool serves = local || strcmp(what, "server") == 0;
	char **rest = argv + (serves ? 2 : 3);

	signal(SIGPIPE, SIG_IGN);
	allow_descriptors();
	if (argc < 3 || (!serves && argc < 4))
		return 2;
	server.sin_port = htons((uint16_t)atoi(*rest++));
	if (serves)
		start_server();
	if (!serves && inet_pton(AF_INET, argv[2], &server.sin_addr) != 1)
		return 2;
	if (local)
		server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (strcmp(what, "server") == 0)
		wait_for_end();
	else if (*rest && (what[0] == 'i' || what[0] == 'h'))
		hold(atoi(*rest));
	else
		run_client(rest);
	return 0;
}

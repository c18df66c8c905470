/* SPDX-License-Identifier: Apache-2.0 */
/* What the scenarios of sockets share. */
#ifndef NET_COMMON_H
#define NET_COMMON_H

#include "scenario.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>

#define SEE(call) see("%s: %s", #call, res(call))

/* An address; also "::1" and the like. Return: its length. */
static inline socklen_t at(const char *ip, int port,
			   struct sockaddr_storage *ret)
{
	struct sockaddr_in *in = (void *)ret;
	struct sockaddr_in6 *in6 = (void *)ret;

	memset(ret, 0, sizeof(*ret));
	if (strchr(ip, ':')) {
		in6->sin6_family = AF_INET6;
		in6->sin6_port = htons(port);
		if (inet_pton(AF_INET6, ip, &in6->sin6_addr) != 1)
			die("%s", ip);
		return sizeof(*in6);
	}
	in->sin_family = AF_INET;
	in->sin_port = htons(port);
	if (inet_pton(AF_INET, ip, &in->sin_addr) != 1)
		die("%s", ip);
	return sizeof(*in);
}

static inline int bind_at(int fd, const char *ip, int port)
{
	struct sockaddr_storage a;
	socklen_t len = at(ip, port, &a);

	return bind(fd, (void *)&a, len);
}

static inline int connect_at(int fd, const char *ip, int port)
{
	struct sockaddr_storage a;
	socklen_t len = at(ip, port, &a);

	return connect(fd, (void *)&a, len);
}

static inline long send_at(int fd, const char *text, int flags, const char *ip,
			   int port)
{
	struct sockaddr_storage a;
	socklen_t len = at(ip, port, &a);

	return sendto(fd, text, strlen(text), flags, (void *)&a, len);
}

/* Ports that the kernel chose show as "auto". */
static inline const char *show(const struct sockaddr_storage *a, socklen_t len)
{
	static char texts[8][96];
	static int next;
	char *text = texts[next++ % 8], ip[INET6_ADDRSTRLEN];
	const struct sockaddr_in *in = (const void *)a;
	const struct sockaddr_in6 *in6 = (const void *)a;
	int port = ntohs(in->sin_port);
	char number[16];

	if (len < 2) {
		snprintf(text, 96, "nothing");
		return text;
	}
	snprintf(number, sizeof(number), port >= 32768 ? "auto" : "%d", port);
	if (a->ss_family == AF_INET)
		snprintf(text, 96, "%s port %s len %d",
			 inet_ntop(AF_INET, &in->sin_addr, ip, sizeof(ip)),
			 number, len);
	else if (a->ss_family == AF_INET6)
		snprintf(text, 96, "%s port %s len %d",
			 inet_ntop(AF_INET6, &in6->sin6_addr, ip, sizeof(ip)),
			 number, len);
	else
		snprintf(text, 96, "family %d len %d", a->ss_family, len);
	return text;
}

static inline void see_name(const char *what, int fd, bool peer)
{
	struct sockaddr_storage a = { 0 };
	socklen_t len = sizeof(a);
	int r = peer ? getpeername(fd, (void *)&a, &len) :
		       getsockname(fd, (void *)&a, &len);

	if (r < 0)
		see("%s %s: %s", what, peer ? "peer" : "name", res(r));
	else
		see("%s %s: %s", what, peer ? "peer" : "name", show(&a, len));
}

static inline int port_of(int fd)
{
	struct sockaddr_storage a = { 0 };
	socklen_t len = sizeof(a);

	MUST(getsockname(fd, (void *)&a, &len));
	return ntohs(((struct sockaddr_in *)&a)->sin_port);
}

static inline int sock(int family, int type)
{
	return MUST(socket(family, type | SOCK_CLOEXEC, 0));
}

static inline int set(int fd, int level, int name, int value)
{
	return setsockopt(fd, level, name, &value, sizeof(value));
}

/* The value, or the name of the error. */
static inline const char *get(int fd, int level, int name)
{
	socklen_t len = sizeof(int);
	int value = -2;

	if (getsockopt(fd, level, name, &value, &len) < 0)
		return res(-1);
	return res(value == -1 ? 0xffffffffL : value);
}

static inline int error_of(int fd)
{
	socklen_t len = sizeof(int);
	int value = 0;

	MUST(getsockopt(fd, SOL_SOCKET, SO_ERROR, &value, &len));
	return value;
}

static inline const char *error_text(int fd)
{
	int error = error_of(fd);

	return error ? strerrorname_np(error) : "none";
}

/*
 * Until there is something to be known: what is sent to the own machine arrives
 * by an interrupt of software, mostly at once.
 */
static inline void wait_for(int fd, short events)
{
	struct pollfd p = { .fd = fd, .events = events };

	MUST(poll(&p, 1, -1));
}

/*
 * The kernel notices a carrier after a while. What was up before its other end
 * sends nothing until then, and gives up a neighbour after three seconds.
 */
static inline void until_up(const char *dev)
{
	char condition[100];

	snprintf(condition, sizeof(condition),
		 "ip link show %s | grep -q 'state UP'", dev);
	while (system(condition) != 0)
		sched_yield();
}

/* One that listens. */
static inline int server(const char *ip, int port)
{
	int fd = sock(strchr(ip, ':') ? AF_INET6 : AF_INET, SOCK_STREAM);

	MUST(bind_at(fd, ip, port));
	MUST(listen(fd, 16));
	return fd;
}

/* The two ends of a connection. */
static inline void connected(int *ret_client, int *ret_server)
{
	int l = server("127.0.0.1", 0);

	*ret_client = sock(AF_INET, SOCK_STREAM);
	MUST(connect_at(*ret_client, "127.0.0.1", port_of(l)));
	*ret_server = MUST(accept4(l, NULL, NULL, SOCK_CLOEXEC));
	close(l);
}

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which sockets there are: ss(8) by sock_diag, netstat(8) by /proc/net.
 *
 * scenario: net=up run-as=root bare=skip
 * (a machine has sockets of others)
 */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>
#include "net_tools.h"

static const char *const commands[] = {
	/* Until the ends are acknowledged. */
	WAIT "! ss -Htn state fin-wait-1 | grep -q .",
	"ss -Htuln | sort",
	"ss -Htn | sort",
	"ss -Htan state listening | sort",
	"ss -H -t -n sport = :7003 | sort",
	"ss -Htuln -6 | sort",
	"netstat -tuln | sort",
	"netstat -tn | sort",
	"ss -Htlnp | grep -c 'pid='",
	"ss -Htnp | grep -c 'pid='",
	("awk 'NR > 1 { print $2, $3, $4, $5, $10 ? \"numbered\" : \"\" }'"
	 " /proc/net/tcp | sort"),
	"ss -Hxan | awk '{ print $1, $2, $3, $4, $5 }' | grep -v '\\*' | sort",
	"ss -Hxan | awk '{ print $1, $2 }' | sort | uniq -c",
	"ss -Hxlnp | grep -c 'pid='",
	"awk 'NR > 1 { print $4, $5, $6, $8 }' /proc/net/unix | sort",
};

static int opened(int family, int type, const char *ip, int port)
{
	int fd = MUST(socket(family, type, 0)), on = 1;
	struct sockaddr_in v4 = { .sin_family = AF_INET,
				  .sin_port = htons((uint16_t)port) };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6,
				   .sin6_port = htons((uint16_t)port) };

	MUST(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)));
	inet_pton(AF_INET, ip, &v4.sin_addr);
	inet_pton(AF_INET6, ip, &v6.sin6_addr);
	MUST(family == AF_INET ? bind(fd, (void *)&v4, sizeof(v4))
			       : bind(fd, (void *)&v6, sizeof(v6)));
	return fd;
}

/* AF_UNIX: one that listens, has a caller, and one that is not accepted. */
static void local(void)
{
	static const char names[][12] = { "\0abstract", "path" };

	for (int i = 0; i < 2; i++) {
		struct sockaddr_un un = { .sun_family = AF_UNIX };
		int l = MUST(socket(AF_UNIX, SOCK_STREAM, 0));
		int c = MUST(socket(AF_UNIX, SOCK_STREAM, 0));
		socklen_t len = sizeof(sa_family_t) + 9;

		memcpy(un.sun_path, names[i], sizeof(names[i]));
		MUST(bind(l, (void *)&un, len));
		MUST(listen(l, 7));
		MUST(connect(c, (void *)&un, len));
		MUST(write(c, "hello", 5));
		if (i == 0)
			MUST(accept(l, NULL, NULL));
	}
	MUST(socketpair(AF_UNIX, SOCK_DGRAM, 0, (int[2]){ 0 }));
}

/* Likewise. */
static int state_of(const struct tcp_info *info)
{
	return info->tcpi_state == TCP_FIN_WAIT1 ? TCP_FIN_WAIT2 :
						   info->tcpi_state;
}

/* Connections that one end has ended, or both. */
static void halves(int listener)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons(7001) };

	inet_pton(AF_INET, "127.0.0.1", &to.sin_addr);
	for (int i = 0; i < 4; i++) {
		struct tcp_info info[2] = { 0 };
		socklen_t len = sizeof(*info);
		int c = opened(AF_INET, SOCK_STREAM, "127.0.0.1", 7010 + i), a;
		char byte;

		MUST(connect(c, (void *)&to, sizeof(to)));
		a = MUST(accept(listener, NULL, NULL));
		if (i == 1)
			MUST(shutdown(c, SHUT_WR));
		if (i == 2)
			MUST(shutdown(a, SHUT_WR));
		if (i == 3)
			MUST(close(a));
		if (i > 1)
			MUST(read(c, &byte, 1));
		if (i == 1)
			MUST(read(a, &byte, 1));
		else if (i == 0)
			MUST(write(a, "abc", 3));
		MUST(getsockopt(c, IPPROTO_TCP, TCP_INFO, &info[0], &len));
		if (i < 3)
			MUST(getsockopt(a, IPPROTO_TCP, TCP_INFO, &info[1],
					&len));
		see("states: %d %d", state_of(&info[0]), state_of(&info[1]));
	}
}

int main(void)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons(7001) };
	int client, listener = opened(AF_INET, SOCK_STREAM, "127.0.0.1", 7001);

	MUST(listen(listener, 5));
	MUST(listen(opened(AF_INET, SOCK_STREAM, "0.0.0.0", 7002), 9999));
	MUST(listen(opened(AF_INET6, SOCK_STREAM, "::1", 7004), 0));
	opened(AF_INET6, SOCK_STREAM, "::", 7005); /* bound alone */
	opened(AF_INET, SOCK_DGRAM, "0.0.0.0", 7001);
	opened(AF_INET6, SOCK_DGRAM, "::1", 7002);
	client = opened(AF_INET, SOCK_STREAM, "127.0.0.1", 7003);
	inet_pton(AF_INET, "127.0.0.1", &to.sin_addr);
	MUST(connect(client, (void *)&to, sizeof(to)));
	MUST(accept(listener, NULL, NULL));
	halves(listener);
	local();
	SEE_COMMANDS(commands);
	return done();
}

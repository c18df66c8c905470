/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which sockets there are: ss(8) by sock_diag, netstat(8) by /proc/net.
 *
 * scenario: net=up run-as=root bare=skip
 * (a machine has sockets of others)
 */
#include <arpa/inet.h>
#include <sys/socket.h>
#include "net_tools.h"

static const char *const commands[] = {
	"ss -Htuln | sort",
	"ss -Htn | sort",
	"ss -Htan state listening | sort",
	"ss -H -t -n sport = :7003 | sort",
	"ss -Htuln -6 | sort",
	"netstat -tuln | sort",
	"netstat -tn | sort",
	"ss -Htlnp | grep -c 'pid='",
	"ss -Hxln | wc -l",
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
	SEE_COMMANDS(commands);
	return done();
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Options of sockets: what they are to begin with, and what they become.
 *
 * scenario: net=up bare=skip
 * (the host's ports are not this program's)
 */
#include "net_common.h"

struct option {
	const char *text;
	int level, name;
};

#define O(level, name) { #name, level, name }

static const struct option options[] = {
	O(SOL_SOCKET, SO_TYPE), O(SOL_SOCKET, SO_DOMAIN),
	O(SOL_SOCKET, SO_PROTOCOL), O(SOL_SOCKET, SO_ERROR),
	O(SOL_SOCKET, SO_ACCEPTCONN), O(SOL_SOCKET, SO_KEEPALIVE),
	O(SOL_SOCKET, SO_REUSEADDR), O(SOL_SOCKET, SO_REUSEPORT),
	O(SOL_SOCKET, SO_BROADCAST), O(SOL_SOCKET, SO_OOBINLINE),
	O(SOL_SOCKET, SO_RCVLOWAT), O(SOL_SOCKET, SO_TIMESTAMP),
	O(SOL_SOCKET, SO_PRIORITY), O(SOL_SOCKET, SO_PASSCRED),
	O(SOL_SOCKET, SO_DONTROUTE), O(SOL_SOCKET, SO_SNDBUF),
	O(SOL_SOCKET, SO_RCVBUF),
	O(IPPROTO_TCP, TCP_NODELAY), O(IPPROTO_TCP, TCP_CORK),
	O(IPPROTO_TCP, TCP_KEEPIDLE), O(IPPROTO_TCP, TCP_KEEPINTVL),
	O(IPPROTO_TCP, TCP_KEEPCNT), O(IPPROTO_TCP, TCP_SYNCNT),
	O(IPPROTO_TCP, TCP_USER_TIMEOUT), O(IPPROTO_TCP, TCP_DEFER_ACCEPT),
	O(IPPROTO_TCP, TCP_MAXSEG), O(IPPROTO_TCP, TCP_FASTOPEN),
	O(IPPROTO_IP, IP_TOS), O(IPPROTO_IP, IP_TTL),
	O(IPPROTO_IP, IP_PKTINFO), O(IPPROTO_IP, IP_RECVTTL),
	O(IPPROTO_IP, IP_RECVTOS), O(IPPROTO_IP, IP_RECVERR),
	O(IPPROTO_IP, IP_FREEBIND), O(IPPROTO_IP, IP_TRANSPARENT),
	O(IPPROTO_IP, IP_MULTICAST_TTL), O(IPPROTO_IP, IP_MULTICAST_LOOP),
	O(IPPROTO_IP, IP_MTU_DISCOVER), O(IPPROTO_IP, IP_MTU),
	O(IPPROTO_IP, IP_MINTTL), O(IPPROTO_IP, 222),
	O(IPPROTO_IPV6, IPV6_V6ONLY), O(IPPROTO_IPV6, IPV6_UNICAST_HOPS),
	O(IPPROTO_IPV6, IPV6_MULTICAST_HOPS),
	O(IPPROTO_IPV6, IPV6_MULTICAST_LOOP),
	O(IPPROTO_IPV6, IPV6_RECVPKTINFO), O(IPPROTO_IPV6, IPV6_TCLASS),
	O(IPPROTO_IPV6, IPV6_RECVHOPLIMIT), O(IPPROTO_IPV6, IPV6_RECVTCLASS),
	O(IPPROTO_IPV6, IPV6_DONTFRAG), O(IPPROTO_IPV6, 222),
	O(IPPROTO_UDP, 1), O(77, 1),
};

static void each(int family, int type)
{
	static const int values[] = { 0, 1, 2, 100, 256, 40000, -1, -2 };

	see("-- family %d type %d", family, type);
	for (size_t i = 0; i < sizeof(options) / sizeof(*options); i++) {
		const struct option *o = &options[i];
		int fd = sock(family, type);
		char line[400] = "";
		const char *did;

		snprintf(line, sizeof(line), "%s:", get(fd, o->level, o->name));
		for (size_t v = 0; v < sizeof(values) / sizeof(int); v++) {
			bool buffer = o->level == SOL_SOCKET &&
				      (o->name == SO_SNDBUF ||
				       o->name == SO_RCVBUF);

			/* What the machine allows is no matter of ours. */
			if (buffer || (o->level == SOL_SOCKET &&
				       o->name == SO_PRIORITY))
				continue;
			/* What a stream's buffer is, likewise. */
			if (o->name == SO_RCVLOWAT && values[v] < 0)
				continue;
			did = res(set(fd, o->level, o->name, values[v]));
			snprintf(line + strlen(line),
				 sizeof(line) - strlen(line), " %s=%s", did,
				 get(fd, o->level, o->name));
		}
		see("%s %s", o->text, line);
		close(fd);
	}
}

static void lengths(void)
{
	int fd = sock(AF_INET, SOCK_STREAM), value = 1;
	char byte = 7, name[20] = "";
	socklen_t len;

	SEE(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &value, 3));
	SEE(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &value, 0));
	SEE(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &value, -1));
	SEE(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, NULL, 4));
	SEE(setsockopt(fd, IPPROTO_IP, IP_TTL, &byte, 1));
	see("ttl %s", get(fd, IPPROTO_IP, IP_TTL));
	len = 1;
	SEE(getsockopt(fd, IPPROTO_IP, IP_TTL, &byte, &len));
	see("byte %d len %d", byte, len);
	len = 2;
	value = 0x55555555;
	SEE(getsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &value, &len));
	see("value %x len %d", value, len);
	len = -1;
	SEE(getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &value, &len));
	SEE(getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &value, NULL));
	SEE(getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, NULL, &(socklen_t){ 4 }));
	SEE(setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, "none", 4));
	SEE(setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, "reno", 4));
	len = sizeof(name);
	SEE(getsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, name, &len));
	see("\"%s\" len %d", name, len);
	SEE(getsockopt(-1, SOL_SOCKET, SO_TYPE, &value, &len));
	SEE(getsockopt(0, SOL_SOCKET, SO_TYPE, &value, &len));
	close(fd);
}

static void info(void)
{
	struct tcp_info info = { 0 };
	socklen_t len = sizeof(info.tcpi_state);
	struct ucred cred = { 1, 1, 1 };
	int fd = sock(AF_INET, SOCK_STREAM), c, a;

	SEE(getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len));
	see("state %d", info.tcpi_state);
	MUST(listen(fd, 1));
	MUST(getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len));
	see("state %d", info.tcpi_state);
	close(fd);
	connected(&c, &a);
	MUST(getsockopt(c, IPPROTO_TCP, TCP_INFO, &info, &len));
	see("state %d", info.tcpi_state);
	MUST(getsockopt(a, IPPROTO_TCP, TCP_INFO, &info, &len));
	see("state %d", info.tcpi_state);
	len = sizeof(cred);
	SEE(getsockopt(a, SOL_SOCKET, SO_PEERCRED, &cred, &len));
	see("pid %d uid %d gid %d", cred.pid, (int)cred.uid, (int)cred.gid);
	SEE(set(a, IPPROTO_TCP, TCP_NODELAY, 1));
	see("accepted: %s, client: %s", get(a, IPPROTO_TCP, TCP_NODELAY),
	    get(c, IPPROTO_TCP, TCP_NODELAY));
	SEE(set(c, IPPROTO_IPV6, IPV6_V6ONLY, 1));
	close(a);
	close(c);
}

int main(void)
{
	each(AF_INET, SOCK_STREAM);
	each(AF_INET6, SOCK_STREAM);
	each(AF_INET, SOCK_DGRAM);
	each(AF_INET6, SOCK_DGRAM);
	lengths();
	info();
	return done();
}

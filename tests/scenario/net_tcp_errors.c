/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TCP: what is refused, with which error, and which error comes first.
 *
 * scenario: net=up bare=skip
 * (the host's ports are not this program's)
 */
#include "net_common.h"

static void made(void)
{
	static const int families[] = { AF_INET, AF_INET6 };
	static const int types[] = { 0, SOCK_STREAM, SOCK_DGRAM, SOCK_RAW,
				     SOCK_RDM, SOCK_SEQPACKET, SOCK_DCCP,
				     SOCK_PACKET, 11, 12, 15, 16, 0x100000 };
	static const int protocols[] = { 0, 1, 6, 17, 33, 58, 255, 256, 263,
					 -1 };

	for (size_t f = 0; f < 2; f++)
		for (size_t t = 0; t < sizeof(types) / sizeof(int); t++)
			for (size_t p = 0; p < sizeof(protocols) / sizeof(int);
			     p++) {
				int fd = socket(families[f], types[t],
						protocols[p]);

				/* A choice of the kernel's configuration. */
				if (types[t] == SOCK_DCCP ||
				    types[t] == SOCK_SEQPACKET ||
				    types[t] == SOCK_PACKET)
					continue;
				see("socket %d %d %d: %s", families[f],
				    types[t], protocols[p],
				    fd < 0 ? res(fd) : "made");
				if (fd >= 0)
					close(fd);
			}
	SEE(socket(AF_MAX, SOCK_STREAM, 0));
	SEE(socket(-1, SOCK_STREAM, 0));
	SEE(socket(AF_UNSPEC, SOCK_STREAM, 0));
	SEE(socketpair(AF_INET, SOCK_STREAM, 0, (int[2]){ 0 }));
	SEE(socketpair(AF_INET6, SOCK_DGRAM, 0, (int[2]){ 0 }));
}

static void binding(void)
{
	struct sockaddr_storage a;
	int fd = sock(AF_INET, SOCK_STREAM), six = sock(AF_INET6, SOCK_STREAM);
	socklen_t len = at("127.0.0.1", 7100, &a);

	SEE(bind(fd, (void *)&a, len - 1));
	SEE(bind(fd, (void *)&a, 0));
	SEE(bind(fd, (void *)&a, -1));
	SEE(bind(fd, (void *)&a, 129));
	SEE(bind(fd, NULL, len));
	a.ss_family = AF_UNIX;
	SEE(bind(fd, (void *)&a, len));
	a.ss_family = AF_UNSPEC;
	SEE(bind(fd, (void *)&a, len));
	a.ss_family = AF_INET6;
	SEE(bind(fd, (void *)&a, len));
	SEE(bind_at(fd, "10.1.2.3", 7100));
	SEE(bind_at(fd, "10.1.2.3", 80));
	SEE(bind_at(fd, "127.0.0.1", 7100));
	SEE(bind_at(fd, "127.0.0.1", 7100));
	SEE(bind_at(fd, "127.0.0.1", 7101));
	SEE(bind_at(six, "::2", 7100));
	SEE(bind_at(six, "fe80::1", 7100));
	SEE(bind_at(six, "ff02::1", 7100));
	SEE(bind_at(six, "::1", 7100));
	see_name("v4", fd, false);
	see_name("v6", six, false);
	at("0.0.0.0", 7105, &a);
	a.ss_family = AF_UNSPEC;
	close(fd);
	fd = sock(AF_INET, SOCK_STREAM);
	SEE(bind(fd, (void *)&a, len));
	see_name("unspec", fd, false);
	SEE(bind(-1, (void *)&a, len));
	SEE(bind(0, (void *)&a, len));
	close(fd);
	close(six);
}

static void connecting(void)
{
	struct sockaddr_storage a;
	int fd = sock(AF_INET, SOCK_STREAM), six = sock(AF_INET6, SOCK_STREAM);
	int l = server("127.0.0.1", 7110);
	socklen_t len = at("127.0.0.1", 7110, &a);

	SEE(connect(fd, (void *)&a, len - 1));
	SEE(connect(fd, (void *)&a, 1));
	SEE(connect(fd, NULL, len));
	a.ss_family = AF_INET6;
	SEE(connect(fd, (void *)&a, len));
	a.ss_family = AF_UNSPEC;
	SEE(connect(fd, (void *)&a, len));
	SEE(connect_at(fd, "127.0.0.1", 7999));
	see_name("refused", fd, false);
	SEE(connect_at(fd, "10.0.0.1", 7110));
	SEE(connect_at(fd, "224.0.0.1", 7110));
	SEE(connect_at(fd, "255.255.255.255", 7110));
	SEE(connect_at(fd, "127.0.0.1", 0));
	SEE(connect_at(fd, "127.0.0.1", 7110));
	SEE(connect_at(fd, "127.0.0.1", 7110));
	SEE(listen(fd, 1));
	SEE(bind_at(fd, "127.0.0.1", 7111));
	SEE(connect_at(l, "127.0.0.1", 7110));
	SEE(connect_at(six, "2001:db8::1", 7110));
	SEE(connect_at(six, "::1", 7110));
	MUST(set(six, IPPROTO_IPV6, IPV6_V6ONLY, 1));
	SEE(connect_at(six, "::ffff:127.0.0.1", 7110));
	SEE(accept(fd, NULL, NULL));
	SEE(accept(six, NULL, NULL));
	SEE(accept4(l, NULL, NULL, 1));
	SEE(accept4(l, (void *)&a, &len, 1));
	SEE(shutdown(six, SHUT_WR));
	SEE(shutdown(fd, 3));
	SEE(shutdown(fd, -1));
	SEE(shutdown(fd, SHUT_WR));
	close(fd);
	close(six);
	close(l);
}

static void ports(void)
{
	int one = server("127.0.0.1", 7120), fd;

	fd = sock(AF_INET, SOCK_STREAM);
	SEE(bind_at(fd, "127.0.0.1", 7120));
	SEE(bind_at(fd, "0.0.0.0", 7120));
	SEE(bind_at(fd, "127.0.0.2", 7120));
	close(fd);
	fd = sock(AF_INET, SOCK_STREAM);
	MUST(set(fd, SOL_SOCKET, SO_REUSEADDR, 1));
	SEE(bind_at(fd, "127.0.0.1", 7120));
	close(one);
	SEE(bind_at(fd, "127.0.0.1", 7120));
	SEE(listen(fd, 1));
	close(fd);
	one = sock(AF_INET, SOCK_STREAM);
	fd = sock(AF_INET, SOCK_STREAM);
	MUST(set(one, SOL_SOCKET, SO_REUSEADDR, 1));
	MUST(set(fd, SOL_SOCKET, SO_REUSEADDR, 1));
	SEE(bind_at(one, "127.0.0.1", 7121));
	SEE(bind_at(fd, "127.0.0.1", 7121));
	SEE(listen(one, 1));
	SEE(listen(fd, 1));
	close(one);
	SEE(listen(fd, 1));
	close(fd);
	one = sock(AF_INET, SOCK_STREAM);
	fd = sock(AF_INET, SOCK_STREAM);
	MUST(set(one, SOL_SOCKET, SO_REUSEPORT, 1));
	SEE(bind_at(one, "127.0.0.1", 7122));
	SEE(bind_at(fd, "127.0.0.1", 7122));
	MUST(set(fd, SOL_SOCKET, SO_REUSEPORT, 1));
	SEE(bind_at(fd, "127.0.0.1", 7122));
	SEE(listen(one, 1));
	SEE(listen(fd, 1));
	close(one);
	close(fd);
	one = server("::", 7123);
	fd = sock(AF_INET, SOCK_STREAM);
	SEE(bind_at(fd, "0.0.0.0", 7123));
	SEE(bind_at(fd, "127.0.0.1", 7123));
	close(one);
	one = sock(AF_INET6, SOCK_STREAM);
	MUST(set(one, IPPROTO_IPV6, IPV6_V6ONLY, 1));
	SEE(bind_at(one, "::", 7123));
	SEE(bind_at(fd, "0.0.0.0", 7123));
	SEE(set(one, IPPROTO_IPV6, IPV6_V6ONLY, 0));
	close(one);
	close(fd);
	fd = sock(AF_INET, SOCK_STREAM);
	SEE(listen(fd, 1));
	see_name("listening unbound", fd, false);
	SEE(listen(fd, 5));
	close(fd);
}

/* What a dead process held is free. */
static void after_death(void)
{
	pid_t pid = child();
	int fd;

	if (pid == 0) {
		server("127.0.0.1", 7130);
		_exit(0);
	}
	reap(pid);
	fd = sock(AF_INET, SOCK_STREAM);
	SEE(connect_at(fd, "127.0.0.1", 7130));
	SEE(bind_at(fd, "127.0.0.1", 7130));
	close(fd);
	pid = child();
	if (pid == 0) {
		fd = sock(AF_INET, SOCK_STREAM);
		MUST(bind_at(fd, "127.0.0.1", 7131));
		_exit(0);
	}
	reap(pid);
	fd = sock(AF_INET, SOCK_STREAM);
	SEE(bind_at(fd, "127.0.0.1", 7131));
	close(fd);
}

int main(void)
{
	made();
	binding();
	connecting();
	ports();
	after_death();
	return done();
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TCP: what sockets are called before and after bind, listen, connect and
 * accept, of IPv4, IPv6 and both.
 *
 * scenario: net=up bare=skip
 * (the host's ports are not this program's)
 */
#include "net_common.h"

static void pair(int family, const char *bound, const char *called)
{
	int l = sock(family, SOCK_STREAM | SOCK_NONBLOCK), c, a;
	struct sockaddr_storage from = { 0 };
	socklen_t len = sizeof(from);
	static int port = 7000;	/* each its own: TIME_WAIT */
	int r;

	port++;
	see("-- %s called as %s", bound, called);
	see_name("fresh", l, false);
	see_name("fresh", l, true);
	SEE(bind_at(l, bound, port));
	see_name("bound", l, false);
	SEE(listen(l, 4));
	see_name("listening", l, false);
	see_name("listening", l, true);
	c = sock(strchr(called, ':') ? AF_INET6 : AF_INET, SOCK_STREAM);
	r = connect_at(c, called, port);
	see("connect: %s", res(r));
	if (r == 0)
		wait_for(l, POLLIN);
	see_name("client", c, false);
	see_name("client", c, true);
	a = accept4(l, (void *)&from, &len, 0);
	see("accept: %s from %s", a >= 0 ? "a socket" : res(a),
	    show(&from, len));
	if (a >= 0) {
		see_name("accepted", a, false);
		see_name("accepted", a, true);
		see("domain %s type %s protocol %s accepting %s",
		    get(a, SOL_SOCKET, SO_DOMAIN), get(a, SOL_SOCKET, SO_TYPE),
		    get(a, SOL_SOCKET, SO_PROTOCOL),
		    get(a, SOL_SOCKET, SO_ACCEPTCONN));
		see("fd flags %d file flags %d", fcntl(a, F_GETFD),
		    fcntl(a, F_GETFL) & O_NONBLOCK);
		close(a);
	}
	close(c);
	close(l);
}

/* Room for less than an address, for none, and for more. */
static void lengths(void)
{
	static const int sizes[] = { 0, 1, 2, 8, 15, 16, 17, 64, -1 };
	int l = server("127.0.0.1", 7050);

	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		unsigned char buf[80];
		socklen_t len = sizes[i];
		int r, n = 0;

		memset(buf, 0xee, sizeof(buf));
		r = getsockname(l, (void *)buf, &len);
		for (size_t k = 0; k < sizeof(buf); k++)
			n += buf[k] != 0xee;
		see("room %d: %s len %d bytes %d", sizes[i], res(r), len, n);
	}
	SEE(getsockname(l, NULL, NULL));
	SEE(getsockname(l, (void *)&(int){ 0 }, NULL));
	SEE(getsockname(l, NULL, &(socklen_t){ 16 }));
	SEE(getsockname(-1, NULL, NULL));
	SEE(getsockname(0, NULL, NULL));
	close(l);
}

int main(void)
{
	pair(AF_INET, "127.0.0.1", "127.0.0.1");
	pair(AF_INET, "0.0.0.0", "127.0.0.1");
	pair(AF_INET, "0.0.0.0", "127.0.0.77");
	pair(AF_INET, "127.0.0.9", "127.0.0.9");
	pair(AF_INET, "0.0.0.0", "0.0.0.0");
	pair(AF_INET6, "::1", "::1");
	pair(AF_INET6, "::", "::1");
	pair(AF_INET6, "::", "127.0.0.1");
	pair(AF_INET6, "::", "::ffff:127.0.0.1");
	pair(AF_INET6, "::ffff:127.0.0.1", "127.0.0.1");
	pair(AF_INET6, "::", "::");
	pair(AF_INET, "127.0.0.1", "::ffff:127.0.0.1");
	pair(AF_INET, "127.0.0.2", "127.0.0.1");
	pair(AF_INET6, "::1", "127.0.0.1");
	lengths();
	return done();
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TCP: urgent data, where it lies, and what an accepted socket has from its
 * listener.
 *
 * scenario: net=up bare=skip
 * (the host's ports are not this program's)
 */
#include "net_common.h"
#include <sys/epoll.h>

static void urgent(bool inline_)
{
	char buf[16] = "";
	int c, a, mark = -1;

	see("-- inline %d", inline_);
	connected(&c, &a);
	MUST(set(a, SOL_SOCKET, SO_OOBINLINE, inline_));
	MUST(send(c, "abc", 3, 0));
	SEE(send(c, "!", 1, MSG_OOB));
	MUST(send(c, "def", 3, 0));
	wait_for(a, POLLPRI);
	SEE(recv(a, buf, 16, 0));
	see("read %.*s", 3, buf);
	MUST(ioctl(a, SIOCATMARK, &mark));
	see("at the mark: %d", mark);
	SEE(recv(a, buf, 1, MSG_OOB));
	if (!inline_)
		see("urgent %c", buf[0]);
	memset(buf, 0, sizeof(buf));
	SEE(recv(a, buf, 16, 0));
	see("read %s", buf);
	close(c);
	close(a);
}

static void inherited(void)
{
	int l = sock(AF_INET, SOCK_STREAM), c, a;

	MUST(set(l, IPPROTO_TCP, TCP_NODELAY, 1));
	MUST(set(l, IPPROTO_TCP, TCP_KEEPIDLE, 77));
	MUST(set(l, IPPROTO_IP, IP_TOS, 16));
	MUST(bind_at(l, "127.0.0.1", 0));
	MUST(listen(l, 1));
	c = sock(AF_INET, SOCK_STREAM);
	MUST(connect_at(c, "127.0.0.1", port_of(l)));
	a = MUST(accept(l, NULL, NULL));
	see("nodelay %s idle %s tos %s", get(a, IPPROTO_TCP, TCP_NODELAY),
	    get(a, IPPROTO_TCP, TCP_KEEPIDLE), get(a, IPPROTO_IP, IP_TOS));
	MUST(set(a, IPPROTO_TCP, TCP_KEEPIDLE, 78));
	see("nodelay %s idle %s tos %s", get(a, IPPROTO_TCP, TCP_NODELAY),
	    get(a, IPPROTO_TCP, TCP_KEEPIDLE), get(a, IPPROTO_IP, IP_TOS));
	see("listener's idle %s, client's %s", get(l, IPPROTO_TCP, TCP_KEEPIDLE),
	    get(c, IPPROTO_TCP, TCP_KEEPIDLE));
	close(a);
	close(c);
	close(l);
}

int main(void)
{
	urgent(false);
	urgent(true);
	inherited();
	return done();
}

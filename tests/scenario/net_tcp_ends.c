/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How TCP connections end: half closed, with something unread, with the
 * listener, and what is told of it.
 *
 * scenario: net=up bare=skip
 * (the host's ports are not this program's)
 */
#include "net_common.h"

static int state_of(int fd)
{
	struct tcp_info info = { 0 };
	socklen_t len = sizeof(info);

	MUST(getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len));
	/* Whether an end was acknowledged already is a matter of time. */
	return info.tcpi_state == TCP_FIN_WAIT1 ? TCP_FIN_WAIT2
	       : info.tcpi_state == TCP_LAST_ACK ? TCP_CLOSE
						 : info.tcpi_state;
}

static void see_read(const char *what, int fd)
{
	char buf[16] = "";

	see("%s: %s \"%s\"", what, res(read(fd, buf, sizeof(buf) - 1)), buf);
}

static void half_closed(void)
{
	int c, a;

	connected(&c, &a);
	MUST(write(c, "question", 8));
	SEE(shutdown(c, SHUT_WR));
	see_read("question", a);
	see_read("its end", a);
	see("states %d %d", state_of(c), state_of(a));
	SEE(write(c, "more", 4));
	MUST(write(a, "answer", 6));
	see_read("answer", c);
	SEE(shutdown(a, SHUT_WR));
	see_read("its end", c);
	see("state %d", state_of(a));
	SEE(shutdown(c, SHUT_RD));
	close(a);
	close(c);
}

static void unread(void)
{
	int c, a;

	connected(&c, &a);
	MUST(write(c, "unread", 6));
	wait_for(a, POLLIN);
	close(a);
	wait_for(c, POLLIN);
	see_read("reset", c);
	see_read("then", c);
	see("write: %s", res(send(c, "x", 1, MSG_NOSIGNAL)));
	see("error: %s", error_text(c));
	close(c);
	connected(&c, &a);
	MUST(write(c, "unread", 6));
	wait_for(a, POLLIN);
	close(a);
	wait_for(c, POLLIN);
	see("error: %s", error_text(c));
	see("error: %s", error_text(c));
	see_read("read", c);
	close(c);
}

/* Of both directions at once, and again. */
static void both(void)
{
	int c, a;

	connected(&c, &a);
	SEE(shutdown(c, SHUT_RDWR));
	see_read("its end", a);
	SEE(shutdown(c, SHUT_RDWR));
	see("states %d %d", state_of(c), state_of(a));
	close(a);
	close(c);
	connected(&c, &a);
	SEE(shutdown(c, SHUT_RD));
	see("states %d %d", state_of(c), state_of(a));
	see_read("nothing", c);
	close(a);
	close(c);
}

/* Of a listener that has not accepted. */
static void not_accepted(void)
{
	int l = server("127.0.0.1", 0), c = sock(AF_INET, SOCK_STREAM);

	MUST(connect_at(c, "127.0.0.1", port_of(l)));
	close(l);
	wait_for(c, POLLIN);
	see_read("not accepted", c);
	see_read("then", c);
	close(c);
}

/* What came before the end is read first. */
static void in_order(void)
{
	int c, a;

	connected(&c, &a);
	MUST(write(a, "last words", 10));
	close(a);
	see_read("before", c);
	see_read("end", c);
	see_read("end", c);
	see("state %d", state_of(c));
	close(c);
}

/* One that was reset has no peer, though nobody has read of it. */
static void reset(void)
{
	int c, a;

	connected(&c, &a);
	MUST(write(c, "unread", 6));
	MUST(write(a, "sent before", 11));
	wait_for(a, POLLIN);
	close(a);
	wait_for(c, POLLERR);
	see_name("reset", c, true);
	see_name("reset", c, false);
	see("state %d", state_of(c));
	SEE(shutdown(c, SHUT_WR));
	see_read("what came", c);
	see_read("reset", c);
	close(c);
}

/* A connection keeps the port of who listened. */
static void keeps_port(void)
{
	int l = server("127.0.0.1", 7500), c = sock(AF_INET, SOCK_STREAM), a;

	MUST(connect_at(c, "127.0.0.1", 7500));
	a = MUST(accept4(l, NULL, NULL, SOCK_CLOEXEC));
	close(l);
	l = sock(AF_INET, SOCK_STREAM);
	SEE(bind_at(l, "127.0.0.1", 7500));
	SEE(bind_at(l, "0.0.0.0", 7500));
	SEE(bind_at(l, "127.0.0.2", 7500));
	close(l);
	close(c);
	close(a);
	l = sock(AF_INET, SOCK_STREAM);
	MUST(set(l, SOL_SOCKET, SO_REUSEADDR, 1));
	MUST(bind_at(l, "127.0.0.1", 7502));
	MUST(listen(l, 1));
	c = sock(AF_INET, SOCK_STREAM);
	MUST(connect_at(c, "127.0.0.1", 7502));
	a = MUST(accept4(l, NULL, NULL, SOCK_CLOEXEC));
	close(l);
	l = sock(AF_INET, SOCK_STREAM);
	SEE(bind_at(l, "127.0.0.1", 7502));
	MUST(set(l, SOL_SOCKET, SO_REUSEADDR, 1));
	SEE(bind_at(l, "127.0.0.1", 7502));
	close(l);
	close(c);
	close(a);
}

int main(void)
{
	signal(SIGPIPE, SIG_IGN);
	reset();
	keeps_port();
	half_closed();
	unread();
	both();
	not_accepted();
	in_order();
	return done();
}

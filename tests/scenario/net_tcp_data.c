/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TCP: bytes, ends, resets, waiting and not waiting.
 *
 * scenario: net=up bare=skip
 * (the host's ports are not this program's)
 */
#include "net_common.h"
#include <sys/epoll.h>

static const char *ready(int fd, int events)
{
	static char text[4][64];
	static int next;
	char *out = text[next++ % 4];
	struct pollfd p = { .fd = fd, .events = events };
	int n = poll(&p, 1, 0);

	snprintf(out, 64, "%d:%s%s%s%s%s", n, p.revents & POLLIN ? " in" : "",
		 p.revents & POLLOUT ? " out" : "",
		 p.revents & POLLERR ? " err" : "",
		 p.revents & POLLHUP ? " hup" : "",
		 p.revents & POLLRDHUP ? " rdhup" : "");
	return out;
}

#define ALL (POLLIN | POLLOUT | POLLRDHUP)

static void streams(void)
{
	char buf[64] = "";
	int c, a, n = 0;

	connected(&c, &a);
	see("client %s, server %s", ready(c, ALL), ready(a, ALL));
	SEE(send(c, "hello", 5, 0));
	wait_for(a, POLLIN);
	see("server %s", ready(a, ALL));
	MUST(ioctl(a, FIONREAD, &n));
	see("to be read: %d", n);
	SEE(recv(a, buf, 3, MSG_PEEK));
	SEE(recv(a, buf, 3, 0));
	SEE(recv(a, buf + 3, 60, 0));
	see("read %.5s", buf);
	SEE(recv(a, buf, 1, MSG_DONTWAIT));
	SEE(sendto(c, "addr", 4, 0, (void *)&(struct sockaddr_in){
		.sin_family = AF_INET }, sizeof(struct sockaddr_in)));
	SEE(recv(a, buf, 64, 0));
	SEE(shutdown(c, SHUT_WR));
	wait_for(a, POLLIN);
	see("server %s", ready(a, ALL));
	SEE(recv(a, buf, 64, 0));
	SEE(send(c, "x", 1, MSG_NOSIGNAL));
	SEE(send(a, "back", 4, 0));
	SEE(recv(c, buf, 64, 0));
	close(a);
	SEE(recv(c, buf, 64, 0));
	see("client %s", ready(c, ALL));
	close(c);
}

static void with_address(void)
{
	struct sockaddr_storage from;
	socklen_t len = sizeof(from);
	struct iovec iov = { (char[8]){ 0 }, 8 };
	struct msghdr m = { .msg_name = &from,
			    .msg_namelen = sizeof(from),
			    .msg_iov = &iov,
			    .msg_iovlen = 1 };
	char buf[8];
	int c, a;

	connected(&c, &a);
	MUST(send(c, "abcd", 4, 0));
	SEE(recvfrom(a, buf, 2, 0, (void *)&from, &len));
	see("address of %d bytes", len);
	SEE(recvmsg(a, &m, 0));
	see("address of %d bytes, flags %x", m.msg_namelen, m.msg_flags);
	m.msg_namelen = at("127.0.0.1", 9, &from);
	SEE(sendmsg(a, &m, 0));
	SEE(recv(c, buf, 8, 0));
	close(a);
	close(c);
}

/* Bytes that nobody read are told to the other end. */
static void resets(void)
{
	char buf[8];
	int c, a;

	connected(&c, &a);
	MUST(send(c, "unread", 6, 0));
	wait_for(a, POLLIN);
	close(a);
	SEE(recv(c, buf, 8, 0));
	SEE(recv(c, buf, 8, 0));
	SEE(send(c, "x", 1, MSG_NOSIGNAL));
	see("error %s", error_text(c));
	close(c);
}

static void without_waiting(void)
{
	int l, c, a;

	l = sock(AF_INET, SOCK_STREAM | SOCK_NONBLOCK);
	MUST(set(l, SOL_SOCKET, SO_REUSEADDR, 1));
	MUST(bind_at(l, "127.0.0.1", 7201));
	MUST(listen(l, 4));
	SEE(accept(l, NULL, NULL));
	SEE(accept(l, (void *)&(struct sockaddr_storage){ 0 },
		   &(socklen_t){ sizeof(struct sockaddr_storage) }));
	c = sock(AF_INET, SOCK_STREAM | SOCK_NONBLOCK);
	SEE(connect_at(c, "127.0.0.1", 7201));
	wait_for(c, POLLOUT);
	see("connecting %s error %s", ready(c, ALL), error_text(c));
	SEE(connect_at(c, "127.0.0.1", 7201));
	SEE(connect_at(c, "127.0.0.1", 7201));
	see_name("client", c, true);
	wait_for(l, POLLIN);
	a = accept4(l, NULL, NULL, SOCK_NONBLOCK);
	see("accepted %s", a < 0 ? res(a) : "one");
	SEE(recv(a, (char[1]){ 0 }, 1, 0));
	close(a);
	close(c);
	c = sock(AF_INET, SOCK_STREAM | SOCK_NONBLOCK);
	SEE(connect_at(c, "127.0.0.1", 7299));
	wait_for(c, POLLOUT);
	see("refused: error %s", error_text(c));
	see("and then %s", error_text(c));
	close(c);
	c = sock(AF_INET, SOCK_STREAM | SOCK_NONBLOCK);
	SEE(connect_at(c, "127.0.0.1", 7299));
	wait_for(c, POLLOUT);
	SEE(connect_at(c, "127.0.0.1", 7299));
	SEE(connect_at(c, "127.0.0.1", 7201));
	close(c);
	close(l);
}

/* A blocking accept with an address, soon and late; interrupted. */
static void waiting(void)
{
	int l = server("127.0.0.1", 7210);
	struct sockaddr_storage from;
	socklen_t len = sizeof(from);
	struct gate go;
	int late;

	gate_init(&go);
	for (late = 0; late < 3; late++) {
		pid_t pid = child();
		int a;

		if (pid == 0) {
			int c = sock(AF_INET, SOCK_STREAM);

			pass(&go);
			if (late)
				poll(NULL, 0, 20 * late);
			MUST(connect_at(c, "127.0.0.1", 7210));
			MUST(send(c, "late", 4, 0));
			_exit(0);
		}
		let(&go, 1);
		len = sizeof(from);
		a = MUST(accept(l, (void *)&from, &len));
		see("accepted from %s", show(&from, len));
		SEE(recv(a, (char[8]){ 0 }, 8, 0));
		close(a);
		reap(pid);
	}
	MUST(setsockopt(l, SOL_SOCKET, SO_RCVTIMEO,
			&(struct timeval){ .tv_usec = 30000 },
			sizeof(struct timeval)));
	SEE(accept(l, (void *)&from, &len));
	SEE(accept(l, NULL, NULL));
	close(l);
}

static void on_alarm(int sig)
{
	(void)sig;
}

static void interrupted(void)
{
	struct sigaction act = { .sa_handler = on_alarm };
	int l = server("127.0.0.1", 7211);
	struct sockaddr_storage from;
	socklen_t len = sizeof(from);

	sigaction(SIGALRM, &act, NULL);
	setitimer(ITIMER_REAL, &(struct itimerval){ .it_value.tv_usec = 30000 },
		  NULL);
	SEE(accept(l, (void *)&from, &len));
	close(l);
}

/* Each end has its epoll; edges come once. */
static void edges(void)
{
	int ep = MUST(epoll_create1(0)), c, a;
	struct epoll_event e = { .events = EPOLLIN | EPOLLET };

	connected(&c, &a);
	MUST(epoll_ctl(ep, EPOLL_CTL_ADD, a, &e));
	SEE(epoll_wait(ep, &e, 1, 0));
	MUST(send(c, "1", 1, 0));
	SEE(epoll_wait(ep, &e, 1, -1));
	SEE(epoll_wait(ep, &e, 1, 0));
	MUST(send(c, "2", 1, 0));
	SEE(epoll_wait(ep, &e, 1, -1));
	close(c);
	SEE(epoll_wait(ep, &e, 1, -1));
	close(a);
	close(ep);
}

int main(void)
{
	signal(SIGPIPE, SIG_IGN);
	streams();
	with_address();
	resets();
	without_waiting();
	waiting();
	interrupted();
	edges();
	return done();
}

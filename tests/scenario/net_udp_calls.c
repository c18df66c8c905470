/* SPDX-License-Identifier: Apache-2.0 */
/*
 * UDP: names, addresses of messages, connected and not, errors, flags.
 *
 * scenario: net=up bare=skip
 * (the host's ports are not this program's)
 */
#include "net_common.h"

static void see_received(const char *what, int fd, size_t room, int flags)
{
	struct sockaddr_storage from = { 0 };
	socklen_t len = sizeof(from);
	char buf[128] = "";
	long n = recvfrom(fd, buf, room, flags, (void *)&from, &len);

	if (n < 0)
		see("%s: %s", what, res(n));
	else
		see("%s: %ld \"%s\" from %s", what, n, buf, show(&from, len));
}

static void names(void)
{
	int a = sock(AF_INET, SOCK_DGRAM), b = sock(AF_INET, SOCK_DGRAM);

	see_name("fresh", a, false);
	see_name("fresh", a, true);
	SEE(bind_at(a, "127.0.0.1", 7300));
	SEE(bind_at(a, "127.0.0.1", 7301));
	see_name("bound", a, false);
	SEE(send_at(b, "one", 0, "127.0.0.1", 7300));
	see_name("sent", b, false);
	see_received("first", a, 100, 0);
	SEE(send_at(b, "", 0, "127.0.0.1", 7300));
	see_received("empty", a, 100, 0);
	SEE(send_at(b, "long message", 0, "127.0.0.1", 7300));
	see_received("peek", a, 4, MSG_PEEK);
	see_received("peek all", a, 4, MSG_PEEK | MSG_TRUNC);
	see_received("cut", a, 4, 0);
	see_received("nothing", a, 4, MSG_DONTWAIT);
	SEE(send_at(b, "dropped?", 0, "127.0.0.1", 7399));
	SEE(send_at(b, "no way", 0, "10.1.1.1", 7300));
	SEE(send_at(b, "all", 0, "255.255.255.255", 7300));
	SEE(send_at(b, "port 0", 0, "127.0.0.1", 0));
	SEE(send_at(b, "oob", MSG_OOB, "127.0.0.1", 7300));
	SEE(listen(a, 1));
	SEE(accept(a, (void *)&(struct sockaddr_storage){ 0 },
		   &(socklen_t){ 16 }));
	SEE(shutdown(b, SHUT_WR));
	close(a);
	close(b);
}

static void joined(void)
{
	int a = sock(AF_INET, SOCK_DGRAM), b = sock(AF_INET, SOCK_DGRAM);
	int x = sock(AF_INET, SOCK_DGRAM);
	char buf[16];

	MUST(bind_at(a, "0.0.0.0", 7310));
	SEE(connect_at(b, "127.0.0.1", 7310));
	see_name("connected", b, false);
	see_name("connected", b, true);
	SEE(send(b, "hi", 2, 0));
	see_received("server", a, 100, 0);
	MUST(bind_at(x, "127.0.0.1", 7311));
	SEE(send_at(x, "stranger", 0, "127.0.0.1", port_of(b)));
	see_received("not for it", b, 100, MSG_DONTWAIT);
	SEE(send_at(a, "reply", 0, "127.0.0.1", port_of(b)));
	see_received("reply", b, 100, 0);
	SEE(send_at(b, "elsewhere", 0, "127.0.0.1", 7311));
	see_received("elsewhere", x, 100, 0);
	SEE(connect_at(b, "127.0.0.1", 7311));
	SEE(send(b, "again", 5, 0));
	see_received("other", x, 100, 0);
	SEE(connect(b, &(struct sockaddr){ .sa_family = AF_UNSPEC }, 16));
	see_name("let go", b, true);
	SEE(send_at(b, "free", 0, "127.0.0.1", 7310));
	see_received("free", a, 100, 0);
	SEE(connect_at(b, "127.0.0.1", 7399));
	SEE(send(b, "lost", 4, 0));
	MUST(poll(&(struct pollfd){ .fd = b, .events = POLLERR }, 1, -1));
	see_received("refused", b, 16, MSG_DONTWAIT);
	see("then: %s", error_text(b));
	SEE(send(b, "lost", 4, 0));
	MUST(poll(&(struct pollfd){ .fd = b, .events = POLLERR }, 1, -1));
	see("refused: %s", error_text(b));
	SEE(recv(b, buf, 16, MSG_DONTWAIT));
	close(a);
	close(b);
	close(x);
}

static void two_families(void)
{
	int six = sock(AF_INET6, SOCK_DGRAM), four = sock(AF_INET, SOCK_DGRAM);

	MUST(bind_at(six, "::", 7320));
	SEE(send_at(four, "four", 0, "127.0.0.1", 7320));
	see_received("from four", six, 100, 0);
	SEE(send_at(six, "back", 0, "::ffff:127.0.0.1", port_of(four)));
	see_received("from six", four, 100, 0);
	SEE(send_at(six, "self", 0, "::1", 7320));
	see_received("self", six, 100, 0);
	SEE(send_at(six, "family", 0, "127.0.0.1", 7320));
	SEE(send_at(four, "family", 0, "::1", 7320));
	close(six);
	close(four);
}

static void ports(void)
{
	int a = sock(AF_INET, SOCK_DGRAM), b = sock(AF_INET, SOCK_DGRAM);

	SEE(bind_at(a, "127.0.0.1", 7330));
	SEE(bind_at(b, "127.0.0.1", 7330));
	SEE(bind_at(b, "0.0.0.0", 7330));
	MUST(set(a, SOL_SOCKET, SO_REUSEADDR, 1));
	MUST(set(b, SOL_SOCKET, SO_REUSEADDR, 1));
	SEE(bind_at(b, "127.0.0.1", 7330));
	close(a);
	close(b);
	a = sock(AF_INET, SOCK_DGRAM);
	SEE(bind_at(a, "127.0.0.1", 7330));
	SEE(bind_at(a, "127.0.0.1", 0));
	close(a);
}

/* More than the kernel's queue of AF_UNIX, all of it, in order. */
static void many(void)
{
	int a = sock(AF_INET, SOCK_DGRAM), b = sock(AF_INET, SOCK_DGRAM);
	int sent = 0, got = 0, ordered = 1;
	char text[16];

	MUST(bind_at(a, "127.0.0.1", 7340));
	for (int i = 0; i < 100; i++) {
		snprintf(text, sizeof(text), "%d", i);
		sent += send_at(b, text, 0, "127.0.0.1", 7340) > 0;
	}
	while (got < sent) {
		char buf[16] = "";

		MUST(recv(a, buf, sizeof(buf) - 1, 0));
		ordered = ordered && atoi(buf) == got;
		got++;
	}
	see("sent %d, got %d, in order %d", sent, got, ordered);
	close(a);
	close(b);
}

static void waiting(void)
{
	int a = sock(AF_INET, SOCK_DGRAM);
	struct gate go;
	pid_t pid;

	gate_init(&go);
	MUST(bind_at(a, "127.0.0.1", 7350));
	pid = child();
	if (pid == 0) {
		int b = sock(AF_INET, SOCK_DGRAM);

		pass(&go);
		poll(NULL, 0, 20);
		MUST(send_at(b, "late", 0, "127.0.0.1", 7350));
		_exit(0);
	}
	let(&go, 1);
	see_received("waited", a, 100, 0);
	reap(pid);
	MUST(setsockopt(a, SOL_SOCKET, SO_RCVTIMEO,
			&(struct timeval){ .tv_usec = 30000 },
			sizeof(struct timeval)));
	see_received("timed out", a, 100, 0);
	close(a);
}

static void sizes(void)
{
	static char big[70000];
	struct sockaddr_storage to;
	socklen_t len = at("127.0.0.1", 7360, &to);
	int a = sock(AF_INET, SOCK_DGRAM), b = sock(AF_INET, SOCK_DGRAM);

	MUST(bind_at(a, "127.0.0.1", 7360));
	SEE(sendto(b, big, 65507, 0, (void *)&to, len));
	SEE(recv(a, big, sizeof(big), 0));
	SEE(sendto(b, big, 65508, 0, (void *)&to, len));
	SEE(sendto(b, big, 70000, 0, (void *)&to, len));
	SEE(sendto(b, BAD_ADDR, 4, 0, (void *)&to, len));
	SEE(sendto(b, big, 4, 0, BAD_ADDR, len));
	SEE(sendto(b, big, 4, 0, (void *)&to, 15));
	SEE(sendto(b, big, 4, 0, (void *)&to, 129));
	SEE(sendto(b, big, 4, 0, (void *)&to, 0));
	close(a);
	close(b);
}

int main(void)
{
	names();
	joined();
	two_families();
	ports();
	many();
	waiting();
	sizes();
	return done();
}

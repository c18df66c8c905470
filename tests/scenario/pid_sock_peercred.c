/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who is at the other end of a socket: SO_PEERCRED, with its errors, short
 * buffers, a peer that has died, and options of the same number elsewhere.
 */
#include "scenario.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>

static struct gate go, told;

static void see_peer(const char *what, int fd)
{
	struct ucred cred = { -7, 7, 7 };
	socklen_t len = sizeof(cred);
	int r = getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len);

	see("%s: %s, %d bytes, pid %d, user %s", what, res(r), len, cred.pid,
	    cred.uid == getuid() ? "own" : "other");
}

static void see_len(int fd, int size)
{
	char *bytes = guard_alloc(16);
	socklen_t len = (socklen_t)size;
	int r = getsockopt(fd, SOL_SOCKET, SO_PEERCRED, bytes, &len);

	see("of %d bytes: %s, %d bytes: %d %d %d %d", size, res(r), len,
	    bytes[0], bytes[1], bytes[2], bytes[3]);
	guard_check(bytes);
}

static void errors(const int ends[2])
{
	struct ucred cred;
	socklen_t len = sizeof(cred);
	int file = MUST(open("/dev/null", O_RDONLY));

	see("no descriptor: %s", res(getsockopt(99, SOL_SOCKET, SO_PEERCRED,
						&cred, &len)));
	see("no descriptor, no length: %s",
	    res(getsockopt(99, SOL_SOCKET, SO_PEERCRED, &cred, BAD_ADDR)));
	see("no socket: %s", res(getsockopt(file, SOL_SOCKET, SO_PEERCRED,
					    &cred, &len)));
	see("nowhere: %s", res(getsockopt(ends[0], SOL_SOCKET, SO_PEERCRED,
					  BAD_ADDR, &len)));
	see("no length: %s", res(getsockopt(ends[0], SOL_SOCKET, SO_PEERCRED,
					    &cred, BAD_ADDR)));
	for (int size = -1; size <= 16; size++)
		see_len(ends[0], size);
}

/* Option 17 of TCP is another thing. */
static void other_level(void)
{
	int fd = MUST(socket(AF_INET, SOCK_STREAM, 0)), value = -1;
	socklen_t len = sizeof(value);

	see_peer("a TCP socket", fd);
	see("TCP's 17: %s, %d", res(getsockopt(fd, IPPROTO_TCP, 17, &value,
					       &len)), value);
	see("TCP's 16: %s", res(setsockopt(fd, IPPROTO_TCP, 16, &value,
					   sizeof(value))));
}

static void client(const struct sockaddr_un *addr, socklen_t len)
{
	int fd = MUST(socket(AF_UNIX, SOCK_STREAM, 0));

	MUST(connect(fd, (const struct sockaddr *)addr, len));
	see_peer("client's peer", fd);
	let(&told, 1);
	pass(&go);
	_exit(0);
}

static void listener(void)
{
	int fd = MUST(socket(AF_UNIX, SOCK_STREAM, 0)), conn;
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	socklen_t len = sizeof(addr.sun_family);
	pid_t pid;

	see_peer("a lonely socket", fd);
	MUST(bind(fd, (struct sockaddr *)&addr, len));	/* takes any name */
	MUST(listen(fd, 5));
	see_peer("a listener", fd);
	len = sizeof(addr);
	MUST(getsockname(fd, (struct sockaddr *)&addr, &len));
	pid = child();
	if (pid == 0)
		client(&addr, len);
	pass(&told);
	conn = MUST(accept(fd, NULL, NULL));
	see("client %d", pid);
	see_peer("server's peer", conn);
	let(&go, 1);
	reap(pid);
	see_peer("server's peer, dead", conn);
}

int main(void)
{
	int ends[2];
	pid_t pid;

	gate_init(&go);
	gate_init(&told);
	pid = child();
	if (pid == 0)
		_exit(0);
	reap(pid);
	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
	see_peer("a pair", ends[0]);
	errors(ends);
	other_level();
	pid = child();
	if (pid == 0) {
		see_peer("a pair in a child", ends[0]);
		MUST(socketpair(AF_UNIX, SOCK_DGRAM, 0, ends));
		see_peer("a pair of its own", ends[1]);
		_exit(0);
	}
	reap(pid);
	listener();
	return done();
}

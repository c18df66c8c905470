/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Link-local addresses of IPv6 between two nets: the scope says by which
 * interface, and each end counts its own.
 *
 * scenario: net=up run-as=root bare=skip
 * (it makes interfaces)
 */
#include <arpa/inet.h>
#include <sys/socket.h>
#include "net_tools.h"

static const char *const commands[] = {
	"ip link add name dummy0 type bridge",
	"ip link add name v0 type veth peer name v1 netns $A",
	"ip link set v0 addrgenmode none up",
	"nsenter -t $A -n ip link set v1 addrgenmode none up",
	WAIT_UP("v0"),
	"ip addr add fe80::1/64 dev v0 nodad",
	"nsenter -t $A -n ip addr add fe80::2/64 dev v1 nodad",
	WAIT_LOCAL("fe80::1"),
	WAIT "nsenter -t $A -n ip -6 route show table local | grep -q"
	     " 'local fe80::2 '",
	"ip -br addr show v0; nsenter -t $A -n ip -br addr show v1",
};

/* A socket of the net of @pid. */
static int socket_in(pid_t pid, int type)
{
	char path[64];
	int fd, there, home = MUST(open("/proc/self/ns/net", O_RDONLY));

	snprintf(path, sizeof(path), "/proc/%d/ns/net", pid);
	there = MUST(open(path, O_RDONLY));
	MUST(setns(there, CLONE_NEWNET));
	fd = MUST(socket(AF_INET6, type, 0));
	MUST(setns(home, CLONE_NEWNET));
	close(home);
	close(there);
	return fd;
}

static struct sockaddr_in6 address(const char *ip, uint32_t scope)
{
	struct sockaddr_in6 to = { .sin6_family = AF_INET6,
				   .sin6_port = htons(7),
				   .sin6_scope_id = scope };

	inet_pton(AF_INET6, ip, &to.sin6_addr);
	return to;
}

static void see_address(const char *what, const struct sockaddr_in6 *addr)
{
	char ip[INET6_ADDRSTRLEN];

	inet_ntop(AF_INET6, &addr->sin6_addr, ip, sizeof(ip));
	see("%s: %s scope %u", what, ip, addr->sin6_scope_id);
}

static void see_own(const char *what, int fd)
{
	struct sockaddr_in6 addr;
	socklen_t len = sizeof(addr);

	MUST(getsockname(fd, (void *)&addr, &len));
	see_address(what, &addr);
}

static long try_connect(int fd, const char *ip, uint32_t scope)
{
	struct sockaddr_in6 to = address(ip, scope);

	return connect(fd, (void *)&to, sizeof(to));
}

static void streams(pid_t pid)
{
	int listener = socket_in(pid, SOCK_STREAM), fd, accepted;
	struct sockaddr_in6 any = address("::", 0), peer;
	socklen_t len = sizeof(peer);

	MUST(bind(listener, (void *)&any, sizeof(any)));
	MUST(listen(listener, 5));
	fd = MUST(socket(AF_INET6, SOCK_STREAM, 0));
	see("no scope: %s", res(try_connect(fd, "fe80::2", 0)));
	see("no such scope: %s", res(try_connect(fd, "fe80::2", 4711)));
	close(fd);
	fd = MUST(socket(AF_INET6, SOCK_STREAM, 0));
	see("own: %s", res(try_connect(fd, "fe80::1", 3)));
	close(fd);
	fd = MUST(socket(AF_INET6, SOCK_STREAM, 0));
	see("connect: %s", res(try_connect(fd, "fe80::2", 3)));
	see_own("own", fd);
	len = sizeof(peer);
	MUST(getpeername(fd, (void *)&peer, &len));
	see_address("peer", &peer);
	len = sizeof(peer);
	accepted = MUST(accept(listener, (void *)&peer, &len));
	see_address("accepted from", &peer);
	see_own("accepted by", accepted);
}

static void datagrams(pid_t pid)
{
	int there = socket_in(pid, SOCK_DGRAM);
	int fd = MUST(socket(AF_INET6, SOCK_DGRAM, 0));
	struct sockaddr_in6 any = address("::", 0), to = address("fe80::2", 3);
	struct sockaddr_in6 from;
	socklen_t len = sizeof(from);
	char buf[8];

	MUST(bind(there, (void *)&any, sizeof(any)));
	see("send: %s",
	    res(sendto(fd, "there", 5, 0, (void *)&to, sizeof(to))));
	see("received: %s",
	    res(recvfrom(there, buf, sizeof(buf), 0, (void *)&from, &len)));
	see_address("from", &from);
	see("answer: %s", res(sendto(there, "back", 4, 0, (void *)&from, len)));
	len = sizeof(from);
	see("received: %s",
	    res(recvfrom(fd, buf, sizeof(buf), 0, (void *)&from, &len)));
	see_address("from", &from);
	see("connect: %s", res(try_connect(fd, "fe80::2", 3)));
	see_own("own", fd);
}

int main(void)
{
	pid_t pid = make_net("A");

	SEE_COMMANDS(commands);
	streams(pid);
	datagrams(pid);
	MUST(kill(pid, SIGKILL));
	MUST(waitpid(pid, NULL, 0));
	return done();
}

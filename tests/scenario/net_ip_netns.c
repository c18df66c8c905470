/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Interfaces of several net namespaces: pairs between them, interfaces that
 * move, numbers by which nets know each other, a router between two nets, and
 * what goes with a net.
 *
 * scenario: net=up run-as=root bare=skip
 * (it makes interfaces)
 */
#include <arpa/inet.h>
#include <sys/socket.h>
#include "net_tools.h"

#define A "nsenter -t $A -n "
#define B "nsenter -t $B -n "

static const char *const pairs[] = {
	"ip link add name a0 address 02:00:00:00:00:01 type veth"
	" peer name e0 address 02:00:00:00:00:02 netns $A",
	"ip link add name b0 address 02:00:00:00:00:03 type veth"
	" peer name e0 address 02:00:00:00:00:04",
	"ip link set b0 addrgenmode none",
	"ip link set e0 netns $B",
	"ip link set e0 netns $B",
	"ip link",
	A "ip link",
	B "ip link",
	"ip netns list-id",
	B "ip netns list-id",
	/* Numbers of interfaces are a net's own. */
	"ip link add name m0 address 02:00:00:00:00:05 type veth"
	" peer name m1 address 02:00:00:00:00:06",
	"ip link set m0 alias moved mtu 1400 up",
	"ip addr add 10.99.0.1/24 dev m0",
	"ip link set m0 netns $A name moved",
	A "ip addr show moved",
	"ip link show m1",
	A "ip link set moved netns 1999999",
	A "ip link set lo netns $B",
	"ip link add name m2 type bridge; ip link set m2 netns $A",
	"ip link del m2",
	A "ip link add name m1 address 02:00:00:00:00:07 type veth"
	  " peer name m3 address 02:00:00:00:00:08",
	A "ip link set m1 netns $B; " B "ip link show m1",
	B "ip link set m1 netns $A; " A "ip link show m1",
	B "ip link add name x type veth peer name e0",
	"ip link add name x type veth peer name e0 netns $A",
	"ip link show m1",
	A "ip link del moved",
	"ip link show m1",
	A "ip link del m3",
};

static const char *const routers[] = {
	A "ip link set lo up; " A "ip link set e0 addrgenmode none up;"
	  " ip link set a0 addrgenmode none up",
	B "ip link set lo up; " B "ip link set e0 addrgenmode none up;"
	  " ip link set b0 up",
	"ip addr add 10.1.0.254/24 dev a0; ip addr add 10.2.0.254/24 dev b0",
	A "ip addr add 10.1.0.1/24 dev e0",
	B "ip addr add 10.2.0.1/24 dev e0",
	WAIT_UP("a0"),
	WAIT_UP("b0"),
	A "ip route add default via 10.1.0.254",
	B "ip route add default via 10.2.0.254",
	"echo 1 >/proc/sys/net/ipv4/ip_forward",
};

/* What connect(2) from $A's net says. */
static void see_connect(pid_t from, const char *ip)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(7) };
	struct sockaddr_in own = { 0 };
	socklen_t len = sizeof(own);
	char path[64];
	int fd, home = MUST(open("/proc/self/ns/net", O_RDONLY));

	snprintf(path, sizeof(path), "/proc/%d/ns/net", from);
	fd = MUST(open(path, O_RDONLY));
	MUST(setns(fd, CLONE_NEWNET));
	close(fd);
	fd = MUST(socket(AF_INET, SOCK_STREAM, 0));
	inet_pton(AF_INET, ip, &to.sin_addr);
	see("to %s: %s", ip, res(connect(fd, (void *)&to, sizeof(to))));
	MUST(getsockname(fd, (void *)&own, &len));
	see("from %s", inet_ntoa(own.sin_addr));
	close(fd);
	MUST(setns(home, CLONE_NEWNET));
	close(home);
}

static void end(pid_t pid)
{
	MUST(kill(pid, SIGKILL));
	MUST(waitpid(pid, NULL, 0));
}

int main(void)
{
	pid_t a = make_net("A"), b = make_net("B");

	SEE_COMMANDS(pairs);
	SEE_COMMANDS(routers);
	/* Nobody listens; who answers is known by that. */
	see_connect(a, "10.1.0.254");
	see_connect(a, "10.2.0.254");
	see_connect(a, "10.2.0.1");
	see_connect(b, "10.1.0.1");
	see_connect(b, "8.8.8.8");
	end(b);
	wait_until("! ip link show b0 >/dev/null 2>&1");
	end(a);
	wait_until("! ip link show a0 >/dev/null 2>&1");
	see_command("ip link");
	return done();
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Broadcast and multicast over a link: who gets a copy, and from whom.
 *
 * scenario: net=up run-as=root bare=skip
 * (it makes interfaces)
 */
#include <arpa/inet.h>
#include <net/if.h>
#include <sys/socket.h>
#include "net_tools.h"

#define PORT 7007

static const char *const commands[] = {
	"ip link add name v0 type veth peer name v1 netns $A",
	"ip link set v0 addrgenmode none up",
	"nsenter -t $A -n ip link set v1 addrgenmode none up",
	WAIT_UP("v0"),
	"ip addr add 10.0.0.1/24 brd + dev v0",
	"nsenter -t $A -n ip addr add 10.0.0.2/24 brd + dev v1",
	"ip addr add fe80::1/64 dev v0 nodad",
	"nsenter -t $A -n ip addr add fe80::2/64 dev v1 nodad",
	WAIT_LOCAL("fe80::1"),
	WAIT "nsenter -t $A -n ip -6 route show table local | grep -q"
	     " 'local fe80::2 '",
};

static void enter(pid_t pid)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/ns/net", pid);
	fd = MUST(open(path, O_RDONLY));
	MUST(setns(fd, CLONE_NEWNET));
	close(fd);
}

static void see_received(const char *who, int fd)
{
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} from;
	socklen_t len = sizeof(from);
	char buf[16] = "", ip[INET6_ADDRSTRLEN] = "";
	long n = recvfrom(fd, buf, sizeof(buf) - 1, 0, &from.any, &len);

	if (n >= 0 && from.any.sa_family == AF_INET)
		inet_ntop(AF_INET, &from.v4.sin_addr, ip, sizeof(ip));
	else if (n >= 0)
		inet_ntop(AF_INET6, &from.v6.sin6_addr, ip, sizeof(ip));
	see("%s: %s '%s' from %s scope %u", who, res(n), buf, ip,
	    from.any.sa_family == AF_INET6 ? from.v6.sin6_scope_id : 0);
}

static void see_nothing(const char *who, int fd)
{
	see("%s: %s", who, res(recv(fd, NULL, 0, MSG_DONTWAIT)));
}

static int receiver(int family, const char *group, int dev)
{
	int fd = MUST(socket(family, SOCK_DGRAM, 0)), on = 1;
	struct sockaddr_in any = { .sin_family = AF_INET,
				   .sin_port = htons(PORT) };
	struct sockaddr_in6 any6 = { .sin6_family = AF_INET6,
				     .sin6_port = htons(PORT) };
	struct ip_mreqn four = { .imr_ifindex = dev };
	struct ipv6_mreq six = { .ipv6mr_interface = (unsigned int)dev };

	MUST(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)));
	if (family == AF_INET) {
		inet_pton(AF_INET, group, &four.imr_multiaddr);
		MUST(bind(fd, (void *)&any, sizeof(any)));
		MUST(setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &four,
				sizeof(four)));
		see("again: %s",
		    res(setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &four,
				   sizeof(four))));
	} else {
		inet_pton(AF_INET6, group, &six.ipv6mr_multiaddr);
		MUST(setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on,
				sizeof(on)));
		MUST(bind(fd, (void *)&any6, sizeof(any6)));
		MUST(setsockopt(fd, IPPROTO_IPV6, IPV6_JOIN_GROUP, &six,
				sizeof(six)));
	}
	return fd;
}

static long send4(int fd, const char *ip)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons(PORT) };

	inet_pton(AF_INET, ip, &to.sin_addr);
	return sendto(fd, ip, 7, 0, (void *)&to, sizeof(to));
}

static long send6(int fd, const char *ip, uint32_t scope)
{
	struct sockaddr_in6 to = { .sin6_family = AF_INET6,
				   .sin6_port = htons(PORT),
				   .sin6_scope_id = scope };

	inet_pton(AF_INET6, ip, &to.sin6_addr);
	return sendto(fd, ip, 7, 0, (void *)&to, sizeof(to));
}

int main(void)
{
	int home = MUST(open("/proc/self/ns/net", O_RDONLY)), on = 1, off = 0;
	pid_t pid = make_net("A");
	int there, there6, here, fd, fd6;
	struct ip_mreqn by = { 0 };
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons(PORT) };

	SEE_COMMANDS(commands);
	enter(pid);
	there = receiver(AF_INET, "239.1.2.3", (int)if_nametoindex("v1"));
	there6 = receiver(AF_INET6, "ff02::77", (int)if_nametoindex("v1"));
	MUST(setns(home, CLONE_NEWNET));
	here = receiver(AF_INET, "239.1.2.3", (int)if_nametoindex("v0"));
	fd = MUST(socket(AF_INET, SOCK_DGRAM, 0));
	fd6 = MUST(socket(AF_INET6, SOCK_DGRAM, 0));
	inet_pton(AF_INET, "10.0.0.255", &to.sin_addr);
	see("not allowed: %s", res(send4(fd, "10.0.0.255")));
	see("nor to connect: %s", res(connect(fd, (void *)&to, sizeof(to))));
	MUST(setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &on, sizeof(on)));
	see("broadcast: %s", res(send4(fd, "10.0.0.255")));
	see_received("there", there);
	see_received("here", here);
	see("multicast, no way: %s", res(send4(fd, "239.1.2.3")));
	by.imr_ifindex = 4711;
	see("no such way: %s",
	    res(setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &by, sizeof(by))));
	by.imr_ifindex = (int)if_nametoindex("v0");
	see("way: %s",
	    res(setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &by, sizeof(by))));
	see("multicast: %s", res(send4(fd, "239.1.2.3")));
	see_received("there", there);
	see_received("here", here);
	MUST(setsockopt(fd, IPPROTO_IP, IP_MULTICAST_LOOP, &off, sizeof(off)));
	see("without a loop: %s", res(send4(fd, "239.1.2.3")));
	see_received("there", there);
	see_nothing("here", here);
	see("another group: %s", res(send4(fd, "239.1.2.4")));
	see("of IPv6: %s", res(send6(fd6, "ff02::77", if_nametoindex("v0"))));
	see_received("there", there6);
	see_nothing("there", there);
	MUST(kill(pid, SIGKILL));
	MUST(waitpid(pid, NULL, 0));
	return done();
}

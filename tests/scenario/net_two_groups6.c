/* SPDX-License-Identifier: Apache-2.0 */
/*
 * More of multicast and broadcast over a pair of interfaces: groups of IPv6,
 * how far a datagram may go, the broadcast to all that is near, answers.
 *
 * scenario: net=up run-as=root bare=skip
 * (it makes interfaces)
 */
#include "net_common.h"
#include <net/if.h>
#include <netinet/ip.h>

#define GROUP4 "239.1.2.3"
#define NEAR6  "ff02::1234"
#define FAR6   "ff05::1234"
#define FIRST6	"fe80::1"
#define SECOND6 "fe80::2"

static struct gate ready, go;

static void run(const char *command)
{
	if (system(command) != 0)
		die("%s", command);
}

static void until(const char *condition)
{
	while (system(condition) != 0)
		sched_yield();
}

/* Up, with an address that nobody has to be asked about. */
static void set_up(const char *dev, const char *ip4, const char *ip6)
{
	char command[300];

	snprintf(command, sizeof(command),
		 "ip link set %s addrgenmode none; ip link set %s up; "
		 "ip addr add %s/24 dev %s; ip addr add %s/64 dev %s nodad",
		 dev, dev, ip4, dev, ip6, dev);
	run(command);
}

/* Until the kernel has noticed the carrier, and taken the address as its own. */
static void until_settled(const char *dev, const char *ip6)
{
	char condition[200];

	snprintf(condition, sizeof(condition),
		 "ip link show %s | grep -q 'state UP' && ip -6 route show "
		 "table local | grep -q 'ff00::/8 dev %s' && ip -6 route show "
		 "table local | grep -q 'local %s '", dev, dev, ip6);
	until(condition);
}

static int join6(int fd, const char *group, const char *dev, int name)
{
	struct ipv6_mreq mreq = { .ipv6mr_interface = if_nametoindex(dev) };

	inet_pton(AF_INET6, group, &mreq.ipv6mr_multiaddr);
	return setsockopt(fd, IPPROTO_IPV6, name, &mreq, sizeof(mreq));
}

/* Of those who send to FAR6, FIRST6. */
static int source6(int fd, int name)
{
	struct group_source_req req = { .gsr_interface = if_nametoindex("v1") };

	at(FAR6, 0, &req.gsr_group);
	at(FIRST6, 0, &req.gsr_source);
	return setsockopt(fd, IPPROTO_IPV6, name, &req, sizeof(req));
}

static int join4(int fd, const char *dev)
{
	struct ip_mreqn mreq = { .imr_ifindex = (int)if_nametoindex(dev) };

	inet_pton(AF_INET, GROUP4, &mreq.imr_multiaddr);
	return setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &mreq,
			  sizeof(mreq));
}

/* By either family; the scope is that of the interface @dev. */
static long send_by(int fd, const char *text, const char *ip, int port,
		    const char *dev)
{
	struct sockaddr_storage a;
	socklen_t len = at(ip, port, &a);

	if (a.ss_family == AF_INET6)
		((struct sockaddr_in6 *)&a)->sin6_scope_id =
			if_nametoindex(dev);
	return sendto(fd, text, strlen(text), 0, (void *)&a, len);
}

/* Who sent it, and the hops that it has left. */
static void see_message(const char *who, int fd, int flags,
			struct sockaddr_storage *ret_from)
{
	char buf[32] = "", control[128], ip[INET6_ADDRSTRLEN];
	struct iovec iov = { buf, 31 };
	struct msghdr m = { .msg_name = ret_from,
			    .msg_namelen = sizeof(*ret_from),
			    .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = control,
			    .msg_controllen = sizeof(control) };
	long n = recvmsg(fd, &m, flags);
	struct sockaddr_in6 *six = (void *)ret_from;
	int hops = -1;

	if (n < 0) {
		see("%s: %s", who, res(n));
		return;
	}
	for (struct cmsghdr *h = CMSG_FIRSTHDR(&m); h; h = CMSG_NXTHDR(&m, h))
		memcpy(&hops, CMSG_DATA(h), sizeof(hops));
	if (ret_from->ss_family == AF_INET6)
		see("%s: \"%s\" from %s scope %d, hops %d", who, buf,
		    inet_ntop(AF_INET6, &six->sin6_addr, ip, sizeof(ip)),
		    six->sin6_scope_id != 0, hops);
	else
		see("%s: \"%s\" from %s, hops %d", who, buf,
		    inet_ntop(AF_INET, &((struct sockaddr_in *)six)->sin_addr,
			      ip, sizeof(ip)), hops);
}

static int receiver(int family)
{
	int fd = sock(family, SOCK_DGRAM);

	if (family == AF_INET)
		MUST(set(fd, IPPROTO_IP, IP_RECVTTL, 1));
	else
		MUST(set(fd, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1));
	MUST(bind_at(fd, family == AF_INET ? "0.0.0.0" : "::", 7600));
	return fd;
}

/* Step by step: what is to be seen is there when the other is told. */
static void step(void)
{
	let(&ready, 1);
	pass(&go);
}

static void other(void)
{
	struct sockaddr_storage from;
	int six, four;

	MUST(unshare(CLONE_NEWNET));
	step();
	set_up("v1", "10.9.0.2", SECOND6);
	until_settled("v1", SECOND6);
	six = receiver(AF_INET6);
	SEE(join6(six, NEAR6, "v1", IPV6_JOIN_GROUP));
	SEE(join6(six, FAR6, "v1", IPV6_JOIN_GROUP));
	step();
	see_message("near", six, 0, &from);
	SEE(sendto(six, "answer", 6, 0, (void *)&from, sizeof(struct sockaddr_in6)));
	step();
	see_message("far", six, 0, &from);
	SEE(source6(six, MCAST_BLOCK_SOURCE));
	step();
	SEE(source6(six, MCAST_UNBLOCK_SOURCE));
	step();
	see_message("not blocked", six, 0, &from);
	SEE(join6(six, FAR6, "v1", IPV6_LEAVE_GROUP));
	SEE(join6(six, FAR6, "v1", IPV6_LEAVE_GROUP));
	step();
	see_message("left", six, MSG_DONTWAIT, &from);
	close(six);
	four = receiver(AF_INET);
	SEE(join4(four, "v1"));
	step();
	see_message("one hop", four, 0, &from);
	see_message("no hop", four, 0, &from);
	see_message("five hops", four, 0, &from);
	see_message("to all", four, 0, &from);
	see_message("no more", four, MSG_DONTWAIT, &from);
	step();
	_exit(0);
}

static void groups6(int fd)
{
	struct sockaddr_storage from;
	int dev = (int)if_nametoindex("v0");

	SEE(send_by(fd, "near", NEAR6, 7600, "v0"));
	let(&go, 1);
	pass(&ready);
	see_message("answer", fd, 0, &from);
	MUST(set(fd, IPPROTO_IPV6, IPV6_MULTICAST_IF, dev));
	MUST(set(fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, 7));
	SEE(send_at(fd, "far", 0, FAR6, 7600));
	let(&go, 1);
	pass(&ready);
	SEE(send_at(fd, "blocked", 0, FAR6, 7600));
	let(&go, 1);
	pass(&ready);
	SEE(send_at(fd, "not blocked", 0, FAR6, 7600));
	let(&go, 1);
	pass(&ready);
	SEE(send_at(fd, "unheard", 0, FAR6, 7600));
	let(&go, 1);
	pass(&ready);
}

static void groups4(int fd)
{
	struct ip_mreqn by = { .imr_ifindex = (int)if_nametoindex("v0") };

	SEE(send_at(fd, "no way", 0, GROUP4, 7600));
	SEE(send_at(fd, "not allowed", 0, "255.255.255.255", 7600));
	MUST(setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &by, sizeof(by)));
	SEE(send_at(fd, "one hop", 0, GROUP4, 7600));
	MUST(set(fd, IPPROTO_IP, IP_MULTICAST_TTL, 0));
	SEE(send_at(fd, "no hop", 0, GROUP4, 7600));
	SEE(join4(fd, "v0"));
	SEE(send_at(fd, "unheard", 0, GROUP4, 7600));
	MUST(set(fd, IPPROTO_IP, IP_MULTICAST_TTL, 5));
	SEE(send_at(fd, "five hops", 0, GROUP4, 7600));
	MUST(setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, "v0", 3));
	SEE(send_at(fd, "not allowed", 0, "255.255.255.255", 7600));
	MUST(set(fd, SOL_SOCKET, SO_BROADCAST, 1));
	SEE(send_at(fd, "to all", 0, "255.255.255.255", 7600));
	let(&go, 1);
	pass(&ready);
}

int main(void)
{
	char command[100];
	pid_t pid;

	gate_init(&ready);
	gate_init(&go);
	pid = child();
	if (pid == 0)
		other();
	pass(&ready);
	run("ip link add name v0 type veth peer name v1");
	snprintf(command, sizeof(command), "ip link set v1 netns %d", pid);
	run(command);
	set_up("v0", "10.9.0.1", FIRST6);
	let(&go, 1);
	pass(&ready);
	until_settled("v0", FIRST6);
	groups6(sock(AF_INET6, SOCK_DGRAM));
	groups4(sock(AF_INET, SOCK_DGRAM));
	let(&go, 1);
	reap(pid);
	return done();
}

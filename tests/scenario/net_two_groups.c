/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Multicast and broadcast over a pair of interfaces, and what is told of the
 * interface that a datagram came in by.
 *
 * scenario: net=up run-as=root bare=skip
 * (it makes interfaces)
 */
#include "net_common.h"

static struct gate ready, go;

static void run(const char *command)
{
	if (system(command) != 0)
		die("%s", command);
}

static long member(int fd, const char *group, const char *own)
{
	struct ip_mreq mreq;

	inet_pton(AF_INET, group, &mreq.imr_multiaddr);
	inet_pton(AF_INET, own, &mreq.imr_interface);
	return setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &mreq,
			  sizeof(mreq));
}

static void see_message(const char *who, int fd, int flags)
{
	char buf[32] = "", control[128], a[64], b[64];
	struct sockaddr_storage from = { 0 };
	struct iovec iov = { buf, 31 };
	struct msghdr m = { .msg_name = &from,
			    .msg_namelen = sizeof(from),
			    .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = control,
			    .msg_controllen = sizeof(control) };
	const struct in_pktinfo *info;
	long n = recvmsg(fd, &m, flags);

	if (n < 0) {
		see("%s: %s", who, res(n));
		return;
	}
	info = (void *)CMSG_DATA(CMSG_FIRSTHDR(&m));
	see("%s: \"%s\" from %s to %s for %s, by lo: %d", who, buf,
	    show(&from, m.msg_namelen), inet_ntop(AF_INET, &info->ipi_addr, a, 64),
	    inet_ntop(AF_INET, &info->ipi_spec_dst, b, 64),
	    info->ipi_ifindex == 1);
}

static int receiver(void)
{
	int fd = sock(AF_INET, SOCK_DGRAM);

	MUST(set(fd, IPPROTO_IP, IP_PKTINFO, 1));
	MUST(bind_at(fd, "0.0.0.0", 7600));
	return fd;
}

static void other(void)
{
	int fd;

	MUST(unshare(CLONE_NEWNET));
	let(&ready, 1);
	pass(&go);
	run("ip link set lo up && ip addr add 10.9.0.2/24 brd + dev v1 && "
	    "ip link set v1 up");
	until_up("v1");
	fd = receiver();
	let(&ready, 1);
	pass(&go);
	see_message("there, unicast", fd, 0);
	let(&ready, 1);
	pass(&go);
	see_message("there, broadcast", fd, 0);
	see_message("there, not joined", fd, MSG_DONTWAIT);
	SEE(member(fd, "239.1.2.3", "10.9.0.2"));
	let(&ready, 1);
	pass(&go);
	see_message("there, joined", fd, 0);
	see_message("there, no more", fd, MSG_DONTWAIT);
	let(&ready, 1);
	pass(&go);
	_exit(0);
}

int main(void)
{
	struct in_addr own;
	char command[100];
	int fd, own_fd;
	pid_t pid;

	gate_init(&ready);
	gate_init(&go);
	pid = child();
	if (pid == 0)
		other();
	pass(&ready);
	run("ip link add name v0 type veth peer name v1 && "
	    "ip addr add 10.9.0.1/24 brd + dev v0 && ip link set v0 up");
	snprintf(command, sizeof(command), "ip link set v1 netns %d", pid);
	run(command);
	let(&go, 1);
	pass(&ready);
	until_up("v0");
	own_fd = receiver();
	fd = sock(AF_INET, SOCK_DGRAM);
	MUST(bind_at(fd, "0.0.0.0", 7601));
	SEE(send_at(fd, "one", 0, "10.9.0.2", 7600));
	/* It waits for the other's address to be known; the next would not. */
	let(&go, 1);
	pass(&ready);
	SEE(send_at(fd, "all", 0, "10.9.0.255", 7600));
	MUST(set(fd, SOL_SOCKET, SO_BROADCAST, 1));
	SEE(send_at(fd, "all", 0, "10.9.0.255", 7600));
	see_message("here, broadcast", own_fd, 0);
	SEE(send_at(fd, "lost", 0, "239.1.2.3", 7600));
	inet_pton(AF_INET, "10.9.0.1", &own);
	MUST(setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &own, sizeof(own)));
	SEE(send_at(fd, "unheard", 0, "239.1.2.3", 7600));
	let(&go, 1);
	pass(&ready);
	SEE(send_at(fd, "group", 0, "239.1.2.3", 7600));
	see_message("here, not joined", own_fd, MSG_DONTWAIT);
	let(&go, 1);
	pass(&ready);
	SEE(member(own_fd, "239.1.2.3", "10.9.0.1"));
	SEE(send_at(fd, "own", 0, "239.1.2.3", 7600));
	see_message("here, joined", own_fd, 0);
	SEE(member(own_fd, "239.1.2.4", "10.9.0.77"));
	SEE(send_at(own_fd, "itself", 0, "10.9.0.1", 7600));
	see_message("here, itself", own_fd, 0);
	let(&go, 1);
	reap(pid);
	return done();
}

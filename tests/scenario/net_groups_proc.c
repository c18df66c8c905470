/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Groups that sockets have joined, as /proc/net and ip(8) tell them.
 *
 * scenario: net=up run-as=root bare=skip
 * (it makes interfaces)
 */
#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include "net_tools.h"

/* Times, and what the hardware's address has made of others, are left out. */
#define SHOW                                                           \
	"sed -E 's/[0-9]+:[0-9A-F]{8}.*//' /proc/net/igmp;"            \
	" grep -v ff02000000000000000000000001ff /proc/net/igmp6"      \
	" | awk '{ print $2, $3, $4 }';"                               \
	" grep -v 3333ff /proc/net/dev_mcast | awk '{ print $2, $5 }'"

static const char *const commands[] = {
	SHOW,
	"ip maddr show dev lo",
	"ip maddr show dev v0 | grep -v -e :ff -e ff: | grep -v link",
	"awk '$1 ~ /^(TCP|TCPv6)$/ { print $1, $3 }' /proc/net/protocols",
	"awk '{ print $2 }' /proc/net/xfrm_stat | sort -u",
};
static const char *const made[] = {
	MAKE_PAIR,
	"ip link set v0 up; ip link set v1 up",
	WAIT_UP("v0"),
	WAIT_UP("v1"),
	WAIT_MULTICAST("v1"),
	WAIT_MULTICAST("v0"),
};

static int joined(const char *ip, const char *dev)
{
	struct ip_mreqn four = { .imr_ifindex = (int)if_nametoindex(dev) };
	struct ipv6_mreq six = { .ipv6mr_interface = if_nametoindex(dev) };
	int fd;

	if (inet_pton(AF_INET, ip, &four.imr_multiaddr) == 1) {
		fd = MUST(socket(AF_INET, SOCK_DGRAM, 0));
		MUST(setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &four,
				sizeof(four)));
		return fd;
	}
	inet_pton(AF_INET6, ip, &six.ipv6mr_multiaddr);
	fd = MUST(socket(AF_INET6, SOCK_DGRAM, 0));
	MUST(setsockopt(fd, IPPROTO_IPV6, IPV6_JOIN_GROUP, &six, sizeof(six)));
	return fd;
}

int main(void)
{
	int fd;

	SEE_COMMANDS(made);
	joined("239.1.1.1", "lo");
	joined("239.1.1.1", "lo");
	joined("239.1.1.2", "lo");
	joined("ff02::77", "lo");
	joined("239.2.2.2", "v0");
	fd = joined("ff05::99", "v0");
	MUST(socket(AF_INET, SOCK_STREAM, 0));
	SEE_COMMANDS(commands);
	close(fd);
	see("closed");
	see_command(SHOW);
	return done();
}

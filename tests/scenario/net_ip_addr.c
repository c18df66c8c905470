/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ip address: primaries and secondaries, broadcast, peers, labels, lifetimes,
 * IPv6; and the routes that come and go with them.
 *
 * scenario: net=down run-as=root bare=skip
 * (it makes interfaces)
 */
#include "net_tools.h"

static const char *const commands[] = {
	"ip link set lo up",
	MAKE_PAIR,
	"ip addr add 10.0.0.1/24 dev v0",
	"ip addr add 2001:db8::1/64 dev v0 nodad",
	WAIT_LOCAL("2001:db8::1"),
	"ip route show table all",
	"ip link set v0 up",
	"ip addr show v0",
	"ip route show table all",
	"ip link set v1 up",
	WAIT_UP("v0"),
	WAIT_UP("v1"),
	WAIT_MULTICAST("v0"),
	WAIT_MULTICAST("v1"),
	"ip route show table all | sort",
	"ip addr add 10.0.0.2/24 dev v0",
	"ip addr add 10.0.0.3/32 dev v0",
	"ip addr add 10.9.0.1/24 brd + dev v0",
	"ip addr add 10.8.0.1 peer 10.8.0.2/30 dev v0",
	"ip addr add 10.7.0.1/24 dev v0 label v0:seven scope link",
	"ip addr add 10.6.0.1/24 dev v0 noprefixroute metric 77",
	"ip addr add 10.5.0.1/24 dev v0 metric 77",
	"ip addr add 2001:db8:1::1/64 dev v0 nodad",
	"ip addr add 2001:db8:2::1/64 dev v0 nodad noprefixroute",
	WAIT_LOCAL("2001:db8:1::1"),
	WAIT_LOCAL("2001:db8:2::1"),
	"ip addr",
	"ip -j -p addr show v0",
	"ip -br addr",
	"ip -4 -o addr",
	"ip -6 addr show scope global",
	"ip addr show to 10.9.0.0/16",
	"ip addr show label v0:*",
	"ip route show table all | sort",
	/* What is refused. */
	"ip addr add 10.0.0.1/24 dev v0",
	"ip addr add 2001:db8::1/64 dev v0 nodad",
	"ip addr add ff02::9/64 dev v0",
	"ip addr add 10.0.0.1/24 dev nosuch",
	"ip addr del 10.0.0.99/24 dev v0",
	"ip addr del 2001:db8::99/64 dev v0",
	/* With a length of its own it is another. */
	"ip addr add 10.0.0.1/25 dev v0",
	"ip -4 addr show v0",
	"ip addr del 10.0.0.1/25 dev v0",
	"ip addr replace 10.0.0.1/24 dev v0 valid_lft 5000 preferred_lft 4000",
	"ip -4 addr show v0 | grep -v valid",
	"ip addr change 10.0.0.1/24 dev v0",
	/* A primary takes its secondaries along. */
	"ip addr del 10.0.0.1/24 dev v0",
	"ip -4 addr show v0",
	"ip addr del 2001:db8:1::1/64 dev v0",
	WAIT_GONE("2001:db8:1::1"),
	"ip route show table all | sort",
	"ip link set v0 down",
	WAIT "ip link show v1 | grep -q NO-CARRIER",
	"ip addr show v0",
	"ip route show table all | sort",
	"ip link set v0 up",
	WAIT_UP("v0"),
	WAIT_UP("v1"),
	WAIT_MULTICAST("v0"),
	"ip route show table all | sort",
	"ip addr flush dev v0",
	"ip addr show v0",
	"ip -4 route show table all",
	"ip link set lo down",
	"ip addr show lo",
	"ip route show table all",
};

int main(void)
{
	SEE_COMMANDS(commands);
	return done();
}

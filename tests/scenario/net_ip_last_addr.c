/* SPDX-License-Identifier: Apache-2.0 */
/*
 * With its last address of IPv4 an interface loses its routes and neighbours,
 * those that were configured by hand, too; it keeps those of IPv6.
 *
 * scenario: net=down run-as=root bare=skip
 * (it makes interfaces)
 */
#include "net_tools.h"

static const char *const commands[] = {
	"ip link set lo up",
	MAKE_PAIR,
	"ip link set v0 up",
	"ip link set v1 up",
	WAIT_UP("v0"),
	"ip addr add 10.0.0.1/24 dev v0",
	"ip addr add 10.1.0.1/24 dev v0",
	"ip addr add 10.2.0.1/24 dev v1",
	"ip addr add 2001:db8::1/64 dev v0 nodad",
	WAIT_LOCAL("2001:db8::1"),
	"ip route add default via 10.0.0.254 dev v0",
	"ip route add 10.9.0.0/16 dev v0 scope link",
	("ip route add 10.8.0.0/16 nexthop via 10.0.0.9 dev v0"
	 " nexthop via 10.2.0.9 dev v1"),
	"ip -6 route add 2001:db8:1::/48 via 2001:db8::9",
	"ip neigh add 10.0.0.9 lladdr 02:00:00:00:00:09 dev v0",
	"ip neigh add 2001:db8::9 lladdr 02:00:00:00:00:09 dev v0",
	"ip neigh add 10.2.0.9 lladdr 02:00:00:00:00:09 dev v1",
	/* Another is left. */
	"ip addr del 10.0.0.1/24 dev v0",
	"ip route",
	"ip neigh | sort",
	"ip addr del 10.1.0.1/24 dev v0",
	"ip route",
	"ip route show table local",
	"ip neigh | sort",
	"ip -6 route show 2001:db8:1::/48",
	/* They don't come back with a new one. */
	"ip addr add 10.0.0.1/24 dev v0",
	"ip route",
};

int main(void)
{
	SEE_COMMANDS(commands);
	return done();
}

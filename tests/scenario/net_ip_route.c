/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ip route: gateways, types, several ways, metrics, tables; which way is
 * taken; what is refused.
 *
 * scenario: net=up run-as=root bare=skip
 * (it makes interfaces)
 */
#include "net_tools.h"

static const char *const commands[] = {
	MAKE_PAIR,
	"ip link set v0 up; ip link set v1 up",
	"ip addr add 10.0.0.1/24 dev v0",
	WAIT_UP("v0"),
	WAIT_UP("v1"),
	WAIT_MULTICAST("v1"),
	WAIT_MULTICAST("v0"),
	"ip addr add 2001:db8::1/64 dev v0 nodad",
	WAIT_LOCAL("2001:db8::1"),
	"ip route add default via 10.0.0.9",
	"ip route add 1.2.3.0/24 dev v0",
	"ip route replace 1.2.3.0/24 via 10.0.0.8",
	"ip route append 1.2.3.0/24 via 10.0.0.9",
	"ip route prepend 1.2.3.0/24 via 10.0.0.10",
	"ip route add blackhole 5.5.5.0/24",
	"ip route add unreachable 5.5.6.0/24 metric 77",
	"ip route add prohibit 5.5.7.0/24 table 100",
	"ip route add throw 5.5.8.0/24",
	"ip route add prohibit 5.5.9.0/24",
	"ip route add 6.6.6.0/24 nexthop via 10.0.0.7 weight 2"
	" nexthop via 10.0.0.8",
	"ip route add 6.6.7.0/24 via 10.0.0.7 mtu 1300 advmss 1200"
	" src 10.0.0.1",
	"ip route add 6.6.9.0/24 via inet6 fe80::1 dev v0",
	"ip route add 6.6.11.0/24 dev v0 scope host",
	"ip route add 6.6.12.0/24 via 10.0.0.7 proto static metric 5",
	"ip route add 6.6.12.0/24 via 10.0.0.8 proto static metric 4",
	"ip route add 99.0.0.0/8 via 88.0.0.1 dev v0 onlink",
	"ip -6 route add blackhole 2001:db8:aa::/64",
	"ip -6 route add unreachable 2001:db8:ab::/64",
	"ip -6 route add 2001:db8:ac::/64 via 2001:db8::77",
	"ip -6 route add 2001:db8:ae::/64 dev v0 metric 5",
	"ip -6 route add default via fe80::9 dev v0",
	"ip route show table all | grep -v multicast",
	"ip route",
	"ip -6 route",
	"ip route show table 100",
	"ip -j -p route show 6.6.6.0/24",
	"ip route show 6.6.12.0/24",
	"ip route show proto static",
	"ip route show root 6.0.0.0/8",
	"ip route show match 6.6.7.1",
	"ip route show dev lo",
	"ip route show table 4711",
	/* Which way? */
	"ip route get 10.0.0.5",
	"ip route get 10.0.0.1",
	"ip route get 127.0.0.1",
	"ip route get 127.1.2.3",
	"ip route get 9.9.9.9",
	"ip route get 9.9.9.9 from 10.0.0.1",
	"ip route get 9.9.9.9 from 10.0.0.99",
	"ip route get 6.6.7.1",
	"ip route get 6.6.12.1",
	"ip route get 5.5.5.1",
	"ip route get 5.5.6.1",
	"ip route get 5.5.8.1",
	"ip route get 5.5.9.1",
	"ip route get 10.0.0.255",
	"ip route get 0.0.0.0",
	"ip route get fibmatch 9.9.9.9",
	"ip -6 route get ::1",
	"ip -6 route get 2001:db8::1",
	"ip -6 route get 2001:db8::5",
	"ip -6 route get 2001:db8:aa::1",
	"ip -6 route get 2001:db8:ab::1",
	"ip -6 route get 2001:db8:ac::1",
	/* What is refused. */
	"ip route add 1.2.3.5/24 dev v0",
	"ip route add 10.0.0.0/24 dev v0 proto kernel scope link src 10.0.0.1",
	"ip route add 5.5.5.0/24 via 10.0.0.3",
	"ip route add 7.0.0.0/8 via 77.0.0.1 dev lo",
	"ip route add 7.0.0.0/8 via 10.0.0.7 src 10.0.0.99",
	"ip route change 1.2.33.0/24 via 10.0.0.10",
	"ip route del 1.2.9.0/24",
	"ip -6 route del 2001:db8:9::/64",
	"ip -6 route add 2001:db8:ad::/64 via 2001:db9::77 dev lo",
	"ip -6 route add 2001:db8:ad::/64 via fe80::5",
	"ip -6 route add 2001:db8:ad::/64 via 2001:db8::1",
	"ip -6 route add 2001:db8:ae::/64 dev v0 metric 5",
	/* And away. */
	"ip route del 1.2.3.0/24 via 10.0.0.9",
	"ip route del 6.6.12.0/24 metric 4",
	"ip route del default",
	"ip route flush 6.6.6.0/24",
	"ip route flush proto static",
	"ip route",
	"ip link set v0 down",
	"ip route; ip -6 route",
	"ip route add 1.2.4.0/24 dev v0",
	"ip -6 route add 2001:db8:5::/64 dev v0",
	"ip route flush table all",
	"ip route show table all",
};

int main(void)
{
	SEE_COMMANDS(commands);
	return done();
}

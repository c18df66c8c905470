/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ifconfig and route, which use ioctl(2) and /proc/net.
 *
 * scenario: net=down run-as=root needs=root bare=skip
 * (it makes interfaces; the length of a queue is for the machine's root)
 */
#include "net_tools.h"

static const char *const commands[] = {
	"ifconfig -a",
	"ifconfig lo up",
	MAKE_PAIR,
	"ifconfig v0 10.0.0.1",
	"ifconfig v1 up",
	WAIT_UP("v0"),
	WAIT_UP("v1"),
	"ifconfig v0 netmask 255.255.255.0",
	"ifconfig v0:1 10.0.0.7 netmask 255.255.255.0",
	"ifconfig v0:2 10.4.0.7 netmask 255.255.255.0 broadcast 10.4.0.99",
	"ip -4 addr",
	"ifconfig v0 mtu 1400",
	"ifconfig v0 txqueuelen 77",
	"ifconfig v0 hw ether 02:00:00:00:00:11",
	"ifconfig v0 promisc; ifconfig v0 -arp",
	"ifconfig v0 add 2001:db8::1/64",
	"ifconfig v0 add 2001:db8::1/64",
	"ifconfig v0 del 2001:db8::1/64",
	"ifconfig v0 del 2001:db8::1/64",
	"ifconfig -s lo",
	"ifconfig lo",
	"ifconfig v0 | grep -v packets",
	"ifconfig v0:1 | grep -v packets",
	"ifconfig nosuch up",
	"ifconfig nosuch",
	"ifconfig v0 mtu 20",
	"ifconfig v0 netmask 255.0.255.0",
	"ifconfig v0:1 down",
	"ip -4 addr show v0",
	"route add default gw 10.0.0.9",
	"route add -net 10.7.0.0 netmask 255.255.0.0 dev v0",
	"route add -net 10.7.0.0 netmask 255.255.0.0 dev v0",
	"route add -host 10.8.0.1 gw 10.0.0.3",
	"route add -net 10.9.0.0 netmask 255.255.0.0 reject",
	"route add -net 10.9.0.5 netmask 255.255.0.0 dev v0",
	"route -n",
	"route del -host 10.8.0.1",
	"route del -host 10.8.0.1",
	"route add default gw 99.0.0.9",
	"route -A inet6 add 2001:db8:5::/64 dev v0",
	"route -A inet6 add 2001:db8:6::/64 gw fe80::9 dev v0",
	"route -A inet6 del 2001:db8:6::/64 gw fe80::9 dev v0",
	"ip route; ip -6 route",
	"ifconfig v0 down",
	"ip addr show v0",
	("python3 -c 'import socket; print(socket.if_nameindex(),"
	 " socket.if_nametoindex(\"v1\"), socket.if_indextoname(1))'"),
};

int main(void)
{
	SEE_COMMANDS(commands);
	return done();
}

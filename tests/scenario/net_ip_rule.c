/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ip rule and ip neighbour; what a rule does to the way that is taken.
 *
 * scenario: net=up run-as=root needs=root bare=skip
 * (it makes interfaces, and names uids that a user's own namespace has not)
 */
#include "net_tools.h"

static const char *const commands[] = {
	MAKE_PAIR,
	"ip link set v0 up; ip link set v1 up",
	WAIT_UP("v0"),
	WAIT_UP("v1"),
	"ip addr add 10.0.0.1/24 dev v0",
	"ip addr add 10.1.0.1/24 dev v1",
	"ip rule; ip -6 rule",
	"ip rule add from 1.2.3.0/24 table 100 prio 50",
	"ip rule add from 1.2.3.0/24 table 100 prio 50",
	"ip rule add fwmark 0x10/0xff lookup 200",
	"ip rule add to 9.9.9.9 iif v0 oif v1 unreachable",
	("ip rule add not from 4.4.4.4 uidrange 5-10 ipproto tcp"
	 " sport 10-20 dport 80 lookup main suppress_prefixlength 0"),
	"ip rule add goto 32766 prio 60",
	"ip rule add to 77.0.0.0/8 prohibit",
	"ip rule add to 78.0.0.0/8 blackhole",
	"ip rule add iif nosuch table 9",
	"ip rule add tos 8 table 9",
	"ip -6 rule add from 2001:db8::/64 table 5",
	"ip rule",
	"ip -d rule",
	"ip -j rule",
	"ip -6 rule",
	"ip rule show prio 50",
	"ip rule del prio 999",
	"ip rule del from 1.2.3.0/24",
	"ip rule add goto 5 prio 60",
	"ip route add default via 10.0.0.9",
	"ip route add default via 10.1.0.9 table 200",
	"ip route get 8.8.8.8",
	"ip route get 8.8.8.8 mark 0x10",
	"ip route get 77.1.1.1",
	"ip route get 78.1.1.1",
	"ip rule flush",
	"ip rule",
	"ip rule add table main prio 32766",
	"ip rule; ip route get 8.8.8.8",
	/* Neighbours. */
	"ip neigh add 10.0.0.9 lladdr 02:00:00:00:00:09 dev v0 nud reachable",
	"ip neigh add 10.0.0.9 lladdr 02:00:00:00:00:09 dev v0",
	"ip neigh replace 10.0.0.9 lladdr 02:00:00:00:00:0a dev v0 nud stale",
	"ip neigh change 10.0.0.10 lladdr 02:00:00:00:00:0a dev v0",
	"ip neigh add fe80::11 lladdr 02:00:00:00:00:0b dev v0 router",
	"ip neigh add proxy 10.0.0.77 dev v0",
	"ip neigh show",
	"ip neigh show nud permanent",
	"ip neigh show dev v1",
	"ip neigh show proxy",
	"ip neigh get 10.0.0.9 dev v0",
	"ip neigh get 10.0.0.99 dev v0",
	"ip neigh del 10.0.0.99 dev v0",
	"ip neigh del 10.0.0.9 dev v0",
	"ip neigh show",
	"ip link set v0 down; ip neigh show",
	"ip netconf show dev v0",
};

int main(void)
{
	SEE_COMMANDS(commands);
	return done();
}

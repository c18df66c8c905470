/* SPDX-License-Identifier: Apache-2.0 */
/*
 * /proc/net and /proc/sys/net: of the namespace, and what is written there.
 *
 * scenario: net=up run-as=root bare=skip
 * (it makes interfaces)
 */
#include "net_tools.h"

#define SYS "/proc/sys/net/"

static const char *const commands[] = {
	MAKE_PAIR,
	"ip addr add 10.0.0.1/24 dev v0",
	"ip link set v0 up; ip link set v1 up",
	WAIT_UP("v0"),
	WAIT_UP("v1"),
	WAIT_MULTICAST("v1"),
	WAIT_MULTICAST("v0"),
	"ip route add default via 10.0.0.9 metric 5",
	"ip route add 10.7.0.1 dev v0",
	"ip neigh add 10.0.0.9 lladdr 02:00:00:00:00:09 dev v0",
	"cat /proc/net/route",
	"cat /proc/net/arp",
	"cat /proc/net/if_inet6",
	"cat /proc/self/net/sockstat6 /proc/thread-self/net/sockstat6",
	"sed 's/[0-9]* *//g' /proc/net/dev",
	"head -n 1 /proc/net/tcp /proc/net/udp /proc/net/tcp6 /proc/net/udp6"
	" /proc/net/raw /proc/net/unix /proc/net/packet /proc/net/netlink",
	"sed 's/[ \t][ \t]*-*[0-9][0-9]*//g' /proc/net/snmp /proc/net/netstat"
	" | grep -v IcmpMsg",
	"cat " SYS "ipv4/ip_forward " SYS "ipv4/conf/all/forwarding " SYS
	"ipv4/conf/v0/forwarding " SYS "ipv6/conf/v0/forwarding",
	"echo 1 >" SYS "ipv4/ip_forward",
	"cat " SYS "ipv4/ip_forward " SYS "ipv4/conf/all/forwarding " SYS
	"ipv4/conf/v0/forwarding " SYS "ipv4/conf/default/forwarding",
	"ip netconf show dev v0",
	"echo 0 >" SYS "ipv4/conf/v0/forwarding; cat " SYS
	"ipv4/conf/v0/forwarding",
	"cat " SYS "ipv4/ip_local_port_range " SYS
	"ipv4/ip_unprivileged_port_start " SYS "core/somaxconn",
	"echo 40000 40010 >" SYS "ipv4/ip_local_port_range; cat " SYS
	"ipv4/ip_local_port_range",
	"echo 0 >" SYS "ipv4/ip_unprivileged_port_start; cat " SYS
	"ipv4/ip_unprivileged_port_start",
	"echo 9 >" SYS "core/somaxconn; cat " SYS "core/somaxconn",
	"echo 2 >" SYS "ipv4/conf/v0/rp_filter; cat " SYS
	"ipv4/conf/v0/rp_filter",
	"ip addr add 2001:db8::1/64 dev v0 nodad",
	"echo 1 >" SYS "ipv6/conf/v0/disable_ipv6; ip -6 addr show v0",
	"ip addr add 2001:db8::1/64 dev v0 nodad",
	"echo 0 >" SYS
	"ipv6/conf/v0/disable_ipv6; ip -6 route show table all | sort",
	"cat " SYS "ipv4/conf/nosuch/forwarding",
	"ls " SYS "ipv4/conf " SYS "ipv6/conf " SYS "ipv4/neigh " SYS
	"ipv6/neigh",
	"cd " SYS "ipv6/neigh && ls -d v0 nosuch default && ls v1",
	"cd " SYS "ipv4/conf && find . -maxdepth 1 | sort",
	"cat " SYS "ipv4/tcp_fin_timeout " SYS "ipv4/tcp_keepalive_time " SYS
	"ipv6/bindv6only " SYS "unix/max_dgram_qlen",
	"sysctl net.ipv4.ip_default_ttl net.ipv4.tcp_syncookies",
};

int main(void)
{
	SEE_COMMANDS(commands);
	return done();
}

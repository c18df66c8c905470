/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ip link: pairs, bridges and their ports; names, flags, mtu, addresses; what
 * goes wrong.
 *
 * scenario: net=down run-as=root bare=skip
 * (it makes interfaces)
 */
#include "net_tools.h"

static const char *const commands[] = {
	"ip link",
	"ip link set lo up",
	"ip -d link show lo",
	MAKE_PAIR,
	"ip -d link show v0",
	"ip link set v0 up",
	"ip link show up",
	"ip link set v1 up",
	WAIT_UP("v0"),
	WAIT_UP("v1"),
	"ip link",
	"ip -br link",
	"ip -s link show lo",
	"ip -j link show v0",
	"ip link add br0 address 02:00:00:00:00:03 type bridge",
	"ip link set br0 addrgenmode none",
	"ip -d link show br0",
	"ip link set v0 master br0",
	"ip link show v0",
	"ip link set br0 up",
	WAIT_UP("br0"),
	"ip link show br0",
	"ip link show master br0",
	"ip link show type veth",
	"ip link show type bridge",
	"ip link show group 7",
	"ip link set v1 mtu 1400 txqueuelen 77 group 7 alias 'a name'",
	"ip link set v1 arp off; ip link set v1 promisc on",
	"ip link set v1 multicast off; ip link set v1 allmulticast on",
	"ip link show group 7",
	"ip link property add dev v1 altname a-name-that-is-too-long-otherwise",
	"ip link show a-name-that-is-too-long-otherwise",
	"ip link property add dev v1 altname v0",
	"ip link property del dev v1 altname nosuch",
	"ip link property del dev v1 altname a-name-that-is-too-long-otherwise",
	"ip link set v1 name w1",
	"ip link show w1",
	"ip link set v0 nomaster",
	"ip link show v0",
	/* What is refused. */
	"ip link set v0 mtu 20",
	"ip link set v0 mtu 70000",
	"ip link set v0 name w1",
	"ip link set v0 address 00:00:00:00:00:00",
	"ip link set v0 address 01:00:00:00:00:00",
	"ip link set v0 master w1",
	"ip link set br0 master br0",
	"ip link set lo master br0",
	"ip link set v0 netns 1999999",
	"ip link add foo type bogus",
	"ip link add x1 type veth peer name x1",
	"ip link add lo type veth",
	"ip link add v0 type veth",
	"ip link del lo",
	"ip link del nosuch",
	"ip link show nosuch",
	"ip link set nosuch up",
	/* The end of one. */
	"ip link set br0 down",
	"ip link show br0",
	"ip link del w1",
	"ip link del br0",
	"ip link set lo down",
	"ip link",
};

int main(void)
{
	SEE_COMMANDS(commands);
	return done();
}

/* SPDX-License-Identifier: Apache-2.0 */
/* What /sys shows of a net's interfaces. */
#ifndef NET_SYSFS_H
#define NET_SYSFS_H

#include "net_tools.h"

#define FILES                                                                \
	"addr_assign_type addr_len address broadcast carrier "               \
	"carrier_changes carrier_up_count dev_id dev_port dormant duplex "   \
	"flags ifalias ifindex iflink link_mode mtu name_assign_type "       \
	"netdev_group operstate proto_down speed testing tx_queue_len type " \
	"uevent statistics/rx_bytes statistics/tx_errors power/control "     \
	"queues/tx-0/tx_maxrate"
#define SEE_DEV(dev)                                                     \
	"cd /sys/class/net/" dev "; for f in " FILES "; do echo \"$f: "  \
	"$(cat $f 2>&1)\"; done"

/* The kernel counts carriers when it comes to it: quiet when it is up. */
static const char *const sysfs_commands[] = {
	"ls /sys/class/net /sys/devices/virtual/net/",
	SEE_DEV("lo"),
	"ip link set lo up",
	SEE_DEV("lo"),
	"ls /sys/class/net/lo/statistics",
	MAKE_PAIR,
	"ip link add br0 address 02:00:00:00:00:03 type bridge",
	"ls /sys/class/net /sys/devices/virtual/net/",
	"cd /sys/class/net; for i in *; do echo $i $(readlink $i); done",
	SEE_DEV("v0"),
	SEE_DEV("br0"),
	"ip link set v0 master br0; ip link set v0 up; ip link set v1 up",
	WAIT_UP("v0"),
	WAIT_UP("v1"),
	SEE_DEV("v0"),
	"ip link set br0 up",
	WAIT_UP("br0"),
	SEE_DEV("br0"),
	"cd /sys/class/net/br0; ls brif; readlink brif/v0 lower_v0",
	"cd /sys/class/net/v0; readlink master upper_br0 subsystem",
	"cat /sys/class/net/br0/bridge/bridge_id",
	"cat /sys/class/net/v0/brport/bridge/bridge/stp_state",
	"ip link set v1 mtu 1400; ip link set v1 alias 'the other end'",
	"cat /sys/class/net/v1/mtu /sys/class/net/v1/ifalias",
	"ip link set v0 nomaster",
	"ls /sys/class/net/br0/brif; ls -d /sys/class/net/v0/master",
	"ip link set v1 down; ip link set v1 name other",
	"ls /sys/class/net; cat /sys/class/net/v1/mtu",
	"cat /sys/devices/virtual/net/other/uevent",
	"cd /sys/class/net/other; pwd -P; cat mtu; stat -c %F . ../lo mtu",
	"ip link del br0; ls /sys/class/net",
	"test -e /sys/class/net/lo/mtu; echo $?; test -d /sys/class/net/br0; "
	"echo $?",
	"find /sys/devices/virtual/net -maxdepth 1 -type d | sort",
	("python3 -c 'import os; print(sorted(os.listdir(\"/sys/class/net\")),"
	 " os.path.realpath(\"/sys/class/net/v0\"))'"),
};

#endif

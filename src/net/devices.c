/* SPDX-License-Identifier: Apache-2.0 */
/* See devices.h. */
#include "src/net/devices.h"

#include <stddef.h>
#include <sys/random.h>
#include <sys/sysinfo.h>
#include <utlist.h>
#include "src/net/link.h"
#include "src/net/netlink.h"
#include "src/net/rtnl.h"
#include "src/net/sysfs.h"
#include "src/park.h"

#define NS_PER_TICK 10000000 /* hundredths of seconds */

struct net *net_of_devices(struct net_devices *devices)
{
	return (struct net *)((char *)devices - offsetof(struct net, devices));
}

struct net_devices *net_devices(struct net *net)
{
	net_tick(&net->devices, (uint32_t)(park_now() / NS_PER_TICK));
	return &net->devices;
}

static void changed(struct net_devices *devices, enum net_event event,
		    const void *object)
{
	rtnl_notify(devices, event, object);
	if (event == NET_EVENT_NEWLINK || event == NET_EVENT_DELLINK)
		sysfs_changed(net_of_devices(devices), object,
			      event == NET_EVENT_DELLINK);
	link_changed(net_of_devices(devices));
}

static int devices_init(struct net *net)
{
	uint64_t seed;
	int r = net_devices_init(&net->devices);

	if (r < 0)
		return r;
	if (getrandom(&seed, sizeof(seed), GRND_NONBLOCK) == sizeof(seed))
		net_dev_seed(seed);
	net_veth_queues = (uint32_t)get_nprocs_conf();
	net_devices(net);
	/* The one convenience over the kernel. */
	if (!net->down)
		net_dev_set_flags(net->devices.lo, IFF_UP, IFF_UP);
	net->devices.listener = changed;
	netlink_route_init();
	return 0;
}

static void devices_exit(struct net *net)
{
	struct net *other;

	net_devices_fini(&net->devices);
	DL_FOREACH (nets, other)
		net_nsid_forget(&other->devices, &net->devices);
}

const struct net_subsystem net_devices_subsystem = {
	.name = "interfaces",
	.init = devices_init,
	.exit = devices_exit,
};

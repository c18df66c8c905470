/* SPDX-License-Identifier: Apache-2.0 */
/* Interfaces, addresses and routes of a net: tables/net_dev.h in struct net. */
#ifndef NSRUN_NET_DEVICES_H
#define NSRUN_NET_DEVICES_H

#include "src/ns/net.h"
#include "tables/net_fib.h"

/* The net of what the tables answer. */
struct net *net_of_devices(struct net_devices *devices);

/* Those of @net, as of now: what has expired is gone. */
struct net_devices *net_devices(struct net *net);

/* Likewise net_deliver() of tables/net_fib.h. */
static inline int net_reach(struct net *net, const struct net_flow *flow,
			    struct net_arrival *ret_arrival)
{
	return net_deliver(net_devices(net), flow, ret_arrival);
}

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NSRUN_NET_RTNL_H
#define NSRUN_NET_RTNL_H
#include "tables/net_dev.h"
void rtnl_notify(struct net_devices *net, enum net_event event,
		 const void *object);
#endif

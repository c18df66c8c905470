/* SPDX-License-Identifier: Apache-2.0 */
#include "src/net/rtnl.h"

void rtnl_notify(struct net_devices *net, enum net_event event,
		 const void *object)
{
	(void)net;
	(void)event;
	(void)object;
}

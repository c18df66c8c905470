/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NSRUN_NET_NETDEV_ROUTE_H
#define NSRUN_NET_NETDEV_ROUTE_H

#include "src/call.h"
#include "src/ns/net.h"

/* SIOCADDRT and SIOCDELRT, of a socket of either family. */
long netdev_route_ioctl(struct call *c, struct net *net, bool v6, bool add);

#endif

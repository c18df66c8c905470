/* SPDX-License-Identifier: Apache-2.0 */
/* ioctl(2) of sockets about interfaces and routes: netdevice(7). */
#ifndef NSRUN_NET_NETDEV_IOCTL_H
#define NSRUN_NET_NETDEV_IOCTL_H

#include "src/call.h"
#include "src/ns/net.h"

/* The request is one of those. Return: what it answers. */
long netdev_ioctl(struct call *c, struct net *net, bool v6);

/* Is it one? Owners, marks and times of sockets are not. */
bool netdev_ioctl_is(unsigned int request);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Neighbours: what was entered by hand. Nobody is asked for an address. */
#include <stdlib.h>
#include <utlist.h>
#include "tables/net_fib.h"

struct net_neigh *net_neigh_find(struct net_devices *net, int index,
				 const struct net_ip *ip, bool proxy)
{
	struct net_neigh *neigh;

	LL_FOREACH (net->neighs, neigh)
		if (neigh->index == index && neigh->proxy == proxy &&
		    net_ip_equal(&neigh->ip, ip))
			return neigh;
	return NULL;
}

struct net_neigh *net_neigh_add(struct net_devices *net, int index,
				const struct net_ip *ip, bool proxy)
{
	struct net_neigh *neigh = NULL;

	if (net->neighs_len < NET_NEIGHS_MAX &&
	    net_totals.neighs < NET_NEIGHS_ALL)
		neigh = calloc(1, sizeof(*neigh));
	if (!neigh)
		return NULL;
	neigh->net = net;
	neigh->index = index;
	neigh->ip = *ip;
	neigh->proxy = proxy;
	neigh->updated = net->now;
	LL_APPEND(net->neighs, neigh);
	net->neighs_len++;
	net_totals.neighs++;
	return neigh;
}

void net_neigh_del(struct net_neigh *neigh)
{
	LL_DELETE(neigh->net->neighs, neigh);
	neigh->net->neighs_len--;
	net_totals.neighs--;
	net_tell(neigh->net, NET_EVENT_DELNEIGH, neigh);
	free(neigh);
}

void net_neigh_flush_dev(struct net_device *dev, uint8_t family)
{
	struct net_neigh *neigh, *next;

	LL_FOREACH_SAFE (dev->net->neighs, neigh, next)
		if (neigh->index == dev->index &&
		    (!family || neigh->ip.family == family))
			net_neigh_del(neigh);
}

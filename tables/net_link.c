/* SPDX-License-Identifier: Apache-2.0 */
/* Interfaces that go up and down: flags, carriers, ports of a bridge. */
#include <errno.h>
#include <string.h>
#include <utlist.h>
#include "tables/net_dev.h"
#include <linux/if.h> /* after <net/if.h>, which is in the former */
#include "tables/net_fib.h"

#define MTU_MIN 68    /* ETH_MIN_MTU */
#define MTU_MAX 65535 /* ETH_MAX_MTU */

#define FLAGS_CHANGEABLE                                        \
	(IFF_DEBUG | IFF_NOTRAILERS | IFF_NOARP | IFF_DYNAMIC | \
	 IFF_MULTICAST | IFF_PORTSEL | IFF_AUTOMEDIA)

bool net_dev_is_up(const struct net_device *dev)
{
	return dev->flags & IFF_UP;
}

static bool oper_up(const struct net_device *dev)
{
	return dev->oper == IF_OPER_UP || dev->oper == IF_OPER_UNKNOWN;
}

bool net_dev_running(const struct net_device *dev)
{
	return net_dev_is_up(dev) && dev->carrier && oper_up(dev);
}

unsigned int net_dev_flags(const struct net_device *dev)
{
	unsigned int flags = dev->flags & ~(unsigned int)IFF_RUNNING;

	if (!net_dev_is_up(dev))
		return flags;
	if (oper_up(dev))
		flags |= IFF_RUNNING;
	return dev->carrier ? flags | IFF_LOWER_UP : flags;
}

uint8_t net_dev_operstate(const struct net_device *dev)
{
	return net_dev_is_up(dev) ? dev->oper : IF_OPER_DOWN;
}

uint32_t net_dev_min_mtu(const struct net_device *dev)
{
	return dev->kind == NET_LO || dev->kind == NET_DUMMY ? 0 : MTU_MIN;
}

/* 0: any. */
uint32_t net_dev_max_mtu(const struct net_device *dev)
{
	return dev->kind == NET_LO || dev->kind == NET_DUMMY ? 0 : MTU_MAX;
}

const char *net_dev_qdisc(const struct net_device *dev)
{
	return dev->activated ? "noqueue" : "noop";
}

/* ---- carrier ---- */

static bool has_carrier(const struct net_device *dev)
{
	const struct net_device *port;

	switch (dev->kind) {
	case NET_VETH:
		return dev->peer && net_dev_is_up(dev) &&
		       net_dev_is_up(dev->peer);
	case NET_BRIDGE:
		if (!net_dev_is_up(dev))
			return false;
		LL_FOREACH (dev->net->devs, port)
			if (port->master == dev && net_dev_running(port))
				return true;
		return false;
	default:
		return true;
	}
}

/* What dev_open() does at once. */
static void set_carrier(struct net_device *dev)
{
	bool carrier = has_carrier(dev);

	if (carrier == dev->carrier)
		return;
	dev->carrier = carrier;
	if (carrier)
		dev->carrier_up++;
	else
		dev->carrier_down++;
}

/* What follows of it: linkwatch_do_dev(). */
static void settle(struct net_device *dev)
{
	uint8_t down =
		dev->kind == NET_VETH ? IF_OPER_LOWERLAYERDOWN : IF_OPER_DOWN;
	uint8_t oper = dev->carrier ? IF_OPER_UP : down;

	if (dev->kind == NET_LO || dev->kind == NET_DUMMY || oper == dev->oper)
		return;
	dev->oper = oper;
	if (!net_dev_is_up(dev))
		return;
	if (net_dev_running(dev))
		net_auto_ready(dev);
	net_tell(dev->net, NET_EVENT_NEWLINK, dev);
}

void net_dev_update_carrier(struct net_device *dev)
{
	set_carrier(dev);
	settle(dev);
	if (dev->master) {
		set_carrier(dev->master);
		settle(dev->master);
	}
}

/* ---- flags ---- */

static void counted(struct net_device *dev, unsigned int flag,
		    unsigned int *count, unsigned int flags, unsigned int mask)
{
	if (!(mask & flag) || !((dev->flags ^ flags) & flag))
		return;
	dev->flags ^= flag;
	*count += dev->flags & flag ? 1U : -1U;
}

static void go_up(struct net_device *dev)
{
	dev->flags |= IFF_UP;
	dev->activated = true;
	set_carrier(dev);
	if (dev->peer)
		set_carrier(dev->peer);
	net_tell(dev->net, NET_EVENT_NEWLINK, dev);
	net_auto_up(dev);
	if (net_dev_running(dev))
		net_auto_ready(dev);
}

static void go_down(struct net_device *dev)
{
	dev->flags &= ~(unsigned int)IFF_UP;
	set_carrier(dev);
	if (dev->peer)
		set_carrier(dev->peer);
	net_tell(dev->net, NET_EVENT_NEWLINK, dev);
	net_auto_down(dev);
	net_neigh_flush_dev(dev, 0);
}

void net_dev_set_flags(struct net_device *dev, unsigned int flags,
		       unsigned int mask)
{
	unsigned int before = dev->flags;
	unsigned int change = mask & FLAGS_CHANGEABLE;

	dev->flags = (dev->flags & ~change) | (flags & change);
	counted(dev, IFF_PROMISC, &dev->promiscuity, flags, mask);
	counted(dev, IFF_ALLMULTI, &dev->allmulti, flags, mask);
	if (mask & IFF_UP && (dev->flags ^ flags) & IFF_UP) {
		if (flags & IFF_UP)
			go_up(dev);
		else
			go_down(dev);
		net_dev_update_carrier(dev);
		if (dev->peer)
			net_dev_update_carrier(dev->peer);
	} else if (before != dev->flags) {
		net_tell(dev->net, NET_EVENT_NEWLINK, dev);
	}
}

int net_dev_set_mtu(struct net_device *dev, uint32_t mtu)
{
	if (mtu == dev->mtu)
		return 0;
	dev->mtu = mtu;
	dev->mtu_set = true;
	dev->conf.v6[NET_CONF6_MTU6] = (int32_t)mtu;
	net_tell(dev->net, NET_EVENT_NEWLINK, dev);
	if (dev->master)
		net_bridge_update(dev->master);
	return 0;
}

/* eth_prepare_mac_addr_change(): neither multicast nor zero. */
int net_dev_set_address(struct net_device *dev, const uint8_t *address)
{
	static const uint8_t none[NET_HW_LEN];

	if (dev->kind == NET_LO || address[0] & 1 ||
	    memcmp(address, none, sizeof(none)) == 0)
		return -EADDRNOTAVAIL;
	memcpy(dev->address, address, NET_HW_LEN);
	dev->address_set = true;
	if (dev->master)
		net_bridge_update(dev->master);
	return 0;
}

/* ---- ports ---- */

/* br_mtu_auto_adjust(), br_stp_recalculate_bridge_id() */
void net_bridge_update(struct net_device *bridge)
{
	const uint8_t *lowest = NULL;
	uint32_t mtu = 0;
	struct net_device *port;

	LL_FOREACH (bridge->net->devs, port) {
		if (port->master != bridge)
			continue;
		if (!mtu || port->mtu < mtu)
			mtu = port->mtu;
		if (!lowest || memcmp(port->address, lowest, NET_HW_LEN) < 0)
			lowest = port->address;
	}
	if (!bridge->address_set && lowest)
		memcpy(bridge->address, lowest, NET_HW_LEN);
	if (bridge->mtu_set || bridge->mtu == (mtu ? mtu : 1500))
		return;
	bridge->mtu = mtu ? mtu : 1500;
	bridge->conf.v6[NET_CONF6_MTU6] = (int32_t)bridge->mtu;
	net_tell(bridge->net, NET_EVENT_NEWLINK, bridge);
}

void net_dev_set_master(struct net_device *dev, struct net_device *bridge)
{
	struct net_device *old = dev->master;

	if (old == bridge)
		return;
	if (old) {
		dev->master = NULL;
		net_tell(dev->net, NET_EVENT_NEWLINK, dev);
		net_bridge_update(old);
		net_dev_update_carrier(old);
	}
	if (!bridge)
		return;
	dev->master = bridge;
	net_tell(dev->net, NET_EVENT_NEWLINK, dev);
	net_bridge_update(bridge);
	net_dev_update_carrier(bridge);
}

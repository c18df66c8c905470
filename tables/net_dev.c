/* SPDX-License-Identifier: Apache-2.0 */
/* Interfaces of a network namespace: which there are, and their names. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>
#include "tables/net_dev.h"
#include <linux/if.h> /* after <net/if.h>, which is in the former */
#include "tables/net_fib.h"

struct net_totals net_totals;

void net_tell(struct net_devices *net, enum net_event event, const void *object)
{
	if (net->listener)
		net->listener(net, event, object);
}

/* ---- names ---- */

bool net_dev_valid_name(const char *name)
{
	size_t len = strlen(name);

	if (len == 0 || len >= IFNAMSIZ || strcmp(name, ".") == 0 ||
	    strcmp(name, "..") == 0)
		return false;
	for (; *name; name++)
		if (*name == '/' || *name == ':' ||
		    isspace((unsigned char)*name))
			return false;
	return true;
}

struct net_device *net_dev_by_index(const struct net_devices *net, int index)
{
	struct net_device *dev;

	LL_FOREACH (net->devs, dev)
		if (dev->index == index)
			return dev;
	return NULL;
}

struct net_device *net_dev_by_name(const struct net_devices *net,
				   const char *name)
{
	struct net_device *dev;
	struct net_altname *alt;

	LL_FOREACH (net->devs, dev) {
		if (strcmp(dev->name, name) == 0)
			return dev;
		LL_FOREACH (dev->altnames, alt)
			if (strcmp(alt->name, name) == 0)
				return dev;
	}
	return NULL;
}

/* "veth%d": the first that is free. Any other '%' is refused. */
static int make_name(const struct net_devices *net, const char *pattern,
		     char *ret_name)
{
	const char *percent = strchr(pattern, '%');
	char name[IFNAMSIZ + 16];

	if (!net_dev_valid_name(pattern))
		return -EINVAL;
	if (!percent) {
		if (net_dev_by_name(net, pattern))
			return -EEXIST;
		snprintf(ret_name, IFNAMSIZ, "%s", pattern);
		return 0;
	}
	if (percent[1] != 'd' || strchr(percent + 1, '%'))
		return -EINVAL;
	for (int i = 0; i <= NET_DEVS_MAX; i++) {
		snprintf(name, sizeof(name), "%.*s%d%s",
			 (int)(percent - pattern), pattern, i, percent + 2);
		if (strlen(name) >= IFNAMSIZ)
			break;
		if (!net_dev_by_name(net, name)) {
			memcpy(ret_name, name, strlen(name) + 1);
			return 0;
		}
	}
	return -ENFILE;
}

int net_dev_rename(struct net_device *dev, const char *name)
{
	char made[IFNAMSIZ];
	struct net_addr *addr;
	int r;

	if (strcmp(dev->name, name) == 0)
		return 0;
	r = make_name(dev->net, name, made);
	if (r < 0)
		return r;
	LL_FOREACH (dev->addrs4, addr)
		if (strcmp(addr->label, dev->name) == 0)
			memcpy(addr->label, made, sizeof(made));
	memcpy(dev->name, made, sizeof(made));
	net_tell(dev->net, NET_EVENT_NEWLINK, dev);
	LL_FOREACH (dev->addrs4, addr)
		net_tell(dev->net, NET_EVENT_NEWADDR, addr);
	net_tell(dev->net, NET_EVENT_DELNETCONF, dev);
	net_tell(dev->net, NET_EVENT_NEWNETCONF, dev);
	return 0;
}

int net_dev_add_altname(struct net_device *dev, const char *name)
{
	struct net_altname *alt;
	int n;

	if (net_dev_by_name(dev->net, name))
		return -EEXIST;
	LL_COUNT(dev->altnames, alt, n);
	if (n >= NET_ALTNAMES_MAX)
		return -ENOSPC;
	alt = calloc(1, sizeof(*alt));
	if (!alt)
		return -ENOMEM;
	snprintf(alt->name, sizeof(alt->name), "%s", name);
	LL_APPEND(dev->altnames, alt);
	return 0;
}

int net_dev_del_altname(struct net_device *dev, const char *name)
{
	struct net_altname *alt;

	LL_FOREACH (dev->altnames, alt)
		if (strcmp(alt->name, name) == 0) {
			LL_DELETE(dev->altnames, alt);
			free(alt);
			return 0;
		}
	return -ENOENT;
}

/* ---- a new one ---- */

static uint64_t random_state = UINT64_C(0x9e3779b97f4a7c15);

void net_dev_seed(uint64_t seed)
{
	random_state ^= seed;
	if (!random_state)
		random_state = 1;
}

/* eth_random_addr(): local, not multicast. xorshift is good enough here. */
static void random_address(uint8_t *address)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	memcpy(address, &random_state, NET_HW_LEN);
	address[0] = (uint8_t)((address[0] & 0xfe) | 2);
}

static int by_index(const struct net_device *a, const struct net_device *b)
{
	return (a->index > b->index) - (a->index < b->index);
}

static void link_in(struct net_devices *net, struct net_device *dev, int index)
{
	if (index)
		dev->index = index;
	else
		do
			dev->index = net->next_index++;
		while (net_dev_by_index(net, dev->index));
	dev->net = net;
	net->devs_len++;
	LL_INSERT_INORDER(net->devs, dev, by_index);
}

uint32_t net_veth_queues = 1;

static void set_kind(struct net_device *dev)
{
	const bool veth = dev->kind == NET_VETH;

	dev->txqlen = 1000;
	dev->mtu = 1500;
	dev->tx_queues = dev->rx_queues = veth ? net_veth_queues : 1;
	dev->conf = dev->net->conf_default;
	if (dev->kind == NET_LO) {
		dev->mtu = 65536;
		dev->flags = IFF_LOOPBACK;
		dev->carrier = true;
		dev->conf.v4[NET_CONF4_NOXFRM] = 1;
		dev->conf.v4[NET_CONF4_NOPOLICY] = 1;
		dev->conf.v6[NET_CONF6_USE_TEMPADDR] = -1;
		dev->conf.v6[NET_CONF6_ACCEPT_DAD] = -1;
		return;
	}
	dev->flags = IFF_BROADCAST | IFF_MULTICAST;
	memset(dev->broadcast, 0xff, sizeof(dev->broadcast));
	random_address(dev->address);
	if (dev->kind == NET_DUMMY) {
		dev->flags = IFF_BROADCAST | IFF_NOARP;
		dev->carrier = true;
		return;
	}
	/* Without a carrier from the first. */
	dev->carrier_down = 1;
	dev->oper = veth ? IF_OPER_LOWERLAYERDOWN : IF_OPER_DOWN;
}

int net_dev_create(struct net_devices *net, enum net_kind kind,
		   const char *name, int index, struct net_device **ret_dev)
{
	struct net_device *dev;
	char made[IFNAMSIZ];
	int r = make_name(net, name, made);

	if (r < 0)
		return r;
	if (index < 0)
		return -EINVAL;
	if (index && net_dev_by_index(net, index))
		return -EBUSY;
	if (net->devs_len >= NET_DEVS_MAX || net_totals.devs >= NET_DEVS_ALL)
		return -ENFILE;
	dev = calloc(1, sizeof(*dev));
	if (!dev)
		return -ENOMEM;
	net_totals.devs++;
	dev->kind = kind;
	memcpy(dev->name, made, sizeof(made));
	link_in(net, dev, index);
	set_kind(dev);
	dev->conf.v6[NET_CONF6_MTU6] = (int32_t)dev->mtu;
	*ret_dev = dev;
	return 0;
}

void net_dev_pair(struct net_device *a, struct net_device *b)
{
	a->peer = b;
	b->peer = a;
}

void net_dev_register(struct net_device *dev)
{
	net_tell(dev->net, NET_EVENT_NEWNETCONF, dev);
	net_tell(dev->net, NET_EVENT_NEWLINK, dev);
}

/* ---- the end of one ---- */

static void free_dev(struct net_device *dev)
{
	struct net_altname *alt, *next;

	LL_FOREACH_SAFE (dev->altnames, alt, next)
		free(alt);
	free(dev->alias);
	free(dev);
	net_totals.devs--;
}

static void unlink_dev(struct net_device *dev)
{
	LL_DELETE(dev->net->devs, dev);
	dev->net->devs_len--;
}

/* What leads to it, and its ports. */
static void forget(struct net_device *dev)
{
	struct net_device *port;

	net_dev_set_master(dev, NULL);
	if (dev->kind == NET_BRIDGE)
		LL_FOREACH (dev->net->devs, port)
			if (port->master == dev)
				net_dev_set_master(port, NULL);
	net_addr_flush(dev, AF_INET);
	net_addr_flush(dev, AF_INET6);
	net_auto_gone(dev);
	net_neigh_flush_dev(dev, 0);
}

void net_dev_discard(struct net_device *dev)
{
	if (dev->peer)
		dev->peer->peer = NULL;
	unlink_dev(dev);
	free_dev(dev);
}

static void delete_one(struct net_device *dev)
{
	forget(dev);
	dev->activated = false;
	net_tell(dev->net, NET_EVENT_DELNETCONF, dev);
	net_tell(dev->net, NET_EVENT_DELLINK, dev);
	net_dev_discard(dev);
}

void net_dev_delete(struct net_device *dev)
{
	struct net_device *peer = dev->peer;

	if (peer)
		dev->peer = peer->peer = NULL;
	net_dev_set_flags(dev, 0, IFF_UP);
	if (peer)
		net_dev_set_flags(peer, 0, IFF_UP);
	delete_one(dev);
	if (peer)
		delete_one(peer);
}

/* ---- to another net ---- */

int net_dev_move(struct net_device *dev, struct net_devices *to,
		 const char *name, int index)
{
	struct net_devices *from = dev->net;
	char made[IFNAMSIZ];
	int r;

	if (dev->kind == NET_LO)
		return -EINVAL;
	r = make_name(to, name ? name : dev->name, made);
	if (r < 0)
		return r;
	if (index && net_dev_by_index(to, index))
		return -EBUSY;
	if (to->devs_len >= NET_DEVS_MAX)
		return -ENFILE;
	net_dev_set_flags(dev, 0, IFF_UP);
	forget(dev);
	net_tell(from, NET_EVENT_DELNETCONF, dev);
	net_tell(from, NET_EVENT_DELLINK, dev);
	unlink_dev(dev);
	dev->activated = false;
	memcpy(dev->name, made, sizeof(made));
	if (!index && !net_dev_by_index(to, dev->index))
		index = dev->index;
	link_in(to, dev, index);
	dev->conf = to->conf_default;
	dev->conf.v6[NET_CONF6_MTU6] = (int32_t)dev->mtu;
	net_dev_register(dev);
	return 0;
}

/* ---- nets that know each other ---- */

int net_nsid_of(struct net_devices *net, struct net_devices *other, bool make)
{
	struct net_nsid *known;
	int id = 0;

	LL_FOREACH (net->nsids, known)
		if (known->net == other)
			return known->id;
	if (!make)
		return -1;
	while (net_by_nsid(net, id))
		id++;
	return net_nsid_set(net, other, id) < 0 ? -1 : id;
}

int net_nsid_set(struct net_devices *net, struct net_devices *other, int id)
{
	struct net_nsid *known;
	int n;

	if (net_nsid_of(net, other, false) >= 0)
		return -EEXIST;
	if (id >= 0 && net_by_nsid(net, id))
		return -ENOSPC;
	if (id < 0)
		for (id = 0; net_by_nsid(net, id);)
			id++;
	LL_COUNT(net->nsids, known, n);
	if (n >= NET_NSIDS_MAX)
		return -ENOSPC;
	known = calloc(1, sizeof(*known));
	if (!known)
		return -ENOMEM;
	known->net = other;
	known->id = id;
	LL_APPEND(net->nsids, known);
	net_tell(net, NET_EVENT_NEWNSID, known);
	return 0;
}

struct net_devices *net_by_nsid(const struct net_devices *net, int id)
{
	struct net_nsid *known;

	LL_FOREACH (net->nsids, known)
		if (known->id == id)
			return known->net;
	return NULL;
}

void net_nsid_forget(struct net_devices *net, struct net_devices *gone)
{
	struct net_nsid *known, *next;

	LL_FOREACH_SAFE (net->nsids, known, next) {
		if (known->net != gone)
			continue;
		LL_DELETE(net->nsids, known);
		net_tell(net, NET_EVENT_DELNSID, known);
		free(known);
	}
}

/* ---- all of them ---- */

int net_devices_init(struct net_devices *net)
{
	int r;

	memset(net, 0, sizeof(*net));
	net->next_index = 1;
	net_conf_init(&net->conf_all, true);
	net_conf_init(&net->conf_default, false);
	r = net_rules_init(net);
	if (r == 0)
		r = net_dev_create(net, NET_LO, "lo", 0, &net->lo);
	if (r < 0)
		net_devices_fini(net);
	return r;
}

static bool always(const struct net_route *route, const void *data)
{
	(void)route;
	(void)data;
	return true;
}

void net_devices_fini(struct net_devices *net)
{
	struct net_nsid *known, *next;

	net->listener = NULL;
	while (net->devs)
		net_dev_delete(net->devs);
	net_route_flush(net, AF_INET, always, NULL);
	net_route_flush(net, AF_INET6, always, NULL);
	while (net->rules4)
		net_rule_del(net->rules4);
	while (net->rules6)
		net_rule_del(net->rules6);
	while (net->neighs)
		net_neigh_del(net->neighs);
	LL_FOREACH_SAFE (net->nsids, known, next)
		free(known);
	net->nsids = NULL;
}

static void expire(struct net_device *dev, uint8_t family)
{
	struct net_addr *addr, *next;
	uint32_t age;

	LL_FOREACH_SAFE (*net_addr_list(dev, family), addr, next) {
		age = (dev->net->now - addr->updated) / 100;
		if (addr->valid != NET_FOREVER && age >= addr->valid)
			net_addr_del(addr);
		else if (addr->preferred != NET_FOREVER &&
			 age >= addr->preferred &&
			 !(addr->flags & NET_DEPRECATED)) {
			addr->flags |= NET_DEPRECATED;
			net_tell(dev->net, NET_EVENT_NEWADDR, addr);
		}
	}
}

void net_tick(struct net_devices *net, uint32_t now)
{
	struct net_device *dev;

	if (net->now == now)
		return;
	net->now = now;
	LL_FOREACH (net->devs, dev) {
		expire(dev, AF_INET);
		expire(dev, AF_INET6);
	}
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Interfaces by ioctl(2), as ifconfig(8) and if_nametoindex(3) want them:
 * dev_ioctl() of net/core/dev_ioctl.c, devinet_ioctl() of net/ipv4/devinet.c,
 * addrconf_add_ifaddr() of net/ipv6/addrconf.c.
 */
#include "src/net/netdev_ioctl.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/if_addr.h>
#include <linux/ipv6.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netinet/in.h>
#include <string.h>
#include <utlist.h>
#include "src/net/devices.h"
#include "src/net/netdev_route.h"

#define FIRST SIOCADDRT

struct request {
	struct call *c;
	struct net_devices *net;
	struct net_device *dev;
	struct ifreq ifr;
	char label[IFNAMSIZ]; /* with what is behind a colon */
};

bool netdev_ioctl_is(unsigned int request)
{
	return request >= FIRST && request < SIOCPROTOPRIVATE;
}

/* ---- addresses of IPv4 ---- */

/* That of the label; of a name without a colon the first one will do. */
static struct net_addr *find_addr(const struct request *q)
{
	struct net_addr *addr;

	LL_FOREACH (q->dev->addrs4, addr)
		if (strcmp(addr->label, q->label) == 0)
			return addr;
	return NULL;
}

static void put_addr(struct ifreq *ifr, const struct net_ip *ip)
{
	struct sockaddr_in in = { .sin_family = AF_INET };

	memcpy(&in.sin_addr, ip->bytes, sizeof(in.sin_addr));
	memcpy(&ifr->ifr_addr, &in, sizeof(ifr->ifr_addr));
}

static int read_addr(const struct ifreq *ifr, struct net_ip *ret_ip)
{
	struct sockaddr_in in;

	memcpy(&in, &ifr->ifr_addr, sizeof(ifr->ifr_addr));
	if (in.sin_family != AF_INET)
		return -EINVAL;
	*ret_ip = net_ip_make(AF_INET, &in.sin_addr);
	return 0;
}

static struct net_ip mask_of(unsigned int len)
{
	const struct net_ip ones = net_ip4(255, 255, 255, 255);

	return net_ip_masked(&ones, len);
}

static long get_addr(struct request *q, unsigned int what)
{
	const struct net_addr *addr = find_addr(q);
	struct net_ip ip;

	if (!addr)
		return -EADDRNOTAVAIL;
	ip = what == SIOCGIFADDR      ? addr->local
	     : what == SIOCGIFBRDADDR ? addr->broadcast
	     : what == SIOCGIFDSTADDR ? addr->peer
				      : mask_of(addr->prefix_len);
	put_addr(&q->ifr, &ip);
	return 0;
}

/* inet_abc_len(): the classes of old. */
static uint8_t class_len(const struct net_ip *ip)
{
	uint8_t first = ip->bytes[0];

	if (net_ip_is_any(ip))
		return 0;
	return first < 128 ? 8 : first < 192 ? 16 : first < 224 ? 24 : 32;
}

static void set_broadcast(const struct net_device *dev, struct net_addr *addr)
{
	addr->broadcast.family = 0;
	if (dev->flags & IFF_BROADCAST && addr->prefix_len < 31)
		addr->broadcast = net_ip_filled(&addr->local, addr->prefix_len);
}

/* In the place of the old one, if there is one. */
static long put_in_place(struct request *q, struct net_addr *old,
			 struct net_addr *addr)
{
	if (old)
		net_addr_del(old);
	if (net_ip_is_any(&addr->local))
		return 0;
	return net_addr_add(q->dev, addr, NULL);
}

static long set_local(struct request *q, const struct net_ip *ip)
{
	struct net_addr *old = find_addr(q);
	struct net_addr addr = {
		.local = *ip,
		.peer = *ip,
		.prefix_len = class_len(ip),
		.flags = IFA_F_PERMANENT,
		.valid = NET_FOREVER,
		.preferred = NET_FOREVER,
		.scope = net_ip_is_loopback(ip) ? RT_SCOPE_HOST
						: RT_SCOPE_UNIVERSE,
	};

	if (old && net_ip_equal(&old->local, ip))
		return 0;
	if (ip->bytes[0] >= 240)
		return -EINVAL;
	memcpy(addr.label, q->label, sizeof(addr.label));
	set_broadcast(q->dev, &addr);
	return put_in_place(q, old, &addr);
}

static long set_mask(struct request *q, struct net_addr *old,
		     const struct net_ip *mask)
{
	const struct net_ip ones = net_ip4(255, 255, 255, 255);
	uint8_t len = (uint8_t)net_ip_common(mask, &ones);
	struct net_ip whole = mask_of(len), filled;
	struct net_addr addr = *old;

	if (!net_ip_equal(&whole, mask))
		return -EINVAL;
	filled = net_ip_filled(&old->local, old->prefix_len);
	addr.prefix_len = len;
	if (net_ip_equal(&filled, &old->broadcast))
		set_broadcast(q->dev, &addr);
	return put_in_place(q, old, &addr);
}

static long set_addr(struct request *q, unsigned int what)
{
	struct net_addr *old = find_addr(q), addr;
	struct net_ip ip;
	int r = read_addr(&q->ifr, &ip);

	if (r < 0)
		return r;
	if (what == SIOCSIFADDR)
		return set_local(q, &ip);
	if (!old)
		return -EADDRNOTAVAIL;
	if (what == SIOCSIFNETMASK)
		return set_mask(q, old, &ip);
	addr = *old;
	if (what == SIOCSIFBRDADDR)
		addr.broadcast = ip;
	else
		addr.peer = ip;
	return put_in_place(q, old, &addr);
}

/* ---- all of them ---- */

static long write_config(struct request *q, struct ifconf *conf)
{
	const struct net_device *dev;
	const struct net_addr *addr;
	int at = 0;

	LL_FOREACH (q->net->devs, dev)
		LL_FOREACH (dev->addrs4, addr) {
			struct ifreq one = { 0 };

			if (conf->ifc_buf &&
			    conf->ifc_len - at < (int)sizeof(one))
				return at;
			memcpy(one.ifr_name, addr->label, IFNAMSIZ);
			put_addr(&one, &addr->local);
			if (conf->ifc_buf &&
			    call_write(q->c,
				       (uintptr_t)conf->ifc_buf + (size_t)at,
				       &one, sizeof(one)) < 0)
				return -EFAULT;
			at += (int)sizeof(one);
		}
	return at;
}

static long get_config(struct request *q)
{
	struct ifconf conf;
	long at;

	if (call_read(q->c, q->c->args[2], &conf, sizeof(conf)) < 0)
		return -EFAULT;
	at = write_config(q, &conf);
	if (at < 0)
		return at;
	conf.ifc_len = (int)at;
	return call_write(q->c, q->c->args[2], &conf, sizeof(conf));
}

static long get_name(struct request *q)
{
	struct net_device *dev;

	if (call_read(q->c, q->c->args[2], &q->ifr, sizeof(q->ifr)) < 0)
		return -EFAULT;
	dev = net_dev_by_index(q->net, q->ifr.ifr_ifindex);
	if (!dev)
		return -ENODEV;
	memcpy(q->ifr.ifr_name, dev->name, IFNAMSIZ);
	return call_write(q->c, q->c->args[2], &q->ifr, sizeof(q->ifr));
}

/* ---- one interface ---- */

static long get_hardware(struct request *q)
{
	struct sockaddr *hw = &q->ifr.ifr_hwaddr;

	memset(hw, 0, sizeof(*hw));
	hw->sa_family = q->dev->kind == NET_LO ? ARPHRD_LOOPBACK : ARPHRD_ETHER;
	memcpy(hw->sa_data, q->dev->address, NET_HW_LEN);
	return 0;
}

static long get_value(struct request *q, unsigned int what)
{
	struct ifreq *ifr = &q->ifr;
	const struct net_device *dev = q->dev;

	switch (what) {
	case SIOCGIFFLAGS:
		ifr->ifr_flags = (short)net_dev_flags(dev);
		return 0;
	case SIOCGIFMETRIC:
		ifr->ifr_metric = 0;
		return 0;
	case SIOCGIFMTU:
		ifr->ifr_mtu = (int)dev->mtu;
		return 0;
	case SIOCGIFHWADDR:
		return get_hardware(q);
	case SIOCGIFINDEX:
		ifr->ifr_ifindex = dev->index;
		return 0;
	case SIOCGIFTXQLEN:
		ifr->ifr_qlen = (int)dev->txqlen;
		return 0;
	case SIOCGIFMAP:
		memset(&ifr->ifr_map, 0, sizeof(ifr->ifr_map));
		return 0;
	case SIOCGIFADDR:
	case SIOCGIFBRDADDR:
	case SIOCGIFDSTADDR:
	case SIOCGIFNETMASK:
		return get_addr(q, what);
	case SIOCGIFSLAVE:
		return -EINVAL;
	default:
		return -ENOTTY;
	}
}

/* Of "v0:1" it is the address that goes. */
static long set_flags(struct request *q)
{
	const unsigned int mask = IFF_UP | IFF_DEBUG | IFF_NOTRAILERS |
				  IFF_NOARP | IFF_DYNAMIC | IFF_MULTICAST |
				  IFF_PROMISC | IFF_ALLMULTI | IFF_PORTSEL |
				  IFF_AUTOMEDIA;
	struct net_addr *addr;

	if (!strchr(q->label, ':')) {
		net_dev_set_flags(q->dev, (unsigned short)q->ifr.ifr_flags,
				  mask);
		return 0;
	}
	addr = find_addr(q);
	if (!addr)
		return -EADDRNOTAVAIL;
	if (!(q->ifr.ifr_flags & IFF_UP))
		net_addr_del(addr);
	return 0;
}

static long set_mtu(struct request *q)
{
	uint32_t mtu = (uint32_t)q->ifr.ifr_mtu;

	if (q->ifr.ifr_mtu < 0 || mtu < net_dev_min_mtu(q->dev) ||
	    (net_dev_max_mtu(q->dev) && mtu > net_dev_max_mtu(q->dev)))
		return -EINVAL;
	return net_dev_set_mtu(q->dev, mtu);
}

static long set_value(struct request *q, unsigned int what)
{
	switch (what) {
	case SIOCSIFFLAGS:
		return set_flags(q);
	case SIOCSIFMETRIC:
		return -EOPNOTSUPP;
	case SIOCSIFMTU:
		return set_mtu(q);
	case SIOCSIFNAME:
		q->ifr.ifr_newname[IFNAMSIZ - 1] = 0;
		return net_dev_rename(q->dev, q->ifr.ifr_newname);
	case SIOCSIFHWADDR:
		return net_dev_set_address(
			q->dev, (const uint8_t *)q->ifr.ifr_hwaddr.sa_data);
	case SIOCSIFTXQLEN:
		if (q->ifr.ifr_qlen < 0)
			return -EINVAL;
		q->dev->txqlen = (uint32_t)q->ifr.ifr_qlen;
		return 0;
	case SIOCSIFADDR:
	case SIOCSIFBRDADDR:
	case SIOCSIFDSTADDR:
	case SIOCSIFNETMASK:
		return set_addr(q, what);
	case SIOCADDMULTI:
	case SIOCDELMULTI:
		return 0;
	default:
		return -EOPNOTSUPP;
	}
}

/* The name in the request, whole and up to a colon. */
static long find_dev(struct request *q)
{
	char name[IFNAMSIZ];

	if (call_read(q->c, q->c->args[2], &q->ifr, sizeof(q->ifr)) < 0)
		return -EFAULT;
	q->ifr.ifr_name[IFNAMSIZ - 1] = 0;
	memcpy(q->label, q->ifr.ifr_name, IFNAMSIZ);
	memcpy(name, q->label, IFNAMSIZ);
	name[strcspn(name, ":")] = 0;
	q->dev = net_dev_by_name(q->net, name);
	return q->dev ? 0 : -ENODEV;
}

/* ---- addresses of IPv6 ---- */

static long change_v6(struct request *q, bool add)
{
	struct in6_ifreq req;
	struct net_addr *old, addr = {
		.flags = IFA_F_PERMANENT,
		.valid = NET_FOREVER,
		.preferred = NET_FOREVER,
	};

	if (call_read(q->c, q->c->args[2], &req, sizeof(req)) < 0)
		return -EFAULT;
	if (req.ifr6_prefixlen > 128)
		return -EINVAL;
	q->dev = net_dev_by_index(q->net, req.ifr6_ifindex);
	if (!q->dev)
		return -ENODEV;
	addr.local = addr.peer = net_ip_make(AF_INET6, &req.ifr6_addr);
	addr.prefix_len = (uint8_t)req.ifr6_prefixlen;
	addr.scope = net_ip_scope(&addr.local);
	if (add)
		return net_addr_add(q->dev, &addr, NULL);
	old = net_addr_find(q->dev, &addr.local, addr.prefix_len);
	if (!old)
		return -EADDRNOTAVAIL;
	net_addr_del(old);
	return 0;
}

/* ---- */

static bool changes(unsigned int what)
{
	switch (what) {
	case SIOCADDRT:
	case SIOCDELRT:
	case SIOCSIFFLAGS:
	case SIOCSIFADDR:
	case SIOCDIFADDR:
	case SIOCSIFBRDADDR:
	case SIOCSIFDSTADDR:
	case SIOCSIFNETMASK:
	case SIOCSIFMETRIC:
	case SIOCSIFMTU:
	case SIOCSIFNAME:
	case SIOCSIFHWADDR:
	case SIOCSIFTXQLEN:
	case SIOCADDMULTI:
	case SIOCDELMULTI:
		return true;
	default:
		return false;
	}
}

long netdev_ioctl(struct call *c, struct net *net, bool v6)
{
	unsigned int what = (unsigned int)c->args[1];
	struct request q = { .c = c, .net = net_devices(net) };
	long r;

	if (changes(what) && !net_capable(c->task, net, CAP_NET_ADMIN))
		return -EPERM;
	if (what == SIOCADDRT || what == SIOCDELRT)
		return netdev_route_ioctl(c, net, v6, what == SIOCADDRT);
	if (v6 && (what == SIOCSIFADDR || what == SIOCDIFADDR))
		return change_v6(&q, what == SIOCSIFADDR);
	if (what == SIOCGIFCONF)
		return get_config(&q);
	if (what == SIOCGIFNAME)
		return get_name(&q);
	/* Of a bridge, of an ARP table, of a driver: not had here. */
	if (what < SIOCGIFFLAGS || what > SIOCSIFMAP)
		return -EOPNOTSUPP;
	r = find_dev(&q);
	if (r < 0)
		return r;
	if (changes(what))
		return set_value(&q, what);
	r = get_value(&q, what);
	return r < 0 ? r : call_write(c, c->args[2], &q.ifr, sizeof(q.ifr));
}

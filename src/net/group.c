/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Groups: who has joined which, and who gets what is sent to many. Follows
 * net/ipv4/igmp.c and udp.c, without sources and filters.
 */
#include "src/net/group.h"

#include <errno.h>
#include <linux/in6.h>
#include <linux/rtnetlink.h>
#include <netinet/ip.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>
#include "src/net/devices.h"
#include "src/net/dgram.h"
#include "src/net/link.h"

#define GROUPS_MAX 20 /* igmp_max_memberships */

#ifndef IP_MULTICAST_ALL
#define IP_MULTICAST_ALL 49
#endif
#define IPV6_MULTICAST_ALL_ 29

struct group_member {
	struct net_ip ip;
	int dev;
	uint64_t since;
	struct group_member *next;
};

static struct group_member *find(const struct net_sock *sock,
				 const struct net_ip *ip)
{
	struct group_member *m;

	LL_FOREACH (sock->groups, m)
		if (net_ip_equal(&m->ip, ip))
			return m;
	return NULL;
}

void group_leave_all(struct net_sock *sock)
{
	struct group_member *m, *next;

	LL_FOREACH_SAFE (sock->groups, m, next)
		free(m);
	sock->groups = NULL;
}

static long join(struct net_sock *sock, const struct net_ip *ip, int dev)
{
	static uint64_t joined;
	struct group_member *m;
	int n;

	if (find(sock, ip))
		return -EADDRINUSE;
	LL_COUNT(sock->groups, m, n);
	m = n < GROUPS_MAX ? calloc(1, sizeof(*m)) : NULL;
	if (!m)
		return -ENOBUFS;
	m->ip = *ip;
	m->dev = dev;
	m->since = ++joined;
	LL_PREPEND(sock->groups, m);
	return 0;
}

static long leave(struct net_sock *sock, const struct net_ip *ip)
{
	struct group_member *m = find(sock, ip);

	if (!m)
		return -EADDRNOTAVAIL;
	LL_DELETE(sock->groups, m);
	free(m);
	return 0;
}

/* ---- who has joined which ---- */

static int compare(const void *a, const void *b)
{
	const struct group_joined *x = a, *y = b;

	return x->since < y->since ? 1 : -1;
}

static unsigned int add_member(struct group_joined *groups, unsigned int n,
			       unsigned int max, const struct group_member *m)
{
	for (unsigned int i = 0; i < n; i++)
		if (net_ip_equal(&groups[i].ip, &m->ip)) {
			groups[i].users++;
			if (m->since < groups[i].since)
				groups[i].since = m->since;
			return n;
		}
	if (n < max)
		groups[n++] = (struct group_joined){ m->ip, 1, m->since };
	return n;
}

unsigned int group_list(const struct net *net, int dev, uint8_t family,
			struct group_joined *ret_groups, unsigned int max)
{
	const struct group_member *m;
	const struct net_sock *sock;
	unsigned int n = 0;

	for (sock = sock_all(); sock; sock = sock->hh.next) {
		if (sock->net != net)
			continue;
		LL_FOREACH (sock->groups, m)
			if (m->dev == dev && m->ip.family == family)
				n = add_member(ret_groups, n, max, m);
	}
	qsort(ret_groups, n, sizeof(*ret_groups), compare);
	return n;
}

/* ---- options ---- */

/* By index, or by an address of it. 0: there is none. */
static int dev_of(const struct net_sock *sock, const struct net_ip *address,
		  int index)
{
	struct net_devices *devices = net_devices(sock->net);
	const struct net_addr *owner;

	if (index)
		return net_dev_by_index(devices, index) ? index : 0;
	owner = net_addr_owner(devices, address, NULL);
	return owner ? owner->dev->index : 0;
}

/* ip_mc_find_dev(): or by the way there. */
static int find_dev(const struct net_sock *sock, const struct net_ip *group,
		    const struct net_ip *address, int index)
{
	const struct net_ip any = { .family = group->family };
	struct net_reach reach;

	if (index || (address && !net_ip_is_any(address)))
		return dev_of(sock, address, index);
	return route_out(sock->net, &any, group, 0, &reach) == 0 ? reach.dev
								 : 0;
}

static long change(struct sock_ref *ref, const struct net_ip *group, int dev,
		   bool joins)
{
	struct net_sock *sock = ref->sock;

	if (!net_ip_is_multicast(group))
		return -EINVAL;
	if (!joins)
		return leave(sock, group);
	return dev ? join(sock, group, dev) : -ENODEV;
}

static long set_member4(struct call *c, struct sock_ref *ref, bool joins)
{
	struct ip_mreqn mreq = { 0 };
	struct net_ip group, address;
	size_t len = c->args[4];

	if (len < sizeof(struct ip_mreq))
		return -EINVAL;
	len = len < sizeof(mreq) ? sizeof(struct ip_mreq) : sizeof(mreq);
	if (call_read(c, c->args[3], &mreq, len) < 0)
		return -EFAULT;
	group = net_ip_make(AF_INET, &mreq.imr_multiaddr);
	address = net_ip_make(AF_INET, &mreq.imr_address);
	return change(ref, &group,
		      find_dev(ref->sock, &group, &address, mreq.imr_ifindex),
		      joins);
}

static long set_member6(struct call *c, struct sock_ref *ref, bool joins)
{
	struct ipv6_mreq mreq;
	struct net_ip group;

	if (c->args[4] < sizeof(mreq))
		return -EINVAL;
	if (call_read(c, c->args[3], &mreq, sizeof(mreq)) < 0)
		return -EFAULT;
	group = net_ip_make(AF_INET6, &mreq.ipv6mr_multiaddr);
	return change(
		ref, &group,
		find_dev(ref->sock, &group, NULL, (int)mreq.ipv6mr_ifindex),
		joins);
}

/* Of IPv4 an address, or as with a membership; of IPv6 an index. */
static long set_way(struct call *c, struct net_sock *sock, int level)
{
	struct ip_mreqn mreq = { 0 };
	struct net_ip address;
	size_t len = c->args[4];
	int index = 0;

	if (len < sizeof(int))
		return -EINVAL;
	if (level == IPPROTO_IPV6 || len < sizeof(struct ip_mreq)) {
		if (call_read(c, c->args[3], &index, sizeof(index)) < 0)
			return -EFAULT;
		memcpy(&mreq.imr_address, &index, sizeof(index));
	} else {
		len = len < sizeof(mreq) ? sizeof(struct ip_mreq)
					 : sizeof(mreq);
		if (call_read(c, c->args[3], &mreq, len) < 0)
			return -EFAULT;
		index = mreq.imr_ifindex;
	}
	address = net_ip_make(AF_INET, &mreq.imr_address);
	if (level == IPPROTO_IPV6 || mreq.imr_ifindex) {
		if (index && !dev_of(sock, NULL, index))
			return level == IPPROTO_IPV6 ? -ENODEV : -EADDRNOTAVAIL;
		sock->group_dev = index;
		return 0;
	}
	index = net_ip_is_any(&address) ? 0 : dev_of(sock, &address, 0);
	if (!index && !net_ip_is_any(&address))
		return -EADDRNOTAVAIL;
	sock->group_dev = index;
	return 0;
}

long dgram_setsockopt(struct call *c, struct sock_ref *ref, int level, int name)
{
	if (level == IPPROTO_IP) {
		if (name == IP_ADD_MEMBERSHIP || name == IP_DROP_MEMBERSHIP)
			return set_member4(c, ref, name == IP_ADD_MEMBERSHIP);
		if (name == IP_MULTICAST_IF)
			return set_way(c, ref->sock, level);
	}
	if (level == IPPROTO_IPV6) {
		if (name == IPV6_JOIN_GROUP || name == IPV6_LEAVE_GROUP)
			return set_member6(c, ref, name == IPV6_JOIN_GROUP);
		if (name == IPV6_MULTICAST_IF)
			return set_way(c, ref->sock, level);
	}
	return -ENOPROTOOPT;
}

/* ---- sending ---- */

long group_route(const struct net_sock *sock, const struct net_end *to,
		 const struct net_ip *from, struct net_reach *ret_reach)
{
	int dev = to->scope ? (int)to->scope : sock->port.device;

	if (!dev)
		dev = sock->group_dev;
	if (!net_ip_is_multicast(&to->ip))
		return -ENOENT;
	return route_out(sock->net, from, &to->ip, dev, ret_reach);
}

static bool has_joined(const struct net_sock *sock, const struct net_ip *ip,
		       int dev)
{
	const struct group_member *m = find(sock, ip);

	return m && m->dev == dev;
}

/* Has anybody joined it, so that its packets are taken at all? */
static bool is_joined(const struct net *net, const struct net_ip *ip, int dev)
{
	const struct net_sock *sock;

	for (sock = sock_all(); sock; sock = sock->hh.next)
		if (sock->net == net && has_joined(sock, ip, dev))
			return true;
	return false;
}

static bool gets(const struct net_sock *sock, const struct packet *packet,
		 bool broadcast)
{
	if (sock->port.port != packet->to.port ||
	    sock->port.protocol != packet->protocol ||
	    !net_port_takes(&sock->port, &packet->to.ip, &packet->from.ip,
			    packet->from.port, packet->dev))
		return false;
	if (broadcast || has_joined(sock, &packet->to.ip, packet->dev))
		return true;
	return packet->to.ip.family == AF_INET
		       ? sock_option(sock, IPPROTO_IP, IP_MULTICAST_ALL)
		       : sock_option(sock, IPPROTO_IPV6, IPV6_MULTICAST_ALL_);
}

void group_arrive(struct net *net, int dev, const struct packet *sent)
{
	bool broadcast = !net_ip_is_multicast(&sent->to.ip);
	struct packet packet = *sent;
	struct net_port *port, *next;

	if (broadcast ? route_type(net, &sent->to.ip) != RTN_BROADCAST
		      : !is_joined(net, &sent->to.ip, dev))
		return;
	packet.dev = dev;
	packet.from.scope = route_scope(&packet.from.ip, dev);
	for (port = net_ports_bucket(net_ports(net), packet.to.port); port;
	     port = next) {
		struct net_sock *to = sock_by_port(port);

		next = port->next;
		if (gets(to, &packet, broadcast) && to->state != SOCK_CONNECTED)
			relay_send(to, &packet);
	}
}

/* A copy for itself: of what lo sends, of a broadcast, or if it wants one. */
static bool comes_back(const struct net_sock *from,
		       const struct net_device *dev,
		       const struct packet *packet)
{
	bool v4 = packet->to.ip.family == AF_INET;

	return dev->kind == NET_LO || !net_ip_is_multicast(&packet->to.ip) ||
	       sock_option(from, v4 ? IPPROTO_IP : IPPROTO_IPV6,
			   v4 ? IP_MULTICAST_LOOP : IPV6_MULTICAST_LOOP);
}

void group_send(struct net_sock *from, const struct net_reach *reach,
		const struct packet *packet)
{
	struct net_device *members[NET_PORTS_MAX], *dev;
	struct link *link;
	unsigned int n;

	dev = net_dev_by_index(net_devices(from->net), reach->dev);
	if (!dev)
		return;
	if (comes_back(from, dev, packet))
		group_arrive(from->net, dev->index, packet);
	/* ip_mc_output(), which is for groups that are joined here alone */
	if (packet->hops == 0 &&
	    is_joined(from->net, &packet->to.ip, dev->index))
		return;
	link = link_find(from->net, dev->index);
	if (link && net_dev_is_up(dev))
		link_send(link, packet);
	n = net_link_members(dev, members, NET_PORTS_MAX);
	for (unsigned int i = 0; i < n; i++)
		group_arrive(net_of_devices(members[i]->net), members[i]->index,
			     packet);
}

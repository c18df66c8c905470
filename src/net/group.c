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

#define GROUPS_MAX 20 /* igmp_max_memberships */
#define LO_INDEX   1
#define IFNAME_MAX 16
#define LINK_MAX   256 /* who is reached at once over a link */

#ifndef IP_MULTICAST_ALL
#define IP_MULTICAST_ALL 49
#endif

struct group_member {
	struct net_ip ip;
	int dev;
	struct group_member *next;
};

/* @dev 0: by whatever interface. */
static struct group_member *find(const struct net_sock *sock,
				 const struct net_ip *ip, int dev)
{
	struct group_member *m;

	LL_FOREACH (sock->groups, m)
		if (net_ip_equal(&m->ip, ip) && (!dev || m->dev == dev))
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
	struct group_member *m;
	int n;

	if (find(sock, ip, dev))
		return -EADDRINUSE;
	LL_COUNT(sock->groups, m, n);
	m = n < GROUPS_MAX ? calloc(1, sizeof(*m)) : NULL;
	if (!m)
		return -ENOBUFS;
	m->ip = *ip;
	m->dev = dev;
	LL_PREPEND(sock->groups, m);
	return 0;
}

static long leave(struct net_sock *sock, const struct net_ip *ip, int dev)
{
	struct group_member *m = find(sock, ip, dev);

	if (!m)
		return -EADDRNOTAVAIL;
	LL_DELETE(sock->groups, m);
	free(m);
	return 0;
}

/* ---- options ---- */

/* The interface that has it. 0: none */
static int dev_of_address(const struct net_sock *sock,
			  const struct net_ip *address)
{
	const struct net_addr *own =
		net_addr_owner(&sock->net->devices, address, NULL);

	if (own)
		return own->dev->index;
	return route_type(sock->net, address) == RTN_LOCAL ? LO_INDEX : 0;
}

static bool is_dev(const struct net_sock *sock, int index)
{
	return net_dev_by_index(&sock->net->devices, index);
}

/* ip_mc_find_dev(): by index, by address, or by the way there. 0: none */
static int find_dev(const struct net_sock *sock, const struct net_ip *group,
		    const struct net_ip *address, int index)
{
	const struct net_ip any = { .family = group->family };
	const struct net_end to = { .ip = *group };
	struct net_reach reach;

	if (index)
		return is_dev(sock, index) ? index : 0;
	if (address && !net_ip_is_any(address))
		return dev_of_address(sock, address);
	return route_find(sock->net, &any, &to, IPPROTO_UDP, &reach) == 0
		       ? reach.out
		       : 0;
}

static long change(struct sock_ref *ref, const struct net_ip *group, int dev,
		   bool joins)
{
	struct net_sock *sock = ref->sock;

	if (!net_ip_is_multicast(group))
		return -EINVAL;
	if (!joins)
		return leave(sock, group, dev);
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
		if (index && !is_dev(sock, index))
			return level == IPPROTO_IPV6 ? -ENODEV : -EADDRNOTAVAIL;
		sock->group_dev = index;
		return 0;
	}
	if (!net_ip_is_any(&address) &&
	    route_type(sock->net, &address) != RTN_LOCAL)
		return -EADDRNOTAVAIL;
	sock->group_dev =
		net_ip_is_any(&address) ? 0 : dev_of_address(sock, &address);
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

long dgram_bind_device(struct call *c, struct sock_ref *ref)
{
	char name[IFNAME_MAX] = "";
	size_t len = c->args[4];

	(void)ref;
	if (len > sizeof(name) - 1)
		len = sizeof(name) - 1;
	if (call_read(c, c->args[3], name, len) < 0)
		return -EFAULT;
	return !name[0] || strcmp(name, "lo") == 0 ? 0 : -ENODEV;
}

/* ---- sending ---- */

long group_route(const struct net_sock *sock, const struct net_ip *to,
		 struct net_reach *ret_reach)
{
	bool own = sock->bound && sock->local.ip.family == to->family;
	struct net_devices *devices = net_devices(sock->net);
	const struct net_device *dev;

	if (!net_ip_is_multicast(to) || !sock->group_dev)
		return -ENOENT;
	dev = net_dev_by_index(devices, sock->group_dev);
	if (!dev)
		return -ENODEV;
	*ret_reach = (struct net_reach){
		.net = sock->net,
		.from = own ? sock->local.ip
			    : net_addr_select(devices, dev, to, RT_SCOPE_HOST),
		.to = *to,
		.type = RTN_MULTICAST,
		.dev = dev->index,
		.out = dev->index,
	};
	return 0;
}

/* Has anybody joined it there, so that its packets are taken at all? */
static bool is_joined(const struct net_reach *reach, const struct net_ip *ip)
{
	const struct net_sock *sock;

	for (sock = sock_all(); sock; sock = sock->hh.next)
		if (sock->net == reach->net && find(sock, ip, reach->dev))
			return true;
	return false;
}

static bool gets(const struct net_sock *sock, const struct net_reach *reach,
		 const struct packet *packet)
{
	if (sock->port.port != packet->to.port ||
	    sock->port.protocol != packet->protocol ||
	    !net_port_takes(&sock->port, &packet->to.ip, &packet->from.ip,
			    packet->from.port))
		return false;
	if (reach->type == RTN_BROADCAST ||
	    find(sock, &packet->to.ip, reach->dev))
		return true;
	return sock_option(sock, IPPROTO_IP, IP_MULTICAST_ALL);
}

static void send_in(const struct net_reach *reach, const struct packet *packet)
{
	struct net_port *port, *next;

	if (reach->type == RTN_MULTICAST && !is_joined(reach, &packet->to.ip))
		return;
	for (port = net_ports_bucket(net_ports(reach->net), packet->to.port);
	     port; port = next) {
		struct net_sock *to = sock_by_port(port);

		next = port->next;
		if (gets(to, reach, packet) && to->state != SOCK_CONNECTED)
			relay_send(to, packet);
	}
}

/* To whom the link leads: nets that take it for theirs. */
static void send_over(const struct net_reach *from, const struct packet *packet)
{
	struct net_device *members[LINK_MAX], *dev;
	struct packet copy = *packet;
	struct net_reach reach = *from;
	unsigned int n;

	dev = net_dev_by_index(&from->net->devices, from->out);
	n = dev ? net_link_members(dev, members, LINK_MAX) : 0;
	for (unsigned int i = 0; i < n; i++) {
		reach.net = net_of_devices(members[i]->net);
		reach.dev = members[i]->index;
		if (from->type == RTN_BROADCAST &&
		    route_type(reach.net, &packet->to.ip) != RTN_BROADCAST)
			continue;
		copy.from.scope = route_scope(&copy.from.ip, reach.dev);
		send_in(&reach, &copy);
	}
}

void group_send(struct net_sock *from, const struct net_reach *reach,
		const struct packet *packet)
{
	bool v4 = packet->to.ip.family == AF_INET;
	struct net_reach own = *reach;

	own.dev = reach->out;
	/* What lo sends comes back anyway. */
	if (reach->type == RTN_BROADCAST || reach->out == LO_INDEX ||
	    sock_option(from, v4 ? IPPROTO_IP : IPPROTO_IPV6,
			v4 ? IP_MULTICAST_LOOP : IPV6_MULTICAST_LOOP))
		send_in(&own, packet);
	send_over(reach, packet);
}

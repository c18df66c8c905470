/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Groups: the options by which sockets join, and who gets what is sent to many.
 * Follows net/ipv4/igmp.c and udp.c. Who has joined which is in group_member.c.
 */
#include "src/net/group.h"

#include <errno.h>
#include <linux/in6.h>
#include <linux/rtnetlink.h>
#include <netinet/ip.h>
#include <string.h>
#include <utlist.h>
#include "src/net/devices.h"
#include "src/net/dgram.h"
#include "src/net/link.h"

#ifndef IP_MULTICAST_ALL
#define IP_MULTICAST_ALL 49
#endif
#define IPV6_MULTICAST_ALL_ 29

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

/* What an option says of one group. */
struct request {
	struct net_ip group, source, address; /* address: of the interface */
	int index;
};

/* What it does to a list of sources. */
struct change {
	bool include, adds;
};

static int dev_asked(const struct net_sock *sock, const struct request *req)
{
	return find_dev(sock, &req->group, &req->address, req->index);
}

/* The membership that is meant; 0: of IPv6, and any one is. */
static int dev_meant(const struct net_sock *sock, const struct request *req)
{
	return req->group.family == AF_INET6 ? req->index
					     : dev_asked(sock, req);
}

/* ip_mc_join_group(), ipv6_sock_mc_join() */
static long join(struct net_sock *sock, const struct request *req)
{
	int dev = dev_asked(sock, req);

	if (!net_ip_is_multicast(&req->group))
		return -EINVAL;
	if (req->group.family == AF_INET6 &&
	    group_has(sock, &req->group, req->index))
		return -EADDRINUSE;
	return dev ? group_join(sock, &req->group, dev) : -ENODEV;
}

/* ip_mc_leave_group(), ipv6_sock_mc_drop() */
static long leave(struct net_sock *sock, const struct request *req)
{
	bool v4 = req->group.family == AF_INET;
	int dev = dev_meant(sock, req);

	if (!v4 && !net_ip_is_multicast(&req->group))
		return -EINVAL;
	if (v4 && !dev && !req->index && net_ip_is_any(&req->address))
		return -ENODEV;
	return group_leave(sock, &req->group, dev ? dev : req->index);
}

/* ip_mc_source(), ip6_mc_source() */
static long change_source(struct net_sock *sock, const struct request *req,
			  struct change change)
{
	long r;

	if (!net_ip_is_multicast(&req->group))
		return -EINVAL;
	r = change.include && change.adds ? join(sock, req) : 0;
	if (r < 0 && r != -EADDRINUSE)
		return r;
	if (!dev_asked(sock, req))
		return -ENODEV;
	return group_source(sock, &req->group, dev_meant(sock, req),
			    &req->source, change.include, change.adds);
}

static long set_member4(struct call *c, struct net_sock *sock, bool joins)
{
	struct ip_mreqn mreq = { 0 };
	struct request req = { .source.family = AF_INET };
	size_t len = c->args[4];

	if (len < sizeof(struct ip_mreq))
		return -EINVAL;
	len = len < sizeof(mreq) ? sizeof(struct ip_mreq) : sizeof(mreq);
	if (call_read(c, c->args[3], &mreq, len) < 0)
		return -EFAULT;
	req.group = net_ip_make(AF_INET, &mreq.imr_multiaddr);
	req.address = net_ip_make(AF_INET, &mreq.imr_address);
	req.index = mreq.imr_ifindex;
	return joins ? join(sock, &req) : leave(sock, &req);
}

static long set_member6(struct call *c, struct net_sock *sock, bool joins)
{
	struct request req = { .address.family = AF_INET6 };
	struct ipv6_mreq mreq;

	if (c->args[4] < sizeof(mreq))
		return -EINVAL;
	if (call_read(c, c->args[3], &mreq, sizeof(mreq)) < 0)
		return -EFAULT;
	req.group = net_ip_make(AF_INET6, &mreq.ipv6mr_multiaddr);
	req.index = (int)mreq.ipv6mr_ifindex;
	return joins ? join(sock, &req) : leave(sock, &req);
}

/* Of IPv4, by the address of the interface. */
static long set_source4(struct call *c, struct net_sock *sock,
			struct change change)
{
	struct ip_mreq_source mreq;
	struct request req = { .index = 0 };

	if ((int)c->args[4] != sizeof(mreq))
		return -EINVAL;
	if (call_read(c, c->args[3], &mreq, sizeof(mreq)) < 0)
		return -EFAULT;
	req.group = net_ip_make(AF_INET, &mreq.imr_multiaddr);
	req.source = net_ip_make(AF_INET, &mreq.imr_sourceaddr);
	req.address = net_ip_make(AF_INET, &mreq.imr_interface);
	return change_source(sock, &req, change);
}

static bool read_ip(uint8_t family, const struct sockaddr_storage *addr,
		    struct net_ip *ret_ip)
{
	const struct sockaddr_in *four = (const void *)addr;
	const struct sockaddr_in6 *six = (const void *)addr;

	if (addr->ss_family != family)
		return false;
	if (family == AF_INET)
		*ret_ip = net_ip_make(family, &four->sin_addr);
	else
		*ret_ip = net_ip_make(family, &six->sin6_addr);
	return true;
}

/* The option's value, which may be longer. */
static long read_option(struct call *c, void *ret_value, size_t size)
{
	if ((int)c->args[4] < (int)size)
		return -EINVAL;
	return call_read(c, c->args[3], ret_value, size) < 0 ? -EFAULT : 0;
}

/* Of both families, by the index of the interface. */
static long set_group(struct call *c, struct net_sock *sock, int level,
		      bool joins)
{
	uint8_t family = level == IPPROTO_IP ? AF_INET : AF_INET6;
	struct request req = { .address.family = family };
	struct group_req greq;
	long r = read_option(c, &greq, sizeof(greq));

	if (r < 0)
		return r;
	if (!read_ip(family, &greq.gr_group, &req.group))
		return family == AF_INET ? -EINVAL : -EADDRNOTAVAIL;
	req.index = (int)greq.gr_interface;
	return joins ? join(sock, &req) : leave(sock, &req);
}

static long set_group_source(struct call *c, struct net_sock *sock, int level,
			     struct change change)
{
	uint8_t family = level == IPPROTO_IP ? AF_INET : AF_INET6;
	struct request req = { .address.family = family };
	struct group_source_req greq;
	long r = read_option(c, &greq, sizeof(greq));

	if (r < 0)
		return r;
	if (!read_ip(family, &greq.gsr_group, &req.group) ||
	    !read_ip(family, &greq.gsr_source, &req.source))
		return -EADDRNOTAVAIL;
	req.index = (int)greq.gsr_interface;
	return change_source(sock, &req, change);
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

static long set_any_group(struct call *c, struct net_sock *sock, int level,
			  int name)
{
	switch (name) {
	case MCAST_JOIN_GROUP:
	case MCAST_LEAVE_GROUP:
		return set_group(c, sock, level, name == MCAST_JOIN_GROUP);
	case MCAST_JOIN_SOURCE_GROUP:
	case MCAST_LEAVE_SOURCE_GROUP:
		return set_group_source(
			c, sock, level,
			(struct change){ true,
					 name == MCAST_JOIN_SOURCE_GROUP });
	case MCAST_BLOCK_SOURCE:
	case MCAST_UNBLOCK_SOURCE:
		return set_group_source(
			c, sock, level,
			(struct change){ false, name == MCAST_BLOCK_SOURCE });
	default:
		return -ENOPROTOOPT;
	}
}

static long set_group4(struct call *c, struct net_sock *sock, int name)
{
	switch (name) {
	case IP_ADD_MEMBERSHIP:
	case IP_DROP_MEMBERSHIP:
		return set_member4(c, sock, name == IP_ADD_MEMBERSHIP);
	case IP_ADD_SOURCE_MEMBERSHIP:
	case IP_DROP_SOURCE_MEMBERSHIP:
		return set_source4(
			c, sock,
			(struct change){ true,
					 name == IP_ADD_SOURCE_MEMBERSHIP });
	case IP_BLOCK_SOURCE:
	case IP_UNBLOCK_SOURCE:
		return set_source4(
			c, sock,
			(struct change){ false, name == IP_BLOCK_SOURCE });
	case IP_MULTICAST_IF:
		return set_way(c, sock, IPPROTO_IP);
	default:
		return set_any_group(c, sock, IPPROTO_IP, name);
	}
}

static long set_group6(struct call *c, struct net_sock *sock, int name)
{
	switch (name) {
	case IPV6_JOIN_GROUP:
	case IPV6_LEAVE_GROUP:
		return set_member6(c, sock, name == IPV6_JOIN_GROUP);
	case IPV6_MULTICAST_IF:
		return set_way(c, sock, IPPROTO_IPV6);
	default:
		return set_any_group(c, sock, IPPROTO_IPV6, name);
	}
}

long dgram_setsockopt(struct call *c, struct sock_ref *ref, int level, int name)
{
	if (level == IPPROTO_IP)
		return set_group4(c, ref->sock, name);
	if (level == IPPROTO_IPV6)
		return set_group6(c, ref->sock, name);
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

/* Does anybody want it, so that it is taken in at all? ip_check_mc_rcu() */
static bool is_wanted(const struct net *net, const struct packet *packet,
		      int dev)
{
	const struct net_sock *sock;

	for (sock = sock_all(); sock; sock = sock->hh.next)
		if (sock->net == net &&
		    group_takes(sock, &packet->to.ip, dev, &packet->from.ip) ==
			    GROUP_TAKEN)
			return true;
	return false;
}

/* ip_mc_sf_allow(), inet6_mc_check() */
static bool lets_in(const struct net_sock *sock, const struct packet *packet)
{
	switch (group_takes(sock, &packet->to.ip, packet->dev,
			    &packet->from.ip)) {
	case GROUP_TAKEN:
		return true;
	case GROUP_LEFT_OUT:
		return false;
	default:
		return packet->to.ip.family == AF_INET
			       ? sock_option(sock, IPPROTO_IP, IP_MULTICAST_ALL)
			       : sock_option(sock, IPPROTO_IPV6,
					     IPV6_MULTICAST_ALL_);
	}
}

static bool gets(const struct net_sock *sock, const struct packet *packet,
		 bool broadcast)
{
	if (sock->port.port != packet->to.port ||
	    sock->port.protocol != packet->protocol ||
	    !net_port_takes(&sock->port, &packet->to.ip, &packet->from.ip,
			    packet->from.port, packet->dev))
		return false;
	return broadcast || lets_in(sock, packet);
}

void group_arrive(struct net *net, int dev, const struct packet *sent)
{
	bool broadcast = !net_ip_is_multicast(&sent->to.ip);
	struct packet packet = *sent;
	struct net_port *port, *next;

	if (broadcast ? route_type(net, &sent->to.ip) != RTN_BROADCAST
		      : !is_wanted(net, sent, dev))
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
	if (packet->hops == 0 && is_wanted(from->net, packet, dev->index))
		return;
	link = link_find(from->net, dev->index);
	if (link && net_dev_is_up(dev))
		link_send(link, packet);
	n = net_link_members(dev, members, NET_PORTS_MAX);
	for (unsigned int i = 0; i < n; i++)
		group_arrive(net_of_devices(members[i]->net), members[i]->index,
			     packet);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A link joins the nets of two instances. See link.h.
 *
 * Theory of operation. The supervisors have a channel, and each net has an
 * interface that leads to the other one's address. Who connects to that makes
 * its supervisor ask the other one (GW_LINK_CALL), which answers with what its
 * listener is reached by, and with the name to go by, since the accepted socket
 * will be asked for that. Then the two are connected as any others: the bytes
 * go from program to program. What was answered is kept (link_way.c), so that
 * of the next one the other side is only told. A program that does not wait
 * hears EINPROGRESS after the answer, which takes no longer than a call.
 * Datagrams go by the channel.
 *
 * When a supervisor ends, its tree does, so the kernel ends the connections;
 * the other one sees the end of the channel, and its interface goes.
 */
#include "src/net/link.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <utlist.h>
#include "src/gateway/protocol.h"
#include "src/host/sys.h"
#include "src/net/devices.h"
#include "src/net/group.h"
#include "src/net/hole.h"
#include "src/net/link_way.h"
#include "src/net/stream.h"

#define LINKS_MAX 64
#define MESSAGES  64 /* of a channel, before others are served */
#define HOPS	  64

struct link {
	struct sock_watch channel;
	uint32_t net_id;
	int device;
	struct net_ip own, other;
	struct link_way *ways; /* to the other one's listeners */
	bool asked; /* the other one may keep ways to those of here */
	bool owes_forget, owes_connected; /* there was no room in the channel */
	struct net_ip own6, other6;	  /* made of these */
	struct link *prev, *next;
};

static struct link *links;
static unsigned int links_len;
static char buffer[GW_PACKET_MAX];

/* What the other supervisor has answered; for the moment of sock_wake(). */
static struct {
	struct link_way way;
	int error;
	struct link *link;
} answer = { .way.path = -1 };

/* ---- life ---- */

/* Both ends do it alike, and need not tell each other. */
static struct net_ip make6(const struct net_ip *ip4)
{
	struct net_ip ip6 = net_ip_parse("fd6e:7372:756e::");

	memcpy(ip6.bytes + 12, ip4->bytes, 4);
	return ip6;
}

static int add_address(struct net_device *dev, const struct net_ip *own,
		       const struct net_ip *other)
{
	struct net_addr addr = {
		.local = *own,
		.peer = *other,
		.prefix_len = own->family == AF_INET ? 32 : 128,
		.scope = RT_SCOPE_UNIVERSE,
		.flags = IFA_F_PERMANENT | IFA_F_NODAD,
		.valid = NET_FOREVER,
		.preferred = NET_FOREVER,
	};

	if (own->family == AF_INET) {
		memcpy(addr.label, dev->name, sizeof(addr.label));
		addr.flags = IFA_F_PERMANENT;
	}
	return net_addr_add(dev, &addr, NULL);
}

static int add_device(struct net *net, struct link *link)
{
	struct net_device *dev;
	int r = net_dev_create(net_devices(net), NET_VETH, "link%d", 0, &dev);

	if (r < 0)
		return r;
	dev->far = NET_FAR_INDEX;
	net_dev_register(dev);
	r = add_address(dev, &link->own, &link->other);
	if (r == 0)
		r = add_address(dev, &link->own6, &link->other6);
	if (r < 0) {
		net_dev_delete(dev);
		return r;
	}
	net_dev_set_flags(dev, IFF_UP, IFF_UP);
	link->device = dev->index;
	return 0;
}

static void ready(struct sock_watch *watch);

/* Takes @channel. */
static long link_create(struct net *net, int channel, const struct net_ip *own,
			const struct net_ip *other)
{
	struct link *link =
		links_len < LINKS_MAX ? calloc(1, sizeof(*link)) : NULL;
	long r = -ENOBUFS;

	if (link) {
		link->channel = (struct sock_watch){ channel, ready };
		link->net_id = net->id;
		link->own = *own;
		link->other = *other;
		link->own6 = make6(own);
		link->other6 = make6(other);
		r = add_device(net, link);
	}
	if (r == 0)
		r = sock_watch(&link->channel, EPOLLIN);
	if (r < 0) {
		sys_close(&channel);
		free(link);
		return r;
	}
	links_len++;
	DL_APPEND(links, link);
	return 0;
}

static bool is_other(const struct link *link, const struct net_ip *ip)
{
	return net_ip_equal(ip, &link->other) ||
	       net_ip_equal(ip, &link->other6);
}

/* Who asked for @to asked the other end of this one. */
static bool leads_to(const struct link *link, const struct net_end *to)
{
	return is_other(link, &to->ip) || (net_ip_is_linklocal(&to->ip) &&
					   to->scope == (uint32_t)link->device);
}

static void fail_waiting(const struct link *link)
{
	struct net_sock *sock, *next;

	for (sock = sock_all(); sock; sock = next) {
		next = sock->hh.next;
		if (sock->outward == OUTWARD_LINKED &&
		    sock->net->id == link->net_id &&
		    leads_to(link, &sock->remote))
			sock_wake(sock, true);
	}
}

static void link_free(struct link *link)
{
	struct net *net = net_by_id(link->net_id);
	struct net_device *dev =
		net ? net_dev_by_index(net_devices(net), link->device) : NULL;

	DL_DELETE(links, link);
	links_len--;
	sock_unwatch(&link->channel);
	sys_close(&link->channel.fd);
	link_way_drop_all(&link->ways);
	if (dev)
		net_dev_delete(dev);
	answer.error = EHOSTUNREACH;
	fail_waiting(link);
	free(link);
}

long link_start(struct net *net, const struct gateway_config *config)
{
	for (unsigned int i = 0; i < config->links_len; i++) {
		const struct gw_link *l = &config->links[i];
		long r = link_create(net, l->channel, &l->own, &l->other);

		if (r < 0)
			return r;
	}
	return 0;
}

/* To the first net of the instance. */
long link_adopt(int channel)
{
	struct net *net = net_by_id(1);
	struct gw_message offer;
	int fd;
	long r = gw_receive(channel, &offer, buffer, &fd);

	sys_close(&fd);
	if (r == 0 && !net)
		r = -EOPNOTSUPP;
	if (r == 0 &&
	    (offer.kind != GW_LINK || offer.from.ip.family != AF_INET ||
	     offer.to.ip.family != AF_INET))
		r = -EINVAL;
	if (r != 0) {
		sys_close(&channel);
		return r < 0 ? r : -EINVAL;
	}
	return link_create(net, channel, &offer.to.ip, &offer.from.ip);
}

struct link *link_find(const struct net *net, int dev)
{
	struct link *link;

	DL_FOREACH (links, link)
		if (link->net_id == net->id && link->device == dev)
			return link;
	return NULL;
}

/* ---- to the other one ---- */

static long tell(const struct link *link, uint32_t kind, uint64_t id)
{
	const struct gw_message message = { .kind = kind, .id = id };

	return gw_send(link->channel.fd, &message, NULL, 0, -1, MSG_DONTWAIT);
}

/* What could not be told, until there is room. */
static void settle(struct link *link)
{
	if (link->owes_forget && tell(link, GW_LINK_FORGET, 0) == 0)
		link->owes_forget = false;
	if (link->owes_connected && tell(link, GW_LINK_CONNECTED, 0) == 0)
		link->owes_connected = false;
	if (link->owes_forget || link->owes_connected)
		sock_watch(&link->channel, EPOLLIN | EPOLLOUT);
}

/* Who waits there in accept(2) does not see it by itself. */
static void tell_connected(struct link *link, uint64_t listener)
{
	if (tell(link, GW_LINK_CONNECTED, listener) == 0)
		return;
	link->owes_connected = true;
	settle(link);
}

void link_changed(const struct net *net)
{
	struct link *link;

	DL_FOREACH (links, link) {
		if (link->net_id != net->id || !link->asked)
			continue;
		link->asked = false;
		link->owes_forget = true;
		settle(link);
	}
}

/* Nothing that the other one has said waits to be read. */
static bool is_quiet(const struct link *link)
{
	struct pollfd now = { .fd = link->channel.fd, .events = POLLIN };

	return poll(&now, 1, 0) == 0;
}

/* Return: -EAGAIN: the other one has to be asked. */
static long connect_kept(struct link *link, struct sock_ref *ref)
{
	struct link_way *way = link_way_find(link->ways, ref->sock);
	long r;

	if (!way || !is_quiet(link))
		return -EAGAIN;
	r = link_way_connect(way, ref);
	if (r == 0)
		tell_connected(link, way->listener);
	if (r != -ECONNREFUSED)
		return r;
	link_way_drop(&link->ways, way);
	return -EAGAIN;
}

long link_connect(struct link *link, struct sock_ref *ref)
{
	struct net_sock *sock = ref->sock;
	struct gw_message message = { .kind = GW_LINK_CALL, .id = sock->id };
	long r;

	stream_show_port(sock);
	r = connect_kept(link, ref);
	if (r != -EAGAIN)
		return r;
	message.from = sock->local;
	message.to = sock->remote;
	if (gw_send(link->channel.fd, &message, NULL, 0, -1, MSG_DONTWAIT) < 0)
		return -ENOBUFS;
	sock->outward = OUTWARD_LINKED;
	sock->state = SOCK_CONNECTING;
	return -EAGAIN;
}

long link_more(struct sock_ref *ref)
{
	long r;

	if (answer.way.path < 0 && !answer.error)
		return -EAGAIN;
	ref->sock->outward = OUTWARD_NONE;
	if (answer.error)
		return -answer.error;
	r = link_way_connect(&answer.way, ref);
	if (r == 0)
		tell_connected(answer.link, answer.way.listener);
	/* The queue is full; nobody tells of room in it. */
	ref->sock->later = r == -EAGAIN;
	return r;
}

static void answered(struct link *link, const struct gw_message *message,
		     size_t len, int path)
{
	struct net_sock *sock = sock_by_id(message->id);

	if (!sock || sock->outward != OUTWARD_LINKED ||
	    len > sizeof(answer.way.un) || (path < 0 && !message->error))
		return;
	answer.way.path = path;
	answer.error = message->error;
	memcpy(&answer.way.un, buffer, len);
	answer.way.len = (socklen_t)len;
	answer.link = link;
	answer.way.listener = message->from.scope;
	if (!answer.error && message->junk)
		link_way_keep(&link->ways, sock, &answer.way);
	sock_wake(sock, true);
	answer.way.path = -1;
	answer.error = 0;
	/* Nobody waits any more: the next connect(2) asks again. */
	sock = sock_by_id(message->id);
	if (sock && sock->outward == OUTWARD_LINKED)
		sock->outward = OUTWARD_NONE;
}

void link_send(struct link *link, const struct packet *packet)
{
	const struct gw_message message = {
		.kind = GW_PACKET,
		.junk = (uint32_t)(packet->hops | packet->tos << 8),
		.from = packet->from,
		.to = packet->to,
	};

	gw_send(link->channel.fd, &message, packet->data, packet->len, -1,
		MSG_DONTWAIT);
}

/* ---- from the other one ---- */

static bool is_far(const struct link *link, const struct net_ip *ip)
{
	return is_other(link, ip) || net_ip_is_linklocal(ip);
}

static bool is_own(struct net *net, const struct link *link,
		   const struct net_ip *ip)
{
	const struct net_device *dev =
		net_dev_by_index(net_devices(net), link->device);

	if (net_ip_is_linklocal(ip))
		return dev && net_addr_owner(&net->devices, ip, dev);
	return (net_ip_equal(ip, &link->own) ||
		net_ip_equal(ip, &link->own6)) &&
	       route_type(net, ip) == RTN_LOCAL;
}

/*
 * Who is called; the caller has no other address than the link's, and one
 * that is good for the interface alone.
 */
static struct net_sock *server(const struct link *link, uint8_t protocol,
			       const struct gw_message *message)
{
	struct net *net = net_by_id(link->net_id);
	struct net_sock *sock;

	if (!net || message->from.ip.family != message->to.ip.family ||
	    !is_far(link, &message->from.ip) ||
	    !is_own(net, link, &message->to.ip))
		return NULL;
	do
		sock = port_find(net, protocol, &message->to, &message->from,
				 link->device);
	while (sock && !sock_check(sock));
	return sock;
}

/* Of those that share a port each call is another's. */
static void called(struct link *link, const struct gw_message *message)
{
	const struct net_sock *sock = server(link, IPPROTO_TCP, message);
	struct gw_message reply = { .kind = GW_LINK_ANSWER,
				    .id = message->id,
				    .error = ECONNREFUSED };
	struct net_name name = {
		.protocol = IPPROTO_TCP,
		.from_net = link->net_id,
		.to_net = link->net_id,
		.from = message->from,
		.to = message->to,
	};
	struct sockaddr_un un;
	socklen_t len = 0;

	/* Interfaces are counted by each net for itself. */
	name.from.scope = route_scope(&name.from.ip, link->device);
	name.to.scope = route_scope(&name.to.ip, link->device);
	if (sock && sock->path >= 0) {
		name.from_family = name.to_family = sock->family;
		len = sname_make(&name, &un);
		reply.error = 0;
		reply.from.scope = (uint32_t)sock->id;
		reply.junk = !sock->port.reuseport;
		link->asked = true;
	}
	gw_send(link->channel.fd, &reply, &un, len, sock ? sock->path : -1,
		MSG_DONTWAIT);
}

static bool is_to_many(const struct net_ip *ip)
{
	const struct net_ip all = net_ip4(255, 255, 255, 255);

	return net_ip_is_multicast(ip) || net_ip_equal(ip, &all);
}

static void take_packet(struct link *link, const struct gw_message *message,
			size_t len)
{
	uint8_t hops = (uint8_t)message->junk;
	struct net *net = net_by_id(link->net_id);
	struct packet packet = {
		.from_net = net,
		.from = message->from,
		.to = message->to,
		.protocol = IPPROTO_UDP,
		.hops = hops ? hops : HOPS,
		.tos = (uint8_t)(message->junk >> 8),
		.dev = link->device,
		.data = buffer,
		.len = len,
	};

	packet.from.scope = route_scope(&packet.from.ip, link->device);
	if (!net || !is_to_many(&message->to.ip))
		outward_deliver(server(link, IPPROTO_UDP, message), &packet);
	else if (is_far(link, &message->from.ip))
		group_arrive(net, link->device, &packet);
}

/* @id 0: it is not known who. */
static void connected(const struct link *link, uint64_t id)
{
	struct net_sock *sock = sock_by_id(id), *next;

	if (sock && sock->net->id == link->net_id)
		sock_wake(sock, false);
	for (sock = id ? NULL : sock_all(); sock; sock = next) {
		next = sock->hh.next;
		if (sock->net->id == link->net_id &&
		    sock->state == SOCK_LISTENING)
			sock_wake(sock, true);
	}
}

static void take_message(struct link *link, const struct gw_message *message,
			 size_t len, int fd)
{
	switch (message->kind) {
	case GW_LINK_CALL:
		called(link, message);
		break;
	case GW_LINK_ANSWER:
		answered(link, message, len, fd);
		break;
	case GW_LINK_CONNECTED:
		connected(link, message->id);
		break;
	case GW_LINK_FORGET:
		link_way_drop_all(&link->ways);
		break;
	case GW_PACKET:
		take_packet(link, message, len);
		break;
	}
}

static void ready(struct sock_watch *watch)
{
	struct link *link = (struct link *)watch;
	struct gw_message message;
	int fd;

	for (int i = 0; i < MESSAGES; i++) {
		long n = gw_receive(watch->fd, &message, buffer, &fd);

		if (n == -EAGAIN)
			break;
		if (n < 0) {
			link_free(link);
			return;
		}
		take_message(link, &message, (size_t)n, fd);
		sys_close(&fd);
	}
	sock_watch(watch, EPOLLIN);
	settle(link);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See outward.h.
 *
 * Theory of operation. The gateway has no way to a socket inside, and is given
 * none but the far end of one connection. Such an end comes of a socket that
 * the supervisor itself listens on, and that nobody else can find: the
 * program's socket is connected to it, and what is accepted goes to the
 * gateway. A program that waits in connect(2) is connected when the gateway
 * is, so that its socket is as before if that fails. One that does not wait
 * is connected at once, and its socket filled with junk, so that poll(2) says
 * that it can't be written to; the gateway takes the junk away when it has a
 * connection. What comes of it is known here before the gateway lets it be
 * seen (GW_GO).
 */
#include "src/net/outward.h"

#include <errno.h>
#include <netinet/in.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include "src/gateway/gateway.h"
#include "src/gateway/protocol.h"
#include "src/host/log.h"
#include "src/host/sys.h"
#include "src/net/devices.h"
#include "src/net/hole.h"
#include "src/net/link.h"
#include "src/net/stream.h"

#define BACKLOG	 8  /* one at a time is accepted at once */
#define MESSAGES 64 /* of the channel, before others are served */
#define PORTS	 64 /* that are tried for a caller */
#define JUNK_MAX (32 * 1024 * 1024)
#define HOPS	 64

static void ready(struct sock_watch *watch);
static struct sock_watch channel = { -1, ready };
static uint32_t net_id; /* the net may end before */
static int device;
static bool outgoing, six;
static int listener = -1;
static struct net_sock door = { .path = -1 };
static char buffer[GW_PACKET_MAX];

/* ---- the interface ---- */

static int add_address(struct net_device *dev)
{
	const struct net_addr addr = {
		.local = GW_GUEST,
		.peer = GW_GUEST,
		.broadcast = net_ip4(10, 0, 2, 255),
		.prefix_len = GW_PREFIX,
		.scope = RT_SCOPE_UNIVERSE,
		.flags = IFA_F_PERMANENT,
		.valid = NET_FOREVER,
		.preferred = NET_FOREVER,
		.label = GW_DEVICE,
	};

	return net_addr_add(dev, &addr, NULL);
}

static int add_address6(struct net_device *dev)
{
	const struct net_addr addr = {
		.local = GW_GUEST6,
		.peer = GW_GUEST6,
		.prefix_len = GW_PREFIX6,
		.scope = RT_SCOPE_UNIVERSE,
		.flags = IFA_F_PERMANENT | IFA_F_NODAD,
		.valid = NET_FOREVER,
		.preferred = NET_FOREVER,
	};

	return net_addr_add(dev, &addr, NULL);
}

static int add_default_route(struct net_device *dev, const struct net_ip *dst,
			     const struct net_ip *gateway)
{
	struct net_hop hop = { .oif = dev->index, .gateway = *gateway };
	const struct net_route route = {
		.net = dev->net,
		.dst = *dst,
		.metric = dst->family == AF_INET ? 0 : 1024,
		.protocol = RTPROT_BOOT,
		.scope = RT_SCOPE_UNIVERSE,
		.type = RTN_UNICAST,
		.table = RT_TABLE_MAIN,
		.hops_len = 1,
		.hops = &hop,
	};
	const struct net_route_how how = { .create = true };

	return net_route_add(dev->net, &route, how);
}

static int add_four(struct net_device *dev)
{
	const struct net_ip all = net_ip4(0, 0, 0, 0), gateway = GW_HOST;

	return add_default_route(dev, &all, &gateway);
}

static int add_six(struct net_device *dev)
{
	const struct net_ip all = net_ip_parse("::"), gateway = GW_HOST6;
	int r = add_address6(dev);

	return r < 0 ? r : add_default_route(dev, &all, &gateway);
}

/* Has the host a way out by IPv6? Nothing is sent. */
static bool host_has_six(void)
{
	const struct sockaddr_in6 to = { .sin6_family = AF_INET6,
					 .sin6_port = htons(9),
					 .sin6_addr.s6_addr = { 0x20 } };
	_cleanup_close_ int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	return fd >= 0 && connect(fd, (const void *)&to, sizeof(to)) == 0;
}

static int add_device(struct net *net, bool nat)
{
	struct net_device *dev;
	int r = net_dev_create(net_devices(net), NET_VETH, GW_DEVICE, 0, &dev);

	if (r < 0)
		return r;
	dev->far = NET_FAR_INDEX;
	net_dev_register(dev);
	device = dev->index;
	r = add_address(dev);
	if (r < 0)
		return r;
	net_dev_set_flags(dev, IFF_UP, IFF_UP);
	if (nat)
		r = add_four(dev);
	six = r == 0 && nat && host_has_six();
	return six ? add_six(dev) : r;
}

static long open_door(void)
{
	long r;

	listener =
		socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	r = listener < 0 ? sys_result(-1) : sname_bind_hidden(listener, 0);
	if (r < 0)
		return r;
	door.path = (int)r;
	return sys_result(listen(listener, BACKLOG));
}

long outward_start(struct net *net, int fd, bool nat)
{
	long r = add_device(net, nat);

	if (r == 0)
		r = open_door();
	if (r < 0)
		return r;
	net_id = net->id;
	outgoing = nat;
	channel.fd = fd;
	return sock_watch(&channel, EPOLLIN);
}

bool outward_leads(const struct net *net, const struct net_reach *reach,
		   const struct net_end *to, int r)
{
	if (r == -ETIMEDOUT && link_find(net, reach->out))
		return true;
	if (!net_id || net->id != net_id || (to->ip.family != AF_INET && !six))
		return false;
	if (r == -ETIMEDOUT)
		return reach->out == device;
	/* A name server of the host's may have an address of loopback. */
	return r == 0 && outgoing && gateway_is_resolver(to);
}

/* ---- to the outside ---- */

/* Return: the far end of the connection that it has from now on. */
static long join(struct sock_ref *ref)
{
	long r;

	door.family = ref->sock->family;
	door.net = ref->sock->net;
	r = stream_connect_to(ref, &door);
	if (r < 0)
		return r;
	return sys_result(
		accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC));
}

/* Until it can't be written to. Return: how many bytes. */
static uint32_t fill(int fd)
{
	struct pollfd now = { .fd = fd, .events = POLLOUT };
	uint32_t n = 0;

	while (n < JUNK_MAX && poll(&now, 1, 0) == 1) {
		long r = sys_result(send(fd, buffer, sizeof(buffer),
					 MSG_DONTWAIT | MSG_NOSIGNAL));

		if (r <= 0)
			break;
		n += (uint32_t)r;
	}
	return n;
}

static struct gw_message message_of(const struct net_sock *sock, uint32_t kind)
{
	return (struct gw_message){
		.id = sock->id,
		.kind = kind,
		.from = sock->local,
		.to = sock->remote,
	};
}

long outward_connect(struct sock_ref *ref, const struct net_reach *reach)
{
	struct net_sock *sock = ref->sock;
	bool waits = !sock_is_nonblocking(ref);
	_cleanup_close_ int fd = -1;
	struct gw_message message;
	struct link *link = link_find(sock->net, reach->out);
	long r = channel.fd < 0 ? -ENETUNREACH : 0;

	if (!sock->bound)
		sock->local.ip = reach->from;
	if (link)
		return link_connect(link, ref);
	if (r == 0 && !waits)
		r = fd = (int)join(ref);
	if (r < 0)
		return r;
	message = message_of(sock, GW_CONNECT);
	if (!waits)
		message.junk = fill(ref->fd);
	if (gw_send(channel.fd, &message, NULL, 0, fd, MSG_DONTWAIT) < 0)
		return -ENOBUFS;
	sock->outward = waits ? OUTWARD_ASKED : OUTWARD_JOINED;
	sock->state = SOCK_CONNECTING;
	return -EAGAIN;
}

static long let_go(const struct net_sock *sock, int fd, long r)
{
	struct gw_message go = message_of(sock, GW_GO);

	go.error = (int32_t)-r;
	gw_send(channel.fd, &go, NULL, 0, fd, MSG_DONTWAIT);
	return r;
}

long outward_more(struct sock_ref *ref)
{
	struct net_sock *sock = ref->sock;
	_cleanup_close_ int fd = -1;
	long r;

	switch (sock->outward) {
	case OUTWARD_READY:
		sock->outward = OUTWARD_NONE;
		r = join(ref);
		fd = (int)r;
		return let_go(sock, fd, r < 0 ? r : 0);
	case OUTWARD_FAILED:
		sock->outward = OUTWARD_NONE;
		r = -sock->error;
		sock->error = 0;
		return r;
	case OUTWARD_LINKED:
		return link_more(ref);
	default:
		return -EAGAIN;
	}
}

static void connected(const struct gw_message *message)
{
	struct net_sock *sock = sock_by_id(message->id);
	struct net_sock gone = { .id = message->id };
	long r = -(long)message->error;

	if (!sock || (sock->outward != OUTWARD_ASKED &&
		      sock->outward != OUTWARD_JOINED)) {
		let_go(&gone, -1, -ECONNABORTED);
		return;
	}
	sock->error = message->error;
	if (sock->outward == OUTWARD_ASKED) {
		sock->outward = r < 0 ? OUTWARD_FAILED : OUTWARD_READY;
		if (r < 0)
			let_go(sock, -1, r);
		sock_wake(sock, true);
		return;
	}
	sock->outward = OUTWARD_NONE;
	sock->told = r == 0;
	sock->state = SOCK_CONNECTED;
	let_go(sock, -1, r);
	if (r < 0)
		stream_forget_peer(sock);
}

void outward_send(const struct packet *packet, int dev)
{
	const struct gw_message message = {
		.kind = GW_PACKET,
		.from = packet->from,
		.to = packet->to,
	};

	struct link *link = link_find(packet->from_net, dev);

	if (link)
		link_send(link, packet);
	else if (channel.fd >= 0)
		gw_send(channel.fd, &message, packet->data, packet->len, -1,
			MSG_DONTWAIT);
}

/* ---- from outside ---- */

static struct net_sock *server(uint8_t protocol, const struct net_end *to,
			       const struct net_end *from)
{
	struct net *net = net_by_id(net_id);
	struct net_sock *sock;

	if (!net || route_type(net, &to->ip) != RTN_LOCAL)
		return NULL;
	do
		sock = port_find(net, protocol, to, from, device);
	while (sock && !sock_check(sock));
	return sock;
}

/* The caller's port, or another one if somebody has that here. */
static long bind_caller(int fd, struct net_name *name)
{
	struct sockaddr_un un;
	long r = -EADDRINUSE;

	for (int i = 0; i < PORTS && r == -EADDRINUSE; i++) {
		socklen_t len = sname_make(name, &un);

		r = sys_result(bind(fd, (void *)&un, len));
		name->from.port = (uint16_t)(name->from.port * 5 + 1021) | 1024;
	}
	return r;
}

/* Return: a connection to the server inside, or a negative errno. */
static long call_server(const struct gw_message *message)
{
	const struct net_end to = { .ip = GW_GUEST, .port = message->to.port };
	struct net_sock *sock = server(IPPROTO_TCP, &to, &message->from);
	struct net_name name = {
		.protocol = IPPROTO_TCP,
		.from_net = net_id,
		.to_net = net_id,
		.from = message->from,
		.to = to,
	};
	int fd;
	long r;

	if (!sock)
		return -ECONNREFUSED;
	name.from_family = name.to_family = sock->family;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	r = fd < 0 ? sys_result(-1) : bind_caller(fd, &name);
	if (r == 0)
		r = sname_connect(fd, sock->path);
	if (r == 0)
		sock_wake(sock, false);
	else
		sys_close(&fd);
	return r < 0 ? r : fd;
}

static void called(const struct gw_message *message)
{
	struct gw_message answer = { .kind = GW_STREAM, .id = message->id };
	_cleanup_close_ int fd = -1;
	long r = call_server(message);

	if (r < 0)
		answer.error = (int32_t)-r;
	else
		fd = (int)r;
	gw_send(channel.fd, &answer, NULL, 0, fd, MSG_DONTWAIT);
}

/* To one that is connected only its peer can send. */
void outward_deliver(struct net_sock *to, const struct packet *packet)
{
	if (to && to->hole) {
		hole_send(to, packet->data, packet->len);
		sock_wake(to, false);
	} else if (to) {
		relay_send(to, packet);
	}
}

static void take_packet(const struct gw_message *message, size_t len)
{
	struct net_sock *to = server(IPPROTO_UDP, &message->to, &message->from);
	const struct packet packet = {
		.from_net = to ? to->net : NULL,
		.from = message->from,
		.to = message->to,
		.protocol = IPPROTO_UDP,
		.hops = HOPS,
		.dev = device,
		.data = buffer,
		.len = len,
	};

	outward_deliver(to, &packet);
}

static void refused(const struct gw_message *message)
{
	struct net_sock *to = server(IPPROTO_UDP, &message->to, &message->from);

	if (to && to->remote.ip.family)
		to->error = ECONNREFUSED;
}

/* ---- the channel ---- */

static void take_message(const struct gw_message *message, size_t len)
{
	switch (message->kind) {
	case GW_CALLED:
		called(message);
		break;
	case GW_CONNECTED:
		connected(message);
		break;
	case GW_PACKET:
		take_packet(message, len);
		break;
	case GW_REFUSED:
		refused(message);
		break;
	}
}

/* Who waits for it is told; those that flow have ended with it. */
static void gateway_died(void)
{
	struct net_sock *sock, *next;

	log_message("gateway: has ended; nothing leads out or in any more");
	sock_unwatch(&channel);
	sys_close(&channel.fd);
	for (sock = sock_all(); sock; sock = next) {
		const struct gw_message lost = { .id = sock->id,
						 .error = ENETUNREACH };

		next = sock->hh.next;
		if (sock->outward == OUTWARD_ASKED ||
		    sock->outward == OUTWARD_JOINED)
			connected(&lost);
	}
}

static void ready(struct sock_watch *watch)
{
	struct gw_message message;
	int fd;

	for (int i = 0; i < MESSAGES; i++) {
		long n = gw_receive(watch->fd, &message, buffer, &fd);

		sys_close(&fd);
		if (n == -EAGAIN)
			break;
		if (n < 0) {
			gateway_died();
			return;
		}
		take_message(&message, (size_t)n);
	}
	sock_watch(watch, EPOLLIN);
}

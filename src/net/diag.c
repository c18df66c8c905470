/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sock_diag(7): which sockets there are, for ss(8). Follows inet_diag_dump()
 * of net/ipv4/inet_diag.c. One that accept(2) has made is known by its peer
 * alone: it is told without an inode. Of AF_UNIX, packet and netlink sockets
 * none is told of.
 */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include "src/net/devices.h"
#include "src/net/netlink.h"
#include "src/net/route.h"
#include "src/net/rtnl.h"

struct diag_caller {
	struct rtnl_caller caller;
	struct netlink *nl;
};

static unsigned int state_of(const struct net_sock *sock)
{
	if (sock->state == SOCK_CONNECTED)
		return TCP_ESTABLISHED;
	if (sock->type != SOCK_STREAM)
		return TCP_CLOSE;
	return sock->state == SOCK_LISTENING	? TCP_LISTEN
	       : sock->state == SOCK_CONNECTING ? TCP_SYN_SENT
						: TCP_CLOSE;
}

static void put_end(const struct net_end *end, uint8_t family, __be16 *port,
		    __be32 *addr)
{
	struct net_ip ip = end->ip;

	if (family == AF_INET6 && ip.family == AF_INET)
		ip = net_ip_map(&ip);
	*port = htons(end->port);
	memcpy(addr, ip.bytes, NET_IP_BYTES);
}

static void tell(struct rtnl_request *request, const struct net_sock *sock,
		 bool other_end)
{
	struct nlmsghdr *msg = rtnl_begin(rtnl_buffer(), SOCK_DIAG_BY_FAMILY,
					  sizeof(struct inet_diag_msg));
	struct inet_diag_msg *info = mnl_nlmsg_get_payload(msg);
	const struct net_end *ends[] = { &sock->local, &sock->remote };

	info->idiag_family = sock->family;
	info->idiag_state = (uint8_t)state_of(sock);
	put_end(ends[other_end], sock->family, &info->id.idiag_sport,
		info->id.idiag_src);
	put_end(ends[!other_end], sock->family, &info->id.idiag_dport,
		info->id.idiag_dst);
	info->id.idiag_cookie[0] = (uint32_t)sock->id;
	if (sock->state == SOCK_LISTENING)
		info->idiag_wqueue = (uint32_t)sock->backlog;
	info->idiag_inode = other_end ? 0 : (uint32_t)sock->ino;
	mnl_attr_put_u8(msg, INET_DIAG_SHUTDOWN, 0);
	/* bind(2) to one address of IPv6 makes it so. */
	if (sock->family == AF_INET6 && info->idiag_state != TCP_ESTABLISHED)
		mnl_attr_put_u8(msg, INET_DIAG_SKV6ONLY,
				sock->v6only ||
					!net_ip_is_any(&sock->local.ip));
	rtnl_part(request, msg);
}

static bool is_wanted(const struct net_sock *sock, const struct net *net,
		      const struct inet_diag_req_v2 *want)
{
	unsigned int state = state_of(sock);

	return sock->net == net && sock->family == want->sdiag_family &&
	       sock->protocol == want->sdiag_protocol && sock->local.port &&
	       want->idiag_states >> state & 1 &&
	       (state != TCP_CLOSE || sock->type != SOCK_STREAM);
}

static int dump_inet(struct rtnl_request *request)
{
	const struct inet_diag_req_v2 *want =
		rtnl_header(request, sizeof(*want));
	struct net *net = net_of_devices(request->net);
	const struct net_sock *sock;

	if (!want)
		return -EINVAL;
	sock_sweep();
	for (sock = sock_all(); sock; sock = sock->hh.next) {
		if (!is_wanted(sock, net, want))
			continue;
		tell(request, sock, false);
		if (state_of(sock) == TCP_ESTABLISHED &&
		    sock->type == SOCK_STREAM &&
		    route_type(net, &sock->remote.ip) == RTN_LOCAL)
			tell(request, sock, true);
	}
	return 0;
}

static bool run(struct rtnl_request *request, int *ret_error)
{
	const struct nlmsghdr *head = request->head;
	const struct sock_diag_req *want = rtnl_header(request, sizeof(*want));

	*ret_error = -EINVAL;
	if (head->nlmsg_type != SOCK_DIAG_BY_FAMILY || !want)
		return false;
	*ret_error = -ENOENT;
	if (!(head->nlmsg_flags & NLM_F_DUMP))
		return false;
	if (want->sdiag_family == AF_INET || want->sdiag_family == AF_INET6)
		rtnl_run_dump(request, dump_inet);
	else if (want->sdiag_family == AF_UNIX ||
		 want->sdiag_family == AF_PACKET ||
		 want->sdiag_family == AF_NETLINK)
		rtnl_run_dump(request, rtnl_dump_nothing);
	else
		return false;
	return true;
}

static void emit(struct rtnl_caller *caller, const void *data, size_t len)
{
	netlink_send(((struct diag_caller *)caller)->nl, data, len);
}

static void receive(struct netlink *nl, struct task *sender, const void *data,
		    size_t len)
{
	struct diag_caller who = {
		.nl = nl,
		.caller = {
			.net = net_devices(nl->sock->net),
			.port = nl->port,
			.ext_ack = nl->ext_ack,
			.cap_ack = nl->cap_ack,
			.emit = emit,
			.run = run,
		},
	};

	(void)sender;
	rtnl_receive(&who.caller, data, len);
}

const struct netlink_protocol netlink_sock_diag = {
	.number = NETLINK_SOCK_DIAG,
	.groups = 4,
	.receive = receive,
};

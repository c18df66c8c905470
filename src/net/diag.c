/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sock_diag(7): which sockets there are, for ss(8). Follows inet_diag_dump()
 * of net/ipv4/inet_diag.c, unix_diag_dump() of net/unix/diag.c. Of packet and
 * netlink sockets none is told of.
 */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <string.h>
#include "src/net/devices.h"
#include "src/net/listing.h"
#include "src/net/netlink.h"
#include "src/net/rtnl.h"

#define HEAD offsetof(struct sockaddr_un, sun_path)

struct diag_caller {
	struct rtnl_caller caller;
	struct netlink *nl;
};

static void put_end(const struct net_end *end, uint8_t family, __be16 *port,
		    __be32 *addr)
{
	struct net_ip ip = end->ip;

	if (family == AF_INET6 && ip.family == AF_INET)
		ip = net_ip_map(&ip);
	*port = htons(end->port);
	memcpy(addr, ip.bytes, NET_IP_BYTES);
}

/* A dump: what is asked for, and who asks. */
struct dump {
	struct rtnl_request *request;
	const struct inet_diag_req_v2 *inet;
	const struct unix_diag_req *un;
};

static bool is_wanted(const struct listed *sock,
		      const struct inet_diag_req_v2 *want)
{
	return sock->family == want->sdiag_family &&
	       sock->protocol == want->sdiag_protocol &&
	       want->idiag_states >> sock->state & 1;
}

static void tell(void *data, const struct listed *sock)
{
	const struct dump *dump = data;
	struct inet_diag_msg *info;
	struct nlmsghdr *msg;

	if (!is_wanted(sock, dump->inet))
		return;
	msg = rtnl_begin(rtnl_buffer(), SOCK_DIAG_BY_FAMILY, sizeof(*info));
	info = mnl_nlmsg_get_payload(msg);
	info->idiag_family = sock->family;
	info->idiag_state = sock->state;
	put_end(sock->local, sock->family, &info->id.idiag_sport,
		info->id.idiag_src);
	put_end(sock->remote, sock->family, &info->id.idiag_dport,
		info->id.idiag_dst);
	info->id.idiag_cookie[0] = (uint32_t)sock->id;
	info->idiag_rqueue = sock->reads;
	if (sock->state == TCP_LISTEN)
		info->idiag_wqueue = (uint32_t)sock->backlog;
	info->idiag_inode = (uint32_t)sock->ino;
	mnl_attr_put_u8(msg, INET_DIAG_SHUTDOWN, sock->shutdown);
	/* bind(2) to one address of IPv6 makes it so. */
	if (sock->family == AF_INET6 && sock->state != TCP_ESTABLISHED)
		mnl_attr_put_u8(msg, INET_DIAG_SKV6ONLY,
				sock->v6only ||
					!net_ip_is_any(&sock->local->ip));
	rtnl_part(dump->request, msg);
}

static int dump_inet(struct rtnl_request *request)
{
	struct dump dump = { .request = request,
			     .inet = rtnl_header(request, sizeof(*dump.inet)) };

	if (!dump.inet)
		return -EINVAL;
	listing_inet(net_of_devices(request->net), tell, &dump);
	return 0;
}

static void tell_unix(void *data, const struct alive_sock *sock)
{
	const struct dump *dump = data;
	uint32_t show = dump->un->udiag_show;
	const struct unix_diag_rqlen waits = { sock->reads, sock->sends };
	struct unix_diag_msg *info;
	struct nlmsghdr *msg;

	if (!(dump->un->udiag_states >> sock->state & 1))
		return;
	msg = rtnl_begin(rtnl_buffer(), SOCK_DIAG_BY_FAMILY, sizeof(*info));
	info = mnl_nlmsg_get_payload(msg);
	info->udiag_family = AF_UNIX;
	info->udiag_type = sock->type;
	info->udiag_state = sock->state;
	info->udiag_ino = (uint32_t)sock->ino;
	info->udiag_cookie[0] = (uint32_t)sock->ino;
	if (show & UDIAG_SHOW_NAME && sock->name_len > HEAD)
		mnl_attr_put(msg, UNIX_DIAG_NAME, sock->name_len - HEAD,
			     sock->name.sun_path);
	if (show & UDIAG_SHOW_PEER && sock->peer)
		mnl_attr_put_u32(msg, UNIX_DIAG_PEER, (uint32_t)sock->peer);
	if (show & UDIAG_SHOW_RQLEN)
		mnl_attr_put(msg, UNIX_DIAG_RQLEN, sizeof(waits), &waits);
	mnl_attr_put_u8(msg, UNIX_DIAG_SHUTDOWN, sock->shutdown);
	rtnl_part(dump->request, msg);
}

static int dump_unix(struct rtnl_request *request)
{
	struct dump dump = { .request = request,
			     .un = rtnl_header(request, sizeof(*dump.un)) };

	if (!dump.un)
		return -EINVAL;
	listing_unix(net_of_devices(request->net), tell_unix, &dump);
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
	else if (want->sdiag_family == AF_UNIX)
		rtnl_run_dump(request, dump_unix);
	else if (want->sdiag_family == AF_PACKET ||
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

static bool is_late(const struct rtnl_caller *caller)
{
	return netlink_is_late(((const struct diag_caller *)caller)->nl);
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
			.is_late = is_late,
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

/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses as programs write and read them. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/capability.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <string.h>
#include "src/host/sys.h"
#include "src/net/route.h"
#include "src/net/sock.h"
#include "src/task/task.h"

#define SIN6_LEN_RFC2133 24 /* without the scope */

long addr_read(struct call *c, uint64_t at, socklen_t len,
	       struct sockaddr_storage *ret_addr)
{
	memset(ret_addr, 0, sizeof(*ret_addr));
	if ((int)len < 0 || len > sizeof(*ret_addr))
		return -EINVAL;
	return len ? call_read(c, at, ret_addr, len) : 0;
}

long addr_write(struct call *c, const struct sockaddr_storage *addr,
		socklen_t len, uint64_t at, uint64_t len_at)
{
	int room;

	if (!at)
		return 0;
	if (call_read(c, len_at, &room, sizeof(room)) < 0)
		return -EFAULT;
	if (room > (int)len)
		room = (int)len;
	if (room < 0)
		return -EINVAL;
	return sys_vm_write_all(
		c->task->tid->host,
		(struct iovec[]){ { (void *)(uintptr_t)at, (size_t)room },
				  { (void *)(uintptr_t)len_at, sizeof(len) } },
		(struct iovec[]){ { (void *)(uintptr_t)addr, (size_t)room },
				  { &len, sizeof(len) } },
		2);
}

static long end_of_in(const struct sockaddr_storage *addr, socklen_t len,
		      struct net_end *ret_end)
{
	const struct sockaddr_in *in = (const void *)addr;

	if (len < sizeof(*in))
		return -EINVAL;
	if (in->sin_family != AF_INET)
		return -EAFNOSUPPORT;
	ret_end->ip = net_ip_make(AF_INET, &in->sin_addr);
	ret_end->port = ntohs(in->sin_port);
	ret_end->scope = 0;
	return 0;
}

static long end_of_in6(const struct net_sock *sock,
		       const struct sockaddr_storage *addr, socklen_t len,
		       struct net_end *ret_end)
{
	const struct sockaddr_in6 *in6 = (const void *)addr;
	struct net_ip v4;

	if (len < SIN6_LEN_RFC2133)
		return -EINVAL;
	if (in6->sin6_family != AF_INET6)
		return -EAFNOSUPPORT;
	ret_end->ip = net_ip_make(AF_INET6, &in6->sin6_addr);
	ret_end->port = ntohs(in6->sin6_port);
	ret_end->scope = len >= sizeof(*in6) ? in6->sin6_scope_id : 0;
	v4 = net_ip_unmap(&ret_end->ip);
	if (!v4.family)
		return 0;
	if (sock->v6only)
		return -ENETUNREACH;
	ret_end->ip = v4;
	return 0;
}

long addr_to_end(const struct net_sock *sock,
		 const struct sockaddr_storage *addr, socklen_t len,
		 struct net_end *ret_end)
{
	return sock->family == AF_INET ? end_of_in(addr, len, ret_end)
				       : end_of_in6(sock, addr, len, ret_end);
}

socklen_t addr_of_end(uint8_t family, const struct net_end *end,
		      struct sockaddr_storage *ret_addr)
{
	struct sockaddr_in *in = (void *)ret_addr;
	struct sockaddr_in6 *in6 = (void *)ret_addr;
	struct net_ip ip = end->ip;

	memset(ret_addr, 0, sizeof(*ret_addr));
	ret_addr->ss_family = family;
	if (family == AF_INET) {
		in->sin_port = htons(end->port);
		memcpy(&in->sin_addr, ip.bytes, sizeof(in->sin_addr));
		return sizeof(*in);
	}
	if (ip.family == AF_INET)
		ip = net_ip_map(&ip);
	in6->sin6_port = htons(end->port);
	memcpy(&in6->sin6_addr, ip.bytes, sizeof(in6->sin6_addr));
	in6->sin6_scope_id = end->scope;
	return sizeof(*in6);
}

/* ---- bind(2) ---- */

/* inet_addr_valid_or_nonlocal() */
static bool is_bindable(const struct net_sock *sock, const struct net_ip *ip)
{
	uint8_t type;

	if (net_ip_is_any(ip) || sock_option(sock, IPPROTO_IP, IP_FREEBIND))
		return true;
	type = route_type(sock->net, ip);
	return type == RTN_LOCAL || type == RTN_MULTICAST ||
	       type == RTN_BROADCAST;
}

static bool is_allowed(const struct call *c, const struct net_sock *sock,
		       uint16_t port)
{
	return port == 0 || port >= net_ports(sock->net)->unprivileged ||
	       net_capable(c->task, sock->net, CAP_NET_BIND_SERVICE);
}

/* AF_UNSPEC is accepted of an address that is any, for old programs. */
static void accept_unspec(const struct net_sock *sock,
			  struct sockaddr_storage *addr)
{
	const struct sockaddr_in *in = (const void *)addr;

	if (sock->family == AF_INET && addr->ss_family == AF_UNSPEC &&
	    in->sin_addr.s_addr == INADDR_ANY)
		addr->ss_family = AF_INET;
}

long addr_to_bind(struct call *c, const struct sock_ref *ref,
		  const struct sockaddr_storage *addr, socklen_t len,
		  struct net_end *ret_end)
{
	const struct net_sock *sock = ref->sock;
	struct sockaddr_storage copy = *addr;
	long r;

	accept_unspec(sock, &copy);
	r = addr_to_end(sock, &copy, len, ret_end);
	if (r < 0)
		return r == -ENETUNREACH ? -EINVAL : r;
	if (ret_end->ip.family == AF_INET6 && sock->type == SOCK_STREAM &&
	    net_ip_is_multicast(&ret_end->ip))
		return -EINVAL;
	if (ret_end->ip.family == AF_INET6 && !ret_end->scope &&
	    net_ip_is_linklocal(&ret_end->ip))
		return -EINVAL;
	if (!is_bindable(sock, &ret_end->ip))
		return -EADDRNOTAVAIL;
	return is_allowed(c, sock, ret_end->port) ? 0 : -EACCES;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The calls of sockets. */
#include <errno.h>
#include "src/net/other.h"
#include "src/ns/net.h"

static int sock_init(struct net *net)
{
	(void)net;
	return 0;
}

const struct net_subsystem net_sock_subsystem = {
	.name = "sockets",
	.init = sock_init,
};

long net_socket(struct call *c)
{
	return call_pass(c);
}
long net_socketpair(struct call *c)
{
	return call_pass(c);
}
long net_accept(struct call *c)
{
	return call_pass(c);
}
long net_recvfrom(struct call *c)
{
	return call_pass(c);
}
long net_shutdown(struct call *c)
{
	return call_pass(c);
}
long net_listen(struct call *c)
{
	return call_pass(c);
}
long net_getsockname(struct call *c)
{
	return call_pass(c);
}
long net_getpeername(struct call *c)
{
	return call_pass(c);
}
long net_connect(struct call *c)
{
	return other_connect(c);
}
long net_bind(struct call *c)
{
	return other_bind(c);
}
long net_sendto(struct call *c)
{
	return other_sendto(c);
}
long net_sendmsg(struct call *c)
{
	return other_sendmsg(c);
}
long net_sendmmsg(struct call *c)
{
	return other_sendmmsg(c);
}
long net_recvmsg(struct call *c)
{
	return other_recvmsg(c);
}
long net_recvmmsg(struct call *c)
{
	return other_recvmmsg(c);
}
long net_getsockopt(struct call *c)
{
	return other_getsockopt(c);
}
long net_setsockopt(struct call *c)
{
	return other_setsockopt(c);
}

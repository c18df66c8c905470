/* SPDX-License-Identifier: Apache-2.0 */
/* See unix.h. */
#include "src/net/unix.h"

#include <errno.h>
#include "src/host/sys.h"
#include "src/net/other.h"

long unix_bind(struct call *c, struct sock_ref *ref)
{
	(void)ref;
	return other_bind(c);
}

long unix_connect(struct call *c, struct sock_ref *ref)
{
	(void)ref;
	call_may_wait(c);
	return other_connect(c);
}

long unix_accept(struct call *c, struct sock_ref *ref)
{
	(void)ref;
	return call_pass(c);
}

long unix_name(struct call *c, struct sock_ref *ref, bool peer,
	       struct sockaddr_storage *ret_addr)
{
	socklen_t len = sizeof(*ret_addr);
	int r = peer ? getpeername(ref->fd, (void *)ret_addr, &len)
		     : getsockname(ref->fd, (void *)ret_addr, &len);

	(void)c;
	return r < 0 ? sys_result(-1) : (long)len;
}

long unix_send(struct call *c, struct sock_ref *ref, struct message *m)
{
	(void)ref;
	return m->head ? other_sendmsg(c) : other_sendto(c);
}

long unix_send_many(struct call *c, struct sock_ref *ref)
{
	(void)ref;
	return other_sendmmsg(c);
}

long unix_receive(struct call *c, struct sock_ref *ref, struct message *m)
{
	(void)ref;
	return m->head ? other_recvmsg(c) : call_pass(c);
}

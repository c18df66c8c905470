/* SPDX-License-Identifier: Apache-2.0 */
/* See other.h. */
#include "src/net/other.h"

#include <errno.h>
#include <sys/socket.h>
#include "src/ns/pid.h"
#include "src/ns/user_sock.h"
#include "src/owner/create.h"
#include "src/task/task.h"

#define NETLINK_ADDR_LEN 12

static bool is_on(const struct call *c, unsigned int kinds)
{
	return task_active(c->task) & kinds;
}

/* Of netlink: pid_netlink.c. */
long other_connect(struct call *c)
{
	call_may_wait(c);
	return is_on(c, NS_PID) && (int)c->args[2] == NETLINK_ADDR_LEN
		       ? pid_connect(c)
		       : call_pass(c);
}

long other_bind(struct call *c)
{
	return owner_bind(c);
}

/*
 * Audit would say EPERM, as to anybody of the host's users without the right,
 * which su(1), sudo and sshd take for a failure: audit_netlink_ok()
 */
long other_sendto(struct call *c)
{
	call_may_wait(c);
	if ((int)c->args[5] != NETLINK_ADDR_LEN)
		return call_pass(c);
	if (user_sock_is_audit(c->task, (int)c->args[0]))
		return -ECONNREFUSED;
	return is_on(c, NS_PID) ? pid_sendto(c) : call_pass(c);
}

/* What tells who is at the other end: pid_sock.c. */
long other_sendmsg(struct call *c)
{
	return is_on(c, NS_PID | NS_USER) ? pid_sendmsg(c) : call_pass(c);
}

long other_sendmmsg(struct call *c)
{
	return is_on(c, NS_PID | NS_USER) ? pid_sendmmsg(c) : call_pass(c);
}

long other_recvmsg(struct call *c)
{
	return is_on(c, NS_PID | NS_USER) ? pid_recvmsg(c) : call_pass(c);
}

long other_recvmmsg(struct call *c)
{
	return is_on(c, NS_PID | NS_USER) ? pid_recvmmsg(c) : call_pass(c);
}

long other_getsockopt(struct call *c)
{
	int name = (int)c->args[2];

	return is_on(c, NS_PID | NS_USER) &&
			       (name == SO_PEERCRED || name == SO_PEERGROUPS)
		       ? pid_getsockopt(c)
		       : call_pass(c);
}

long other_setsockopt(struct call *c)
{
	return is_on(c, NS_PID | NS_USER) && (int)c->args[2] == SO_PASSCRED
		       ? pid_setsockopt(c)
		       : call_pass(c);
}

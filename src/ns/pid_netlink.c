/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Port numbers of netlink sockets.
 *
 * Theory of operation. The kernel gives a socket that names no port the number
 * of its process, or, where that is taken, a negative one; it shows in
 * getsockname(2), and in each message that the kernel answers with. So it is
 * not translated: the supervisor binds such a socket to the number that the
 * namespace knows the process by, before the kernel chooses. All that shows
 * agrees then. Only a sockaddr_nl is 12 bytes long, in practice, so that the
 * filter knows such calls by their length. A send(2) on a socket that was
 * neither bound nor connected is not caught: the kernel chooses.
 */
#include <errno.h>
#include <linux/netlink.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include "src/ns/pid.h"

#define TRIES_MAX   64
#define ROVER_FIRST (-4097) /* as netlink_autobind() */

/*
 * Gives the netlink socket @fd of the task a port, if it has none so far.
 * Return: 1 with its *@ret_port if it got it now, 0 if it had one; or a
 * negative errno, as when it is no netlink socket.
 */
static long claim_port(struct call *c, int fd, uint32_t *ret_port)
{
	static int32_t rover = ROVER_FIRST;
	_cleanup_close_ int copy = (int)sys_borrow(c->task->tid->host, fd);
	struct sockaddr_nl addr;
	socklen_t len = sizeof(addr);
	long r = copy < 0 ? copy
			  : sys_result(getsockname(copy, (void *)&addr, &len));

	if (r < 0)
		return r;
	if (addr.nl_family != AF_NETLINK)
		return -EAFNOSUPPORT;
	*ret_port = addr.nl_pid;
	if (addr.nl_pid)
		return 0;
	addr.nl_groups = 0;
	addr.nl_pid = (uint32_t)group_number(c->task->group, c->task).n;
	for (int i = 0; i < TRIES_MAX; i++) {
		r = sys_result(bind(copy, (void *)&addr, sizeof(addr)));
		if (r != -EADDRINUSE)
			break;
		addr.nl_pid = (uint32_t)rover;
		if (--rover == INT32_MIN)
			rover = ROVER_FIRST;
	}
	*ret_port = addr.nl_pid;
	return r < 0 ? r : 1;
}

/*
 * bind() without a port. Groups are the task's to join, with its own rights;
 * then the call comes twice, and the socket has got its port the first time.
 */
long pid_bind(struct call *c)
{
	struct sockaddr_nl addr;
	uint32_t port;
	long r;

	if (call_read(c, c->args[1], &addr, sizeof(addr)) < 0 ||
	    addr.nl_family != AF_NETLINK || addr.nl_pid)
		return call_pass(c);
	r = claim_port(c, (int)c->args[0], &port);
	if (r < 0 || (r == 0 && !call_can_change(c)))
		return call_pass(c);
	if (r > 0 && !addr.nl_groups)
		return 0;
	if (!call_can_change(c))
		return call_stop(c);
	addr.nl_pid = port;
	r = call_lend(c, &addr, sizeof(addr), &c->host_args[1]);
	return r < 0 ? r : call_then(c, NULL);
}

/* To use a socket gives it a port. */
long pid_connect(struct call *c)
{
	uint32_t port;

	call_may_wait(c);
	claim_port(c, (int)c->args[0], &port);
	return call_pass(c);
}

long pid_sendto(struct call *c)
{
	return pid_connect(c);
}

void pid_netlink_sends(struct call *c)
{
	uint32_t port;

	claim_port(c, (int)c->args[0], &port);
}

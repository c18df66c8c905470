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
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include "src/ns/pid.h"

#define TRIES_MAX   64
#define ROVER_FIRST (-4097) /* as netlink_autobind() */

static uint32_t next_port(void)
{
	static int32_t rover = ROVER_FIRST;

	if (rover == INT32_MIN)
		rover = ROVER_FIRST;
	return (uint32_t)rover--;
}

/*
 * Gives the netlink socket @fd of the task a port, if it has none so far.
 * Where an outer filter keeps the supervisor from the socket: -EPERM.
 * Return: 1 with its *@ret_port if it got it now, 0 if it had one; or a
 * negative errno, as when it is no netlink socket.
 */
static long claim_port(struct call *c, int fd, uint32_t *ret_port)
{
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
		addr.nl_pid = next_port();
	}
	*ret_port = addr.nl_pid;
	return r < 0 ? r : 1;
}

/* ---- where the supervisor can't have the socket ---- */

/* Has the task bound it, or is the next port to be tried? */
static bool is_taken(struct call *c, long result)
{
	struct sockaddr_nl addr;

	if (result != -EADDRINUSE || c->cookie++ >= TRIES_MAX ||
	    call_read(c, c->host_args[1], &addr, sizeof(addr)) < 0)
		return false;
	addr.nl_pid = next_port();
	return call_write(c, c->host_args[1], &addr, sizeof(addr)) == 0;
}

static long bound_after(struct call *c, long result)
{
	return is_taken(c, result) ? call_then_other(c, SYS_bind, bound_after)
				   : result;
}

/* Then its own call. One that had a port, or is of another kind: EINVAL. */
static long claimed_after(struct call *c, long result)
{
	if (is_taken(c, result))
		return call_then_other(c, SYS_bind, claimed_after);
	call_restore(c);
	memcpy(c->host_args, c->args, sizeof(c->host_args));
	return call_then(c, NULL);
}

/* The task itself binds the socket, and goes on with @after. */
static long bind_by_task(struct call *c, uint32_t groups,
			 long (*after)(struct call *c, long result))
{
	struct sockaddr_nl addr = {
		.nl_family = AF_NETLINK,
		.nl_pid = (uint32_t)group_number(c->task->group, c->task).n,
		.nl_groups = groups,
	};
	long r;

	if (!call_can_change(c))
		return call_stop(c);
	c->cookie = 0;
	c->host_args[2] = sizeof(addr);
	r = call_lend(c, &addr, sizeof(addr), &c->host_args[1]);
	return r < 0 ? r : call_then_other(c, SYS_bind, after);
}

long pid_netlink_claim(struct call *c)
{
	return bind_by_task(c, 0, claimed_after);
}

/* ---- the calls ---- */

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
	if (r == -EPERM)
		return bind_by_task(c, addr.nl_groups, bound_after);
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
	call_may_wait(c);
	return pid_netlink_sends(c) ? call_pass(c) : pid_netlink_claim(c);
}

long pid_sendto(struct call *c)
{
	return pid_connect(c);
}

bool pid_netlink_sends(struct call *c)
{
	uint32_t port;

	return claim_port(c, (int)c->args[0], &port) != -EPERM;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Requests of interfaces, addresses and routes; all others are pid_ioctl()'s.
 */
#include <linux/nsfs.h>
#include <linux/sockios.h>
#include <sys/stat.h>
#include "src/net/netdev_ioctl.h"
#include "src/net/sock.h"
#include "src/ns/net.h"
#include "src/ns/pid.h"
#include "src/task/task.h"

/* Of any socket, AF_UNIX too; another file answers for itself. */
static bool about_devices(struct call *c, long *ret_result)
{
	_cleanup_ref_ struct sock_ref ref = { .fd = -1 };
	struct net *net = net_of(c->task);
	struct stat st;

	if (!sock_may_be(c->task) ||
	    !netdev_ioctl_is((unsigned int)c->args[1]) ||
	    sock_find(c, (int)c->args[0], &ref) < 0 || fstat(ref.fd, &st) < 0 ||
	    !S_ISSOCK(st.st_mode))
		return false;
	if (ref.sock && ref.sock->net)
		net = ref.sock->net;
	if (!net)
		return false;
	*ret_result =
		netdev_ioctl(c, net, ref.sock && ref.sock->family == AF_INET6);
	return true;
}

long net_ioctl(struct call *c)
{
	bool of_ns = _IOC_TYPE((unsigned int)c->args[1]) == NSIO;
	long r;

	if (about_devices(c, &r))
		return r;
	return of_ns || task_active(c->task) & (NS_PID | NS_USER)
		       ? pid_ioctl(c)
		       : call_pass(c);
}

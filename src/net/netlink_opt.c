/* SPDX-License-Identifier: Apache-2.0 */
/* Options of netlink sockets: netlink_setsockopt() of af_netlink.c. */
#include <errno.h>
#include <linux/capability.h>
#include <linux/netlink.h>
#include <string.h>
#include <sys/socket.h>
#include "src/net/netlink.h"

/* Where an option is a flag of its own; NULL: it is only kept. */
static bool *flag_of(struct netlink *nl, int name)
{
	switch (name) {
	case NETLINK_NO_ENOBUFS:
		return &nl->no_enobufs;
	case NETLINK_CAP_ACK:
		return &nl->cap_ack;
	case NETLINK_EXT_ACK:
		return &nl->ext_ack;
	case NETLINK_GET_STRICT_CHK:
		return &nl->strict;
	default:
		return NULL;
	}
}

static bool is_flag(int name)
{
	return name == NETLINK_PKTINFO || name == NETLINK_BROADCAST_ERROR ||
	       name == NETLINK_NO_ENOBUFS || name == NETLINK_LISTEN_ALL_NSID ||
	       name == NETLINK_CAP_ACK || name == NETLINK_EXT_ACK ||
	       name == NETLINK_GET_STRICT_CHK;
}

static void set_flag(struct netlink *nl, int name, bool on)
{
	bool *flag = flag_of(nl, name);

	if (flag)
		*flag = on;
	else if (on)
		nl->others |= 1U << name;
	else
		nl->others &= ~(1U << name);
}

static bool get_flag(struct netlink *nl, int name)
{
	const bool *flag = flag_of(nl, name);

	return flag ? *flag : nl->others >> name & 1;
}

long netlink_setsockopt(struct call *c, struct sock_ref *ref)
{
	struct netlink *nl = ref->sock->netlink;
	int level = (int)c->args[1], name = (int)c->args[2];
	uint32_t value = 0; /* of a short one, too */

	if (level == SOL_SOCKET)
		return sock_setsockopt(c, ref);
	if (level != SOL_NETLINK)
		return -ENOPROTOOPT;
	if ((int)c->args[4] >= (int)sizeof(value) &&
	    call_read(c, c->args[3], &value, sizeof(value)) < 0)
		return -EFAULT;
	if (name == NETLINK_ADD_MEMBERSHIP || name == NETLINK_DROP_MEMBERSHIP) {
		if (!value || value > nl->protocol->groups)
			return -EINVAL;
		if (name == NETLINK_ADD_MEMBERSHIP)
			nl->groups |= UINT64_C(1) << (value - 1);
		else
			nl->groups &= ~(UINT64_C(1) << (value - 1));
		return 0;
	}
	if (!is_flag(name))
		return -ENOPROTOOPT;
	if (name == NETLINK_LISTEN_ALL_NSID &&
	    !net_capable(c->task, nl->sock->net, CAP_NET_BROADCAST))
		return -EPERM;
	set_flag(nl, name, value != 0);
	return 0;
}

static long put_value(struct call *c, const void *value, int size, int len)
{
	if (len < size)
		return -EINVAL;
	if (call_write(c, c->args[3], value, (size_t)size) < 0 ||
	    call_write(c, c->args[4], &size, sizeof(size)) < 0)
		return -EFAULT;
	return 0;
}

/* As much of the set of groups as there is room for. */
static long put_groups(struct call *c, const struct netlink *nl, int len)
{
	int size = ((int)nl->protocol->groups + 31) / 32 * 4;
	int n = len < size ? len & ~3 : size;

	if (n > 0 && call_write(c, c->args[3], &nl->groups, (size_t)n) < 0)
		return -EFAULT;
	return call_write(c, c->args[4], &size, sizeof(size));
}

long netlink_getsockopt(struct call *c, struct sock_ref *ref)
{
	struct netlink *nl = ref->sock->netlink;
	int level = (int)c->args[1], name = (int)c->args[2], len, value;

	if (level == SOL_SOCKET && name != SO_TYPE)
		return sock_getsockopt(c, ref);
	if (level != SOL_NETLINK && level != SOL_SOCKET)
		return -ENOPROTOOPT;
	if (call_read(c, c->args[4], &len, sizeof(len)) < 0)
		return -EFAULT;
	if (len < 0)
		return -EINVAL;
	if (level == SOL_SOCKET)
		return put_value(c, &ref->sock->type, sizeof(int), len);
	if (name == NETLINK_LIST_MEMBERSHIPS)
		return put_groups(c, nl, len);
	if (!is_flag(name))
		return -ENOPROTOOPT;
	value = get_flag(nl, name);
	return put_value(c, &value, sizeof(value), len);
}

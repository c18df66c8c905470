/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Interfaces made, changed and removed: do_setlink(), rtnl_newlink() and
 * rtnl_dellink() of net/core/rtnetlink.c; veth_newlink().
 */
#include "src/net/rtnl.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_link.h>
#include <linux/veth.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#define ATTRS	   (IFLA_ALT_IFNAME + 1)
#define HEADER	   sizeof(struct ifinfomsg)
#define QUEUES_MAX 4096

typedef const struct nlattr *attr_list[ATTRS];

/* ---- which net ---- */

int rtnl_link_net(struct rtnl_request *request,
		  const struct nlattr *const *attrs,
		  struct net_devices **ret_net)
{
	struct rtnl_caller *caller = request->caller;
	uint32_t number = 0;

	*ret_net = request->net;
	if (attrs[IFLA_NET_NS_PID]) {
		if (rtnl_get_u32(attrs[IFLA_NET_NS_PID], &number) < 0)
			return -ERANGE;
		return caller->net_by_pid(caller, (int)number, ret_net);
	}
	if (attrs[IFLA_NET_NS_FD]) {
		if (rtnl_get_u32(attrs[IFLA_NET_NS_FD], &number) < 0)
			return -ERANGE;
		return caller->net_by_fd(caller, (int)number, ret_net);
	}
	if (attrs[IFLA_TARGET_NETNSID]) {
		if (rtnl_get_u32(attrs[IFLA_TARGET_NETNSID], &number) < 0)
			return -ERANGE;
		*ret_net = net_by_nsid(request->net, (int)number);
		return *ret_net ? 0 : -EINVAL;
	}
	return 0;
}

/* ---- changes ---- */

static int set_mtu(struct rtnl_request *request, struct net_device *dev,
		   const struct nlattr *attr)
{
	uint32_t mtu = 0, max = net_dev_max_mtu(dev);
	int r = rtnl_get_u32(attr, &mtu);

	if (r < 0)
		return r;
	if ((int32_t)mtu < 0 || mtu < net_dev_min_mtu(dev))
		return rtnl_fail(request, -EINVAL,
				 "mtu less than device minimum");
	if (max && mtu > max)
		return rtnl_fail(request, -EINVAL,
				 "mtu greater than device maximum");
	return net_dev_set_mtu(dev, mtu);
}

static int set_master(struct rtnl_request *request, struct net_device *dev,
		      const struct nlattr *attr)
{
	struct net_device *master = NULL;
	uint32_t index = 0;
	int r = rtnl_get_u32(attr, &index);

	if (r < 0)
		return r;
	if (index) {
		master = net_dev_by_index(dev->net, (int)index);
		if (!master)
			return -EINVAL;
		if (master->kind != NET_BRIDGE)
			return -EOPNOTSUPP;
		if (dev->kind == NET_BRIDGE)
			return rtnl_fail(
				request, -EINVAL,
				"Can not enslave a bridge to a bridge");
		if (dev->kind == NET_LO)
			return -EINVAL;
	}
	net_dev_set_master(dev, master);
	return 0;
}

static int set_alias(struct net_device *dev, const struct nlattr *attr)
{
	char alias[NET_ALIAS_MAX], *copy = NULL;

	if (rtnl_get_string(attr, alias, sizeof(alias)) < 0)
		return -EINVAL;
	if (alias[0]) {
		copy = strdup(alias);
		if (!copy)
			return -ENOMEM;
	}
	free(dev->alias);
	dev->alias = copy;
	net_tell(dev->net, NET_EVENT_NEWLINK, dev);
	return 0;
}

static int set_hardware(struct net_device *dev, const attr_list attrs)
{
	const struct nlattr *attr = attrs[IFLA_ADDRESS];
	int r = 0;

	if (attr && mnl_attr_get_payload_len(attr) < NET_HW_LEN)
		return -EINVAL;
	if (attr)
		r = net_dev_set_address(dev, mnl_attr_get_payload(attr));
	attr = attrs[IFLA_BROADCAST];
	if (r == 0 && attr && mnl_attr_get_payload_len(attr) >= NET_HW_LEN)
		memcpy(dev->broadcast, mnl_attr_get_payload(attr), NET_HW_LEN);
	return r;
}

static int set_addr_gen_mode(struct net_device *dev, const struct nlattr *spec)
{
	const struct nlattr *families[AF_INET6 + 1];
	const struct nlattr *attrs[IFLA_INET6_ADDR_GEN_MODE + 1];
	uint8_t mode = dev->addr_gen_mode;

	rtnl_nested(spec, families, AF_INET6 + 1);
	rtnl_nested(families[AF_INET6], attrs, IFLA_INET6_ADDR_GEN_MODE + 1);
	if (rtnl_get_u8(attrs[IFLA_INET6_ADDR_GEN_MODE], &mode) < 0 ||
	    mode > IN6_ADDR_GEN_MODE_RANDOM)
		return -EINVAL;
	dev->addr_gen_mode = mode;
	return 0;
}

/* What takes effect without being told by itself. */
static int set_plain(struct net_device *dev, const attr_list attrs)
{
	int r = rtnl_get_u32(attrs[IFLA_GROUP], &dev->group);

	if (r == 0)
		r = rtnl_get_u32(attrs[IFLA_TXQLEN], &dev->txqlen);
	if (r == 0)
		r = rtnl_get_u32(attrs[IFLA_NUM_TX_QUEUES], &dev->tx_queues);
	if (r == 0)
		r = rtnl_get_u32(attrs[IFLA_NUM_RX_QUEUES], &dev->rx_queues);
	if (dev->tx_queues < 1 || dev->tx_queues > QUEUES_MAX ||
	    dev->rx_queues < 1 || dev->rx_queues > QUEUES_MAX) {
		dev->tx_queues = dev->rx_queues = 1;
		return -EINVAL;
	}
	if (r == 0 && attrs[IFLA_AF_SPEC])
		r = set_addr_gen_mode(dev, attrs[IFLA_AF_SPEC]);
	return r;
}

static void set_flags(struct net_device *dev, const struct ifinfomsg *info)
{
	if (info->ifi_flags || info->ifi_change)
		net_dev_set_flags(dev, info->ifi_flags,
				  info->ifi_change ? info->ifi_change
						   : UINT32_MAX);
}

/* Another name, if a name that it has not is given with the index. */
static int set_name(struct net_device *dev, const struct ifinfomsg *info,
		    const struct nlattr *attr)
{
	char name[IFNAMSIZ];

	if (rtnl_get_string(attr, name, sizeof(name)) < 0)
		return -EINVAL;
	return info->ifi_index > 0 && name[0] ? net_dev_rename(dev, name) : 0;
}

static int move(struct rtnl_request *request, struct net_device *dev,
		const attr_list attrs)
{
	uint32_t index = 0;
	char name[IFNAMSIZ];
	bool named = false;
	struct net_devices *to;
	int r = rtnl_link_net(request, attrs, &to);

	if (r < 0 || to == dev->net)
		return r;
	if (dev->kind == NET_LO || dev->kind == NET_BRIDGE)
		return rtnl_fail(request, -EINVAL,
				 "The interface netns is immutable");
	if (attrs[IFLA_IFNAME])
		named = rtnl_get_string(attrs[IFLA_IFNAME], name,
					sizeof(name)) == 0 &&
			name[0];
	r = rtnl_get_u32(attrs[IFLA_NEW_IFINDEX], &index);
	return r < 0 ? r
		     : net_dev_move(dev, to, named ? name : NULL, (int)index);
}

static int change(struct rtnl_request *request, struct net_device *dev,
		  const struct ifinfomsg *info, const attr_list attrs)
{
	int r = move(request, dev, attrs);

	if (r == 0)
		r = set_hardware(dev, attrs);
	if (r == 0 && attrs[IFLA_MTU])
		r = set_mtu(request, dev, attrs[IFLA_MTU]);
	if (r == 0 && attrs[IFLA_IFNAME])
		r = set_name(dev, info, attrs[IFLA_IFNAME]);
	if (r == 0 && attrs[IFLA_IFALIAS])
		r = set_alias(dev, attrs[IFLA_IFALIAS]);
	if (r == 0 && attrs[IFLA_MASTER])
		r = set_master(request, dev, attrs[IFLA_MASTER]);
	/* Before it is up, which brings addresses here at once. */
	if (r == 0)
		r = set_plain(dev, attrs);
	if (r == 0)
		set_flags(dev, info);
	if (r == 0 && (attrs[IFLA_ADDRESS] || attrs[IFLA_GROUP] ||
		       attrs[IFLA_TXQLEN] || attrs[IFLA_AF_SPEC]))
		net_tell(dev->net, NET_EVENT_NEWLINK, dev);
	return r;
}

static int change_group(struct rtnl_request *request,
			const struct ifinfomsg *info, const attr_list attrs)
{
	struct net_device *dev, *next;
	uint32_t group = 0;
	int r = rtnl_get_u32(attrs[IFLA_GROUP], &group);

	LL_FOREACH_SAFE (request->net->devs, dev, next)
		if (r == 0 && dev->group == group)
			r = change(request, dev, info, attrs);
	return r;
}

/* ---- new ones ---- */

static int kind_of(struct rtnl_request *request, const struct nlattr *info,
		   const struct nlattr **ret_data)
{
	const struct nlattr *attrs[IFLA_INFO_MAX + 1];
	char name[32];
	int kind = -1;

	rtnl_nested(info, attrs, IFLA_INFO_MAX + 1);
	*ret_data = attrs[IFLA_INFO_DATA];
	if (attrs[IFLA_INFO_KIND] &&
	    rtnl_get_string(attrs[IFLA_INFO_KIND], name, sizeof(name)) == 0)
		kind = rtnl_kind_by_name(name);
	return kind < 0 ? rtnl_fail(request, -EOPNOTSUPP, "Unknown device type")
			: kind;
}

/* Bridges and their ports have no settings: what a fresh one has, they do. */
static int refuse_settings(struct rtnl_request *request,
			   const struct nlattr *info)
{
	const struct nlattr *attrs[IFLA_INFO_MAX + 1];

	rtnl_nested(info, attrs, IFLA_INFO_MAX + 1);
	if (attrs[IFLA_INFO_DATA] || attrs[IFLA_INFO_SLAVE_DATA])
		return rtnl_fail(request, -EOPNOTSUPP,
				 "Settings of this device type are fixed");
	return 0;
}

/* The interface, not told of so far. */
static int create(struct rtnl_request *request, struct net_devices *net,
		  int kind, const struct ifinfomsg *info, const attr_list attrs,
		  struct net_device **ret_dev)
{
	static const char *const patterns[] = {
		[NET_DUMMY] = "dummy%d",
		[NET_VETH] = "veth%d",
		[NET_BRIDGE] = "bridge%d",
	};
	char name[IFNAMSIZ];
	struct net_device *dev;
	int r;

	snprintf(name, sizeof(name), "%s", patterns[kind]);
	if (attrs[IFLA_IFNAME] &&
	    rtnl_get_string(attrs[IFLA_IFNAME], name, sizeof(name)) < 0)
		return -ERANGE;
	r = net_dev_create(net, (enum net_kind)kind, name, info->ifi_index,
			   &dev);
	if (r < 0)
		return r;
	r = set_plain(dev, attrs);
	if (r == 0)
		r = set_hardware(dev, attrs);
	if (r == 0 && attrs[IFLA_MTU])
		r = set_mtu(request, dev, attrs[IFLA_MTU]);
	if (r < 0)
		net_dev_discard(dev);
	else
		*ret_dev = dev;
	return r;
}

/* What it gets after it is there: rtnl_configure_link(), and its master. */
static int configure(struct rtnl_request *request, struct net_device *dev,
		     const struct ifinfomsg *info, const attr_list attrs)
{
	int r = 0;

	if (attrs[IFLA_IFALIAS])
		r = set_alias(dev, attrs[IFLA_IFALIAS]);
	if (r == 0 && attrs[IFLA_MASTER])
		r = set_master(request, dev, attrs[IFLA_MASTER]);
	if (r < 0) {
		net_dev_delete(dev);
		return r;
	}
	set_flags(dev, info);
	return 0;
}

/* The other end comes first, and may be another net's. */
static int create_peer(struct rtnl_request *request, struct net_devices *net,
		       const struct nlattr *data, struct ifinfomsg *ret_info,
		       struct net_device **ret_peer)
{
	const struct nlattr *attrs[VETH_INFO_PEER + 1], *own;
	attr_list peer_attrs = { 0 };
	struct net_devices *saved = request->net, *peer_net;
	int r;

	memset(ret_info, 0, sizeof(*ret_info));
	rtnl_nested(data, attrs, VETH_INFO_PEER + 1);
	own = attrs[VETH_INFO_PEER];
	if (own) {
		const char *payload = mnl_attr_get_payload(own);
		size_t len = mnl_attr_get_payload_len(own);

		if (len < HEADER)
			return -EINVAL;
		memcpy(ret_info, payload, HEADER);
		rtnl_parse(payload + HEADER, len - HEADER, peer_attrs, ATTRS);
	}
	/* Without one it is where the first is. */
	r = rtnl_link_net(request, peer_attrs, &peer_net);
	if (r == 0 && peer_net == saved)
		peer_net = net;
	return r < 0 ? r
		     : create(request, peer_net, NET_VETH, ret_info, peer_attrs,
			      ret_peer);
}

static int create_pair(struct rtnl_request *request, struct net_devices *net,
		       const struct nlattr *data, const struct ifinfomsg *info,
		       const attr_list attrs)
{
	struct ifinfomsg peer_info;
	struct net_device *dev, *peer;
	int r = create_peer(request, net, data, &peer_info, &peer);

	if (r < 0)
		return r;
	r = create(request, net, NET_VETH, info, attrs, &dev);
	if (r < 0) {
		net_dev_discard(peer);
		return r;
	}
	net_dev_register(peer);
	net_dev_pair(dev, peer);
	net_dev_register(dev);
	set_flags(peer, &peer_info);
	return configure(request, dev, info, attrs);
}

static int create_link(struct rtnl_request *request,
		       const struct ifinfomsg *info, const attr_list attrs)
{
	struct net_devices *net;
	struct net_device *dev;
	const struct nlattr *data;
	int kind, r;

	if (info->ifi_index < 0)
		return rtnl_fail(request, -EINVAL, "ifindex can't be negative");
	kind = kind_of(request, attrs[IFLA_LINKINFO], &data);
	if (kind < 0)
		return kind;
	r = rtnl_link_net(request, attrs, &net);
	if (r < 0)
		return r;
	if (kind == NET_VETH)
		return create_pair(request, net, data, info, attrs);
	r = refuse_settings(request, attrs[IFLA_LINKINFO]);
	if (r < 0)
		return r;
	r = create(request, net, kind, info, attrs, &dev);
	if (r < 0)
		return r;
	net_dev_register(dev);
	return configure(request, dev, info, attrs);
}

/* ---- the requests ---- */

int rtnl_new_link(struct rtnl_request *request)
{
	const struct ifinfomsg *info = rtnl_header(request, HEADER);
	uint16_t flags = request->head->nlmsg_flags;
	struct net_device *dev;
	attr_list attrs;

	if (!info)
		return -EINVAL;
	rtnl_attrs(request, HEADER, attrs, ATTRS);
	dev = rtnl_link_named(request, request->net, info->ifi_index, attrs);
	if (attrs[IFLA_LINKINFO]) {
		const struct nlattr *data;
		int kind = kind_of(request, attrs[IFLA_LINKINFO], &data);

		if (kind < 0 && !dev)
			return kind;
	}
	if (dev && flags & NLM_F_EXCL)
		return -EEXIST;
	if (dev && flags & NLM_F_REPLACE)
		return -EOPNOTSUPP;
	if (dev && refuse_settings(request, attrs[IFLA_LINKINFO]) < 0)
		return -EOPNOTSUPP;
	if (dev)
		return change(request, dev, info, attrs);
	if (flags & NLM_F_CREATE)
		return create_link(request, info, attrs);
	if (info->ifi_index == 0 && attrs[IFLA_GROUP] && !attrs[IFLA_IFNAME])
		return change_group(request, info, attrs);
	return -ENODEV;
}

int rtnl_set_link(struct rtnl_request *request)
{
	const struct ifinfomsg *info = rtnl_header(request, HEADER);
	struct net_device *dev;
	attr_list attrs;

	if (!info)
		return -EINVAL;
	rtnl_attrs(request, HEADER, attrs, ATTRS);
	if (info->ifi_index <= 0 && !attrs[IFLA_IFNAME] &&
	    !attrs[IFLA_ALT_IFNAME])
		return -EINVAL;
	dev = rtnl_link_named(request, request->net, info->ifi_index, attrs);
	return dev ? change(request, dev, info, attrs) : -ENODEV;
}

static int delete_group(struct rtnl_request *request, uint32_t group)
{
	struct net_device *dev = request->net->devs;
	bool found = false;

	if (!group)
		return -EPERM;
	while (dev) {
		if (dev->group != group || dev->kind == NET_LO) {
			dev = dev->next;
			continue;
		}
		found = true;
		net_dev_delete(dev); /* perhaps the next one, too */
		dev = request->net->devs;
	}
	return found ? 0 : -ENODEV;
}

int rtnl_del_link(struct rtnl_request *request)
{
	const struct ifinfomsg *info = rtnl_header(request, HEADER);
	struct net_device *dev;
	attr_list attrs;
	uint32_t group = 0;

	if (!info)
		return -EINVAL;
	rtnl_attrs(request, HEADER, attrs, ATTRS);
	if (info->ifi_index <= 0 && !attrs[IFLA_IFNAME] &&
	    !attrs[IFLA_ALT_IFNAME]) {
		if (!attrs[IFLA_GROUP] ||
		    rtnl_get_u32(attrs[IFLA_GROUP], &group) < 0)
			return -EINVAL;
		return delete_group(request, group);
	}
	dev = rtnl_link_named(request, request->net, info->ifi_index, attrs);
	if (!dev)
		return -ENODEV;
	if (dev->kind == NET_LO)
		return -EOPNOTSUPP;
	net_dev_delete(dev);
	return 0;
}

/* Each name of a list is added, or removed. */
static int change_props(struct rtnl_request *request,
			int (*one)(struct net_device *dev, const char *name))
{
	const struct ifinfomsg *info = rtnl_header(request, HEADER);
	char name[NET_ALTNAME_MAX];
	const struct nlattr *attr;
	struct net_device *dev;
	attr_list attrs;
	int r = 0;

	if (!info)
		return -EINVAL;
	rtnl_attrs(request, HEADER, attrs, ATTRS);
	if (!attrs[IFLA_PROP_LIST])
		return 0;
	dev = rtnl_link_named(request, request->net, info->ifi_index, attrs);
	if (!dev)
		return -ENODEV;
	mnl_attr_for_each_nested(attr, attrs[IFLA_PROP_LIST])
	{
		if (mnl_attr_get_type(attr) != IFLA_ALT_IFNAME)
			return -EINVAL;
		if (rtnl_get_string(attr, name, sizeof(name)) < 0)
			return -ERANGE;
		r = one(dev, name);
		if (r < 0)
			return r;
	}
	net_tell(dev->net, NET_EVENT_NEWLINK, dev);
	return 0;
}

int rtnl_new_linkprop(struct rtnl_request *request)
{
	return change_props(request, net_dev_add_altname);
}

int rtnl_del_linkprop(struct rtnl_request *request)
{
	return change_props(request, net_dev_del_altname);
}

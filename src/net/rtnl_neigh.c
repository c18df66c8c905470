/* SPDX-License-Identifier: Apache-2.0 */
/* Neighbours by messages: neigh_add() and its like of net/core/neighbour.c. */
#include "src/net/rtnl.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/neighbour.h>
#include <string.h>
#include <utlist.h>

#define ATTRS  (NDA_MAX + 1)
#define HEADER sizeof(struct ndmsg)

#define STATES_VALID                                                         \
	(NUD_PERMANENT | NUD_NOARP | NUD_REACHABLE | NUD_PROBE | NUD_STALE | \
	 NUD_DELAY)

struct nlmsghdr *rtnl_fill_neigh(void *buf, uint16_t type,
				 const struct net_neigh *neigh)
{
	struct nlmsghdr *msg = rtnl_begin(buf, type, HEADER);
	struct ndmsg *info = mnl_nlmsg_get_payload(msg);
	uint32_t age = neigh->net->now - neigh->updated;
	const struct nda_cacheinfo cache = { .ndm_confirmed = age,
					     .ndm_used = age,
					     .ndm_updated = age };

	info->ndm_family = neigh->ip.family;
	info->ndm_ifindex = neigh->index;
	info->ndm_state = neigh->state;
	info->ndm_flags =
		(uint8_t)(neigh->flags | (neigh->proxy ? NTF_PROXY : 0));
	info->ndm_type = RTN_UNICAST;
	rtnl_put_ip(msg, NDA_DST, &neigh->ip);
	if (neigh->proxy)
		return msg;
	if (neigh->has_address && neigh->state & STATES_VALID)
		mnl_attr_put(msg, NDA_LLADDR, NET_HW_LEN, neigh->address);
	mnl_attr_put_u32(msg, NDA_PROBES, 0);
	mnl_attr_put(msg, NDA_CACHEINFO, sizeof(cache), &cache);
	if (neigh->protocol)
		mnl_attr_put_u8(msg, NDA_PROTOCOL, neigh->protocol);
	return msg;
}

struct neigh_filter {
	uint32_t index, master;
	bool proxy;
};

static void dump_family(struct rtnl_request *request, uint8_t family,
			const struct neigh_filter *filter)
{
	const struct net_neigh *neigh;
	const struct net_device *dev;

	LL_FOREACH (request->net->neighs, neigh) {
		dev = net_dev_by_index(request->net, neigh->index);
		if (neigh->ip.family != family ||
		    neigh->proxy != filter->proxy ||
		    (filter->index &&
		     (uint32_t)neigh->index != filter->index) ||
		    (filter->master &&
		     (!dev || !dev->master ||
		      (uint32_t)dev->master->index != filter->master)))
			continue;
		rtnl_part(request,
			  rtnl_fill_neigh(rtnl_buffer(), RTM_NEWNEIGH, neigh));
	}
}

int rtnl_dump_neighs(struct rtnl_request *request)
{
	const struct ndmsg *info = rtnl_header(request, HEADER);
	const struct rtgenmsg *general = rtnl_header(request, 1);
	uint8_t family = general->rtgen_family;
	const struct nlattr *attrs[ATTRS];
	struct neigh_filter filter = { .proxy = info &&
						info->ndm_flags == NTF_PROXY };

	if (request->caller->strict && !info)
		return rtnl_fail(request, -EINVAL,
				 "Invalid header for neighbor dump request");
	if (family == AF_BRIDGE)
		return 0; /* bridges learn nothing */
	rtnl_attrs(request, HEADER, attrs, ATTRS);
	if (rtnl_get_u32(attrs[NDA_IFINDEX], &filter.index) < 0 ||
	    rtnl_get_u32(attrs[NDA_MASTER], &filter.master) < 0)
		return -ERANGE;
	request->filtered = filter.index || filter.master;
	if (family != AF_INET6)
		dump_family(request, AF_INET, &filter);
	if (family != AF_INET)
		dump_family(request, AF_INET6, &filter);
	return 0;
}

/* ---- one ---- */

struct neigh_request {
	const struct ndmsg *info;
	const struct nlattr *attrs[ATTRS];
	struct net_ip ip;
	bool proxy;
};

static int read_request(struct rtnl_request *request, struct neigh_request *q)
{
	memset(q, 0, sizeof(*q));
	q->info = rtnl_header(request, HEADER);
	if (!q->info)
		return -EINVAL;
	rtnl_attrs(request, HEADER, q->attrs, ATTRS);
	if (!q->attrs[NDA_DST])
		return rtnl_fail(request, -EINVAL,
				 "Network address not specified");
	q->proxy = q->info->ndm_flags & NTF_PROXY;
	if (q->info->ndm_ifindex &&
	    !net_dev_by_index(request->net, q->info->ndm_ifindex))
		return -ENODEV;
	if (!net_ip_size(q->info->ndm_family))
		return -EAFNOSUPPORT;
	if (rtnl_get_ip(q->attrs[NDA_DST], q->info->ndm_family, &q->ip) < 0)
		return rtnl_fail(request, -EINVAL, "Invalid network address");
	return 0;
}

static struct net_neigh *find(struct rtnl_request *request,
			      const struct neigh_request *q)
{
	return net_neigh_find(request->net, q->info->ndm_ifindex, &q->ip,
			      q->proxy);
}

int rtnl_get_neigh(struct rtnl_request *request)
{
	struct neigh_request q;
	const struct net_neigh *neigh;
	int r = read_request(request, &q);

	if (r < 0)
		return r;
	if (!q.proxy && !q.info->ndm_ifindex)
		return rtnl_fail(request, -EINVAL, "No device specified");
	neigh = find(request, &q);
	if (!neigh)
		return rtnl_fail(request, -ENOENT,
				 q.proxy ? "Proxy neighbour entry not found"
					 : "Neighbour entry not found");
	rtnl_reply(request,
		   rtnl_fill_neigh(rtnl_buffer(), RTM_NEWNEIGH, neigh));
	return 0;
}

/* __neigh_update() */
static int update(struct rtnl_request *request, const struct neigh_request *q,
		  struct net_neigh *neigh)
{
	const struct nlattr *attr = q->attrs[NDA_LLADDR];

	neigh->updated = request->net->now;
	if (q->info->ndm_state & STATES_VALID && !attr && !neigh->has_address)
		return rtnl_fail(request, -EINVAL,
				 "No link layer address given");
	if (attr) {
		memcpy(neigh->address, mnl_attr_get_payload(attr), NET_HW_LEN);
		neigh->has_address = true;
	}
	neigh->state = q->info->ndm_state;
	neigh->flags = q->info->ndm_flags & (NTF_ROUTER | NTF_EXT_LEARNED);
	if (rtnl_get_u8(q->attrs[NDA_PROTOCOL], &neigh->protocol) < 0)
		return -ERANGE;
	net_tell(request->net, NET_EVENT_NEWNEIGH, neigh);
	return 0;
}

static int add_proxy(struct rtnl_request *request,
		     const struct neigh_request *q, struct net_neigh *neigh)
{
	if (!neigh)
		neigh = net_neigh_add(request->net, q->info->ndm_ifindex,
				      &q->ip, true);
	if (!neigh)
		return -ENOBUFS;
	return rtnl_get_u8(q->attrs[NDA_PROTOCOL], &neigh->protocol);
}

int rtnl_new_neigh(struct rtnl_request *request)
{
	uint16_t flags = request->head->nlmsg_flags;
	struct neigh_request q;
	struct net_neigh *neigh;
	int r = read_request(request, &q);

	if (r < 0)
		return r;
	if (q.attrs[NDA_LLADDR] &&
	    mnl_attr_get_payload_len(q.attrs[NDA_LLADDR]) < NET_HW_LEN)
		return rtnl_fail(request, -EINVAL, "Invalid link address");
	neigh = find(request, &q);
	if (q.proxy)
		return add_proxy(request, &q, neigh);
	if (!q.info->ndm_ifindex)
		return rtnl_fail(request, -EINVAL, "Device not specified");
	if (neigh && flags & NLM_F_EXCL)
		return -EEXIST;
	if (!neigh && !(flags & NLM_F_CREATE))
		return -ENOENT;
	if (!neigh)
		neigh = net_neigh_add(request->net, q.info->ndm_ifindex, &q.ip,
				      false);
	return neigh ? update(request, &q, neigh) : -ENOBUFS;
}

int rtnl_del_neigh(struct rtnl_request *request)
{
	struct neigh_request q;
	struct net_neigh *neigh;
	int r = read_request(request, &q);

	if (r < 0)
		return r;
	if (!q.proxy && !q.info->ndm_ifindex)
		return -EINVAL;
	neigh = find(request, &q);
	if (!neigh)
		return -ENOENT;
	neigh->state = NUD_FAILED;
	net_neigh_del(neigh);
	return 0;
}

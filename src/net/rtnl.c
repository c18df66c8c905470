/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests and answers of rtnetlink. Follows netlink_rcv_skb() of
 * net/netlink/af_netlink.c and rtnetlink_rcv_msg() of net/core/rtnetlink.c.
 */
#include "src/net/rtnl.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <string.h>

void (*rtnl_multicast)(struct net_devices *net, unsigned int group,
		       const void *data, size_t len);

void *rtnl_buffer(void)
{
	static char buf[RTNL_MESSAGE_MAX] __attribute__((aligned(8)));

	return buf;
}

/* ---- what is in a request ---- */

int rtnl_fail(struct rtnl_request *request, int error, const char *message)
{
	request->message = message;
	return error;
}

const void *rtnl_header(const struct rtnl_request *request, size_t len)
{
	if (request->head->nlmsg_len < NLMSG_HDRLEN + len)
		return NULL;
	return mnl_nlmsg_get_payload(request->head);
}

void rtnl_parse(const void *data, size_t len, const struct nlattr **attrs,
		unsigned int n)
{
	const struct nlattr *attr = data;
	size_t step;

	memset(attrs, 0, n * sizeof(*attrs));
	while (len >= sizeof(*attr) && attr->nla_len >= sizeof(*attr) &&
	       attr->nla_len <= len) {
		if (mnl_attr_get_type(attr) < n)
			attrs[mnl_attr_get_type(attr)] = attr;
		step = MNL_ALIGN(attr->nla_len);
		if (step > len)
			break;
		len -= step;
		attr = (const void *)((const char *)attr + step);
	}
}

void rtnl_attrs(const struct rtnl_request *request, size_t header_len,
		const struct nlattr **attrs, unsigned int n)
{
	size_t at = NLMSG_HDRLEN + MNL_ALIGN(header_len);
	size_t len = request->head->nlmsg_len;

	rtnl_parse((const char *)request->head + at, len > at ? len - at : 0,
		   attrs, n);
}

void rtnl_nested(const struct nlattr *nest, const struct nlattr **attrs,
		 unsigned int n)
{
	memset(attrs, 0, n * sizeof(*attrs));
	if (nest)
		rtnl_parse(mnl_attr_get_payload(nest),
			   mnl_attr_get_payload_len(nest), attrs, n);
}

static int get(const struct nlattr *attr, void *value, size_t size)
{
	if (!attr)
		return 0;
	if (mnl_attr_get_payload_len(attr) < size)
		return -ERANGE;
	memcpy(value, mnl_attr_get_payload(attr), size);
	return 0;
}

int rtnl_get_u32(const struct nlattr *attr, uint32_t *ret_value)
{
	return get(attr, ret_value, sizeof(*ret_value));
}

int rtnl_get_u16(const struct nlattr *attr, uint16_t *ret_value)
{
	return get(attr, ret_value, sizeof(*ret_value));
}

int rtnl_get_u8(const struct nlattr *attr, uint8_t *ret_value)
{
	return get(attr, ret_value, sizeof(*ret_value));
}

int rtnl_get_ip(const struct nlattr *attr, uint8_t family,
		struct net_ip *ret_ip)
{
	size_t size = net_ip_size(family);

	if (!attr)
		return 0;
	if (!size || mnl_attr_get_payload_len(attr) < size)
		return -EINVAL;
	*ret_ip = net_ip_make(family, mnl_attr_get_payload(attr));
	return 0;
}

int rtnl_get_string(const struct nlattr *attr, char *buf, size_t size)
{
	const char *text = mnl_attr_get_payload(attr);
	size_t len = strnlen(text, mnl_attr_get_payload_len(attr));

	if (len >= size)
		return -ERANGE;
	memcpy(buf, text, len);
	buf[len] = 0;
	return 0;
}

/* ---- what is answered ---- */

struct nlmsghdr *rtnl_begin(void *buf, uint16_t type, size_t size)
{
	struct nlmsghdr *msg = mnl_nlmsg_put_header(buf);

	msg->nlmsg_type = type;
	mnl_nlmsg_put_extra_header(msg, size);
	return msg;
}

void rtnl_put_ip(struct nlmsghdr *msg, uint16_t type, const struct net_ip *ip)
{
	mnl_attr_put(msg, type, net_ip_size(ip->family), ip->bytes);
}

void rtnl_reply(struct rtnl_request *request, struct nlmsghdr *msg)
{
	msg->nlmsg_seq = request->head->nlmsg_seq;
	msg->nlmsg_pid = request->caller->port;
	request->caller->emit(request->caller, msg, msg->nlmsg_len);
}

static void flush_parts(struct rtnl_request *request)
{
	if (request->parts_len)
		request->caller->emit(request->caller, request->parts,
				      request->parts_len);
	request->parts_len = 0;
}

void rtnl_part(struct rtnl_request *request, struct nlmsghdr *msg)
{
	size_t size = MNL_ALIGN(msg->nlmsg_len);

	msg->nlmsg_seq = request->head->nlmsg_seq;
	msg->nlmsg_pid = request->caller->port;
	msg->nlmsg_flags |= NLM_F_MULTI;
	if (request->filtered)
		msg->nlmsg_flags |= NLM_F_DUMP_FILTERED;
	if (request->parts_len + size > RTNL_DATAGRAM_MAX)
		flush_parts(request);
	memcpy(request->parts + request->parts_len, msg, msg->nlmsg_len);
	request->parts_len += size;
}

static void acknowledge(struct rtnl_request *request, int error)
{
	static char buf[RTNL_MESSAGE_MAX + 65536] __attribute__((aligned(8)));
	const struct rtnl_caller *caller = request->caller;
	struct nlmsghdr *msg =
		rtnl_begin(buf, NLMSG_ERROR, sizeof(struct nlmsgerr));
	struct nlmsgerr *body = mnl_nlmsg_get_payload(msg);
	size_t more = request->head->nlmsg_len - sizeof(*request->head);

	body->error = error;
	body->msg = *request->head;
	if (!error || caller->cap_ack)
		msg->nlmsg_flags |= NLM_F_CAPPED;
	else if (more <= 65536)
		memcpy(mnl_nlmsg_put_extra_header(msg, more), request->head + 1,
		       more);
	if (caller->ext_ack && request->message) {
		msg->nlmsg_flags |= NLM_F_ACK_TLVS;
		mnl_attr_put_strz(msg, NLMSGERR_ATTR_MSG, request->message);
	}
	rtnl_reply(request, msg);
}

/* ---- who handles it ---- */

struct rtnl_row {
	uint16_t type;
	rtnl_handler *doit, *dump;
};

static const struct rtnl_row rows[] = {
	{ RTM_GETLINK, rtnl_get_link, rtnl_dump_links },
	{ RTM_NEWLINK, rtnl_new_link, NULL },
	{ RTM_SETLINK, rtnl_set_link, NULL },
	{ RTM_DELLINK, rtnl_del_link, NULL },
	{ RTM_NEWLINKPROP, rtnl_new_linkprop, NULL },
	{ RTM_DELLINKPROP, rtnl_del_linkprop, NULL },
	{ RTM_GETADDR, NULL, rtnl_dump_addrs },
	{ RTM_NEWADDR, rtnl_new_addr, NULL },
	{ RTM_DELADDR, rtnl_del_addr, NULL },
	{ RTM_GETROUTE, rtnl_get_route, rtnl_dump_routes },
	{ RTM_NEWROUTE, rtnl_new_route, NULL },
	{ RTM_DELROUTE, rtnl_del_route, NULL },
	{ RTM_GETRULE, NULL, rtnl_dump_rules },
	{ RTM_NEWRULE, rtnl_new_rule, NULL },
	{ RTM_DELRULE, rtnl_del_rule, NULL },
	{ RTM_GETNEIGH, rtnl_get_neigh, rtnl_dump_neighs },
	{ RTM_NEWNEIGH, rtnl_new_neigh, NULL },
	{ RTM_DELNEIGH, rtnl_del_neigh, NULL },
	{ RTM_GETNETCONF, rtnl_get_netconf, rtnl_dump_netconf },
	{ RTM_GETNSID, rtnl_get_nsid, rtnl_dump_nsids },
	{ RTM_NEWNSID, rtnl_new_nsid, NULL },
	{ RTM_GETQDISC, NULL, rtnl_dump_nothing },
	{ RTM_GETNEIGHTBL, NULL, rtnl_dump_nothing },
	{ RTM_GETADDRLABEL, NULL, rtnl_dump_nothing },
	{ RTM_GETNEXTHOP, NULL, rtnl_dump_nothing },
	{ RTM_GETMDB, NULL, rtnl_dump_nothing },
};

int rtnl_dump_nothing(struct rtnl_request *request)
{
	(void)request;
	return 0;
}

static const struct rtnl_row *row_of(uint16_t type)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].type == type)
			return &rows[i];
	return NULL;
}

/* The end of a dump tells its result; it is never acknowledged. */
void rtnl_run_dump(struct rtnl_request *request, rtnl_handler *dump)
{
	static char parts[RTNL_MESSAGE_MAX + RTNL_DATAGRAM_MAX];
	char end[64] __attribute__((aligned(8)));
	struct nlmsghdr *msg;
	int r;

	request->parts = parts;
	r = dump(request);
	/* Its end comes alone, but where the kernel finds room for it. */
	if (request->head->nlmsg_type != RTM_GETRULE &&
	    request->head->nlmsg_type != RTM_GETNEIGH)
		flush_parts(request);
	msg = rtnl_begin(end, NLMSG_DONE, sizeof(r));
	memcpy(mnl_nlmsg_get_payload(msg), &r, sizeof(r));
	if (r < 0 && request->caller->ext_ack && request->message) {
		msg->nlmsg_flags |= NLM_F_ACK_TLVS;
		msg = rtnl_begin(rtnl_buffer(), NLMSG_DONE, sizeof(r));
		memcpy(mnl_nlmsg_get_payload(msg), &r, sizeof(r));
		msg->nlmsg_flags |= NLM_F_ACK_TLVS;
		mnl_attr_put_strz(msg, NLMSGERR_ATTR_MSG, request->message);
	}
	rtnl_part(request, msg);
	flush_parts(request);
}

/* Return: whether it was answered already. */
static bool run(struct rtnl_request *request, int *ret_error)
{
	const struct nlmsghdr *head = request->head;
	const struct rtnl_row *row;
	bool gets = (head->nlmsg_type & 3) == 2;

	*ret_error = 0;
	if (head->nlmsg_type > RTM_MAX) {
		*ret_error = -EOPNOTSUPP;
		return false;
	}
	if (head->nlmsg_len < NLMSG_HDRLEN + sizeof(struct rtgenmsg))
		return false;
	row = row_of(head->nlmsg_type);
	if (!gets && !request->caller->admin) {
		*ret_error = -EPERM;
	} else if (gets && head->nlmsg_flags & NLM_F_DUMP && row && row->dump) {
		rtnl_run_dump(request, row->dump);
		return true;
	} else {
		*ret_error =
			row && row->doit ? row->doit(request) : -EOPNOTSUPP;
	}
	return false;
}

static void handle(struct rtnl_caller *caller, const struct nlmsghdr *head,
		   bool late)
{
	struct rtnl_request request = {
		.caller = caller,
		.net = caller->net,
		.head = head,
	};
	bool (*runs)(struct rtnl_request * request, int *ret_error) =
		caller->run ? caller->run : run;
	int error = 0;

	if (!(head->nlmsg_flags & NLM_F_REQUEST))
		return;
	if (late)
		error = -EBUSY;
	else if (head->nlmsg_type >= NLMSG_MIN_TYPE && runs(&request, &error))
		return;
	/* A reply to a plain GET is its acknowledgement, too. */
	if (error || head->nlmsg_flags & NLM_F_ACK)
		acknowledge(&request, error);
}

void rtnl_receive(struct rtnl_caller *caller, const void *data, size_t len)
{
	const struct nlmsghdr *head = data;
	bool late = false;
	size_t step;

	while (len >= sizeof(*head) && head->nlmsg_len >= sizeof(*head) &&
	       head->nlmsg_len <= len) {
		handle(caller, head, late);
		late = late || (caller->is_late && caller->is_late(caller));
		step = NLMSG_ALIGN(head->nlmsg_len);
		if (step > len)
			break;
		len -= step;
		head = (const void *)((const char *)head + step);
	}
}

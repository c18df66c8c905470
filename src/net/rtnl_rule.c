/* SPDX-License-Identifier: Apache-2.0 */
/* Rules by messages: fib_nl_newrule() and its like of net/core/fib_rules.c. */
#include "src/net/rtnl.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/fib_rules.h>
#include <string.h>
#include <utlist.h>

#define ATTRS  (FRA_DPORT_RANGE + 1)
#define HEADER sizeof(struct fib_rule_hdr)

/* ---- the message ---- */

static void put_names(struct nlmsghdr *msg, struct fib_rule_hdr *info,
		      const struct net_rule *rule)
{
	if (rule->iif[0]) {
		mnl_attr_put_strz(msg, FRA_IIFNAME, rule->iif);
		if (!net_dev_by_name(rule->net, rule->iif))
			info->flags |= FIB_RULE_IIF_DETACHED;
	}
	if (rule->oif[0]) {
		mnl_attr_put_strz(msg, FRA_OIFNAME, rule->oif);
		if (!net_dev_by_name(rule->net, rule->oif))
			info->flags |= FIB_RULE_OIF_DETACHED;
	}
}

static void put_ranges(struct nlmsghdr *msg, const struct net_rule *rule)
{
	if (rule->uid_start <= rule->uid_end) {
		const struct fib_rule_uid_range uids = { rule->uid_start,
							 rule->uid_end };

		mnl_attr_put(msg, FRA_UID_RANGE, sizeof(uids), &uids);
	}
	if (rule->sport[0])
		mnl_attr_put(msg, FRA_SPORT_RANGE, sizeof(rule->sport),
			     rule->sport);
	if (rule->dport[0])
		mnl_attr_put(msg, FRA_DPORT_RANGE, sizeof(rule->dport),
			     rule->dport);
	if (rule->ip_proto)
		mnl_attr_put_u8(msg, FRA_IP_PROTO, rule->ip_proto);
}

struct nlmsghdr *rtnl_fill_rule(void *buf, uint16_t type,
				const struct net_rule *rule)
{
	struct nlmsghdr *msg = rtnl_begin(buf, type, HEADER);
	struct fib_rule_hdr *info = mnl_nlmsg_get_payload(msg);

	info->family = rule->family;
	info->dst_len = rule->dst_len;
	info->src_len = rule->src_len;
	info->tos = rule->tos;
	info->table =
		rule->table < 256 ? (uint8_t)rule->table : RT_TABLE_COMPAT;
	info->action = rule->action;
	info->flags = rule->invert ? FIB_RULE_INVERT : 0;
	mnl_attr_put_u32(msg, FRA_TABLE, rule->table);
	mnl_attr_put_u32(msg, FRA_SUPPRESS_PREFIXLEN, rule->suppress_len);
	mnl_attr_put_u8(msg, FRA_PROTOCOL, rule->protocol);
	put_names(msg, info, rule);
	if (rule->priority)
		mnl_attr_put_u32(msg, FRA_PRIORITY, rule->priority);
	if (rule->mark)
		mnl_attr_put_u32(msg, FRA_FWMARK, rule->mark);
	if (rule->mark || rule->mark_mask)
		mnl_attr_put_u32(msg, FRA_FWMASK, rule->mark_mask);
	if (rule->target)
		mnl_attr_put_u32(msg, FRA_GOTO, rule->target);
	put_ranges(msg, rule);
	if (rule->suppress_group != UINT32_MAX)
		mnl_attr_put_u32(msg, FRA_SUPPRESS_IFGROUP,
				 rule->suppress_group);
	if (rule->dst_len)
		rtnl_put_ip(msg, FRA_DST, &rule->dst);
	if (rule->src_len)
		rtnl_put_ip(msg, FRA_SRC, &rule->src);
	return msg;
}

static void dump_family(struct rtnl_request *request, uint8_t family)
{
	const struct net_rule *rule;

	LL_FOREACH (*net_rule_list(request->net, family), rule)
		rtnl_part(request,
			  rtnl_fill_rule(rtnl_buffer(), RTM_NEWRULE, rule));
}

int rtnl_dump_rules(struct rtnl_request *request)
{
	const struct rtgenmsg *general = rtnl_header(request, 1);
	uint8_t family = general->rtgen_family;

	if (request->caller->strict && !rtnl_header(request, HEADER))
		return rtnl_fail(request, -EINVAL,
				 "Invalid header for fib rule dump request");
	if (family && !net_ip_size(family))
		return -EAFNOSUPPORT;
	if (family != AF_INET6)
		dump_family(request, AF_INET);
	if (family != AF_INET)
		dump_family(request, AF_INET6);
	return 0;
}

/* ---- what is asked for ---- */

struct rule_request {
	const struct fib_rule_hdr *info;
	const struct nlattr *attrs[ATTRS];
	struct net_rule rule;
};

static int read_address(const struct nlattr *attr, uint8_t len, uint8_t family,
			struct net_ip *ip)
{
	if (len > net_ip_size(family) * 8 || (len && !attr))
		return -EINVAL;
	return len ? rtnl_get_ip(attr, family, ip) : 0;
}

static int read_pair(const struct nlattr *attr, void *pair, size_t size)
{
	if (!attr)
		return 0;
	if (mnl_attr_get_payload_len(attr) != size)
		return -EINVAL;
	memcpy(pair, mnl_attr_get_payload(attr), size);
	return 0;
}

static int read_ranges(struct rule_request *q)
{
	struct fib_rule_uid_range uids = { 1, 0 };
	struct net_rule *rule = &q->rule;
	int r = read_pair(q->attrs[FRA_UID_RANGE], &uids, sizeof(uids));

	if (q->attrs[FRA_UID_RANGE] && uids.start > uids.end)
		r = -EINVAL;
	rule->uid_start = uids.start;
	rule->uid_end = uids.end;
	if (r == 0)
		r = read_pair(q->attrs[FRA_SPORT_RANGE], rule->sport,
			      sizeof(rule->sport));
	if (r == 0)
		r = read_pair(q->attrs[FRA_DPORT_RANGE], rule->dport,
			      sizeof(rule->dport));
	if (r == 0 && (rule->sport[0] > rule->sport[1] ||
		       rule->dport[0] > rule->dport[1]))
		r = -EINVAL;
	return r;
}

static int read_numbers(struct rule_request *q)
{
	struct net_rule *rule = &q->rule;
	const struct {
		int type;
		uint32_t *value;
	} words[] = {
		{ FRA_TABLE, &rule->table },
		{ FRA_PRIORITY, &rule->priority },
		{ FRA_FWMARK, &rule->mark },
		{ FRA_FWMASK, &rule->mark_mask },
		{ FRA_GOTO, &rule->target },
		{ FRA_SUPPRESS_PREFIXLEN, &rule->suppress_len },
		{ FRA_SUPPRESS_IFGROUP, &rule->suppress_group },
	};
	int r = 0;

	if (q->attrs[FRA_FWMARK])
		rule->mark_mask = UINT32_MAX;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]) && r == 0; i++)
		r = rtnl_get_u32(q->attrs[words[i].type], words[i].value);
	if (r == 0)
		r = rtnl_get_u8(q->attrs[FRA_PROTOCOL], &rule->protocol);
	if (r == 0)
		r = rtnl_get_u8(q->attrs[FRA_IP_PROTO], &rule->ip_proto);
	return r < 0 ? r : read_ranges(q);
}

static int read_request(struct rtnl_request *request, struct rule_request *q)
{
	struct net_rule *rule = &q->rule;
	int r;

	memset(q, 0, sizeof(*q));
	q->info = rtnl_header(request, HEADER);
	if (!q->info)
		return rtnl_fail(request, -EINVAL, "Invalid msg length");
	if (!net_ip_size(q->info->family))
		return -EAFNOSUPPORT;
	rtnl_attrs(request, HEADER, q->attrs, ATTRS);
	rule->family = q->info->family;
	rule->action = q->info->action;
	rule->tos = q->info->tos;
	rule->table = q->info->table;
	rule->src_len = q->info->src_len;
	rule->dst_len = q->info->dst_len;
	rule->invert = q->info->flags & FIB_RULE_INVERT;
	rule->suppress_len = rule->suppress_group = UINT32_MAX;
	r = read_numbers(q);
	if (r == 0)
		r = read_address(q->attrs[FRA_SRC], rule->src_len, rule->family,
				 &rule->src);
	if (r == 0)
		r = read_address(q->attrs[FRA_DST], rule->dst_len, rule->family,
				 &rule->dst);
	if (r == 0 && q->attrs[FRA_IIFNAME])
		r = rtnl_get_string(q->attrs[FRA_IIFNAME], rule->iif,
				    sizeof(rule->iif));
	if (r == 0 && q->attrs[FRA_OIFNAME])
		r = rtnl_get_string(q->attrs[FRA_OIFNAME], rule->oif,
				    sizeof(rule->oif));
	return r;
}

/* A rule that leads to a table needs one: the first free one is taken. */
int rtnl_new_rule(struct rtnl_request *request)
{
	struct rule_request q;
	struct net_rule *rule = &q.rule;
	int r = read_request(request, &q);

	if (r < 0)
		return r;
	if (rule->action == FR_ACT_UNSPEC)
		return -EINVAL;
	if (rule->action == FR_ACT_TO_TBL && !rule->table)
		return rtnl_fail(request, -EINVAL, "Invalid table");
	if (!q.attrs[FRA_PRIORITY])
		rule->priority = net_rule_priority(request->net, rule->family);
	if (rule->action == FR_ACT_GOTO && !q.attrs[FRA_GOTO])
		return rtnl_fail(request, -EINVAL, "Invalid goto action");
	if (rule->target && rule->action != FR_ACT_GOTO)
		return rtnl_fail(request, -EINVAL,
				 "Unexpected goto in non-goto action");
	if (rule->action == FR_ACT_GOTO && rule->target <= rule->priority)
		return rtnl_fail(request, -EINVAL,
				 "Backward goto not supported");
	request->net->unmerged |= rule->family == AF_INET;
	return net_rule_add(request->net, rule,
			    request->head->nlmsg_flags & NLM_F_EXCL);
}

static bool same_if(bool given, bool same)
{
	return !given || same;
}

/* What was not given does not count: rule_find(). */
static bool is_meant(const struct rule_request *q, const struct net_rule *rule)
{
	const struct net_rule *want = &q->rule;
	const struct nlattr *const *given = q->attrs;

	return same_if(want->action, want->action == rule->action) &&
	       same_if(want->table, want->table == rule->table) &&
	       same_if(given[FRA_PRIORITY], want->priority == rule->priority) &&
	       same_if(want->iif[0], strcmp(want->iif, rule->iif) == 0) &&
	       same_if(want->oif[0], strcmp(want->oif, rule->oif) == 0) &&
	       same_if(want->mark, want->mark == rule->mark) &&
	       same_if(given[FRA_FWMASK], want->mark_mask == rule->mark_mask) &&
	       same_if(want->protocol, want->protocol == rule->protocol) &&
	       same_if(want->ip_proto, want->ip_proto == rule->ip_proto) &&
	       same_if(given[FRA_UID_RANGE],
		       want->uid_start == rule->uid_start &&
			       want->uid_end == rule->uid_end) &&
	       same_if(want->sport[0],
		       memcmp(want->sport, rule->sport, 4) == 0) &&
	       same_if(want->dport[0],
		       memcmp(want->dport, rule->dport, 4) == 0) &&
	       same_if(want->tos, want->tos == rule->tos) &&
	       same_if(want->src_len,
		       want->src_len == rule->src_len &&
			       net_ip_equal(&want->src, &rule->src)) &&
	       same_if(want->dst_len,
		       want->dst_len == rule->dst_len &&
			       net_ip_equal(&want->dst, &rule->dst));
}

int rtnl_del_rule(struct rtnl_request *request)
{
	struct rule_request q;
	struct net_rule *rule;
	int r = read_request(request, &q);

	if (r < 0)
		return r;
	LL_FOREACH (*net_rule_list(request->net, q.rule.family), rule)
		if (is_meant(&q, rule)) {
			net_rule_del(rule);
			return 0;
		}
	return -ENOENT;
}

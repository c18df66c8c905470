/* SPDX-License-Identifier: Apache-2.0 */
/* Rules: which table is asked for whom, in the order of their priority. */
#include <errno.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>
#include "tables/net_fib.h"

struct net_rule **net_rule_list(struct net_devices *net, uint8_t family)
{
	return family == AF_INET ? &net->rules4 : &net->rules6;
}

static bool same(const struct net_rule *a, const struct net_rule *b)
{
	struct net_rule x, y;

	/* The padding, too: it is zero in all of them. */
	memcpy(&x, a, sizeof(x));
	memcpy(&y, b, sizeof(y));
	x.next = y.next = NULL;
	x.net = y.net = NULL;
	x.protocol = y.protocol = 0;
	return memcmp(&x, &y, sizeof(x)) == 0;
}

int net_rule_add(struct net_devices *net, const struct net_rule *from,
		 bool exclusive)
{
	struct net_rule **at = net_rule_list(net, from->family);
	struct net_rule *rule;

	if (exclusive)
		LL_FOREACH (*at, rule)
			if (same(rule, from))
				return -EEXIST;
	if (net->rules_len >= NET_RULES_MAX ||
	    net_totals.rules >= NET_RULES_ALL)
		return -ENOBUFS;
	rule = malloc(sizeof(*rule));
	if (!rule)
		return -ENOMEM;
	memcpy(rule, from, sizeof(*rule));
	rule->net = net;
	while (*at && (*at)->priority <= rule->priority)
		at = &(*at)->next;
	rule->next = *at;
	*at = rule;
	net->rules_len++;
	net_totals.rules++;
	net_tell(net, NET_EVENT_NEWRULE, rule);
	return 0;
}

void net_rule_del(struct net_rule *rule)
{
	LL_DELETE(*net_rule_list(rule->net, rule->family), rule);
	rule->net->rules_len--;
	net_totals.rules--;
	net_tell(rule->net, NET_EVENT_DELRULE, rule);
	free(rule);
}

/* One less than the second of the list has: fib_default_rule_pref(). */
uint32_t net_rule_priority(struct net_devices *net, uint8_t family)
{
	const struct net_rule *first = *net_rule_list(net, family);

	if (first && first->next && first->next->priority)
		return first->next->priority - 1;
	return 0;
}

static int add_default(struct net_devices *net, uint8_t family,
		       uint32_t priority, uint32_t table)
{
	struct net_rule rule;

	memset(&rule, 0, sizeof(rule));
	rule.family = family;
	rule.action = FR_ACT_TO_TBL;
	rule.protocol = RTPROT_KERNEL;
	rule.priority = priority;
	rule.table = table;
	rule.suppress_len = rule.suppress_group = UINT32_MAX;
	rule.uid_start = 1;
	return net_rule_add(net, &rule, false);
}

int net_rules_init(struct net_devices *net)
{
	int r = add_default(net, AF_INET, 0, RT_TABLE_LOCAL);

	if (r == 0)
		r = add_default(net, AF_INET, 32766, RT_TABLE_MAIN);
	if (r == 0)
		r = add_default(net, AF_INET, 32767, RT_TABLE_DEFAULT);
	if (r == 0)
		r = add_default(net, AF_INET6, 0, RT_TABLE_LOCAL);
	if (r == 0)
		r = add_default(net, AF_INET6, 32766, RT_TABLE_MAIN);
	return r;
}

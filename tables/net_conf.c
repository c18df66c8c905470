/* SPDX-License-Identifier: Apache-2.0 */
/* Settings of each interface: names and values of a fresh namespace. */
#include <string.h>
#include "tables/net_conf.h"

struct entry {
	const char *name;
	int32_t value;
};

/* clang-format off */
static const struct entry entries4[NET_CONF4] = {
	{ "forwarding", 0 }, { "mc_forwarding", 0 }, { "proxy_arp", 0 },
	{ "accept_redirects", 1 }, { "secure_redirects", 1 },
	{ "send_redirects", 1 }, { "shared_media", 1 }, { "rp_filter", 0 },
	{ "accept_source_route", 1 }, { "bootp_relay", 0 },
	{ "log_martians", 0 }, { "tag", 0 }, { "arp_filter", 0 },
	{ "medium_id", 0 }, { "disable_xfrm", 0 }, { "disable_policy", 0 },
	{ "force_igmp_version", 0 }, { "arp_announce", 0 },
	{ "arp_ignore", 0 }, { "promote_secondaries", 0 },
	{ "arp_accept", 0 }, { "arp_notify", 0 }, { "accept_local", 0 },
	{ "src_valid_mark", 0 }, { "proxy_arp_pvlan", 0 },
	{ "route_localnet", 0 },
	{ "igmpv2_unsolicited_report_interval", 10000 },
	{ "igmpv3_unsolicited_report_interval", 1000 },
	{ "ignore_routes_with_linkdown", 0 },
	{ "drop_unicast_in_l2_multicast", 0 },
	{ "drop_gratuitous_arp", 0 }, { "bc_forwarding", 0 },
	{ "arp_evict_nocarrier", 1 },
};

/* Times are as rtnetlink tells them, in milliseconds. */
static const struct entry entries6[NET_CONF6] = {
	{ "forwarding", 0 }, { "hop_limit", 64 }, { "mtu", 1280 },
	{ "accept_ra", 1 }, { "accept_redirects", 1 }, { "autoconf", 1 },
	{ "dad_transmits", 1 }, { "router_solicitations", -1 },
	{ "router_solicitation_interval", 4000 },
	{ "router_solicitation_delay", 1000 }, { "use_tempaddr", 0 },
	{ "temp_valid_lft", 604800 }, { "temp_prefered_lft", 86400 },
	{ "regen_max_retry", 3 }, { "max_desync_factor", 600 },
	{ "max_addresses", 16 }, { "force_mld_version", 0 },
	{ "accept_ra_defrtr", 1 }, { "accept_ra_pinfo", 1 },
	{ "accept_ra_rtr_pref", 1 }, { "router_probe_interval", 60000 },
	{ "accept_ra_rt_info_max_plen", 0 }, { "proxy_ndp", 0 },
	{ "optimistic_dad", 0 }, { "accept_source_route", 0 },
	{ "mc_forwarding", 0 }, { "disable_ipv6", 0 }, { "accept_dad", 1 },
	{ "force_tllao", 0 }, { "ndisc_notify", 0 },
	{ "mldv1_unsolicited_report_interval", 10000 },
	{ "mldv2_unsolicited_report_interval", 1000 },
	{ "suppress_frag_ndisc", 1 }, { "accept_ra_from_local", 0 },
	{ "use_optimistic", 0 }, { "accept_ra_mtu", 1 },
	{ NULL, 0 },	/* stable_secret: no number */
	{ "use_oif_addrs_only", 0 }, { "accept_ra_min_hop_limit", 1 },
	{ "ignore_routes_with_linkdown", 0 },
	{ "drop_unicast_in_l2_multicast", 0 },
	{ "drop_unsolicited_na", 0 }, { "keep_addr_on_down", 0 },
	{ "router_solicitation_max_interval", 3600000 },
	{ "seg6_enabled", 0 }, { "seg6_require_hmac", 0 },
	{ "enhanced_dad", 1 }, { "addr_gen_mode", 0 },
	{ "disable_policy", 0 }, { "accept_ra_rt_info_min_plen", 0 },
	{ "ndisc_tclass", 0 }, { "rpl_seg_enabled", 0 },
	{ "ra_defrtr_metric", 1024 }, { "ioam6_enabled", 0 },
	{ "ioam6_id", 65535 }, { "ioam6_id_wide", -1 },
	{ "ndisc_evict_nocarrier", 1 }, { "accept_untracked_na", 0 },
	{ "accept_ra_min_lft", 0 }, { "force_forwarding", 0 },
};
/* clang-format on */

void net_conf_init(struct net_conf *conf, bool all)
{
	for (int i = 0; i < NET_CONF4; i++)
		conf->v4[i] = entries4[i].value;
	for (int i = 0; i < NET_CONF6; i++)
		conf->v6[i] = entries6[i].value;
	if (all) {
		conf->v4[8] = 0; /* accept_source_route */
		conf->v6[NET_CONF6_ACCEPT_DAD] = 0;
	}
}

int net_conf_find(bool v6, const char *name)
{
	int n = v6 ? NET_CONF6 : NET_CONF4;

	for (int i = 0; i < n; i++) {
		const char *own = net_conf_name(v6, i);

		if (own && strcmp(own, name) == 0)
			return i;
	}
	return -1;
}

const char *net_conf_name(bool v6, int index)
{
	return v6 ? entries6[index].name : entries4[index].name;
}

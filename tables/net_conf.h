/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Settings that each interface has, and that a net has twice more ("all" and
 * "default"): net.ipv4.conf and net.ipv6.conf. In the order and with the
 * numbers of IPV4_DEVCONF_* and DEVCONF_*, as rtnetlink tells them.
 */
#ifndef NSRUN_NET_CONF_H
#define NSRUN_NET_CONF_H

#include <stdbool.h>
#include <stdint.h>

#define NET_CONF4 33 /* as many as Linux 6.18 tells */
#define NET_CONF6 60

struct net_conf {
	int32_t v4[NET_CONF4]; /* [IPV4_DEVCONF_* - 1] */
	int32_t v6[NET_CONF6];
};

/* Those that the code asks for; the numbers are the kernel's. */
enum {
	NET_CONF4_FORWARDING = 0,
	NET_CONF4_RP_FILTER = 7,
	NET_CONF4_MC_FORWARDING = 1,
	NET_CONF4_PROXY_ARP = 2,
	NET_CONF4_NOXFRM = 14,
	NET_CONF4_NOPOLICY = 15,
	NET_CONF4_PROMOTE_SECONDARIES = 19,
	NET_CONF4_IGNORE_LINKDOWN = 28,
	NET_CONF4_BC_FORWARDING = 31,
	NET_CONF6_FORWARDING = 0,
	NET_CONF6_MTU6 = 2,
	NET_CONF6_USE_TEMPADDR = 10,
	NET_CONF6_PROXY_NDP = 22,
	NET_CONF6_MC_FORWARDING = 25,
	NET_CONF6_DISABLE_IPV6 = 26,
	NET_CONF6_ACCEPT_DAD = 27,
	NET_CONF6_IGNORE_LINKDOWN = 39,
	NET_CONF6_KEEP_ADDR_ON_DOWN = 42,
	NET_CONF6_ADDR_GEN_MODE = 47,
};

/* As of a fresh namespace; @all: those of "all", which differ a little. */
void net_conf_init(struct net_conf *conf, bool all);

/*
 * The place of a file's name below conf/IF: an index of v4 or v6; -1: there is
 * no such file.
 */
int net_conf_find(bool v6, const char *name);

/* The name of the file of an index; NULL: it has none. */
const char *net_conf_name(bool v6, int index);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * /proc/net of a network namespace: interfaces, routes, counters. Sockets are
 * in proc_net_sock.c. What nobody counts here is 0; a file that only a part of
 * the kernel has that a private net lacks is empty.
 */
#include "src/view/proc_net.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <linux/if_addr.h>
#include <linux/ipv6_route.h>
#include <linux/neighbour.h>
#include <linux/route.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>
#include "src/net/devices.h"

/* The 32 bits of IPv4 as the kernel prints them: of this machine's order. */
static uint32_t word(const struct net_ip *ip)
{
	uint32_t value;

	memcpy(&value, ip->bytes, sizeof(value));
	return value;
}

void proc_net_hex(FILE *out, const void *data, size_t len)
{
	const unsigned char *at = data;

	while (len-- > 0)
		fprintf(out, "%02x", *at++);
}

static const char *dev_name(const struct net_devices *net, int index)
{
	const struct net_device *dev = net_dev_by_index(net, index);

	return dev ? dev->name : "*";
}

/* ---- interfaces ---- */

static void print_dev(FILE *out, struct net_devices *net)
{
	const struct net_device *dev;

	fputs("Inter-|   Receive                            "
	      "                    |  Transmit\n"
	      " face |bytes    packets errs drop fifo frame "
	      "compressed multicast|bytes    packets errs "
	      "drop fifo colls carrier compressed\n",
	      out);
	LL_FOREACH (net->devs, dev) {
		const struct net_stats *s = &dev->stats;

		fprintf(out,
			"%6s: %7lu %7lu %4lu %4lu %4lu %5lu %10lu %9lu "
			"%8lu %7lu %4lu %4lu %4lu %5lu %7lu %10lu\n",
			dev->name, s->rx_bytes, s->rx_packets, 0UL, 0UL, 0UL,
			0UL, 0UL, 0UL, s->tx_bytes, s->tx_packets, 0UL, 0UL,
			0UL, 0UL, 0UL, 0UL);
	}
}

static uint8_t inet6_scope(const struct net_ip *ip)
{
	switch (net_ip_scope(ip)) {
	case RT_SCOPE_HOST:
		return 0x10; /* IPV6_ADDR_LOOPBACK */
	case RT_SCOPE_LINK:
		return 0x20;
	case RT_SCOPE_SITE:
		return 0x40;
	default:
		return 0;
	}
}

static void print_if_inet6(FILE *out, struct net_devices *net)
{
	const struct net_device *dev;
	const struct net_addr *addr;

	LL_FOREACH (net->devs, dev)
		LL_FOREACH (dev->addrs6, addr) {
			proc_net_hex(out, addr->local.bytes, NET_IP_BYTES);
			fprintf(out, " %02x %02x %02x %02x %8s\n",
				(unsigned int)dev->index, addr->prefix_len,
				inet6_scope(&addr->local), (uint8_t)addr->flags,
				dev->name);
		}
}

/* ---- routes ---- */

static unsigned int flags4(const struct net_route *route,
			   const struct net_hop *hop)
{
	unsigned int flags = RTF_UP;

	if (route->type == RTN_UNREACHABLE || route->type == RTN_PROHIBIT)
		flags = RTF_REJECT;
	if (hop && hop->gateway.family == AF_INET)
		flags |= RTF_GATEWAY;
	if (route->dst_len == 32)
		flags |= RTF_HOST;
	return flags | RTF_UP;
}

/* Of table main alone, as fib_route_seq_show(). */
static void print_route(FILE *out, struct net_devices *net)
{
	const struct net_ip ones = net_ip4(255, 255, 255, 255);
	const struct net_route *route;
	char line[160];

	fprintf(out, "%-127s\n",
		"Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask"
		"\t\tMTU\tWindow\tIRTT");
	LL_FOREACH (net->routes4, route) {
		const struct net_hop *hop =
			route->hops_len ? route->hops : NULL;
		struct net_ip mask = net_ip_masked(&ones, route->dst_len);
		uint32_t advmss = route->metrics[RTAX_ADVMSS];

		if (route->table != RT_TABLE_MAIN ||
		    route->type == RTN_BROADCAST ||
		    route->type == RTN_MULTICAST)
			continue;
		snprintf(line, sizeof(line),
			 "%s\t%08X\t%08X\t%04X\t%d\t%u\t%u\t%08X\t%u\t%u\t%u",
			 hop ? dev_name(net, hop->oif) : "*", word(&route->dst),
			 hop && hop->gateway.family == AF_INET
				 ? word(&hop->gateway)
				 : 0,
			 flags4(route, hop), 0, 0, route->metric, word(&mask),
			 advmss ? advmss + 40 : 0, route->metrics[RTAX_WINDOW],
			 route->metrics[RTAX_RTT] >> 3);
		fprintf(out, "%-127s\n", line);
	}
}

static unsigned int flags6(const struct net_route *route)
{
	unsigned int flags = RTF_UP;

	if (route->hops_len && route->hops->gateway.family)
		flags |= RTF_GATEWAY;
	if (route->dst_len == 128)
		flags |= RTF_HOST;
	if (route->type == RTN_LOCAL)
		flags = RTF_UP | RTF_NONEXTHOP | RTF_LOCAL;
	if (route->type == RTN_UNREACHABLE || route->type == RTN_PROHIBIT ||
	    route->type == RTN_BLACKHOLE)
		flags = RTF_REJECT | RTF_NONEXTHOP | RTF_UP;
	return flags;
}

static void print_ipv6_route(FILE *out, struct net_devices *net)
{
	static const uint8_t none[NET_IP_BYTES];
	const struct net_route *route;

	LL_FOREACH (net->routes6, route) {
		const struct net_hop *hop = route->hops;

		proc_net_hex(out, route->dst.bytes, NET_IP_BYTES);
		fprintf(out, " %02x ", route->dst_len);
		proc_net_hex(out, none, NET_IP_BYTES);
		fprintf(out, " 00 ");
		proc_net_hex(out,
			     hop->gateway.family ? hop->gateway.bytes : none,
			     NET_IP_BYTES);
		fprintf(out, " %08x %08x %08x %08x %8s\n", route->metric, 1, 0,
			flags6(route), dev_name(net, hop->oif));
	}
}

/* ---- neighbours ---- */

static void print_arp(FILE *out, struct net_devices *net)
{
	const struct net_neigh *neigh;
	char ip[INET_ADDRSTRLEN];

	fputs("IP address       HW type     Flags       HW address            "
	      "Mask     Device\n",
	      out);
	LL_FOREACH (net->neighs, neigh) {
		const uint8_t *hw = neigh->address;

		if (neigh->ip.family != AF_INET || neigh->proxy)
			continue;
		inet_ntop(AF_INET, neigh->ip.bytes, ip, sizeof(ip));
		fprintf(out,
			"%-16s 0x%-10x0x%-10x%02x:%02x:%02x:%02x:%02x:%02x"
			"     *        %s\n",
			ip, 1,
			neigh->state & NUD_PERMANENT ? 6
			: neigh->has_address	     ? 2
						     : 0,
			hw[0], hw[1], hw[2], hw[3], hw[4], hw[5],
			dev_name(net, neigh->index));
	}
}

/* ---- which file ---- */

static const struct {
	const char *name;
	void (*print)(FILE *out, struct net_devices *net);
} files[] = {
	{ "dev", print_dev },	  { "if_inet6", print_if_inet6 },
	{ "route", print_route }, { "ipv6_route", print_ipv6_route },
	{ "arp", print_arp },
};

struct net *proc_net_of(const struct task *viewer, const struct place *place)
{
	char *end;
	long nr = strtol(place->path, &end, 10);
	const struct task *task = viewer;

	if (end != place->path)
		task = task_by_number(viewer, (ns_pid){ (int)nr });
	return task ? net_of(task) : NULL;
}

long proc_net_file(const struct task *viewer, const struct place *place,
		   char *real, size_t len, FILE *out)
{
	struct net *net = proc_net_of(viewer, place);
	const char *name = strrchr(place->path, '/') + 1;

	(void)real;
	(void)len;
	if (!net)
		return VIEW_REAL;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		if (strcmp(files[i].name, name) == 0)
			files[i].print(out, net_devices(net));
	return 0;
}

/* Which types of ICMP there are lines for depends on what was received. */
static bool is_by_type(const char *line)
{
	return strncmp(line, "IcmpMsg:", 8) == 0 ||
	       strncmp(line, "Icmp6InType", 11) == 0 ||
	       strncmp(line, "Icmp6OutType", 12) == 0;
}

/* Digits in a word, as in TCP6 or Ip6InReceives, are no number. */
static void print_zeros(FILE *out, const char *at, const char *end)
{
	while (at < end) {
		size_t n = strspn(at, " \t"), word;

		fprintf(out, "%.*s", (int)n, at);
		at += n;
		word = strcspn(at, " \t\n");
		if (isdigit((unsigned char)*at) ||
		    (*at == '-' && isdigit((unsigned char)at[1])))
			fputc('0', out);
		else
			fprintf(out, "%.*s", (int)word, at);
		at += word;
	}
	fputc('\n', out);
}

/* The real one's words; its numbers are other sockets'. */
long proc_net_zeros(const struct task *viewer, const struct place *place,
		    char *real, size_t len, FILE *out)
{
	const struct net *net = proc_net_of(viewer, place);
	const char *line = real;

	(void)len;
	if (!net)
		return VIEW_REAL;
	while (*line) {
		const char *end = line + strcspn(line, "\n");

		if (!is_by_type(line))
			print_zeros(out, line, end);
		line = *end ? end + 1 : end;
	}
	return 0;
}

/* The first line of the real one says what would follow. */
static long head_alone(const struct task *viewer, const struct place *place,
		       const char *real, FILE *out)
{
	if (!proc_net_of(viewer, place))
		return VIEW_REAL;
	fprintf(out, "%.*s", (int)strcspn(real, "\n"), real);
	if (*real)
		fputc('\n', out);
	return 0;
}

long proc_net_head(const struct task *viewer, const struct place *place,
		   char *real, size_t len, FILE *out)
{
	(void)len;
	return head_alone(viewer, place, real, out);
}

long proc_net_empty(const struct task *viewer, const struct place *place,
		    char *real, size_t len, FILE *out)
{
	(void)real;
	(void)len;
	(void)out;
	return proc_net_of(viewer, place) ? 0 : VIEW_REAL;
}

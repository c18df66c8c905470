/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Groups of a network namespace in /proc/net: igmp, igmp6, dev_mcast. Those
 * that the kernel joins by itself, and those of sockets.
 */
#include <string.h>
#include <utlist.h>
#include "src/net/devices.h"
#include "src/net/group.h"
#include "src/view/proc_net.h"

#define LOADED	    4 /* MAF_LOADED, MAF_NOREPORT */
#define NOREPORT    8
#define GROUPS_MAX_ 256

static struct group_joined groups[GROUPS_MAX_]; /* of the interface */

static unsigned int list(struct net *net, const struct net_device *dev,
			 uint8_t family)
{
	return group_list(net, dev->index, family, groups, GROUPS_MAX_);
}

static void print_group4(FILE *out, const struct net_ip *ip, unsigned int users)
{
	uint32_t word; /* of this machine's order */

	memcpy(&word, ip->bytes, sizeof(word));
	fprintf(out, "\t\t\t\t%08X %5u %d:%08X\t\t%d\n", word, users, 0, 0, 0);
}

static void print_igmp(FILE *out, struct net *net, const struct net_device *dev)
{
	const struct net_ip all = net_ip4(224, 0, 0, 1);
	unsigned int n = list(net, dev, AF_INET);

	fprintf(out, "%d\t%-10s: %5u %7s\n", dev->index, dev->name, n + 1,
		"V3");
	for (unsigned int i = 0; i < n; i++)
		print_group4(out, &groups[i].ip, groups[i].users);
	print_group4(out, &all, 1);
}

/* addrconf_addr_solict_mult() */
static struct net_ip solicited(const struct net_addr *addr)
{
	struct net_ip ip = net_ip_parse("ff02::1:ff00:0");

	memcpy(ip.bytes + 13, addr->local.bytes + 13, 3);
	return ip;
}

static void print_group6(FILE *out, const struct net_device *dev,
			 const struct net_ip *ip, unsigned int users,
			 unsigned int flags)
{
	fprintf(out, "%-4d %-15s ", dev->index, dev->name);
	proc_net_hex(out, ip->bytes, NET_IP_BYTES);
	fprintf(out, " %5u %08X %d\n", users, flags, 0);
}

static void print_igmp6(FILE *out, struct net *net,
			const struct net_device *dev)
{
	const struct net_ip link = net_ip_parse("ff02::1");
	const struct net_ip node = net_ip_parse("ff01::1");
	unsigned int n = list(net, dev, AF_INET6);
	const struct net_addr *addr;

	for (unsigned int i = 0; i < n; i++)
		print_group6(out, dev, &groups[i].ip, groups[i].users, LOADED);
	LL_FOREACH (dev->addrs6, addr) {
		struct net_ip ip = solicited(addr);

		if (dev->kind != NET_LO)
			print_group6(out, dev, &ip, 1, LOADED);
	}
	print_group6(out, dev, &link, 1, LOADED | NOREPORT);
	print_group6(out, dev, &node, 1, NOREPORT);
}

/* By the address that frames to it have. */
static void print_frames(FILE *out, const struct net_device *dev,
			 const struct net_ip *ip)
{
	uint8_t to[NET_HW_LEN] = { 0x33, 0x33 };

	memcpy(to + 2, ip->bytes + 12, 4);
	if (ip->family == AF_INET) {
		const uint8_t first[] = { 0x01, 0x00, 0x5e };

		memcpy(to, first, sizeof(first));
		memcpy(to + 3, ip->bytes + 1, 3);
		to[3] &= 0x7f;
	}
	fprintf(out, "%-4d %-15s %-5d %-5d ", dev->index, dev->name, 1, 0);
	proc_net_hex(out, to, sizeof(to));
	fputc('\n', out);
}

static void print_dev_mcast(FILE *out, struct net *net,
			    const struct net_device *dev)
{
	static const uint8_t families[] = { AF_INET, AF_INET6 };
	const struct net_ip all6 = net_ip_parse("ff02::1");
	const struct net_ip all4 = net_ip4(224, 0, 0, 1);
	const struct net_addr *addr;

	if (dev->kind == NET_LO)
		return;
	print_frames(out, dev, &all6);
	print_frames(out, dev, &all4);
	LL_FOREACH (dev->addrs6, addr) {
		struct net_ip ip = solicited(addr);

		print_frames(out, dev, &ip);
	}
	for (int i = 0; i < 2; i++)
		for (unsigned int n = list(net, dev, families[i]); n > 0; n--)
			print_frames(out, dev, &groups[n - 1].ip);
}

static const struct {
	const char *name, *head;
	void (*print)(FILE *out, struct net *net, const struct net_device *dev);
} files[] = {
	{ "igmp",
	  "Idx\tDevice    : Count Querier\tGroup    Users Timer\tReporter\n",
	  print_igmp },
	{ "igmp6", "", print_igmp6 },
	{ "dev_mcast", "", print_dev_mcast },
};

long proc_net_groups(const struct task *viewer, const struct place *place,
		     char *real, size_t len, FILE *out)
{
	const char *name = strrchr(place->path, '/') + 1;
	struct net *net = proc_net_of(viewer, place);
	const struct net_device *dev;

	(void)real;
	(void)len;
	if (!net)
		return VIEW_REAL;
	sock_sweep();
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		if (strcmp(files[i].name, name) != 0)
			continue;
		fputs(files[i].head, out);
		LL_FOREACH (net_devices(net)->devs, dev)
			if (net_dev_is_up(dev))
				files[i].print(out, net, dev);
	}
	return 0;
}

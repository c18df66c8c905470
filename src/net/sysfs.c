/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See sysfs.h.
 *
 * Theory of operation. The host's sysfs shows the host's interfaces. So when
 * somebody asks for those of a net, it gets a tree of real files, in the folder
 * of the instance that is cleaned up whatever happens (mnt_folder.h), and paths
 * of the two places are told to the kernel as paths of it. From then on it
 * is kept up with each change. Being real, the tree needs no help with what
 * begins at one of its folders, and a program that spoils it spoils its own.
 * The supervisor follows no link in it, and opens nothing that it has not made
 * in that moment.
 *
 * What the kernel refuses to tell (the speed of lo) is a link to a file of the
 * host's lo that is refused alike.
 */
#include "src/net/sysfs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <utlist.h>
#include "src/host/sys.h"
#include "src/net/devices.h"
#include "src/ns/mnt_folder.h"
#include "src/view/spot.h"
#include <linux/if.h> /* after <net/if.h> */

#define CLASS	 "/sys/class/net"
#define DEVICES	 "/sys/devices/virtual/net"
#define HOST_LO	 "/sys/class/net/lo/"
#define ZERO	 "zero"
#define DEVS_MAX 512 /* of an instance: each is some twenty files */

/* What was made for an interface. */
struct entry {
	int index;
	char name[IFNAMSIZ], master[IFNAMSIZ];
	struct entry *next;
};

struct sysfs {
	struct spot *folder;
	int top, links, devices; /* the tree, and the two places in it */
	char path[256];
	struct entry *entries;
};

static unsigned int nr_entries;

static const char *const counters[] = {
	"collisions",	     "multicast",
	"rx_bytes",	     "rx_compressed",
	"rx_crc_errors",     "rx_dropped",
	"rx_errors",	     "rx_fifo_errors",
	"rx_frame_errors",   "rx_length_errors",
	"rx_missed_errors",  "rx_nohandler",
	"rx_over_errors",    "rx_packets",
	"tx_aborted_errors", "tx_bytes",
	"tx_carrier_errors", "tx_compressed",
	"tx_dropped",	     "tx_errors",
	"tx_fifo_errors",    "tx_heartbeat_errors",
	"tx_packets",	     "tx_window_errors",
};

/* That are 0 of every interface here. */
static const char *const zeros[] = {
	"dev_port",   "gro_flush_timeout", "link_mode", "napi_defer_hard_irqs",
	"proto_down", "threaded",
};

/* As those of a fresh one: bridges and ports have no settings. */
static const struct {
	const char *name, *text;
} of_bridge[] = {
	{ "ageing_time", "30000" },
	{ "forward_delay", "1500" },
	{ "group_addr", "1:80:c2:0:0:0" },
	{ "hello_time", "200" },
	{ "max_age", "2000" },
	{ "priority", "32768" },
	{ "root_path_cost", "0" },
	{ "root_port", "0" },
	{ "stp_state", "0" },
	{ "topology_change", "0" },
	{ "vlan_filtering", "0" },
};

/* ---- files ---- */

static int open_folder(int at, const char *name)
{
	return openat(at, name,
		      O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* @name in @at, made if it is not there; -1: it can't be had. */
static int make_folder(int at, const char *name)
{
	mkdirat(at, name, 0755);
	return open_folder(at, name);
}

__attribute__((format(printf, 3, 4))) static void put(int at, const char *name,
						      const char *format, ...)
{
	va_list args;
	int fd;

	unlinkat(at, name, 0);
	fd = openat(at, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0444);
	if (fd < 0)
		return;
	va_start(args, format);
	vdprintf(fd, format, args);
	va_end(args);
	close(fd);
}

__attribute__((format(printf, 3, 4))) static void
put_link(int at, const char *name, const char *format, ...)
{
	char target[64];
	va_list args;

	va_start(args, format);
	vsnprintf(target, sizeof(target), format, args);
	va_end(args);
	unlinkat(at, name, 0);
	if (symlinkat(target, at, name) < 0)
		return; /* the program has put something there */
}

/* Reading it is EINVAL. */
static void put_refused(int at, const char *name)
{
	put_link(at, name, HOST_LO "speed");
}

/* The same file for all, since there are many. */
static void put_zeros(const struct sysfs *sys, int at, const char *const *names,
		      size_t n)
{
	for (; n-- > 0; names++) {
		long r = sys_result(linkat(sys->top, ZERO, at, *names, 0));

		if (r < 0 && r != -EEXIST)
			put(at, *names, "0\n");
	}
}

#define PUT_ZEROS(sys, at, names) \
	put_zeros(sys, at, names, sizeof(names) / sizeof(*(names)))

static void put_hw(int at, const char *name, const uint8_t *hw)
{
	put(at, name, "%02x:%02x:%02x:%02x:%02x:%02x\n", hw[0], hw[1], hw[2],
	    hw[3], hw[4], hw[5]);
}

/* ---- an interface ---- */

static const char *operstate(const struct net_device *dev)
{
	static const char *const names[] = {
		"unknown", "notpresent", "down", "lowerlayerdown",
		"testing", "dormant",	 "up",
	};

	return names[net_dev_operstate(dev)];
}

/* br_get_link_ksettings(): that of its ports, which are veths. */
static int speed(const struct net_device *dev)
{
	const struct net_device *port;

	if (dev->kind == NET_VETH)
		return 10000;
	LL_FOREACH (dev->net->devs, port)
		if (port->master == dev && port->kind == NET_VETH)
			return 10000;
	return -1;
}

/* What is told of one that is up alone. */
static void put_running(int at, const struct net_device *dev)
{
	if (!net_dev_is_up(dev)) {
		put_refused(at, "carrier");
		put_refused(at, "dormant");
		put_refused(at, "testing");
	} else {
		put(at, "carrier", "%d\n", net_dev_running(dev));
		put(at, "dormant", "0\n");
		put(at, "testing", "0\n");
	}
	if (!net_dev_is_up(dev) ||
	    (dev->kind != NET_VETH && dev->kind != NET_BRIDGE)) {
		put_refused(at, "speed");
		put_refused(at, "duplex");
	} else {
		put(at, "speed", "%d\n", speed(dev));
		put(at, "duplex", "%s\n",
		    dev->kind == NET_VETH ? "full" : "unknown");
	}
}

static void put_carriers(int at, const struct net_device *dev)
{
	put(at, "carrier_changes", "%u\n", dev->carrier_up + dev->carrier_down);
	put(at, "carrier_up_count", "%u\n", dev->carrier_up);
	put(at, "carrier_down_count", "%u\n", dev->carrier_down);
	put(at, "operstate", "%s\n", operstate(dev));
}

static unsigned int raw_flags(const struct net_device *dev)
{
	return dev->flags |
	       (dev->promiscuity || dev->master ? IFF_PROMISC : 0U) |
	       (dev->allmulti || dev->master ? IFF_ALLMULTI : 0U);
}

static void put_attributes(int at, const struct net_device *dev)
{
	bool lo = dev->kind == NET_LO;

	put(at, "addr_assign_type", "%d\n", lo ? 0 : dev->address_set ? 3 : 1);
	put(at, "addr_len", "%d\n", NET_HW_LEN);
	put_hw(at, "address", dev->address);
	put_hw(at, "broadcast", dev->broadcast);
	put(at, "dev_id", "0x0\n");
	put(at, "flags", "0x%x\n", raw_flags(dev));
	put(at, "ifalias", dev->alias ? "%s\n" : "%s",
	    dev->alias ? dev->alias : "");
	put(at, "ifindex", "%d\n", dev->index);
	put(at, "iflink", "%u\n", net_dev_iflink(dev));
	put(at, "mtu", "%u\n", dev->mtu);
	put(at, "name_assign_type", "%d\n", lo ? 2 : 3);
	put(at, "netdev_group", "%u\n", dev->group);
	put(at, "tx_queue_len", "%u\n", dev->txqlen);
	put(at, "type", "%d\n", lo ? 772 : 1);
	put(at, "uevent", "%sINTERFACE=%s\nIFINDEX=%d\n",
	    dev->kind == NET_BRIDGE ? "DEVTYPE=bridge\n" : "", dev->name,
	    dev->index);
	put_running(at, dev);
	put_carriers(at, dev);
}

/* bridge_id, root_id */
static void put_bridge_id(int at, const char *name,
			  const struct net_device *dev)
{
	const uint8_t *hw = dev->address;

	put(at, name, "8000.%02x%02x%02x%02x%02x%02x\n", hw[0], hw[1], hw[2],
	    hw[3], hw[4], hw[5]);
}

static void put_bridge(int at, const struct net_device *dev)
{
	_cleanup_close_ int ports = make_folder(at, "brif");
	_cleanup_close_ int own = make_folder(at, "bridge");

	if (own < 0 || ports < 0)
		return;
	put_bridge_id(own, "bridge_id", dev);
	put_bridge_id(own, "root_id", dev);
	for (size_t i = 0; i < sizeof(of_bridge) / sizeof(*of_bridge); i++)
		put(own, of_bridge[i].name, "%s\n", of_bridge[i].text);
}

/* What does not change. */
static void put_fixed(const struct sysfs *sys, int at,
		      const struct net_device *dev)
{
	_cleanup_close_ int statistics = make_folder(at, "statistics");
	_cleanup_close_ int queues = make_folder(at, "queues");

	PUT_ZEROS(sys, at, zeros);
	if (statistics >= 0)
		PUT_ZEROS(sys, statistics, counters);
	put_link(at, "subsystem", "../../../../class/net");
	put_link(at, "power", HOST_LO "power");
	if (queues >= 0) {
		put_link(queues, "rx-0", HOST_LO "queues/rx-0");
		put_link(queues, "tx-0", HOST_LO "queues/tx-0");
	}
	put_link(sys->links, dev->name, "../../devices/virtual/net/%s",
		 dev->name);
}

/* ---- ports of bridges ---- */

static void leave_bridge(const struct sysfs *sys, int at, struct entry *entry)
{
	_cleanup_close_ int bridge = open_folder(sys->devices, entry->master);
	_cleanup_close_ int ports =
		bridge < 0 ? -1 : open_folder(bridge, "brif");
	char name[IFNAMSIZ + 8];

	snprintf(name, sizeof(name), "upper_%s", entry->master);
	unlinkat(at, name, 0);
	unlinkat(at, "master", 0);
	snprintf(name, sizeof(name), "lower_%s", entry->name);
	if (bridge >= 0)
		unlinkat(bridge, name, 0);
	if (ports >= 0)
		unlinkat(ports, entry->name, 0);
	*entry->master = 0;
}

static void join_bridge(const struct sysfs *sys, int at, struct entry *entry,
			const char *master)
{
	_cleanup_close_ int bridge = open_folder(sys->devices, master);
	_cleanup_close_ int ports =
		bridge < 0 ? -1 : open_folder(bridge, "brif");
	_cleanup_close_ int port = make_folder(at, "brport");
	char name[IFNAMSIZ + 8];

	snprintf(name, sizeof(name), "upper_%s", master);
	put_link(at, name, "../%s", master);
	put_link(at, "master", "../%s", master);
	snprintf(name, sizeof(name), "lower_%s", entry->name);
	if (bridge >= 0)
		put_link(bridge, name, "../%s", entry->name);
	if (ports >= 0)
		put_link(ports, entry->name, "../../%s/brport", entry->name);
	if (port >= 0)
		put_link(port, "bridge", "../../%s", master);
	strcpy(entry->master, master);
}

static void remove_port(int at)
{
	_cleanup_close_ int port = open_folder(at, "brport");

	if (port >= 0)
		unlinkat(port, "bridge", 0);
	unlinkat(at, "brport", AT_REMOVEDIR);
}

static void put_master(const struct sysfs *sys, int at, struct entry *entry,
		       const struct net_device *dev)
{
	const char *master = dev->master ? dev->master->name : "";

	if (strcmp(entry->master, master) == 0)
		return;
	if (*entry->master)
		leave_bridge(sys, at, entry);
	if (*master)
		join_bridge(sys, at, entry, master);
	else
		remove_port(at);
}

/* ---- the tree ---- */

static void remove_folder(const struct sysfs *sys, const char *name)
{
	struct spot *spot;
	char path[sizeof(sys->path) + 64];

	snprintf(path, sizeof(path), "%s" DEVICES "/%s", sys->path, name);
	if (spot_open(path, &spot) < 0)
		return;
	mnt_folder_remove(spot);
	spot_put(spot);
}

static void entry_free(struct sysfs *sys, struct entry *entry)
{
	_cleanup_close_ int at = open_folder(sys->devices, entry->name);

	if (at >= 0 && *entry->master)
		leave_bridge(sys, at, entry);
	unlinkat(sys->links, entry->name, 0);
	remove_folder(sys, entry->name);
	LL_DELETE(sys->entries, entry);
	free(entry);
	nr_entries--;
}

static struct entry *entry_of(struct sysfs *sys, const struct net_device *dev)
{
	struct entry *entry;

	LL_SEARCH_SCALAR(sys->entries, entry, index, dev->index);
	if (entry && strcmp(entry->name, dev->name) == 0)
		return entry;
	if (entry)
		entry_free(sys, entry);
	entry = nr_entries < DEVS_MAX ? calloc(1, sizeof(*entry)) : NULL;
	if (!entry)
		return NULL;
	entry->index = dev->index;
	strcpy(entry->name, dev->name);
	LL_PREPEND(sys->entries, entry);
	nr_entries++;
	return entry;
}

static void put_dev(struct sysfs *sys, const struct net_device *dev)
{
	struct entry *entry = entry_of(sys, dev);
	_cleanup_close_ int at =
		entry ? make_folder(sys->devices, dev->name) : -1;

	if (at < 0)
		return;
	put_fixed(sys, at, dev);
	put_attributes(at, dev);
	if (dev->kind == NET_BRIDGE)
		put_bridge(at, dev);
	put_master(sys, at, entry, dev);
}

static int make_path(int at, const char *const *names)
{
	int fd = make_folder(at, *names);

	while (fd >= 0 && *++names) {
		int next = make_folder(fd, *names);

		close(fd);
		fd = next;
	}
	return fd;
}

static void sysfs_free(struct sysfs *sys)
{
	struct entry *entry, *next;

	LL_FOREACH_SAFE (sys->entries, entry, next) {
		free(entry);
		nr_entries--;
	}
	sys_close(&sys->links);
	sys_close(&sys->devices);
	sys_close(&sys->top);
	if (sys->folder) {
		mnt_folder_remove(sys->folder);
		spot_put(sys->folder);
	}
	free(sys);
}

static long open_tree(struct sysfs *sys)
{
	static const char *const links[] = { "sys", "class", "net", NULL };
	static const char *const devices[] = { "sys", "devices", "virtual",
					       "net", NULL };
	char link[64];
	long r = mnt_folder_make(0755, &sys->folder);

	if (r < 0)
		return r;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", sys->folder->fd);
	r = sys_readlink(link, sys->path, sizeof(sys->path));
	if (r < 0 || r >= (long)sizeof(sys->path) - 1)
		return -ENAMETOOLONG;
	sys->top = open_folder(AT_FDCWD, sys->path);
	if (sys->top >= 0) {
		put(sys->top, ZERO, "0\n");
		sys->links = make_path(sys->top, links);
		sys->devices = make_path(sys->top, devices);
	}
	return sys->links < 0 || sys->devices < 0 ? -ENFILE : 0;
}

/* Return: NULL: it can't be had. */
static struct sysfs *sysfs_of(struct net *net)
{
	const struct net_device *dev;
	struct sysfs *sys = net->sysfs;

	if (sys)
		return sys;
	sys = calloc(1, sizeof(*sys));
	if (!sys)
		return NULL;
	sys->top = sys->links = sys->devices = -1;
	if (open_tree(sys) < 0) {
		sysfs_free(sys);
		return NULL;
	}
	net->sysfs = sys;
	/* What a port has with its bridge is in the folders of both. */
	LL_FOREACH (net->devices.devs, dev)
		if (!dev->master)
			put_dev(sys, dev);
	LL_FOREACH (net->devices.devs, dev)
		if (dev->master)
			put_dev(sys, dev);
	return sys;
}

void sysfs_changed(struct net *net, const struct net_device *dev, bool gone)
{
	struct entry *entry;

	if (!net->sysfs)
		return;
	if (!gone) {
		put_dev(net->sysfs, dev);
		return;
	}
	LL_SEARCH_SCALAR(net->sysfs->entries, entry, index, dev->index);
	if (entry)
		entry_free(net->sysfs, entry);
}

static int sysfs_init(struct net *net)
{
	net->sysfs = NULL;
	return 0;
}

static void sysfs_exit(struct net *net)
{
	if (net->sysfs)
		sysfs_free(net->sysfs);
	net->sysfs = NULL;
}

const struct net_subsystem net_sysfs_subsystem = {
	.name = "sysfs",
	.init = sysfs_init,
	.exit = sysfs_exit,
};

/* ---- paths ---- */

static bool begins(const char *path, const char *with)
{
	size_t n = strlen(with);

	return strncmp(path, with, n) == 0 && (!path[n] || path[n] == '/');
}

bool sysfs_is(const char *path)
{
	return begins(path, CLASS) || begins(path, DEVICES);
}

bool sysfs_path(struct net *net, const char *path, char *ret_path, size_t size)
{
	struct sysfs *sys = sysfs_of(net);
	int n = sys ? snprintf(ret_path, size, "%s%s", sys->path, path) : -1;

	return n >= 0 && (size_t)n < size;
}

static bool is_same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

bool sysfs_enter(struct net *net, int *fd, struct stat *st)
{
	static struct stat links, devices;
	const struct sysfs *sys;
	int own;

	if (!net)
		return false;
	if (!links.st_ino &&
	    (stat(CLASS, &links) < 0 || stat(DEVICES, &devices) < 0))
		return false;
	if (!is_same(st, &links) && !is_same(st, &devices))
		return false;
	sys = sysfs_of(net);
	own = sys ? openat(is_same(st, &links) ? sys->links : sys->devices, ".",
			   O_PATH | O_CLOEXEC)
		  : -1;
	if (own < 0 || fstat(own, st) < 0) {
		sys_close(&own);
		return false;
	}
	close(*fd);
	*fd = own;
	return true;
}

bool sysfs_show(char *path)
{
	const struct net *net;

	DL_FOREACH (nets, net) {
		size_t n = net->sysfs ? strlen(net->sysfs->path) : 0;

		if (n && begins(path, net->sysfs->path)) {
			memmove(path, path + n, strlen(path + n) + 1);
			return true;
		}
	}
	return false;
}

bool sysfs_any(void)
{
	const struct net *net;

	DL_FOREACH (nets, net)
		if (net->sysfs)
			return true;
	return false;
}

bool sysfs_has(int fd)
{
	char link[64], path[256];

	if (!sysfs_any())
		return false;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	return sys_readlink(link, path, sizeof(path)) > 0 && sysfs_show(path);
}

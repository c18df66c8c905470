/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a network namespace consists of, but sockets: interfaces with their
 * addresses, routes, rules and neighbours.
 *
 * Theory of operation. Plain data: nothing is sent anywhere. What changes is
 * told to one listener (net_tell()), which makes messages of it. What the
 * kernel does by itself is done here, too: an address brings its routes
 * (net_auto.c), two ends of a veth that are up have a carrier, an interface
 * with a carrier gets its link-local address. Duplicate address detection
 * takes no time: an address that may be used is not tentative. Times are
 * hundredths of seconds since the machine's start, as rtnetlink has them;
 * net_tick() tells a net the time. Follows net/core/dev.c, net/ipv4/devinet.c,
 * net/ipv4/fib_frontend.c and net/ipv6/addrconf.c, Linux 6.x.
 */
#ifndef NSRUN_NET_DEV_H
#define NSRUN_NET_DEV_H

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>
#include "tables/net_conf.h"
#include "tables/net_ip.h"

#define NET_HW_LEN	6	   /* ETH_ALEN */
#define NET_ALTNAME_MAX 128	   /* ALTIFNAMSIZ */
#define NET_ALIAS_MAX	256	   /* IFALIASZ */
#define NET_FOREVER	UINT32_MAX /* INFINITY_LIFE_TIME */
#define NET_DEPRECATED	0x20	   /* IFA_F_DEPRECATED */

/* What a namespace may hold: more is refused. */
#define NET_DEVS_MAX	 1024
#define NET_ADDRS_MAX	 1024 /* of an interface */
#define NET_ALTNAMES_MAX 16
#define NET_ROUTES_MAX	 16384
#define NET_RULES_MAX	 1024
#define NET_NEIGHS_MAX	 1024 /* gc_thresh3 */
#define NET_NSIDS_MAX	 1024
#define NET_PORTS_MAX	 1023 /* of a bridge: BR_MAX_PORTS */

/* And all of them together. */
#define NET_DEVS_ALL   16384
#define NET_ADDRS_ALL  65536
#define NET_ROUTES_ALL 131072
#define NET_RULES_ALL  65536
#define NET_NEIGHS_ALL 65536

/* How many there are now, of all nets. */
extern struct net_totals {
	unsigned int devs, addrs, routes, rules, neighs;
} net_totals;

#define NET_FAR_INDEX 1000 /* of an end that no net here has */

enum net_kind {
	NET_LO,
	NET_DUMMY,
	NET_VETH,
	NET_BRIDGE,
};

struct net_devices;
struct net_fib;
struct net_neigh;

/* struct in_ifaddr and struct inet6_ifaddr */
struct net_addr {
	struct net_addr *next;
	struct net_device *dev;
	struct net_ip local, peer; /* peer: the same without one */
	struct net_ip broadcast;
	uint8_t prefix_len, scope, proto;
	uint32_t flags;		   /* IFA_F_* */
	uint32_t metric;	   /* of its route */
	uint32_t valid, preferred; /* seconds; NET_FOREVER */
	uint32_t created, updated; /* as of net->now */
	char label[IFNAMSIZ];	   /* IPv4 */
};

struct net_altname {
	struct net_altname *next;
	char name[NET_ALTNAME_MAX];
};

struct net_stats {
	uint64_t rx_packets, tx_packets, rx_bytes, tx_bytes;
};

struct net_device {
	struct net_device *next; /* by index */
	struct net_devices *net;
	int index;
	char name[IFNAMSIZ];
	enum net_kind kind;
	unsigned int flags; /* IFF_UP and those that are set */
	unsigned int promiscuity, allmulti;
	uint32_t mtu, txqlen, group;
	uint8_t address[NET_HW_LEN], broadcast[NET_HW_LEN];
	bool address_set, mtu_set; /* by somebody: a bridge keeps them */
	bool carrier;
	uint8_t oper;	/* IF_OPER_*, while it is up */
	bool activated; /* was up once: its qdisc is not noop */
	uint32_t carrier_up, carrier_down;
	uint8_t addr_gen_mode;	 /* IN6_ADDR_GEN_MODE_* */
	bool ready6;		 /* IF_READY */
	struct net_device *peer; /* of a veth */
	int far; /* likewise, where no net here has it: its index; or 0 */
	struct net_device *master;
	struct net_conf conf;
	struct net_addr *addrs4, *addrs6;
	struct net_altname *altnames;
	char *alias;
	struct net_stats stats;
	uint32_t tx_queues, rx_queues;
};

/* A net as another one knows it. */
struct net_nsid {
	struct net_nsid *next;
	struct net_devices *net;
	int id;
};

/* What is told. The object is a net_device, net_addr, net_route … */
enum net_event {
	NET_EVENT_NEWLINK,
	NET_EVENT_DELLINK,
	NET_EVENT_NEWADDR,
	NET_EVENT_DELADDR,
	NET_EVENT_NEWROUTE,
	NET_EVENT_DELROUTE,
	NET_EVENT_NEWRULE,
	NET_EVENT_DELRULE,
	NET_EVENT_NEWNEIGH,
	NET_EVENT_DELNEIGH,
	NET_EVENT_NEWNETCONF,
	NET_EVENT_DELNETCONF,
	NET_EVENT_NEWNSID,
	NET_EVENT_DELNSID,
};

struct net_devices {
	struct net_device *devs;
	struct net_device *lo;
	int devs_len, next_index;
	uint32_t now;
	struct net_conf conf_all, conf_default;
	struct net_route *routes4, *routes6;
	int routes_len;
	struct net_rule *rules4, *rules6;
	int rules_len;
	bool unmerged; /* a rule of IPv4 was added */
	struct net_neigh *neighs;
	int neighs_len;
	struct net_nsid *nsids;
	void (*listener)(struct net_devices *net, enum net_event event,
			 const void *object);
};

/* With a lo that is down, and the rules of a fresh namespace. -ENOMEM */
int net_devices_init(struct net_devices *net);
/* All interfaces go; ends of pairs elsewhere, too. */
void net_devices_fini(struct net_devices *net);

void net_tell(struct net_devices *net, enum net_event event,
	      const void *object);
/* The time is @now: what has expired goes. */
void net_tick(struct net_devices *net, uint32_t now);

/* ---- interfaces: net_dev.c, net_link.c ---- */

/* Queues of a veth: one for each processor. 1 where nobody says. */
extern uint32_t net_veth_queues;

/* Where the addresses of hardware are made from. */
void net_dev_seed(uint64_t seed);

bool net_dev_valid_name(const char *name);
struct net_device *net_dev_by_index(const struct net_devices *net, int index);
/* By name, or by an altname. */
struct net_device *net_dev_by_name(const struct net_devices *net,
				   const char *name);

/*
 * A new interface, down. @name may hold one %d. @index 0: the next. It tells
 * nobody: see net_dev_register().
 * Return: 0, or -EEXIST, -EINVAL, -ENFILE, -ENOMEM.
 */
int net_dev_create(struct net_devices *net, enum net_kind kind,
		   const char *name, int index, struct net_device **ret_dev);
void net_dev_pair(struct net_device *a, struct net_device *b);
void net_dev_register(struct net_device *dev); /* tells of it */

/* With its peer, if it has one. */
void net_dev_delete(struct net_device *dev);
/* Likewise, where nobody was told that it is there. */
void net_dev_discard(struct net_device *dev);

int net_dev_rename(struct net_device *dev, const char *name);
int net_dev_set_mtu(struct net_device *dev, uint32_t mtu);
int net_dev_set_address(struct net_device *dev, const uint8_t *address);
/* IFF_UP and the like, those in @mask; tells of it. */
void net_dev_set_flags(struct net_device *dev, unsigned int flags,
		       unsigned int mask);
void net_dev_set_master(struct net_device *dev, struct net_device *bridge);
/* @name NULL: its own, or, if that is taken there, an error. */
int net_dev_move(struct net_device *dev, struct net_devices *to,
		 const char *name, int index);
int net_dev_add_altname(struct net_device *dev, const char *name);
int net_dev_del_altname(struct net_device *dev, const char *name);

/* As dev_get_flags(), operstate: */
unsigned int net_dev_flags(const struct net_device *dev);
uint8_t net_dev_operstate(const struct net_device *dev);

/* The index of the other end of a veth, 0 without one; else its own. */
uint32_t net_dev_iflink(const struct net_device *dev);
bool net_dev_is_up(const struct net_device *dev);
bool net_dev_running(const struct net_device *dev); /* up, with carrier */
/* The carrier of @dev and of who hangs on it, by what is up. */
void net_dev_update_carrier(struct net_device *dev);
void net_bridge_update(struct net_device *bridge); /* mtu, address */
uint32_t net_dev_min_mtu(const struct net_device *dev);
uint32_t net_dev_max_mtu(const struct net_device *dev);
const char *net_dev_qdisc(const struct net_device *dev);

/* The number by which @net knows @other; -1: by none. @make: from now on. */
int net_nsid_of(struct net_devices *net, struct net_devices *other, bool make);
int net_nsid_set(struct net_devices *net, struct net_devices *other, int id);
struct net_devices *net_by_nsid(const struct net_devices *net, int id);
/* @gone ends: @net knows it no more. */
void net_nsid_forget(struct net_devices *net, struct net_devices *gone);

/* ---- addresses: net_addr.c ---- */

struct net_addr **net_addr_list(struct net_device *dev, uint8_t family);
struct net_addr *net_addr_find(struct net_device *dev, const struct net_ip *ip,
			       int prefix_len); /* -1: any */
/*
 * A copy of @addr, whose local, prefix_len, scope, flags, valid, preferred,
 * label are set, is added to @dev and told of.
 * Return: 0, -EEXIST, -EINVAL, -ENOBUFS, -ENOMEM.
 */
int net_addr_add(struct net_device *dev, const struct net_addr *addr,
		 struct net_addr **ret_addr);
void net_addr_del(struct net_addr *addr);
void net_addr_flush(struct net_device *dev, uint8_t family);
/* Its valid, preferred and flags were changed. */
void net_addr_changed(struct net_addr *addr);
/* Is it anybody's address in @net (of @dev; NULL: of any)? */
struct net_addr *net_addr_owner(const struct net_devices *net,
				const struct net_ip *ip,
				const struct net_device *dev);
/*
 * The address to use towards @to by @dev: inet_select_addr(),
 * ipv6_dev_get_saddr(). family 0: there is none.
 */
struct net_ip net_addr_select(const struct net_devices *net,
			      const struct net_device *dev,
			      const struct net_ip *to, uint8_t scope);

/* ---- what follows by itself: net_auto.c ---- */

void net_auto_addr_added(struct net_addr *addr);
void net_auto_addr_gone(struct net_addr *addr);
void net_auto_up(struct net_device *dev);
void net_auto_down(struct net_device *dev);
void net_auto_ready(struct net_device *dev); /* up, with a carrier */
void net_auto_gone(struct net_device *dev);  /* its routes, too */
/* Its setting disable_ipv6 was changed. */
void net_auto_disabled6(struct net_device *dev);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The network namespace: struct net of the kernel. What is in one belongs to
 * subsystems, which are told when one begins and ends: net_subsystems[].
 */
#ifndef NSRUN_NS_NET_H
#define NSRUN_NS_NET_H

#include <stdbool.h>
#include <stdint.h>
#include "src/ns/ns.h"
#include "tables/net_dev.h"

struct net {
	struct ns_common common;
	unsigned int refs;	     /* of nsproxies, files and sockets */
	uint32_t id;		     /* never given again in this instance */
	bool down;		     /* it began with lo down */
	struct net_ports *ports; /* src/net/sock.c */
	struct sysfs *sysfs;	 /* src/net/sysfs.c */
	struct net_setting *settings; /* src/view/proc_net_conf.c */
	unsigned int socks;	 /* how many of refs are sockets */
	struct net *prev, *next;     /* of nets */
	struct net_devices devices;
};

/* One part of each net: struct pernet_operations. */
struct net_subsystem {
	const char *name;
	/* Return: 0 or a negative errno; then exit() is not called for it. */
	int (*init)(struct net *net);
	void (*exit)(struct net *net); /* may be NULL */
};

extern const struct net_subsystem net_devices_subsystem;
extern const struct net_subsystem net_settings_subsystem;
extern const struct net_subsystem net_sysfs_subsystem;
extern const struct net_subsystem net_sock_subsystem;

extern struct net *nets; /* all, by prev/next */

/* That of @task, borrowed; NULL: the host's. */
struct net *net_of(const struct task *task);

struct net *net_by_id(uint32_t id); /* borrowed, or NULL */

struct net *net_get(struct net *net);
void net_put(struct net *net);

/* ns_capable(): has @task capability @cap over @net? */
bool net_capable(const struct task *task, const struct net *net, int cap);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The gateway: a process of its own that moves bytes between the sockets of a
 * network namespace and those of the host. See gateway.c.
 */
#ifndef NSRUN_GATEWAY_H
#define NSRUN_GATEWAY_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include "src/net/sname.h"

#define GW_PUBLISHED_MAX 256
#define GW_ALLOWED_MAX	 256
#define GW_LINKS_MAX	 16
#define GW_HOST_NAME	 "host.nsrun.internal"

/* One --publish. */
struct gw_published {
	struct net_end host; /* where it listens */
	uint16_t port;	     /* inside */
	bool udp;
	int fd; /* gateway_start() */
	const char *text;
};

/* One --allow. */
struct gw_allowed {
	const char *name; /* NULL: ip with its prefix */
	struct net_ip ip;
	uint8_t prefix_len;
	uint16_t port; /* 0: any */
	bool any;      /* all but the host's own loopback */
};

/* One --link. */
struct gw_link {
	const char *name; /* of the instance */
	struct net_ip own, other;
	int channel; /* link_open(): to its supervisor */
};

struct gateway_config {
	bool nat; /* connections to the outside, as allowed */
	unsigned int published_len, allowed_len, links_len;
	struct gw_link links[GW_LINKS_MAX];
	struct gw_published published[GW_PUBLISHED_MAX];
	struct gw_allowed allowed[GW_ALLOWED_MAX];
};

/* ---- options.c: each ends the program where @text can't be understood ---- */

void gateway_publish(struct gateway_config *config, const char *text);
void gateway_allow(struct gateway_config *config, const char *text);
void gateway_link(struct gateway_config *config, const char *text);

/* Does @config need a gateway? */
bool gateway_wanted(const struct gateway_config *config);

/*
 * Starts it; it ends with the process that starts it. Listens first: what
 * fails is told to the user.
 * Return: the supervisor's end of the channel, or a negative errno.
 */
long gateway_start(struct gateway_config *config);

/* ---- resolvers.c: name servers of /etc/resolv.conf, as they are at first ----
 */

bool gateway_is_resolver(const struct net_end *end);

#endif

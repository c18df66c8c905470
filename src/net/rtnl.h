/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rtnetlink server: configures a struct net_devices by messages, as
 * rtnetlink(7) does. Bytes in, bytes out: it makes no system call, and knows
 * no socket; netlink.c has those.
 *
 * A handler gets one request. It answers with rtnl_reply(), or, for a dump,
 * with as many rtnl_part(), and returns 0 or a negative errno, which
 * rtnl_receive() makes an answer of. What the kernel tells with an error is
 * given by rtnl_fail().
 */
#ifndef NSRUN_NET_RTNL_H
#define NSRUN_NET_RTNL_H

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdbool.h>
#include <stddef.h>
#include "tables/net_fib.h"

#define RTNL_MESSAGE_MAX  16384 /* of one that is sent */
#define RTNL_DATAGRAM_MAX 3776	/* of a dump: NLMSG_GOODSIZE */

struct rtnl_request;

/* Who asks, and how to reach what only a task can name. */
struct rtnl_caller {
	struct net_devices *net;
	uint32_t port;
	uint32_t uid;
	bool admin;  /* CAP_NET_ADMIN over its net */
	bool strict; /* NETLINK_GET_STRICT_CHK */
	bool ext_ack, cap_ack;
	/* Takes a copy of one datagram for the caller. */
	void (*emit)(struct rtnl_caller *caller, const void *data, size_t len);
	/* Have others waited for it for long enough? NULL: none waits. */
	bool (*is_late)(const struct rtnl_caller *caller);
	/* Instead of rtnetlink's own requests; NULL: those. */
	bool (*run)(struct rtnl_request *request, int *ret_error);
	/*
	 * The net of a descriptor, of a process. Return: 0; -EPERM without
	 * the right over it; what the kernel says otherwise.
	 */
	int (*net_by_fd)(struct rtnl_caller *caller, int fd,
			 struct net_devices **ret_net);
	int (*net_by_pid)(struct rtnl_caller *caller, int pid,
			  struct net_devices **ret_net);
};

struct rtnl_request {
	struct rtnl_caller *caller;
	struct net_devices *net;
	const struct nlmsghdr *head;
	const char *message; /* with the error; NULL: none */
	bool filtered;	     /* NLM_F_DUMP_FILTERED */
	char *parts;	     /* of a dump, not sent so far */
	size_t parts_len;
};

/*
 * All messages of one datagram that @caller sent. What comes when it is late is
 * refused with EBUSY, but for the first one.
 */
void rtnl_receive(struct rtnl_caller *caller, const void *data, size_t len);

/* A change, as a message for each group: see rtnl_multicast. */
void rtnl_notify(struct net_devices *net, enum net_event event,
		 const void *object);

/* To which group a message went, or 0: an answer to somebody. */
unsigned int rtnl_group_of(const void *data, size_t len);

/* Who gives a message to the members of group @group (RTNLGRP_*) of @net. */
extern void (*rtnl_multicast)(struct net_devices *net, unsigned int group,
			      const void *data, size_t len);

/* ---- for the handlers ---- */

typedef int rtnl_handler(struct rtnl_request *request);

/* All of a dump, with its end. */
void rtnl_run_dump(struct rtnl_request *request, rtnl_handler *dump);

/* @error, with what to tell: ends a handler. */
int rtnl_fail(struct rtnl_request *request, int error, const char *message);

/* What follows the netlink header, at least @len bytes of it; or NULL. */
const void *rtnl_header(const struct rtnl_request *request, size_t len);

/*
 * The attributes behind a header of @header_len, by type: @attrs has @n.
 * Those of higher types are left out. A broken rest is left out, too.
 */
void rtnl_attrs(const struct rtnl_request *request, size_t header_len,
		const struct nlattr **attrs, unsigned int n);
void rtnl_nested(const struct nlattr *nest, const struct nlattr **attrs,
		 unsigned int n);
/* Of @len bytes at @data. */
void rtnl_parse(const void *data, size_t len, const struct nlattr **attrs,
		unsigned int n);

/* Their values; @ret_value is left as it is without the attribute. */
int rtnl_get_u32(const struct nlattr *attr, uint32_t *ret_value);
int rtnl_get_u16(const struct nlattr *attr, uint16_t *ret_value);
int rtnl_get_u8(const struct nlattr *attr, uint8_t *ret_value);
int rtnl_get_ip(const struct nlattr *attr, uint8_t family,
		struct net_ip *ret_ip);
/* -ERANGE when it is longer than @size, with its 0. */
int rtnl_get_string(const struct nlattr *attr, char *buf, size_t size);

/* An empty message to fill, with a header of @size zeros behind. */
struct nlmsghdr *rtnl_begin(void *buf, uint16_t type, size_t size);
void rtnl_put_ip(struct nlmsghdr *msg, uint16_t type, const struct net_ip *ip);

/* The message is the answer to the request, or the next part of it. */
void rtnl_reply(struct rtnl_request *request, struct nlmsghdr *msg);
void rtnl_part(struct rtnl_request *request, struct nlmsghdr *msg);

/* ---- the objects as messages: rtnl_link.c and others ---- */

/* A buffer of RTNL_MESSAGE_MAX for one message at a time. */
void *rtnl_buffer(void);

#define RTNL_SKIP_STATS 8 /* RTEXT_FILTER_SKIP_STATS */
struct nlmsghdr *rtnl_fill_link(void *buf, uint16_t type,
				const struct net_device *dev, uint32_t mask);
struct nlmsghdr *rtnl_fill_addr(void *buf, uint16_t type,
				const struct net_addr *addr);
struct nlmsghdr *rtnl_fill_route(void *buf, uint16_t type,
				 const struct net_route *route);
struct nlmsghdr *rtnl_fill_rule(void *buf, uint16_t type,
				const struct net_rule *rule);
struct nlmsghdr *rtnl_fill_neigh(void *buf, uint16_t type,
				 const struct net_neigh *neigh);
struct nlmsghdr *rtnl_fill_netconf(void *buf, uint16_t type, uint8_t family,
				   int index, const struct net_conf *conf);
struct nlmsghdr *rtnl_fill_nsid(void *buf, uint16_t type, int id);
void rtnl_put_link_spec(struct nlmsghdr *msg, const struct net_device *dev,
			uint32_t mask);
void rtnl_put_inet6(struct nlmsghdr *msg, const struct net_device *dev,
		    uint32_t mask);
void rtnl_put_link_info(struct nlmsghdr *msg, const struct net_device *dev);

/* The interface that the message's header or attributes name, or NULL. */
struct net_device *rtnl_link_named(struct rtnl_request *request,
				   struct net_devices *net, int index,
				   const struct nlattr **attrs);
/* What an attribute IFLA_NET_NS_* names. 0 with the own net without one. */
int rtnl_link_net(struct rtnl_request *request,
		  const struct nlattr *const *attrs,
		  struct net_devices **ret_net);
/* The kinds of links, as `ip link add type` names them; NULL: no such. */
const char *rtnl_kind_name(enum net_kind kind);
int rtnl_kind_by_name(const char *name); /* -1 */

rtnl_handler rtnl_get_link, rtnl_dump_links, rtnl_new_link, rtnl_del_link,
	rtnl_set_link, rtnl_new_linkprop, rtnl_del_linkprop;
rtnl_handler rtnl_dump_addrs, rtnl_new_addr, rtnl_del_addr;
rtnl_handler rtnl_dump_routes, rtnl_get_route, rtnl_new_route, rtnl_del_route;
rtnl_handler rtnl_dump_rules, rtnl_new_rule, rtnl_del_rule;
rtnl_handler rtnl_dump_neighs, rtnl_get_neigh, rtnl_new_neigh, rtnl_del_neigh;
rtnl_handler rtnl_dump_netconf, rtnl_get_netconf;
rtnl_handler rtnl_dump_nsids, rtnl_get_nsid, rtnl_new_nsid;
rtnl_handler rtnl_dump_nothing;

#endif

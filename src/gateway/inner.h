/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the gateway's process share. */
#ifndef NSRUN_GATEWAY_INNER_H
#define NSRUN_GATEWAY_INNER_H

#include <stddef.h>
#include <sys/epoll.h>
#include "src/gateway/gateway.h"
#include "src/gateway/protocol.h"

/* A descriptor that the loop waits for. */
struct source {
	int fd; /* -1: none */
	void (*ready)(struct source *source, uint32_t events);
};

/* @type, which has the source @source as its @member */
#define SOURCE_OF(source, type, member) \
	((type *)((char *)(source)-offsetof(type, member)))

/* ---- gateway.c ---- */

/* Return: 0 or a negative errno. */
long source_add(struct source *source, uint32_t events);
void source_close(struct source *source);

/* Of the loop, in seconds; it does not go back. */
uint64_t gateway_now(void);
const struct gateway_config *gateway_config(void);
/* How many descriptors there may be. */
size_t gateway_files(void);

/* Control messages wait for room, packets are lost without. */
void gateway_tell(const struct gw_message *message);
void gateway_tell_packet(const struct gw_message *message, const void *packet,
			 size_t len);

/*
 * @client of the host, as who it is seen inside. One of the host's own
 * loopback would be taken for one of the namespace's.
 */
struct net_end gateway_seen(const struct net_end *client);

socklen_t sockaddr_of_end(const struct net_end *end,
			  struct sockaddr_storage *ret_addr);
struct net_end end_of_sockaddr(const struct sockaddr_storage *addr);

/* ---- allow.c ---- */

/*
 * May somebody inside reach @to? Return: 0 with where that is on the host,
 * -EACCES, or -EAGAIN: names are being resolved, allow_ready() is called then.
 */
long allow_check(const struct net_end *to, struct net_end *ret_real);
void allow_start(void);
void allow_tick(void);

/* ---- stream.c ---- */

long stream_listen(struct gw_published *published);
void stream_connect(const struct gw_message *message, int fd);
void stream_given(const struct gw_message *message, int fd);
void stream_go(const struct gw_message *message, int fd);
/* Names are resolved: connections that waited for that go on. */
void allow_ready(void);
bool stream_run(void); /* Return: whether some can go on at once. */
void stream_tick(void);
bool stream_waits(void); /* Return: whether that is needed. */

/* ---- flow.c: datagrams ---- */

long flow_listen(struct gw_published *published);
void flow_send(const struct gw_message *message, const void *packet,
	       size_t len);
void flow_tick(void);
bool flow_waits(void);

/* ---- host_name.c ---- */

/*
 * The answer to a query for the host's own name, made of it in place.
 * Return: its length, or 0: it is none.
 */
size_t host_name_answer(unsigned char *query, size_t len, size_t size);

#endif

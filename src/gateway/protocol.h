/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the supervisor and the gateway tell each other, by a pair of
 * SOCK_SEQPACKET sockets: one struct gw_message each, with a packet's bytes
 * behind it, or with one descriptor.
 */
#ifndef NSRUN_GATEWAY_PROTOCOL_H
#define NSRUN_GATEWAY_PROTOCOL_H

#include <stdint.h>
#include "src/net/sname.h"

#define GW_PACKET_MAX 65536 /* more than a datagram of UDP has */

enum gw_kind {
	/* By the gateway: somebody called port to.port; a stream is wanted. */
	GW_CALLED,
	/* The answer: error, or the stream's descriptor. */
	GW_STREAM,
	/*
	 * By the supervisor: id wants a connection to @to. With a descriptor:
	 * its other end, in which @junk bytes are no data.
	 */
	GW_CONNECT,
	/* The answer: error, or the connection is there and waits for GW_GO. */
	GW_CONNECTED,
	/*
	 * The supervisor knows of it: let it flow, or close it, if it failed.
	 * With the descriptor, if GW_CONNECT had none.
	 */
	GW_GO,
	/* Either way: a datagram. */
	GW_PACKET,
	/* By the gateway: one from @to to @from was refused. */
	GW_REFUSED,

	/* ---- between two supervisors: src/net/link.c ---- */

	/* The first: a link from @from, the sender's address, to @to. */
	GW_LINK,
	/* id wants a connection from @from to @to. */
	GW_LINK_CALL,
	/*
	 * The answer: error, or the listener's O_PATH descriptor, its id in
	 * from.scope, and as the packet the name to connect with. With @junk
	 * it holds for others to the same end, until GW_LINK_FORGET.
	 */
	GW_LINK_ANSWER,
	/* To the listener id; 0: to any. */
	GW_LINK_CONNECTED,
	/* Somebody else may listen, or nobody: ask again. */
	GW_LINK_FORGET,
};

struct gw_message {
	uint64_t id; /* of a connection: who began gives the number */
	uint32_t kind;
	int32_t error; /* a positive errno, or 0 */
	uint32_t junk;
	struct net_end from, to; /* as they are seen inside */
};

/* Addresses inside: as slirp4netns has them, and QEMU before it. */
#define GW_GUEST  net_ip4(10, 0, 2, 15)
#define GW_HOST	  net_ip4(10, 0, 2, 2)
#define GW_PREFIX 24
/* Likewise of IPv6, where the host has a way out by that. */
#define GW_GUEST6  net_ip_parse("fd6e:7372:756e:2::f")
#define GW_HOST6   net_ip_parse("fd6e:7372:756e:2::2")
#define GW_PREFIX6 64
#define GW_DEVICE  "eth0"

/*
 * Return: the bytes of the packet behind @ret_message, or -EAGAIN, or
 * -EPIPE: the other end is gone. @ret_fd is -1, or the caller's to close.
 */
long gw_receive(int channel, struct gw_message *ret_message, void *packet,
		int *ret_fd);

/* Does not wait with @flags of MSG_DONTWAIT. Return: 0 or a negative errno. */
long gw_send(int channel, const struct gw_message *message, const void *packet,
	     size_t len, int fd, int flags);

#endif

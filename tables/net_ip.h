/* SPDX-License-Identifier: Apache-2.0 */
/* An address of IPv4 or IPv6, in network order, and prefixes of them. */
#ifndef NSRUN_NET_IP_H
#define NSRUN_NET_IP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#define NET_IP_BYTES 16

struct net_ip {
	uint8_t family;		     /* AF_INET, AF_INET6; 0: none */
	uint8_t bytes[NET_IP_BYTES]; /* unused ones are 0 */
};

/* 4 or 16; 0 of none. */
size_t net_ip_size(uint8_t family);

/* Of the bytes at @from, as many as the family has. */
struct net_ip net_ip_make(uint8_t family, const void *from);
struct net_ip net_ip4(uint8_t a, uint8_t b, uint8_t c, uint8_t d);
struct net_ip net_ip_parse(const char *text); /* family 0: it is none */

bool net_ip_equal(const struct net_ip *a, const struct net_ip *b);
bool net_ip_is_any(const struct net_ip *ip); /* all zeros, or none */
bool net_ip_is_loopback(const struct net_ip *ip);
bool net_ip_is_multicast(const struct net_ip *ip);
bool net_ip_is_broadcast(const struct net_ip *ip); /* 255.255.255.255 */
bool net_ip_is_linklocal(const struct net_ip *ip);

/* Are the first @len bits the same? */
bool net_ip_in(const struct net_ip *ip, const struct net_ip *prefix,
	       unsigned int len);
/* How many first bits are the same. */
unsigned int net_ip_common(const struct net_ip *a, const struct net_ip *b);
/* With all but the first @len bits cleared, or set. */
struct net_ip net_ip_masked(const struct net_ip *ip, unsigned int len);
struct net_ip net_ip_filled(const struct net_ip *ip, unsigned int len);

/* Scope of an address as RT_SCOPE_*. */
uint8_t net_ip_scope(const struct net_ip *ip);

/* ::ffff:a.b.c.d, and back; family 0: it is no such address. */
struct net_ip net_ip_map(const struct net_ip *ip4);
struct net_ip net_ip_unmap(const struct net_ip *ip6);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses of IPv4 and IPv6. */
#include <arpa/inet.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include "tables/net_ip.h"

size_t net_ip_size(uint8_t family)
{
	return family == AF_INET ? 4 : family == AF_INET6 ? NET_IP_BYTES : 0;
}

struct net_ip net_ip_make(uint8_t family, const void *from)
{
	struct net_ip ip = { .family = family };

	memcpy(ip.bytes, from, net_ip_size(family));
	return ip;
}

struct net_ip net_ip4(uint8_t a, uint8_t b, uint8_t c, uint8_t d)
{
	return (struct net_ip){ AF_INET, { a, b, c, d } };
}

struct net_ip net_ip_parse(const char *text)
{
	struct net_ip ip = { 0 };

	if (inet_pton(AF_INET, text, ip.bytes) == 1)
		ip.family = AF_INET;
	else if (inet_pton(AF_INET6, text, ip.bytes) == 1)
		ip.family = AF_INET6;
	return ip;
}

bool net_ip_equal(const struct net_ip *a, const struct net_ip *b)
{
	return a->family == b->family &&
	       memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

bool net_ip_is_any(const struct net_ip *ip)
{
	static const uint8_t zeros[NET_IP_BYTES];

	return memcmp(ip->bytes, zeros, sizeof(zeros)) == 0;
}

bool net_ip_is_loopback(const struct net_ip *ip)
{
	static const uint8_t one[NET_IP_BYTES] = { [NET_IP_BYTES - 1] = 1 };

	return ip->family == AF_INET
		       ? ip->bytes[0] == 127
		       : ip->family == AF_INET6 &&
				 memcmp(ip->bytes, one, sizeof(one)) == 0;
}

bool net_ip_is_multicast(const struct net_ip *ip)
{
	return ip->family == AF_INET
		       ? ip->bytes[0] >> 4 == 14
		       : ip->family == AF_INET6 && ip->bytes[0] == 0xff;
}

bool net_ip_is_broadcast(const struct net_ip *ip)
{
	return ip->family == AF_INET &&
	       memcmp(ip->bytes, "\xff\xff\xff\xff", 4) == 0;
}

bool net_ip_is_linklocal(const struct net_ip *ip)
{
	return ip->family == AF_INET6 && ip->bytes[0] == 0xfe &&
	       (ip->bytes[1] & 0xc0) == 0x80;
}

unsigned int net_ip_common(const struct net_ip *a, const struct net_ip *b)
{
	unsigned int bits = (unsigned int)net_ip_size(a->family) * 8;

	if (a->family != b->family)
		return 0;
	for (unsigned int i = 0; i < bits; i += 8) {
		unsigned int differ = a->bytes[i / 8] ^ b->bytes[i / 8];

		if (differ)
			return i + (unsigned int)__builtin_clz(differ) - 24;
	}
	return bits;
}

bool net_ip_in(const struct net_ip *ip, const struct net_ip *prefix,
	       unsigned int len)
{
	return ip->family == prefix->family && net_ip_common(ip, prefix) >= len;
}

static struct net_ip masked(const struct net_ip *ip, unsigned int len, bool set)
{
	unsigned int bits = (unsigned int)net_ip_size(ip->family) * 8;
	struct net_ip r = *ip;

	for (unsigned int i = len; i < bits; i++) {
		uint8_t bit = (uint8_t)(0x80 >> i % 8);

		if (set)
			r.bytes[i / 8] |= bit;
		else
			r.bytes[i / 8] &= (uint8_t)~bit;
	}
	return r;
}

struct net_ip net_ip_masked(const struct net_ip *ip, unsigned int len)
{
	return masked(ip, len, false);
}

struct net_ip net_ip_filled(const struct net_ip *ip, unsigned int len)
{
	return masked(ip, len, true);
}

uint8_t net_ip_scope(const struct net_ip *ip)
{
	if (net_ip_is_loopback(ip))
		return RT_SCOPE_HOST;
	if (net_ip_is_linklocal(ip))
		return RT_SCOPE_LINK;
	if (ip->family == AF_INET6 && ip->bytes[0] == 0xfe &&
	    (ip->bytes[1] & 0xc0) == 0xc0)
		return RT_SCOPE_SITE;
	if (ip->family == AF_INET6 && ip->bytes[0] == 0xff) {
		uint8_t scope = ip->bytes[1] & 0xf;

		return scope <= 1   ? RT_SCOPE_HOST
		       : scope == 2 ? RT_SCOPE_LINK
				    : RT_SCOPE_UNIVERSE;
	}
	return RT_SCOPE_UNIVERSE;
}

static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

struct net_ip net_ip_map(const struct net_ip *ip4)
{
	struct net_ip ip = { .family = AF_INET6 };

	memcpy(ip.bytes, mapped, sizeof(mapped));
	memcpy(ip.bytes + sizeof(mapped), ip4->bytes, 4);
	return ip;
}

struct net_ip net_ip_unmap(const struct net_ip *ip6)
{
	if (ip6->family != AF_INET6 ||
	    memcmp(ip6->bytes, mapped, sizeof(mapped)) != 0)
		return (struct net_ip){ 0 };
	return net_ip_make(AF_INET, ip6->bytes + sizeof(mapped));
}

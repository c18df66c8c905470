/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which sockets have joined which groups, and from whom they take what is sent
 * there. Follows net/ipv4/igmp.c.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <utlist.h>
#include "src/net/group.h"

#define GROUPS_MAX   20 /* igmp_max_memberships */
#define SOURCES4_MAX 10 /* igmp_max_msf */
#define SOURCES6_MAX 64 /* mld_max_msf */

struct group_member {
	struct net_ip ip;
	int dev;
	uint64_t since;
	bool include; /* the sources alone, or all but them */
	unsigned int nr_sources;
	struct net_ip *sources; /* owned; its kind stays when it is empty */
	struct group_member *next;
};

static struct group_member *find(const struct net_sock *sock,
				 const struct net_ip *ip, int dev)
{
	struct group_member *m;

	LL_FOREACH (sock->groups, m)
		if (net_ip_equal(&m->ip, ip) && (!dev || m->dev == dev))
			return m;
	return NULL;
}

static void member_free(struct group_member *m)
{
	free(m->sources);
	free(m);
}

void group_leave_all(struct net_sock *sock)
{
	struct group_member *m, *next;

	LL_FOREACH_SAFE (sock->groups, m, next)
		member_free(m);
	sock->groups = NULL;
}

bool group_has(const struct net_sock *sock, const struct net_ip *ip, int dev)
{
	return find(sock, ip, dev);
}

long group_join(struct net_sock *sock, const struct net_ip *ip, int dev)
{
	static uint64_t joined;
	struct group_member *m;
	int n;

	if (find(sock, ip, dev))
		return -EADDRINUSE;
	LL_COUNT(sock->groups, m, n);
	m = n < GROUPS_MAX ? calloc(1, sizeof(*m)) : NULL;
	if (!m)
		return -ENOBUFS;
	m->ip = *ip;
	m->dev = dev;
	m->since = ++joined;
	LL_PREPEND(sock->groups, m);
	return 0;
}

long group_leave(struct net_sock *sock, const struct net_ip *ip, int dev)
{
	struct group_member *m = find(sock, ip, dev);

	if (!m)
		return -EADDRNOTAVAIL;
	LL_DELETE(sock->groups, m);
	member_free(m);
	return 0;
}

/* ---- sources ---- */

/* Its place in the list, or the list's end. */
static unsigned int find_source(const struct group_member *m,
				const struct net_ip *source)
{
	unsigned int i = 0;

	while (i < m->nr_sources && !net_ip_equal(&m->sources[i], source))
		i++;
	return i;
}

static long add_source(struct group_member *m, const struct net_ip *source)
{
	unsigned int max =
		m->ip.family == AF_INET ? SOURCES4_MAX : SOURCES6_MAX;
	struct net_ip *sources;

	if (m->nr_sources >= max)
		return -ENOBUFS;
	if (find_source(m, source) < m->nr_sources)
		return -EADDRNOTAVAIL;
	sources = realloc(m->sources, (m->nr_sources + 1) * sizeof(*sources));
	if (!sources)
		return -ENOBUFS;
	m->sources = sources;
	m->sources[m->nr_sources++] = *source;
	return 0;
}

long group_source(struct net_sock *sock, const struct net_ip *ip, int dev,
		  const struct net_ip *source, bool include, bool adds)
{
	struct group_member *m = find(sock, ip, dev);
	unsigned int i;

	if (!m || (m->sources && m->include != include))
		return -EINVAL;
	m->include = include;
	if (adds)
		return add_source(m, source);
	i = find_source(m, source);
	if (i == m->nr_sources)
		return -EADDRNOTAVAIL;
	if (include && m->nr_sources == 1)
		return group_leave(sock, ip, m->dev);
	m->sources[i] = m->sources[--m->nr_sources];
	return 0;
}

enum group_taken group_takes(const struct net_sock *sock,
			     const struct net_ip *ip, int dev,
			     const struct net_ip *from)
{
	const struct group_member *m = find(sock, ip, dev);

	if (!m)
		return GROUP_NOT_JOINED;
	return (find_source(m, from) < m->nr_sources) == m->include
		       ? GROUP_TAKEN
		       : GROUP_LEFT_OUT;
}

/* ---- who has joined which ---- */

static int compare(const void *a, const void *b)
{
	const struct group_joined *x = a, *y = b;

	return x->since < y->since ? 1 : -1;
}

static unsigned int add_member(struct group_joined *groups, unsigned int n,
			       unsigned int max, const struct group_member *m)
{
	for (unsigned int i = 0; i < n; i++)
		if (net_ip_equal(&groups[i].ip, &m->ip)) {
			groups[i].users++;
			if (m->since < groups[i].since)
				groups[i].since = m->since;
			return n;
		}
	if (n < max)
		groups[n++] = (struct group_joined){ m->ip, 1, m->since };
	return n;
}

unsigned int group_list(const struct net *net, int dev, uint8_t family,
			struct group_joined *ret_groups, unsigned int max)
{
	const struct group_member *m;
	const struct net_sock *sock;
	unsigned int n = 0;

	for (sock = sock_all(); sock; sock = sock->hh.next) {
		if (sock->net != net)
			continue;
		LL_FOREACH (sock->groups, m)
			if (m->dev == dev && m->ip.family == family)
				n = add_member(ret_groups, n, max, m);
	}
	qsort(ret_groups, n, sizeof(*ret_groups), compare);
	return n;
}

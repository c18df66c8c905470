/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See link_way.h.
 *
 * Theory of operation. What the other supervisor answers to a call holds for
 * the next calls from the same address to the same end, too, until it says
 * otherwise (GW_LINK_FORGET): so they need no question. Of the name that it
 * gave only the caller's port is another. The descriptor does not keep the
 * listener: when that is closed, who goes by it is refused, and asks.
 */
#include "src/net/link_way.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>
#include <utlist.h>
#include "src/host/sys.h"
#include "src/net/stream.h"

#define WAYS_MAX 32 /* of a link */

static bool is_same(const struct net_end *a, const struct net_end *b)
{
	return a->scope == b->scope && net_ip_equal(&a->ip, &b->ip);
}

struct link_way *link_way_find(struct link_way *ways,
			       const struct net_sock *sock)
{
	struct link_way *way;

	DL_FOREACH (ways, way)
		if (way->to.port == sock->remote.port &&
		    is_same(&way->to, &sock->remote) &&
		    is_same(&way->from, &sock->local))
			return way;
	return NULL;
}

void link_way_drop(struct link_way **ways, struct link_way *way)
{
	DL_DELETE(*ways, way);
	close(way->path);
	free(way);
}

void link_way_drop_all(struct link_way **ways)
{
	while (*ways)
		link_way_drop(ways, *ways);
}

void link_way_keep(struct link_way **ways, const struct net_sock *sock,
		   const struct link_way *answer)
{
	struct link_way *way = link_way_find(*ways, sock), *any;
	int path = fcntl(answer->path, F_DUPFD_CLOEXEC, 0), count;

	if (way)
		link_way_drop(ways, way);
	way = path < 0 ? NULL : malloc(sizeof(*way));
	if (!way) {
		sys_close(&path);
		return;
	}
	*way = *answer;
	way->from = sock->local;
	way->to = sock->remote;
	way->path = path;
	DL_PREPEND(*ways, way);
	DL_COUNT(*ways, any, count);
	if (count > WAYS_MAX)
		link_way_drop(ways, (*ways)->prev);
}

long link_way_connect(const struct link_way *way, struct sock_ref *ref)
{
	struct sockaddr_un un = way->un;

	if (!sname_set_port(&un, way->len, ref->sock->local.port))
		return -ECONNREFUSED;
	return stream_connect_named(ref, &un, way->len, way->path);
}

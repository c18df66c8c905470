/* SPDX-License-Identifier: Apache-2.0 */
/* See net_ports.h. */
#include "tables/net_ports.h"

#include <netinet/in.h>
#include <stddef.h>
#include <string.h>
#include <utlist.h>

void net_ports_init(struct net_ports *ports)
{
	memset(ports, 0, sizeof(*ports));
	ports->low = 32768;
	ports->high = 60999;
	ports->unprivileged = 1024;
}

static struct net_port **bucket(struct net_ports *ports, uint16_t nr)
{
	return &ports->buckets[nr % NET_PORTS_BUCKETS];
}

struct net_port *net_ports_bucket(struct net_ports *ports, uint16_t nr)
{
	return *bucket(ports, nr);
}

void net_ports_add(struct net_ports *ports, struct net_port *port)
{
	DL_APPEND(*bucket(ports, port->port), port);
}

void net_ports_del(struct net_ports *ports, struct net_port *port)
{
	if (port->port)
		DL_DELETE(*bucket(ports, port->port), port);
	port->port = 0;
}

/* ---- who may share ---- */

static bool is_any6(const struct net_port *p)
{
	return p->ip.family == AF_INET6 && net_ip_is_any(&p->ip);
}

/* inet_rcv_saddr_equal(), with wildcards */
static bool overlap(const struct net_port *a, const struct net_port *b)
{
	bool a4 = a->ip.family == AF_INET, b4 = b->ip.family == AF_INET;

	if (a4 && b4)
		return net_ip_is_any(&a->ip) || net_ip_is_any(&b->ip) ||
		       net_ip_equal(&a->ip, &b->ip);
	if (is_any6(a) && is_any6(b))
		return true;
	if (is_any6(b) && !(b->v6only && a4))
		return true;
	if (is_any6(a) && !(a->v6only && b4))
		return true;
	return net_ip_equal(&a->ip, &b->ip);
}

static bool share_by_reuseport(const struct net_port *a,
			       const struct net_port *b)
{
	return a->reuseport && b->reuseport && a->uid == b->uid;
}

/* inet_bind_conflict(), udp_lib_lport_inuse() */
static bool conflict(const struct net_port *a, const struct net_port *b,
		     bool chosen)
{
	bool tcp = a->protocol == IPPROTO_TCP;

	if (a->device && b->device && a->device != b->device)
		return false;
	if (a->reuse && b->reuse && !(tcp && b->listening))
		return chosen && tcp;
	return chosen || !share_by_reuseport(a, b);
}

struct net_port *net_ports_conflict(const struct net_ports *ports,
				    const struct net_port *port, bool chosen)
{
	struct net_port *p;

	DL_FOREACH (ports->buckets[port->port % NET_PORTS_BUCKETS], p) {
		if (p == port || p->port != port->port ||
		    p->protocol != port->protocol)
			continue;
		if (overlap(port, p) && conflict(port, p, chosen))
			return p;
	}
	return NULL;
}

/* ---- who is reached ---- */

bool net_port_takes(const struct net_port *p, const struct net_ip *to,
		    const struct net_ip *from, uint16_t from_port, int device)
{
	bool v4 = to->family == AF_INET;

	if (p->device && p->device != device && device != NET_ANY_DEVICE)
		return false;

	if (p->peer.family &&
	    (p->peer_port != from_port || !net_ip_equal(&p->peer, from)))
		return false;
	if (is_any6(p))
		return !(v4 && p->v6only);
	if (p->ip.family != to->family)
		return false;
	return net_ip_is_any(&p->ip) || net_ip_equal(&p->ip, to);
}

/* compute_score() */
static int score(const struct net_port *p, const struct net_ip *to)
{
	return (p->peer.family ? 8 : 0) + (p->device ? 2 : 0) +
	       (net_ip_is_any(&p->ip) ? 0 : 4) +
	       (p->ip.family == to->family ? 1 : 0);
}

struct net_port *net_ports_find(struct net_ports *ports, uint8_t protocol,
				const struct net_ip *to, uint16_t to_port,
				const struct net_ip *from, uint16_t from_port,
				int device)
{
	struct net_port *p, *best = NULL;
	unsigned int alike = 0;

	DL_FOREACH (*bucket(ports, to_port), p) {
		int more;

		if (p->port != to_port || p->protocol != protocol ||
		    (protocol == IPPROTO_TCP && !p->listening) ||
		    !net_port_takes(p, to, from, from_port, device))
			continue;
		more = best ? score(p, to) - score(best, to) : 1;
		/* Of equals the last bound, or, sharing, each in its turn. */
		if (more > 0)
			alike = 0;
		if (more > 0 || (more == 0 && (!p->reuseport ||
					       ports->turn % (alike + 1) == 0)))
			best = p;
		alike++;
	}
	if (alike > 1)
		ports->turn++;
	return best;
}

uint16_t net_ports_draw(const struct net_ports *ports, uint32_t random,
			unsigned int attempt)
{
	uint32_t size = (uint32_t)ports->high - ports->low + 1;

	return (uint16_t)(ports->low + (random % size + attempt) % size);
}

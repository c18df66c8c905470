/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See listing.h.
 *
 * Theory of operation. The kernel tells of all AF_UNIX sockets, by
 * sock_diag(7): their inodes, names, peers, and what waits in them. One that
 * accept(2) has made is the peer of one whose name says both ends (sname.h).
 * What has no such name, and is open in a process of the net, is a program's
 * own.
 */
#include "src/net/listing.h"

#include <dirent.h>
#include <errno.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <utlist.h>
#include "src/host/sys.h"
#include "src/net/route.h"
#include "src/net/unix_name.h"
#include "src/task/task.h"

#define OPEN_MAX_ 65536 /* descriptors that are looked at */

/* ---- what the kernel tells, by inode ---- */

struct seen {
	struct alive_sock sock;
	bool open; /* in a process of the net */
	UT_hash_handle hh;
};

static void add(void *data, const struct alive_sock *sock)
{
	struct seen **all = data, *seen;

	HASH_FIND(hh, *all, &sock->ino, sizeof(sock->ino), seen);
	seen = seen ? NULL : calloc(1, sizeof(*seen));
	if (!seen)
		return;
	seen->sock = *sock;
	HASH_ADD(hh, *all, sock.ino, sizeof(sock->ino), seen);
}

static struct seen *find(struct seen *all, uint64_t ino)
{
	struct seen *seen;

	HASH_FIND(hh, all, &ino, sizeof(ino), seen);
	return seen;
}

static void drop(struct seen *all)
{
	struct seen *seen, *next;

	HASH_ITER (hh, all, seen, next) {
		HASH_DEL(all, seen);
		free(seen);
	}
}

/* ---- AF_INET, AF_INET6 ---- */

/*
 * AF_UNIX tells which directions have ended, but not by whom: each end's
 * shutdown(2) ends one of the other's, too. What the ends have done themselves
 * is known, but of one that accept(2) made.
 */
static uint8_t connected_state(const struct net_sock *sock,
			       const struct alive_sock *about)
{
	const struct net_sock *peer = sock_by_ino(about->peer);
	bool reads = !(about->shutdown & 1), sends = !(about->shutdown & 2);
	bool closed = !reads && !sends && !about->peer;
	bool own, other;

	if (sock->passing)
		own = !sends && !closed && !(peer && peer->shut & 1);
	else
		own = sock->shut & 2;
	if (peer)
		other = peer->shut & 2;
	else
		other = closed || (!reads && !(sock->shut & 1));
	if (own)
		return other ? TCP_CLOSE : TCP_FIN_WAIT2;
	return other ? TCP_CLOSE_WAIT : TCP_ESTABLISHED;
}

uint8_t listing_state(const struct net_sock *sock,
		      const struct alive_sock *about)
{
	if (sock->type != SOCK_STREAM)
		return sock->state == SOCK_CONNECTED ? TCP_ESTABLISHED
						     : TCP_CLOSE;
	if (sock->state == SOCK_LISTENING)
		return TCP_LISTEN;
	if (sock->state != SOCK_CONNECTED)
		return sock->state == SOCK_CONNECTING ? TCP_SYN_SENT
						      : TCP_CLOSE;
	return about ? connected_state(sock, about) : TCP_ESTABLISHED;
}

static void tell(const struct net_sock *sock, const struct alive_sock *about,
		 listed_fn fn, void *data)
{
	const struct listed listed = {
		.family = sock->family,
		.type = sock->type,
		.protocol = sock->protocol,
		.state = listing_state(sock, about),
		.local = &sock->local,
		.remote = &sock->remote,
		.ino = sock->ino,
		.id = sock->id,
		.reads = about ? about->reads : 0,
		.backlog = sock->backlog,
		.shutdown = about ? about->shutdown : 0,
		.v6only = sock->v6only,
	};

	if (sock->local.port &&
	    (sock->type != SOCK_STREAM || listed.state != TCP_CLOSE))
		fn(data, &listed);
}

/*
 * The end that was called, of a connection whose caller is @caller. One that is
 * not open is not accepted yet, or it was closed first.
 */
static void tell_called(struct seen *all, const struct alive_sock *caller,
			struct net *net, listed_fn fn, void *data)
{
	static const struct alive_sock closed = { .shutdown = 2 };
	const struct seen *called = find(all, caller->peer);
	struct net_sock sock = { .type = SOCK_STREAM,
				 .protocol = IPPROTO_TCP,
				 .state = SOCK_CONNECTED,
				 .passing = true,
				 .ino = caller->peer };
	struct net_name name;

	if (!sname_parse(&caller->name, caller->name_len, &name) ||
	    name.protocol != IPPROTO_TCP || name.to_net != net->id ||
	    route_type(net, &name.to.ip) != RTN_LOCAL)
		return;
	sock.family = name.to_family;
	sock.local = name.to;
	sock.remote = name.from;
	if (called)
		tell(&sock, &called->sock, fn, data);
	else
		tell(&sock, caller->shutdown == 3 ? &closed : NULL, fn, data);
}

void listing_inet(struct net *net, listed_fn fn, void *data)
{
	struct seen *all = NULL, *seen, *next;
	const struct net_sock *sock;

	sock_sweep();
	alive_tell(add, &all);
	for (sock = sock_all(); sock; sock = sock->hh.next) {
		if (sock->net != net)
			continue;
		seen = find(all, sock->ino);
		tell(sock, seen ? &seen->sock : NULL, fn, data);
	}
	HASH_ITER (hh, all, seen, next)
		if (!sock_by_ino(seen->sock.peer))
			tell_called(all, &seen->sock, net, fn, data);
	drop(all);
}

/* ---- AF_UNIX ---- */

/* Return: how many descriptors there were, of the @room that are looked at. */
static unsigned int mark_open(struct seen *all, host_pid pid, unsigned int room)
{
	char path[64], link[64];
	const struct dirent *entry;
	unsigned long long ino;
	unsigned int n = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/fd", pid.n);
	dir = opendir(path);
	while (dir && n < room && (entry = readdir(dir))) {
		struct seen *seen = NULL;

		n++;
		snprintf(path, sizeof(path), "/proc/%d/fd/%.20s", pid.n,
			 entry->d_name);
		if (sys_readlink(path, link, sizeof(link)) > 0 &&
		    sscanf(link, "socket:[%llu]", &ino) == 1)
			seen = find(all, ino);
		if (seen)
			seen->open = true;
	}
	if (dir)
		closedir(dir);
	return n;
}

static void mark_all_open(struct seen *all, const struct net *net)
{
	unsigned int room = OPEN_MAX_;
	const struct group *group;

	DL_FOREACH (instance.groups, group)
		if (group->tasks && net_of(group->tasks) == net)
			room -= mark_open(all, group->tgid->host, room);
}

static bool is_sname(const struct alive_sock *sock)
{
	struct net_name name;

	uint64_t id = sname_parse_hidden(&sock->name, sock->name_len);

	return (id && !(id & UNIX_NAME_ID)) ||
	       sname_parse(&sock->name, sock->name_len, &name);
}

/* A program's own, and not what is under another of its sockets. */
static bool is_own(struct seen *all, const struct seen *seen)
{
	const struct seen *peer = find(all, seen->sock.peer);

	return seen->open && !sock_by_ino(seen->sock.ino) &&
	       !is_sname(&seen->sock) && (!peer || !is_sname(&peer->sock));
}

void listing_unix(struct net *net,
		  void (*fn)(void *data, const struct alive_sock *sock),
		  void *data)
{
	struct seen *all = NULL, *seen, *next;

	alive_tell(add, &all);
	mark_all_open(all, net);
	HASH_ITER (hh, all, seen, next) {
		struct alive_sock *sock = &seen->sock;

		if (!is_own(all, seen))
			continue;
		if (sock->name_len)
			sock->name_len = unix_name_from_host(&sock->name,
							     sock->name_len);
		fn(data, sock);
	}
	drop(all);
}

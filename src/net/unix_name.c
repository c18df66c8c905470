/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See unix_name.h.
 *
 * Theory of operation. An abstract name of the kernel's is told to everybody,
 * by /proc/net/unix, and whoever knows it can connect to it. So one of a net is
 * bound to a hidden file instead (sname.h), which is reached by who has its
 * descriptor alone. What the programs call it is here. As with other sockets,
 * nothing tells when one is closed: the kernel is asked when somebody else
 * wants the name, and of all when there are twice as many as there were. Those
 * that are gone are remembered for a while, since peers may ask for the name.
 */
#include "src/net/unix_name.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <uthash.h>
#include "src/host/sys.h"
#include "src/net/alive.h"
#include "src/net/sname.h"
#include "src/net/sock.h"

#define HEAD	  offsetof(struct sockaddr_un, sun_path)
#define NAMES_MAX 65536
#define GONE_MAX  4096
#define FIRST	  256

struct key {
	uint32_t net;
	int type; /* one of each may have the name */
	uint32_t len;
	char text[sizeof(((struct sockaddr_un *)0)->sun_path)];
};

struct unix_name {
	uint64_t id, ino;
	int path; /* -1: it is gone */
	bool seen;
	struct key key;
	UT_hash_handle hh, hh_id;
};

static struct unix_name *by_key, *by_id; /* by_id: the oldest first */
static unsigned int sweep_at = FIRST;

bool unix_is_abstract(const struct sockaddr_un *un, socklen_t len)
{
	return un->sun_family == AF_UNIX && len > HEAD && !un->sun_path[0];
}

static struct key key_of(uint32_t net, int type, const struct sockaddr_un *un,
			 socklen_t len)
{
	struct key key;

	memset(&key, 0, sizeof(key));
	key.net = net;
	key.type = type;
	key.len = len - HEAD;
	memcpy(key.text, un->sun_path, key.len);
	return key;
}

/* ---- their end ---- */

static void forget(struct unix_name *name)
{
	HASH_DELETE(hh_id, by_id, name);
	free(name);
}

static void end(struct unix_name *name)
{
	unsigned int gone;

	HASH_DELETE(hh, by_key, name);
	sys_close(&name->path);
	gone = HASH_CNT(hh_id, by_id) - HASH_COUNT(by_key);
	for (struct unix_name *old = by_id, *next; gone > GONE_MAX && old;
	     old = next) {
		next = old->hh_id.next;
		if (old->path >= 0)
			continue;
		forget(old);
		gone--;
	}
}

static void mark(void *data, const struct alive_sock *sock)
{
	struct unix_name *name;
	uint64_t id = sname_parse_hidden(&sock->name, sock->name_len);

	(void)data;
	HASH_FIND(hh_id, by_id, &id, sizeof(id), name);
	if (name)
		name->seen = true;
}

void unix_name_sweep(void)
{
	struct unix_name *name, *next;

	HASH_ITER (hh, by_key, name, next)
		name->seen = false;
	if (alive_tell(mark, NULL))
		HASH_ITER (hh, by_key, name, next)
			if (!name->seen)
				end(name);
	sweep_at = 2 * HASH_COUNT(by_key) + FIRST;
}

/* ---- to bind ---- */

static int type_of(int fd)
{
	socklen_t len = sizeof(int);
	int type = 0;

	getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len);
	return type;
}

static bool is_bound(int fd)
{
	struct sockaddr_un un;
	socklen_t len = sizeof(un);

	return getsockname(fd, (void *)&un, &len) == 0 && len > HEAD;
}

static long bind_hidden(struct unix_name *name, int fd)
{
	static uint64_t last;
	struct stat st;
	long r;

	if (fstat(fd, &st) < 0)
		return sys_result(-1);
	name->ino = st.st_ino;
	name->id = UNIX_NAME_ID | ++last;
	r = sname_bind_hidden(fd, name->id);
	if (sock_made_room(r))
		r = sname_bind_hidden(fd, name->id);
	name->path = (int)r;
	return r < 0 ? r : 0;
}

long unix_name_bind(uint32_t net, int fd, const struct sockaddr_un *un,
		    socklen_t len)
{
	const struct key key = key_of(net, type_of(fd), un, len);
	struct unix_name *name;
	long r;

	if (is_bound(fd))
		return -EINVAL;
	HASH_FIND(hh, by_key, &key, sizeof(key), name);
	if (name && alive_ask(name->ino))
		return -EADDRINUSE;
	if (name)
		end(name);
	if (HASH_COUNT(by_key) >= sweep_at)
		unix_name_sweep();
	name = HASH_COUNT(by_key) < NAMES_MAX ? calloc(1, sizeof(*name)) : NULL;
	if (!name)
		return -ENOBUFS;
	r = bind_hidden(name, fd);
	if (r < 0) {
		free(name);
		return r;
	}
	name->key = key;
	HASH_ADD(hh, by_key, key, sizeof(key), name);
	HASH_ADD(hh_id, by_id, id, sizeof(name->id), name);
	return 0;
}

/* ---- to find ---- */

uint64_t unix_name_find(uint32_t net, int type, const struct sockaddr_un *un,
			socklen_t len)
{
	const struct key key = key_of(net, type, un, len);
	struct unix_name *name;

	HASH_FIND(hh, by_key, &key, sizeof(key), name);
	return name ? name->id : 0;
}

int unix_name_path(uint64_t id)
{
	struct unix_name *name;

	HASH_FIND(hh_id, by_id, &id, sizeof(id), name);
	return name ? name->path : -1;
}

socklen_t unix_name_from_host(struct sockaddr_un *un, socklen_t len)
{
	uint64_t id = sname_parse_hidden(un, len);
	struct unix_name *name;

	if (!(id & UNIX_NAME_ID))
		return len;
	HASH_FIND(hh_id, by_id, &id, sizeof(id), name);
	if (!name)
		return HEAD;
	memcpy(un->sun_path, name->key.text, name->key.len);
	return (socklen_t)(HEAD + name->key.len);
}

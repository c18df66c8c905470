/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See sname.h.
 *
 * Theory of operation. A stream socket that connects has an abstract name that
 * holds both ends. Nothing can be connected to it, since it does not listen, so
 * that others may see it; and two with the same ends can't be, which is how
 * the kernel keeps the account of ports in use. What can be reached (one that
 * listens, and datagram sockets) is bound to a file, in a folder of its own
 * that is removed as soon as the supervisor has an O_PATH descriptor of the
 * file. The kernel finds the socket by the file's inode. So it is reached by
 * nobody who has not got that descriptor, and nothing is left on the disk.
 *
 * A secret of the instance is part of the names, since a program inside may
 * make AF_UNIX sockets with names of its choice.
 */
#include "src/net/sname.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>
#include "src/host/sys.h"
#include "src/net/letters.h"

#define MAGIC  "nsr"
#define FOLDER "nsrun."
#define HEAD   offsetof(struct sockaddr_un, sun_path)

struct packed_end {
	uint16_t port;
	uint32_t scope;
	uint8_t ip[NET_IP_BYTES];
} __attribute__((packed));

struct packed_name {
	uint64_t secret;
	uint8_t protocol, family, from_family, to_family;
	uint8_t hops, tos;
	uint32_t from_net, to_net, dev;
	struct packed_end from, to;
} __attribute__((packed));

/* The abstract name: that as letters, behind a NUL and what is in all. */
#define LEAD	  (1 + sizeof(MAGIC) - 1)
#define NAME_SIZE (LEAD + LETTERS(sizeof(struct packed_name)))

static_assert(NAME_SIZE <= sizeof(((struct sockaddr_un *)0)->sun_path),
	      "a name");

static uint64_t secret(void)
{
	static uint64_t value;

	while (!value)
		if (getrandom(&value, sizeof(value), 0) < 0)
			abort();
	return value;
}

static struct packed_end pack(const struct net_end *end)
{
	struct packed_end p = { .port = end->port, .scope = end->scope };

	memcpy(p.ip, end->ip.bytes, sizeof(p.ip));
	return p;
}

static struct net_end unpack(uint8_t family, const struct packed_end *p)
{
	struct net_end end = { .port = p->port, .scope = p->scope };

	end.ip = net_ip_make(family, p->ip);
	return end;
}

socklen_t sname_make(const struct net_name *name, struct sockaddr_un *ret_un)
{
	const struct packed_name p = {
		.secret = secret(),
		.protocol = name->protocol,
		.family = name->to.ip.family,
		.from_family = name->from_family,
		.to_family = name->to_family,
		.from_net = name->from_net,
		.to_net = name->to_net,
		.dev = name->dev,
		.hops = name->hops,
		.tos = name->tos,
		.from = pack(&name->from),
		.to = pack(&name->to),
	};

	ret_un->sun_family = AF_UNIX;
	ret_un->sun_path[0] = 0;
	memcpy(ret_un->sun_path + 1, MAGIC, LEAD - 1);
	letters_write(&p, sizeof(p), ret_un->sun_path + LEAD);
	return HEAD + NAME_SIZE;
}

bool sname_parse(const struct sockaddr_un *un, socklen_t len,
		 struct net_name *ret_name)
{
	struct packed_name p;

	if (len != HEAD + NAME_SIZE || un->sun_path[0] ||
	    memcmp(un->sun_path + 1, MAGIC, LEAD - 1) != 0 ||
	    !letters_read(un->sun_path + LEAD, &p, sizeof(p)) ||
	    p.secret != secret())
		return false;
	*ret_name = (struct net_name){
		.protocol = p.protocol,
		.from_family = p.from_family,
		.to_family = p.to_family,
		.from_net = p.from_net,
		.to_net = p.to_net,
		.dev = p.dev,
		.hops = p.hops,
		.tos = p.tos,
		.from = unpack(p.family, &p.from),
		.to = unpack(p.family, &p.to),
	};
	return true;
}

bool sname_set_port(struct sockaddr_un *un, socklen_t len, uint16_t port)
{
	struct packed_name p;

	if (len != HEAD + NAME_SIZE ||
	    !letters_read(un->sun_path + LEAD, &p, sizeof(p)))
		return false;
	p.from.port = port;
	letters_write(&p, sizeof(p), un->sun_path + LEAD);
	return true;
}

/* ---- names that can be reached ---- */

static int base = -1; /* where the folders are made */

/* In the order of what nobody else looks into. */
static long find_base(void)
{
	const char *const places[] = { getenv("XDG_RUNTIME_DIR"), "/dev/shm",
				       getenv("TMPDIR"), "/tmp", "/var/tmp" };

	for (size_t i = 0; base < 0 && i < sizeof(places) / sizeof(*places);
	     i++) {
		if (!places[i] || access(places[i], W_OK | X_OK) < 0)
			continue;
		base = open(places[i], O_PATH | O_DIRECTORY | O_CLOEXEC);
	}
	return base < 0 ? -EACCES : 0;
}

static long make_folder(char *name, size_t size)
{
	uint64_t random;
	long r = base >= 0 ? 0 : find_base();

	if (r < 0)
		return r;
	if (getrandom(&random, sizeof(random), 0) < 0)
		return sys_result(-1);
	snprintf(name, size, FOLDER "%016llx", (unsigned long long)random);
	return sys_result(mkdirat(base, name, 0700));
}

long sname_bind_hidden(int fd, uint64_t id)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	char folder[32], file[72];
	long r = make_folder(folder, sizeof(folder));

	if (r < 0)
		return r;
	snprintf(file, sizeof(file), "%s/%016llx%016llx", folder,
		 (unsigned long long)secret(), (unsigned long long)id);
	snprintf(un.sun_path, sizeof(un.sun_path), "/proc/self/fd/%d/%s", base,
		 file);
	/* A name can't be taken back: is there a descriptor to be had at all?
	 */
	r = sys_result(dup(base));
	if (r >= 0) {
		close((int)r);
		r = sys_result(bind(fd, (void *)&un, sizeof(un)));
	}
	if (r == 0) {
		r = sys_result(
			openat(base, file, O_PATH | O_NOFOLLOW | O_CLOEXEC));
		unlinkat(base, file, 0);
	}
	unlinkat(base, folder, AT_REMOVEDIR);
	return r == -EMFILE || r == -ENFILE ? -ENOBUFS : r;
}

uint64_t sname_parse_hidden(const struct sockaddr_un *un, socklen_t len)
{
	char text[sizeof(un->sun_path) + 1] = "";
	unsigned long long says, id;
	const char *file;

	if (len <= HEAD || len > sizeof(*un))
		return 0;
	memcpy(text, un->sun_path, len - HEAD);
	file = strrchr(text, '/');
	if (!file || strlen(file) != 33 ||
	    sscanf(file, "/%16llx%16llx", &says, &id) != 2)
		return 0;
	return says == secret() ? id : 0;
}

void sname_path(int path, struct sockaddr_un *ret_un)
{
	*ret_un = (struct sockaddr_un){ .sun_family = AF_UNIX };
	snprintf(ret_un->sun_path, sizeof(ret_un->sun_path), "/proc/self/fd/%d",
		 path);
}

long sname_connect(int fd, int path)
{
	struct sockaddr_un un;

	sname_path(path, &un);
	return sys_result(connect(fd, (void *)&un, sizeof(un)));
}

static int probe = -1; /* of a type that none of them has */

long sname_init(void)
{
	if (probe < 0)
		probe = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (probe < 0)
		return sys_result(-1);
	return base < 0 ? find_base() : 0;
}

bool sname_is_alive(int path)
{
	return sname_connect(probe, path) != -ECONNREFUSED;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See unix_name.h.
 *
 * Theory of operation. A name of a net is the kernel's with a few bytes ahead
 * of it: which instance, which net. A secret is among them, so that no name of
 * one can be said in another, nor by a program outside that does not look at
 * /proc/net/unix. A name that is too long then is told by a number, and kept.
 */
#include "src/net/unix_name.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <uthash.h>
#include "src/net/letters.h"

#define HEAD	  offsetof(struct sockaddr_un, sun_path)
#define NAME_MAX_ (sizeof(((struct sockaddr_un *)0)->sun_path) - 1)
#define LONG_MAX_ 4096 /* names that are kept */

/* Behind the NUL: a kind, who has it, as letters, and what is its own. */
#define SHORT 'n'
#define LONG  'l'

struct owner {
	uint64_t secret;
	uint32_t net;
} __attribute__((packed));

#define LEAD   (2 + LETTERS(sizeof(struct owner)))
#define NUMBER LETTERS(sizeof(uint32_t))

struct long_name {
	uint32_t number;
	uint32_t net;
	size_t len;
	char text[NAME_MAX_];
	UT_hash_handle hh;
};

static struct long_name *long_names; /* by number */

static uint64_t secret(void)
{
	static uint64_t value;

	while (!value)
		if (getrandom(&value, sizeof(value), 0) < 0)
			abort();
	return value;
}

bool unix_is_abstract(const struct sockaddr_un *un, socklen_t len)
{
	return un->sun_family == AF_UNIX && len > HEAD && !un->sun_path[0];
}

/* Return: its number, or 0 without memory. */
static uint32_t keep(uint32_t net, const char *text, size_t len)
{
	struct long_name *name;

	for (name = long_names; name; name = name->hh.next)
		if (name->net == net && name->len == len &&
		    memcmp(name->text, text, len) == 0)
			return name->number;
	name = HASH_COUNT(long_names) < LONG_MAX_ ? calloc(1, sizeof(*name))
						  : NULL;
	if (!name)
		return 0;
	name->number = HASH_COUNT(long_names) + 1;
	name->net = net;
	name->len = len;
	memcpy(name->text, text, len);
	HASH_ADD(hh, long_names, number, sizeof(name->number), name);
	return name->number;
}

long unix_name_to_host(uint32_t id, struct sockaddr_un *un, socklen_t len)
{
	const struct owner owner = { .secret = secret(), .net = id };
	size_t own = len - HEAD - 1; /* without the first byte, which is 0 */
	char text[NAME_MAX_], kind = SHORT;
	uint32_t number;

	memcpy(text, un->sun_path + 1, own);
	if (LEAD + own > NAME_MAX_ + 1) {
		number = keep(id, text, own);
		if (!number)
			return -ENOBUFS;
		kind = LONG;
		own = NUMBER;
		letters_write(&number, sizeof(number), text);
	}
	un->sun_path[1] = kind;
	letters_write(&owner, sizeof(owner), un->sun_path + 2);
	memcpy(un->sun_path + LEAD, text, own);
	return (long)(HEAD + LEAD + own);
}

/* That which the letters at @at are the number of, or NULL. */
static const struct long_name *find_long(const char *at, size_t len)
{
	struct long_name *name = NULL;
	uint32_t number;

	if (len == NUMBER && letters_read(at, &number, sizeof(number)))
		HASH_FIND(hh, long_names, &number, sizeof(number), name);
	return name;
}

socklen_t unix_name_from_host(struct sockaddr_un *un, socklen_t len)
{
	const struct long_name *name = NULL;
	struct owner owner;
	size_t own;

	if (!unix_is_abstract(un, len) || len < HEAD + LEAD ||
	    !letters_read(un->sun_path + 2, &owner, sizeof(owner)) ||
	    owner.secret != secret())
		return len;
	own = len - HEAD - LEAD;
	if (un->sun_path[1] == LONG)
		name = find_long(un->sun_path + LEAD, own);
	if (name) {
		own = name->len;
		memcpy(un->sun_path + 1, name->text, own);
	} else {
		memmove(un->sun_path + 1, un->sun_path + LEAD, own);
	}
	return (socklen_t)(HEAD + 1 + own);
}

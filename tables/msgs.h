/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The messages of one System V queue, in the order in which they came, and
 * which of them a receiver asks for. Follows ipc/msg.c, Linux 6.x.
 */
#ifndef NSRUN_MSGS_H
#define NSRUN_MSGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct msg {
	struct msg *prev, *next;
	size_t len;		/* of the text */
	int64_t type;		/* at least 1 */
	char text[];		/* right behind, as in the program's msgbuf */
};

struct msgs {
	struct msg *list;
	uint64_t count, bytes;
};

/* What msgrcv(2) asks for: convert_mode(). */
struct msg_wanted {
	enum msg_search {
		MSG_SEARCH_ANY,
		MSG_SEARCH_EQUAL,
		MSG_SEARCH_NOT_EQUAL,
		MSG_SEARCH_LESS_EQUAL,	/* the least of those up to `type` */
		MSG_SEARCH_NUMBER,	/* the one at index `type` */
	} search;
	int64_t type;
};

/* Return: a message with room for @len bytes of text, or NULL. */
struct msg *msg_alloc(size_t len);

/* What it costs to keep one with @len bytes, the allocator's part too. */
size_t msg_cost(size_t len);

/* Of the arguments of msgrcv(2). */
struct msg_wanted msg_wanted(int64_t type, int flags);

/* testmsg(): would a receiver who asks for @wanted take @msg? */
bool msg_matches(const struct msg *msg, struct msg_wanted wanted);

/* Return: the message that is its turn, borrowed, or NULL. */
struct msg *msgs_find(const struct msgs *msgs, struct msg_wanted wanted);

/*
 * Is there room for @len bytes more, when @limit is the queue's? As many
 * messages as bytes are allowed, so that empty ones end, too.
 */
bool msgs_fit(const struct msgs *msgs, size_t len, uint64_t limit);

/* It belongs to the queue then; and to the caller again. */
void msgs_add(struct msgs *msgs, struct msg *msg);
void msgs_remove(struct msgs *msgs, struct msg *msg);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Messages of a System V queue; see msgs.h. */
#include "tables/msgs.h"

#include <assert.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/msg.h>
#include <utlist.h>

#define ALLOCATOR_COST 16

static_assert(offsetof(struct msg, text) ==
	      offsetof(struct msg, type) + sizeof(int64_t),
	      "type and text are copied as one");

struct msg *msg_alloc(size_t len)
{
	struct msg *msg = malloc(sizeof(*msg) + len);

	if (msg)
		msg->len = len;
	return msg;
}

size_t msg_cost(size_t len)
{
	return sizeof(struct msg) + ALLOCATOR_COST + len;
}

struct msg_wanted msg_wanted(int64_t type, int flags)
{
	struct msg_wanted wanted = { .type = type };

	if (flags & MSG_COPY) {
		wanted.search = MSG_SEARCH_NUMBER;
	} else if (type == 0) {
		wanted.search = MSG_SEARCH_ANY;
	} else if (type < 0) {
		wanted.search = MSG_SEARCH_LESS_EQUAL;
		wanted.type = type == INT64_MIN ? INT64_MAX : -type;
	} else {
		wanted.search = flags & MSG_EXCEPT ? MSG_SEARCH_NOT_EQUAL :
						     MSG_SEARCH_EQUAL;
	}
	return wanted;
}

bool msg_matches(const struct msg *msg, struct msg_wanted wanted)
{
	switch (wanted.search) {
	case MSG_SEARCH_EQUAL:
		return msg->type == wanted.type;
	case MSG_SEARCH_NOT_EQUAL:
		return msg->type != wanted.type;
	case MSG_SEARCH_LESS_EQUAL:
		return msg->type <= wanted.type;
	default:
		return true;
	}
}

static struct msg *find_least(const struct msgs *msgs, int64_t limit)
{
	struct msg *msg, *found = NULL;

	DL_FOREACH(msgs->list, msg) {
		if (msg->type > limit || (found && msg->type >= found->type))
			continue;
		found = msg;
		if (msg->type == 1)
			break;
	}
	return found;
}

struct msg *msgs_find(const struct msgs *msgs, struct msg_wanted wanted)
{
	struct msg *msg;
	int64_t index = 0;

	if (wanted.search == MSG_SEARCH_LESS_EQUAL)
		return find_least(msgs, wanted.type);
	DL_FOREACH(msgs->list, msg) {
		if (wanted.search == MSG_SEARCH_NUMBER ?
			    index++ == wanted.type :
			    msg_matches(msg, wanted))
			return msg;
	}
	return NULL;
}

bool msgs_fit(const struct msgs *msgs, size_t len, uint64_t limit)
{
	return len + msgs->bytes <= limit && 1 + msgs->count <= limit;
}

void msgs_add(struct msgs *msgs, struct msg *msg)
{
	DL_APPEND(msgs->list, msg);
	msgs->count++;
	msgs->bytes += msg->len;
}

void msgs_remove(struct msgs *msgs, struct msg *msg)
{
	DL_DELETE(msgs->list, msg);
	msgs->count--;
	msgs->bytes -= msg->len;
}

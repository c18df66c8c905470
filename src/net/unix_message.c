/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names that come and go with calls of AF_UNIX sockets: of messages, and of
 * accept(2).
 *
 * Theory of operation. Where a name may be another than the kernel's, the task
 * makes its call with memory that is lent for it: so what the kernel writes
 * there has room enough to be known again, and the bytes ahead of an abstract
 * name are not left in the program's memory.
 */
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include "src/net/many.h"
#include "src/net/other.h"
#include "src/net/unix.h"
#include "src/net/unix_name.h"
#include "src/net/unix_reach.h"
#include "src/ns/pid.h"
#include "src/task/task.h"
#include "src/view/root.h"

bool unix_is_named(const struct call *c, const struct sock_ref *ref)
{
	return (unix_any_abstract || root_resolves(c->task)) && unix_is_one(ref->fd);
}

/* A name of the kernel's of @len bytes is the program's, which has @room. */
static long tell(struct call *c, struct sockaddr_un *un, socklen_t *len,
		 uint64_t at, uint32_t room)
{
	socklen_t all = sizeof(*un);

	/* One without a NUL counts one more than there are. */
	if (*len <= all)
		all = *len = unix_addr_from_host(c->task, un, *len);
	return call_write(c, at, un, all < room ? all : room);
}

/* ---- of accept(2) and recvfrom(2) ---- */

struct lent_addr {
	struct sockaddr_un un;
	uint32_t len;
};

static long tell_addr(struct call *c, long result, uint64_t at, uint64_t len_at,
		      uint64_t lent_at)
{
	struct lent_addr lent;

	if (result < 0)
		return result;
	if (call_read(c, lent_at, &lent, sizeof(lent)) < 0 ||
	    tell(c, &lent.un, &lent.len, at, (uint32_t)c->cookie) < 0 ||
	    call_write(c, len_at, &lent.len, sizeof(lent.len)) < 0)
		return -EFAULT;
	return result;
}

static long accepted(struct call *c, long result)
{
	return tell_addr(c, result, c->args[1], c->args[2], c->host_args[1]);
}

static long received_from(struct call *c, long result)
{
	return tell_addr(c, result, c->args[4], c->args[5], c->host_args[4]);
}

/* The address is the argument @arg; what is wrong with it the kernel says. */
static long lend_addr(struct call *c, int arg,
		      long (*after)(struct call *c, long result))
{
	const struct lent_addr lent = { .len = sizeof(lent.un) };
	uint64_t at;
	int room;
	long r;

	if (!call_can_change(c))
		return call_stop(c);
	if (call_read(c, c->args[arg + 1], &room, sizeof(room)) < 0 || room < 0)
		return call_then(c, NULL);
	r = call_lend(c, &lent, sizeof(lent), &at);
	if (r < 0)
		return r;
	c->cookie = (uint32_t)room;
	c->host_args[arg] = at;
	c->host_args[arg + 1] = at + offsetof(struct lent_addr, len);
	return call_then(c, after);
}

long unix_accept(struct call *c, struct sock_ref *ref)
{
	call_may_wait(c);
	return unix_is_named(c, ref) ? lend_addr(c, 1, accepted) : call_pass(c);
}

/* ---- of messages ---- */

long unix_lend_head(struct call *c, struct unix_head *lent, socklen_t len)
{
	uint64_t at;
	long r = call_lend(c, lent, sizeof(*lent), &at);

	if (r < 0)
		return r;
	lent->head.msg_name = (void *)(at + offsetof(struct unix_head, un));
	lent->head.msg_namelen = len;
	c->host_args[1] = at;
	return call_write(c, at, &lent->head, sizeof(lent->head));
}

long unix_to_host(struct call *c, const struct sock_ref *ref, uint64_t at,
		  socklen_t len, struct unix_target *ret_target)
{
	struct sockaddr_un *un = &ret_target->un;

	ret_target->len = len;
	if (!at || unix_addr_read(c, at, len, un) < 0)
		return UNIX_SAME;
	if (!unix_is_abstract(un, len))
		return unix_path_to_host(c->task, un, &ret_target->len,
					 ROOT_FOLLOW);
	ret_target->id = unix_name_id(c, ref, un, len);
	return UNIX_REACH;
}

static long send_head(struct call *c, const struct message *m,
		      const struct sockaddr_un *un, socklen_t len)
{
	struct unix_head lent = { .un = *un };
	long r;

	if (!call_can_change(c))
		return call_stop(c);
	if (call_read(c, m->head, &lent.head, sizeof(lent.head)) < 0)
		return -EFAULT;
	r = unix_lend_head(c, &lent, len);
	return r < 0 ? r : call_then(c, NULL);
}

long unix_send(struct call *c, struct sock_ref *ref, struct message *m)
{
	struct unix_target to;
	long r = UNIX_SAME;

	call_may_wait(c);
	if (m->name && unix_is_ours(c, ref)) {
		unix_autobind(c, ref);
		r = unix_to_host(c, ref, m->name, m->name_len, &to);
	}
	if (r < 0)
		return r;
	if (r == UNIX_SAME)
		return m->head ? other_sendmsg(c) : other_sendto(c);
	if (r == UNIX_REACH)
		return unix_reach(c, to.id, m->head, NULL);
	return m->head ? send_head(c, m, &to.un, to.len)
		       : unix_lend_addr(c, &to.un, to.len, 4);
}

bool unix_any_changes(struct call *c, const struct sock_ref *ref)
{
	struct unix_target to;
	struct msghdr head;

	if (!unix_is_ours(c, ref))
		return false;
	for (unsigned int i = 0; i < many_count(c); i++)
		if (call_read(c, many_head(c, i), &head, sizeof(head)) == 0 &&
		    unix_to_host(c, ref, (uintptr_t)head.msg_name,
				 head.msg_namelen, &to) != UNIX_SAME)
			return true;
	return false;
}

long unix_message_received(struct call *c, uint64_t own_at, uint32_t room)
{
	struct unix_head lent;
	struct msghdr own;

	if (call_read(c, c->host_args[1], &lent, sizeof(lent)) < 0 ||
	    call_read(c, own_at, &own, sizeof(own)) < 0)
		return -EFAULT;
	own.msg_namelen = !own.msg_name ? 0 : lent.head.msg_namelen;
	own.msg_controllen = lent.head.msg_controllen;
	own.msg_flags = lent.head.msg_flags;
	if (tell(c, &lent.un, &own.msg_namelen, (uintptr_t)own.msg_name, room) <
		    0 ||
	    call_write(c, own_at, &own, sizeof(own)) < 0)
		return -EFAULT;
	pid_message_received(c, own_at);
	return 0;
}

static long received(struct call *c, long result)
{
	long r = result;

	if (r >= 0)
		r = unix_message_received(c, c->args[1], (uint32_t)c->cookie);
	return r < 0 ? r : result;
}

static long receive_head(struct call *c, const struct message *m)
{
	struct unix_head lent = { 0 };
	long r;

	if (!call_can_change(c))
		return call_stop(c);
	if (call_read(c, m->head, &lent.head, sizeof(lent.head)) < 0)
		return -EFAULT;
	c->cookie = m->name_len;
	r = unix_lend_head(c, &lent, sizeof(lent.un));
	return r < 0 ? r : call_then(c, received);
}

long unix_receive(struct call *c, struct sock_ref *ref, struct message *m)
{
	bool tells = m->name && unix_is_named(c, ref);

	call_may_wait(c);
	if (!m->head)
		return tells ? lend_addr(c, 4, received_from) : call_pass(c);
	return tells ? receive_head(c, m) : other_recvmsg(c);
}

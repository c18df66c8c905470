/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See many.h. What the kernel itself sends and receives (streams, AF_UNIX), and
 * must not see or tell an address of: each message has its turn by the trace
 * gate, with a header that is lent.
 */
#include "src/net/many.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/syscall.h>
#include "src/net/unix.h"
#include "src/net/unix_reach.h"

#define MESSAGES_MAX 1024 /* UIO_MAXIOV, which the kernel cuts to */

unsigned int many_count(const struct call *c)
{
	unsigned int n = (unsigned int)c->args[2];

	return n < MESSAGES_MAX ? n : MESSAGES_MAX;
}

uint64_t many_head(const struct call *c, unsigned int i)
{
	return c->args[1] + i * sizeof(struct mmsghdr);
}

long many_put_len(struct call *c, unsigned int i, long len)
{
	unsigned int value = (unsigned int)len;

	return call_write(c,
			  many_head(c, i) + offsetof(struct mmsghdr, msg_len),
			  &value, sizeof(value));
}

/* The cookie of the call: how far it is. */
struct turn {
	uint16_t done;
	uint16_t stream;
	uint32_t room; /* for the name of this one */
};

static_assert(sizeof(struct turn) == sizeof(uint64_t), "a cookie");

static struct turn turn_of(const struct call *c)
{
	struct turn turn;

	memcpy(&turn, &c->cookie, sizeof(turn));
	return turn;
}

static void keep(struct call *c, const struct turn *turn)
{
	memcpy(&c->cookie, turn, sizeof(*turn));
}

/* Of a stream: without a name, and with control messages to receive alone. */
static long lend_plain(struct call *c, struct msghdr *head)
{
	head->msg_name = NULL;
	head->msg_namelen = 0;
	if (c->nr == SYS_sendmmsg)
		head->msg_controllen = 0;
	return call_lend(c, head, sizeof(*head), &c->host_args[1]);
}

/* What the program is to find in its own header. */
static long tell(struct call *c, const struct turn *turn)
{
	uint64_t own = many_head(c, turn->done);

	if (c->nr == SYS_sendmmsg)
		return 0;
	return turn->stream ? message_received(c, own, c->host_args[1])
			    : unix_message_received(c, own, turn->room);
}

static long run_next(struct call *c, struct turn *turn);

static long ran(struct call *c, long result)
{
	struct turn turn = turn_of(c);
	long r = result < 0 ? result : tell(c, &turn);

	if (r >= 0)
		r = many_put_len(c, turn.done, result);
	if (r < 0)
		return turn.done ? turn.done : r;
	if (++turn.done == many_count(c))
		return turn.done;
	call_restore(c);
	return run_next(c, &turn);
}

/* A limit of time counts between messages: what is there is taken then. */
static int flags_of(const struct call *c, const struct turn *turn)
{
	int flags = (int)c->args[3];
	bool one = flags & MSG_WAITFORONE || c->args[4];

	if (c->nr == SYS_recvmmsg && one && turn->done)
		flags |= MSG_DONTWAIT;
	return flags & ~MSG_WAITFORONE;
}

static long run(struct call *c, struct turn *turn)
{
	keep(c, turn);
	c->host_args[0] = c->args[0];
	c->host_args[2] = (uint64_t)flags_of(c, turn);
	return call_then_other(
		c, c->nr == SYS_sendmmsg ? SYS_sendmsg : SYS_recvmsg, ran);
}

/* To the name that the header @lent has. */
static long send_named(struct call *c, struct turn *turn,
		       struct unix_head *lent)
{
	_cleanup_ref_ struct sock_ref ref = SOCK_REF_NONE;
	struct unix_target to;
	long r = sock_find(c, (int)c->args[0], &ref);

	if (r == 0)
		r = unix_to_host(c, &ref, (uintptr_t)lent->head.msg_name,
				 lent->head.msg_namelen, &to);
	if (r == UNIX_REACH) {
		keep(c, turn);
		return unix_reach(c, to.id, many_head(c, turn->done), ran);
	}
	if (r == UNIX_OTHER) {
		lent->un = to.un;
		r = unix_lend_head(c, lent, to.len);
	}
	return r < 0 ? r : run(c, turn);
}

/* With a header for the kernel. Return: CALL_THEN or a negative errno. */
static long try_next(struct call *c, struct turn *turn)
{
	struct unix_head lent = { 0 };
	long r;

	c->host_args[1] = many_head(c, turn->done);
	if (call_read(c, c->host_args[1], &lent.head, sizeof(lent.head)) < 0)
		return -EFAULT;
	turn->room = lent.head.msg_name ? lent.head.msg_namelen : 0;
	if (!turn->stream && c->nr == SYS_sendmmsg)
		return send_named(c, turn, &lent);
	r = turn->stream ? lend_plain(c, &lent.head)
			 : unix_lend_head(c, &lent, sizeof(lent.un));
	return r < 0 ? r : run(c, turn);
}

static long run_next(struct call *c, struct turn *turn)
{
	long r = try_next(c, turn);

	return r == CALL_THEN || !turn->done ? r : turn->done;
}

long many_by_task(struct call *c, const struct net_sock *sock)
{
	struct turn turn = { .stream = sock != NULL };

	if (many_count(c) == 0)
		return 0;
	if (!call_can_change(c))
		return call_stop(c);
	return run_next(c, &turn);
}

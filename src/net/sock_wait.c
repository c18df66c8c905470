/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls of sockets that wait, and what the supervisor itself waits for.
 *
 * Theory of operation. A call that can't be answered yet is parked (park.h),
 * with the supervisor's copy of the descriptor, as the kernel holds the file
 * while a call is in it. When the socket is ready, the call is tried again.
 */
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>
#include <utlist.h>
#include "src/host/sys.h"
#include "src/net/sock.h"
#include "src/park.h"
#include "src/task/task.h"

#define CLOCK_NS  UINT64_C(20000000)
#define WAITS_MAX 65536

struct sock_wait {
	struct waiter w;
	struct sock_watch watch;
	struct sock_ref ref;
	uint32_t events;
	bool limited; /* a signal then ends it for good */
	long timed_out;
	long (*retry)(struct call *c, struct sock_ref *ref);
	uint64_t due;		 /* without events; 0: not in the list */
	struct sock_wait **list; /* of whom it waits for, or NULL */
	struct sock_wait *prev, *next;
	struct sock_wait *clock_prev, *clock_next;
};

static int poller = -1;
static struct sock_wait *clocked; /* in the order of what is due */
static unsigned int waits;

/* ---- the supervisor's own events ---- */

long sock_watch(struct sock_watch *watch, uint32_t events)
{
	struct epoll_event event = { .events = events | EPOLLONESHOT,
				     .data.ptr = watch };
	long r;

	if (poller < 0)
		poller = epoll_create1(EPOLL_CLOEXEC);
	r = sys_result(epoll_ctl(poller, EPOLL_CTL_ADD, watch->fd, &event));
	if (r == -EEXIST)
		r = sys_result(
			epoll_ctl(poller, EPOLL_CTL_MOD, watch->fd, &event));
	return r;
}

void sock_unwatch(struct sock_watch *watch)
{
	if (poller >= 0)
		epoll_ctl(poller, EPOLL_CTL_DEL, watch->fd, NULL);
}

int sock_wait_fd(void)
{
	return poller;
}

/* One at a time: what is told may end others. */
void sock_wait_ready(void)
{
	struct epoll_event event;

	for (int i = 0; i < 64 && epoll_wait(poller, &event, 1, 0) == 1; i++) {
		struct sock_watch *watch = event.data.ptr;

		watch->ready(watch);
	}
}

/* ---- calls ---- */

/* By the clock, where nothing else tells. */
static void arm(struct sock_wait *wait)
{
	if (wait->events && sock_watch(&wait->watch, wait->events) == 0)
		return;
	if (wait->list && !wait->events && !wait->ref.sock->later)
		return;
	wait->due = park_now() + CLOCK_NS;
	DL_APPEND2(clocked, wait, clock_prev, clock_next);
}

static void disarm(struct sock_wait *wait)
{
	if (wait->due)
		DL_DELETE2(clocked, wait, clock_prev, clock_next);
	else if (wait->events)
		sock_unwatch(&wait->watch);
	wait->due = 0;
}

static void free_wait(struct sock_wait *wait)
{
	disarm(wait);
	if (wait->list)
		DL_DELETE(*wait->list, wait);
	sock_ref_drop(&wait->ref);
	free(wait);
	waits--;
}

static long ended(struct waiter *w, enum park_end why)
{
	struct sock_wait *wait = (struct sock_wait *)w;
	long r = why == PARK_TIMEOUT ? wait->timed_out
		 : wait->limited     ? -EINTR
				     : -CALL_ERESTARTSYS;

	free_wait(wait);
	return r;
}

/* Return: whether it is over. */
static bool try(struct sock_wait *wait)
{
	struct call *c = &wait->w.task->call;
	long r;

	wait->ref.file = -1;
	wait->ref.sock->later = false;
	r = wait->retry(c, &wait->ref);

	if (r == -EAGAIN) {
		disarm(wait);
		arm(wait);
		return false;
	}
	if (r == SOCK_GIVE) {
		if (park_give(&wait->w, c->give_fd, c->give_cloexec)) {
			free_wait(wait);
			return true;
		}
		r = -CALL_ERESTARTNOINTR;
	}
	park_answer(&wait->w, r);
	free_wait(wait);
	return true;
}

static void ready(struct sock_watch *watch)
{
	try((struct sock_wait *)((char *)watch -
				 offsetof(struct sock_wait, watch)));
}

void sock_wait_expire(void)
{
	uint64_t now = clocked ? park_now() : 0;

	sock_sweep_expire();
	while (clocked && clocked->due <= now) {
		struct sock_wait *wait = clocked;

		disarm(wait);
		try(wait);
	}
}

int64_t sock_wait_timeout(void)
{
	uint64_t due = sock_sweep_due(), now;

	if (clocked && (!due || clocked->due < due))
		due = clocked->due;
	if (!due)
		return -1;
	now = park_now();
	return due > now ? (int64_t)(due - now) : 0;
}

int sock_file_flags(struct sock_ref *ref)
{
	if (ref->file < 0)
		ref->file = fcntl(ref->fd, F_GETFL);
	return ref->file;
}

bool sock_is_nonblocking(struct sock_ref *ref)
{
	return sock_file_flags(ref) & O_NONBLOCK;
}

/* Of one whose every setsockopt(2) came to sock_opt.c it is known. */
static bool may_be_limited(const struct net_sock *sock)
{
	return sock->limited || sock->passing ||
	       (sock->ops != &stream_ops && sock->ops != &dgram_ops);
}

/* Return: when the time is over, or 0. */
static uint64_t deadline(const struct sock_ref *ref, int limit)
{
	struct timeval time = { 0 };
	socklen_t len = sizeof(time);

	if (!limit || !may_be_limited(ref->sock) ||
	    getsockopt(ref->fd, SOL_SOCKET, limit, &time, &len) < 0 ||
	    (time.tv_sec == 0 && time.tv_usec == 0))
		return 0;
	return park_now() + (uint64_t)time.tv_sec * UINT64_C(1000000000) +
	       (uint64_t)time.tv_usec * 1000;
}

/* A wait of the call's, not armed yet. Return: NULL: there are too many. */
static struct sock_wait *create(struct sock_ref *ref, int limit, long timed_out,
				long (*retry)(struct call *c,
					      struct sock_ref *ref))
{
	struct sock_wait *wait =
		waits < WAITS_MAX ? calloc(1, sizeof(*wait)) : NULL;

	if (!wait)
		return NULL;
	waits++;
	wait->ref = *ref;
	if (ref->sock == &ref->passing)
		wait->ref.sock = &wait->ref.passing;
	ref->fd = -1;
	wait->watch = (struct sock_watch){ wait->ref.fd, ready };
	wait->retry = retry;
	wait->timed_out = timed_out;
	wait->w.deadline = deadline(&wait->ref, limit);
	wait->limited = wait->w.deadline != 0;
	wait->w.ended = ended;
	return wait;
}

/* Where a signal can end the wait at the gate, another has to be had. */
static bool must_stop(const struct call *c)
{
	return !call_can_change(c) && !instance.killable;
}

static void wait_on(struct sock_wait *wait, struct net_sock *sock)
{
	wait->list = &sock->waits;
	DL_APPEND(sock->waits, wait);
}

long sock_park(struct call *c, struct sock_ref *ref, uint32_t events, int limit,
	       long timed_out,
	       long (*retry)(struct call *c, struct sock_ref *ref))
{
	struct sock_wait *wait;

	if (must_stop(c))
		return call_stop(c);
	wait = create(ref, limit, timed_out, retry);
	if (!wait)
		return -ENOBUFS;
	wait->events = events;
	/* A datagram that the supervisor brings is told of by sock_wake(). */
	if (events && wait->ref.sock->ops == &dgram_ops)
		wait_on(wait, wait->ref.sock);
	arm(wait);
	return call_park(c, &wait->w);
}

long sock_park_on(struct call *c, struct sock_ref *ref, int limit,
		  long timed_out,
		  long (*retry)(struct call *c, struct sock_ref *ref))
{
	struct net_sock *sock = ref->sock;
	struct sock_wait *wait;

	if (must_stop(c))
		return call_stop(c);
	wait = create(ref, limit, timed_out, retry);
	if (!wait)
		return -ENOBUFS;
	wait_on(wait, sock);
	arm(wait);
	return call_park(c, &wait->w);
}

void sock_wake(struct net_sock *sock, bool all)
{
	struct sock_wait *wait, *next;

	DL_FOREACH_SAFE (sock->waits, wait, next)
		if (try(wait) && !all)
			break;
}

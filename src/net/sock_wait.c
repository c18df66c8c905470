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

#define CLOCK_NS                                                    \
	UINT64_C(20000000) /* how often one without events is tried \
			    */
#define WAITS_MAX 65536

struct sock_wait {
	struct waiter w;
	struct sock_watch watch;
	struct sock_ref ref;
	uint32_t events;
	bool limited; /* a signal then ends it for good */
	long timed_out;
	long (*retry)(struct call *c, struct sock_ref *ref);
	uint64_t due; /* without events; 0: not in the list */
	struct sock_wait *prev, *next;
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
	r = sys_result(epoll_ctl(poller, EPOLL_CTL_MOD, watch->fd, &event));
	if (r == -ENOENT)
		r = sys_result(
			epoll_ctl(poller, EPOLL_CTL_ADD, watch->fd, &event));
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

static void arm(struct sock_wait *wait)
{
	if (wait->events && sock_watch(&wait->watch, wait->events) == 0)
		return;
	wait->due = park_now() + CLOCK_NS;
	DL_APPEND(clocked, wait);
}

static void disarm(struct sock_wait *wait)
{
	if (wait->due)
		DL_DELETE(clocked, wait);
	else
		sock_unwatch(&wait->watch);
	wait->due = 0;
}

static void free_wait(struct sock_wait *wait)
{
	disarm(wait);
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

/* The one with its inode, if it is known still; an accepted one as it was. */
static void try(struct sock_wait *wait)
{
	struct call *c = &wait->w.task->call;
	long r = wait->retry(c, &wait->ref);

	if (r == -EAGAIN) {
		arm(wait);
		return;
	}
	if (r == SOCK_GIVE) {
		if (park_give(&wait->w, c->give_fd, c->give_cloexec)) {
			free_wait(wait);
			return;
		}
		r = -CALL_ERESTARTNOINTR;
	}
	park_answer(&wait->w, r);
	free_wait(wait);
}

static void ready(struct sock_watch *watch)
{
	try((struct sock_wait *)((char *)watch -
				 offsetof(struct sock_wait, watch)));
}

static int compare_due(const struct sock_wait *a, const struct sock_wait *b)
{
	return a->due < b->due ? -1 : a->due > b->due;
}

void sock_wait_expire(void)
{
	uint64_t now = clocked ? park_now() : 0;

	while (clocked && clocked->due <= now) {
		struct sock_wait *wait = clocked;

		disarm(wait);
		try(wait);
	}
}

void sock_wait_kick(const struct net_sock *sock)
{
	struct sock_wait *wait, *next;

	DL_FOREACH_SAFE (clocked, wait, next)
		if (wait->ref.sock == sock)
			wait->due = park_now();
	DL_SORT(clocked, compare_due);
	sock_wait_expire();
}

int64_t sock_wait_timeout(void)
{
	uint64_t now;

	if (!clocked)
		return -1;
	now = park_now();
	return clocked->due > now ? (int64_t)(clocked->due - now) : 0;
}

bool sock_is_nonblocking(int fd)
{
	return fcntl(fd, F_GETFL) & O_NONBLOCK;
}

/* Return: when the time is over, or 0. */
static uint64_t deadline(int fd, int limit)
{
	struct timeval time = { 0 };
	socklen_t len = sizeof(time);

	if (!limit || getsockopt(fd, SOL_SOCKET, limit, &time, &len) < 0 ||
	    (time.tv_sec == 0 && time.tv_usec == 0))
		return 0;
	return park_now() + (uint64_t)time.tv_sec * UINT64_C(1000000000) +
	       (uint64_t)time.tv_usec * 1000;
}

long sock_park(struct call *c, struct sock_ref *ref, uint32_t events, int limit,
	       long timed_out,
	       long (*retry)(struct call *c, struct sock_ref *ref))
{
	struct sock_wait *wait;

	/* Where a signal can end the wait at the gate, another has to be had.
	 */
	if (!call_can_change(c) && !instance.killable)
		return call_stop(c);
	wait = waits < WAITS_MAX ? calloc(1, sizeof(*wait)) : NULL;
	if (!wait)
		return -ENOBUFS;
	waits++;
	wait->ref = *ref;
	if (ref->sock == &ref->passing)
		wait->ref.sock = &wait->ref.passing;
	ref->fd = -1;
	wait->watch = (struct sock_watch){ wait->ref.fd, ready };
	wait->events = events;
	wait->retry = retry;
	wait->timed_out = timed_out;
	wait->w.deadline = deadline(wait->ref.fd, limit);
	wait->limited = wait->w.deadline != 0;
	wait->w.ended = ended;
	arm(wait);
	return call_park(c, &wait->w);
}

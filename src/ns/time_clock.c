/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls with a clock, in a time namespace with offsets. What is relative needs
 * nothing. A point in time that is given goes to the kernel as the host's,
 * which is 0 where it would be before the beginning: timens_ktime_to_host().
 */
#include <errno.h>
#include <linux/futex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <sys/timerfd.h>
#include "src/call.h"
#include "src/host/sys.h"
#include "src/ns/pid.h"
#include "src/ns/time.h"
#include "src/task/task.h"

#define NS_IN_SEC INT64_C(1000000000)

static struct timespec shifted(struct timespec at, int64_t by)
{
	at.tv_sec += by / NS_IN_SEC;
	at.tv_nsec += by % NS_IN_SEC;
	if (at.tv_nsec < 0) {
		at.tv_nsec += NS_IN_SEC;
		at.tv_sec--;
	} else if (at.tv_nsec >= NS_IN_SEC) {
		at.tv_nsec -= NS_IN_SEC;
		at.tv_sec++;
	}
	return at;
}

/* The kernel refuses what is none. */
static bool is_time(const struct timespec *at)
{
	return at->tv_sec >= 0 && at->tv_nsec >= 0 && at->tv_nsec < NS_IN_SEC;
}

/* What is later than the kernel can say is as late as that. */
static struct timespec to_host(struct timespec at, int64_t offset)
{
	const time_t last = INT64_MAX / NS_IN_SEC; /* KTIME_SEC_MAX */

	if (at.tv_sec > last)
		at.tv_sec = last;
	at = shifted(at, -offset);
	return at.tv_sec < 0 ? (struct timespec){ 0 } : at;
}

/* The call with its argument @arg, a timespec of @clock's, as the host has it.
 */
static long then_at(struct call *c, int arg, int clock)
{
	int64_t offset = time_offset(c->task, clock);
	struct timespec at;

	if (!offset || !c->args[arg])
		return call_pass(c);
	if (call_read(c, c->args[arg], &at, sizeof(at)) < 0)
		return -EFAULT;
	if (!is_time(&at))
		return -EINVAL;
	if (!call_can_change(c))
		return call_stop(c);
	at = to_host(at, offset);
	if (call_lend(c, &at, sizeof(at), &c->host_args[arg]) < 0)
		return -EFAULT;
	return call_then(c, NULL);
}

long time_gettime(struct call *c)
{
	int clock = (int)c->args[0];
	int64_t offset = time_offset(c->task, clock);
	struct timespec now;

	if (clock < 0)
		return pid_clock(c);
	if (!offset)
		return call_pass(c);
	if (clock_gettime(clock, &now) < 0)
		return sys_result(-1);
	now = shifted(now, offset);
	return call_write(c, c->args[1], &now, sizeof(now));
}

long time_nanosleep(struct call *c)
{
	if ((int)c->args[0] < 0)
		return pid_clock(c);
	return c->args[1] & TIMER_ABSTIME ? then_at(c, 2, (int)c->args[0])
					  : call_pass(c);
}

/* Of a PI futex: the words would hold thread ids that the kernel knows. */
static bool is_refused(int op)
{
	switch (op & FUTEX_CMD_MASK) {
	case FUTEX_LOCK_PI:
	case FUTEX_LOCK_PI2:
	case FUTEX_TRYLOCK_PI:
	case FUTEX_UNLOCK_PI:
	case FUTEX_WAIT_REQUEUE_PI:
	case FUTEX_CMP_REQUEUE_PI:
		return true;
	default:
		return false;
	}
}

long time_futex(struct call *c)
{
	int op = (int)c->args[1];

	if (task_active(c->task) & NS_PID && is_refused(op))
		return -ENOSYS;
	if ((op & FUTEX_CMD_MASK) != FUTEX_WAIT_BITSET ||
	    op & FUTEX_CLOCK_REALTIME)
		return call_pass(c);
	return then_at(c, 3, CLOCK_MONOTONIC);
}

long time_futex_waitv(struct call *c)
{
	return then_at(c, 3, (int)c->args[4]);
}

long time_futex_wait(struct call *c)
{
	return then_at(c, 4, (int)c->args[5]);
}

/* ---- timers ---- */

/* The number behind the first @key of the file, after @from; -1: none. */
static int number_of(const char *path, const char *from, const char *key)
{
	char *text;
	const char *at;
	long n;
	int number = -1;

	text = malloc(65536);
	if (!text)
		return -1;
	n = sys_read_file(path, text, 65536);
	at = n > 0 ? strstr(text, from) : NULL;
	at = at ? strstr(at, key) : NULL;
	if (at)
		number = atoi(at + strlen(key));
	free(text);
	return number;
}

static long then_timer_at(struct call *c, int clock)
{
	int64_t offset = time_offset(c->task, clock);
	struct itimerspec new;

	if (!offset)
		return call_pass(c);
	if (call_read(c, c->args[2], &new, sizeof(new)) < 0)
		return -EFAULT;
	/* 0 stops it, whenever that was. */
	if (!is_time(&new.it_value) ||
	    (!new.it_value.tv_sec && !new.it_value.tv_nsec))
		return call_pass(c);
	new.it_value = to_host(new.it_value, offset);
	if (!new.it_value.tv_sec && !new.it_value.tv_nsec)
		new.it_value.tv_nsec = 1;
	if (call_lend(c, &new, sizeof(new), &c->host_args[2]) < 0)
		return -EFAULT;
	return call_then(c, NULL);
}

long time_timer_settime(struct call *c)
{
	char path[64], from[32];

	snprintf(path, sizeof(path), "/proc/%d/timers",
		 c->task->group->tgid->host.n);
	snprintf(from, sizeof(from), "ID: %d\n", (int)c->args[0]);
	return then_timer_at(c, number_of(path, from, "ClockID: "));
}

long time_timerfd_settime(struct call *c)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/fdinfo/%d", c->task->tid->host.n,
		 (int)c->args[0]);
	return then_timer_at(c, number_of(path, "", "clockid:"));
}

/* do_sysinfo(): a second that has begun counts. */
long time_sysinfo(struct call *c)
{
	int64_t offset = time_offset(c->task, CLOCK_BOOTTIME);
	struct sysinfo info;
	struct timespec now;

	if (!offset)
		return call_pass(c);
	if (sysinfo(&info) < 0 || clock_gettime(CLOCK_BOOTTIME, &now) < 0)
		return sys_result(-1);
	now = shifted(now, offset);
	info.uptime = now.tv_sec + (now.tv_nsec > 0);
	return call_write(c, c->args[0], &info, sizeof(info));
}

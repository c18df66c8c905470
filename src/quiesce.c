/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Threads that stand still; see quiesce.h.
 *
 * Theory of operation. Each thread that could run is interrupted by ptrace,
 * and its next event is taken, whatever it is: until the loop comes to that, the
 * thread is stopped. So there is nothing to undo: the loop tells the events in
 * their order, and lets go of each thread as ever. One that comes too late stops
 * for nothing.
 *
 * Some need not be asked, since they stop before they run their program again:
 * who is stopped by job control, has not started, is about to die, is parked,
 * or is followed to the end of a call. These may sleep for long.
 *
 * An interrupt is what a stop by job control is: most calls go on after it, but
 * some end with EINTR (signal(7)). Here that is made a restart code, so that
 * they end so only when a handler runs. A time limit of theirs begins anew.
 */
#include "src/quiesce.h"

#include <errno.h>
#include <sched.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <time.h>
#include <utlist.h>
#include "interpose/regs_x86_64.h"
#include "interpose/stop.h"
#include "src/bare.h"
#include "src/debug.h"
#include "src/park.h"

#define SPINS 20		/* tries before the processor is given away */

/* Does it stop before it runs its program again? */
static bool stands(const struct task *task, const struct task *caller)
{
	return task == caller || task->stopped || !task->started ||
	       task->exiting || task->in_call || debug_stands(task) ||
	       task->parked.state != PARK_NONE;
}

/* Interrupts who could run. Return: how many, or a negative errno. */
static long interrupt_all(struct task *caller)
{
	unsigned int count = 0;
	struct task *task;

	births_tell(caller->group);
	DL_FOREACH2(caller->group->tasks, task, in_group_next)
		if (!stands(task, caller) && ++count > STOPS_TAKEN_MAX)
			return -E2BIG;
	DL_FOREACH2(caller->group->tasks, task, in_group_next) {
		task->quiet = stands(task, caller) || !bare_hold(task);
		if (task->quiet)
			continue;
		task->interrupted = true;
		stop_interrupt(task->tid->host);
	}
	return count;
}

/* Return: how many have not stopped yet, or a negative errno. */
static long take_all(struct task *caller)
{
	struct task *task;
	long missing = 0, r;

	DL_FOREACH2(caller->group->tasks, task, in_group_next) {
		if (task->quiet)
			continue;
		r = stop_take(task->tid->host);
		if (r < 0)
			return r;
		task->quiet = r > 0;
		missing += r == 0;
	}
	return missing;
}

static void give_way(unsigned int tries)
{
	const struct timespec moment = { .tv_nsec = 50000 };

	if (tries < SPINS)
		sched_yield();
	else
		nanosleep(&moment, NULL);
}

long memory_quiesce(struct task *caller, uint64_t patience)
{
	uint64_t limit = park_now() + patience;
	unsigned int tries = 0;
	long missing;

	if (stop_taken() > 0 || caller->group->execs)
		return -EAGAIN;
	missing = interrupt_all(caller);
	while (missing > 0) {
		missing = take_all(caller);
		if (missing > 0 && park_now() > limit)
			return -EAGAIN;
		if (missing > 0)
			give_way(tries++);
	}
	return missing;
}

/* The loop lets go of them. */
void memory_release(struct task *caller)
{
	(void)caller;
}

bool memory_is_entered(const struct task *caller, uint64_t start, uint64_t end)
{
	const struct task *task;
	uint64_t ip;

	DL_FOREACH2(caller->group->tasks, task, in_group_next) {
		if (stands(task, caller))
			continue;
		if (regs_peek_ip(task->tid->host, &ip) == 0 && ip > start &&
		    ip < end)
			return true;
	}
	return false;
}

/* Calls that a stop ends with EINTR, having done nothing. */
static bool may_begin_anew(long nr)
{
	static const short calls[] = {
		SYS_epoll_wait, SYS_epoll_pwait, SYS_epoll_pwait2,
		SYS_rt_sigtimedwait, SYS_semop, SYS_semtimedop, SYS_msgsnd,
		SYS_msgrcv, SYS_read, SYS_accept, SYS_accept4, SYS_connect,
		SYS_recvfrom, SYS_recvmsg, SYS_recvmmsg, SYS_sendto,
		SYS_sendmsg, SYS_sendmmsg, SYS_io_getevents,
		SYS_io_uring_enter,
	};

	for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++)
		if (nr == calls[i])
			return true;
	return false;
}

void memory_mend(struct task *task)
{
	host_pid tid = task->tid->host;
	long nr, result;

	if (task->interrupted && !task->in_call &&
	    regs_peek_call(tid, &nr, &result) == 0 && result == -EINTR &&
	    may_begin_anew(nr))
		regs_poke_result(tid, -CALL_ERESTARTNOHAND);
	task->interrupted = false;
}

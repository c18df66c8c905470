/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What makes a process one that has to be traced, while others go untraced.
 *
 * Handlers. With SA_SIGINFO a handler is shown who sent the signal: a host
 * number, that is translated at the delivery stop. Without SA_RESTART a signal
 * that comes before a notified call was received ends that call with EINTR,
 * which is mended there.
 *
 * Shared memory that can be written may hold robust mutexes: their owner's
 * number has to be made the host's when it ends (robust.c), and of a process
 * that is killed a stop alone tells that in time.
 */
#include <signal.h>
#include <sys/mman.h>
#include "src/task/task.h"

/* As the kernel has it: struct kernel_sigaction. */
struct action {
	uint64_t handler;
	uint64_t flags;
	uint64_t restorer;
	uint64_t mask;
};

static bool must_be_seen(const struct action *action)
{
	if (action->handler == (uintptr_t)SIG_DFL ||
	    action->handler == (uintptr_t)SIG_IGN)
		return false;
	return (action->flags & SA_SIGINFO) || !(action->flags & SA_RESTART);
}

long task_sigaction(struct call *c)
{
	const int sig = (int)c->args[0];
	struct group *group = c->task->group;
	struct action action;
	uint64_t bit;

	if (sig <= 0 || sig > 64 || c->args[3] != sizeof(action.mask) ||
	    call_read(c, c->args[1], &action, sizeof(action)) < 0)
		return call_pass(c);
	bit = UINT64_C(1) << (sig - 1);
	group->handlers &= ~bit;
	if (must_be_seen(&action)) {
		group_hold_once(group);
		group->handlers |= bit;
	}
	return call_pass(c);
}

long task_mmap(struct call *c)
{
	group_hold(c->task->group);
	return call_pass(c);
}

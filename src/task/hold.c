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
#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/ucontext.h>
#include "interpose/agent/page.h"
#include "src/task/agent.h"
#include "src/task/task.h"
#include "src/task/tracing.h"

/* As the kernel has it: struct kernel_sigaction. */
struct action {
	uint64_t handler;
	uint64_t flags;
	uint64_t restorer;
	uint64_t mask;
};

static bool is_handler(const struct action *action)
{
	return action->handler != (uintptr_t)SIG_DFL &&
	       action->handler != (uintptr_t)SIG_IGN;
}

static bool must_be_seen(const struct action *action)
{
	return (action->flags & SA_SIGINFO) || !(action->flags & SA_RESTART);
}

/* Return: the bit of its signal, or 0: it comes to nothing. */
static uint64_t signal_bit(const struct call *c)
{
	const int sig = (int)c->args[0];

	return sig > 0 && sig <= 64 && c->args[3] == sizeof(uint64_t) ?
		       UINT64_C(1) << (sig - 1) :
		       0;
}

bool task_acts(struct call *c, bool any)
{
	struct action action;

	return c->nr == SYS_rt_sigaction && c->args[1] && signal_bit(c) &&
	       call_read(c, c->args[1], &action, sizeof(action)) == 0 &&
	       is_handler(&action) && (any || must_be_seen(&action));
}

/* As give_old() of the agent. */
static long action_after(struct call *c, long result)
{
	const struct agent *agent = c->task->group->agent;
	const uint64_t word_at = agent_at(agent, AGENT_ACTIONS) +
				 (c->args[0] - 1) * sizeof(uint64_t);
	struct action old;
	uint64_t word;

	if (result == 0 && c->args[1])
		c->task->group->heritage.acted &= ~signal_bit(c);
	if (result < 0 || !c->args[2] ||
	    call_read(c, c->args[2], &old, sizeof(old)) < 0 ||
	    !agent_acted(old.handler, old.flags,
			 agent_at(agent, AGENT_SIGNAL)) ||
	    call_read(c, word_at, &word, sizeof(word)) < 0)
		return result;
	if (old.handler)
		old.handler = word & ~(AGENT_ACTION_INFO | AGENT_ACTION_EINTR);
	if (word & AGENT_ACTION_EINTR)
		old.flags &= ~(uint64_t)SA_RESTART;
	call_write(c, c->args[2], &old, sizeof(old));
	return result;
}

long task_sigaction(struct call *c)
{
	const uint64_t bit = signal_bit(c);
	struct group *group = c->task->group;

	if (!bit)
		return call_pass(c);
	if (c->args[1])
		group->heritage.handlers &= ~bit;
	if (task_acts(c, true))
		group->heritage.unhandled = false;
	if (task_acts(c, false)) {
		group_hold_once(group);
		group->heritage.handlers |= bit;
	}
	return group->heritage.acted & bit ? call_then(c, action_after) : call_pass(c);
}

/* ---- handlers that are the agent's ---- */

/* A child of vfork() has handlers of its own in its parent's memory. */
long task_action_begin(struct call *c)
{
	struct group *group = c->task->group;
	const uint64_t sig = c->args[0];

	if (!agent_tells(c) || group->agent->users > 1 || sig - 1 >= 64)
		return -ENOSYS;
	group->heritage.acted |= UINT64_C(1) << (sig - 1);
	group->heritage.handlers &= ~(UINT64_C(1) << (sig - 1));
	return 1;
}

long task_siginfo(struct call *c)
{
	const struct group *group = c->task->group;
	siginfo_t info;
	bool inside, plain;

	if (!agent_tells(c))
		return -ENOSYS;
	if (call_read(c, c->args[0], &info, sizeof(info)) < 0)
		return 0;
	if (tracing_given(c->task, &info)) {
		call_write(c, c->args[0], &info, sizeof(info));
		return 0;
	}
	plain = info.si_code == SI_USER || info.si_code == SI_TKILL;
	if (!signal_translate(&info, group, &inside))
		return 0;
	call_write(c, c->args[0], &info, sizeof(info));
	/* It knows the next one of this kind by itself. */
	if (plain && info.si_pid == group_number(group, c->task).n)
		agent_fill_self(c->task);
	return 0;
}

/* Calls that begin anew whatever the flags of the handler: ERESTARTNOINTR */
static bool begins_anew(int nr)
{
	return nr == SYS_clone || nr == SYS_clone3 || nr == SYS_fork ||
	       nr == SYS_vfork || nr == SYS_execve || nr == SYS_execveat;
}

/*
 * Its call was interrupted. Return: 1, if that was in the kernel, which would
 * say EINTR to a handler without SA_RESTART; 0, if it only waited for nsrun.
 */
long task_restart(struct call *c)
{
	static const int regs[CALL_ARGS] = { REG_RDI, REG_RSI, REG_RDX,
					     REG_R10, REG_R8,  REG_R9 };
	const struct task *task = c->task;
	const struct syscall *row;
	uint64_t args[CALL_ARGS];
	gregset_t all;
	uint64_t ip;
	int nr;

	if (!agent_tells(c) || call_read(c, c->args[0], all, sizeof(all)) < 0)
		return 0;
	nr = (int)all[REG_RAX];
	row = syscall_row(nr);
	/* The agent's own questions are restarted as well. */
	if (!row || begins_anew(nr) || row->ns == NS_BARE ||
	    nr == AGENT_CALL_ARRIVED)
		return 0;
	for (int i = 0; i < CALL_ARGS; i++)
		args[i] = (uint64_t)all[regs[i]];
	if (task->passed && task->passed_nr == nr)
		return 1;
	/* The agent's own: it was the kernel's all the time. */
	ip = (uint64_t)all[REG_RIP];
	if (ip >= agent_at(task->group->agent, AGENT_TEXT) &&
	    ip < agent_at(task->group->agent, AGENT_ACTIONS))
		return 1;
	/* By the trace gate it runs in the kernel, too. */
	return row->when == WHEN_ARMED ||
	       !syscall_takes(row, args, instance.active);
}

long task_mmap(struct call *c)
{
	group_hold(c->task->group);
	return call_pass(c);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The agent in the guest's process: calls that name the caller itself.
 *
 * Theory of operation. A signal to another one is the supervisor's to send,
 * since its number is not the kernel's. To itself a task can send it by a
 * descriptor that means nobody else, from the one instruction that the filter
 * knows. The kernel says then who has sent it, by the host's number, and what
 * a program reads of that is translated as what the kernel itself sends.
 *
 * An init gets from inside only what it has a handler for. Here that is what
 * it has now and does not block, and no other thread can change it.
 *
 * What ends a program with a look at where it was goes by the program's own
 * instruction: to one who looks back from a handler, the agent has no frame.
 */
#include "interpose/agent/agent.h"

#define BIT(sig) (UINT64_C(1) << ((sig) - 1))

#define LOOKED_AT                                                          \
	(BIT(SIGQUIT) | BIT(SIGILL) | BIT(SIGTRAP) | BIT(SIGABRT) |        \
	 BIT(SIGBUS) | BIT(SIGFPE) | BIT(SIGSEGV) | BIT(SIGSYS))
#define JOB_CONTROL                                                        \
	(BIT(SIGSTOP) | BIT(SIGCONT) | BIT(SIGTSTP) | BIT(SIGTTIN) |       \
	 BIT(SIGTTOU))
#define ASKED (LOOKED_AT | JOB_CONTROL | BIT(SIGKILL))

/* As the kernel has them: struct kernel_sigaction. */
struct handler {
	uint64_t handler, flags, restorer, mask;
};

static int is_taken(int sig)
{
	struct handler now;
	uint64_t blocked;
	const struct frame action = {
		.nr = __NR_rt_sigaction,
		.args = { (uint64_t)sig, 0, (uint64_t)(uintptr_t)&now,
			  sizeof(blocked) },
	};
	const struct frame mask = {
		.nr = __NR_rt_sigprocmask,
		.args = { SIG_BLOCK, 0, (uint64_t)(uintptr_t)&blocked,
			  sizeof(blocked) },
	};

	return VIEW->ids.tid && agent_native(&action) == 0 &&
	       now.handler > 1 && agent_native(&mask) == 0 &&
	       !(blocked & BIT(sig));
}

static long send(int64_t self, uint64_t arg)
{
	const struct frame f = {
		.nr = __NR_pidfd_send_signal,
		.args = { (uint64_t)self, arg },
	};
	const uint32_t flags = VIEW->flags;
	const int sig = (int)arg;

	/* It is there, and it may. */
	if (sig == 0)
		return 0;
	if (!(flags & AGENT_SIGNALS) || sig < 0 || sig > 64 ||
	    (ASKED & BIT(sig)) || ((flags & AGENT_INIT) && !is_taken(sig)))
		return AGENT_ASK;
	return agent_native(&f);
}

static int is_own(uint32_t own, uint64_t number)
{
	return own && (uint32_t)number == own;
}

long agent_send(const struct frame *f)
{
	const struct agent_ids ids = { VIEW->ids.pid, VIEW->ids.tid };
	const uint64_t *args = f->args;

	if (asks())
		return AGENT_ASK;
	if (f->nr == __NR_kill && is_own(ids.pid, args[0]))
		return send(AGENT_SELF_PROCESS, args[1]);
	if (f->nr == __NR_tkill && is_own(ids.tid, args[0]))
		return send(AGENT_SELF_THREAD, args[1]);
	if (f->nr == __NR_tgkill && is_own(ids.pid, args[0]) &&
	    is_own(ids.tid, args[1]))
		return send(AGENT_SELF_THREAD, args[2]);
	return AGENT_ASK;
}

/* 0 is oneself, which the filter lets through from anywhere. */
long agent_ask_own(const struct frame *f, int arg)
{
	struct frame own = *f;

	/* getpriority(2) and ioprio_get(2) say first what the number is of. */
	if (asks() || !is_own(VIEW->ids.tid, f->args[arg]) ||
	    (f->nr == __NR_getpriority && (int)f->args[0] != 0) ||
	    (f->nr == __NR_ioprio_get && (int)f->args[0] != 1))
		return AGENT_ASK;
	own.args[arg] = 0;
	return agent_native(&own);
}

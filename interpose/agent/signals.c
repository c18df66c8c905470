/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The agent in the guest's process: handlers of signals.
 *
 * Theory of operation. A handler that is shown a siginfo would see the host's
 * numbers, and one without SA_RESTART would end calls that only wait for the
 * supervisor. So the kernel is given the agent's entry in its place, with
 * SA_RESTART; the program's own is kept in a word, in a page that is made
 * writable for the first one. The entry mends what the kernel says, and goes on
 * as the handler: flags, mask and stack are the kernel's business as ever.
 */
#include <sys/mman.h>
#include <sys/ucontext.h>
#include "interpose/agent/agent.h"

#define ACTIONS ((volatile uint64_t *)AGENT_ACTIONS)
#define ACTION_FLAGS (AGENT_ACTION_INFO | AGENT_ACTION_EINTR)

/* As the kernel has it: struct kernel_sigaction. */
struct action {
	uint64_t handler;
	uint64_t flags;
	uint64_t restorer;
	uint64_t mask;
};

/*
 * A handler with SA_SIGINFO is shown host numbers; without SA_RESTART, it ends
 * calls with EINTR that only wait for the supervisor.
 */
static uint64_t action_word(const struct action *action)
{
	uint64_t word = 0;

	if (action->handler <= 1)
		return 0;
	if (action->flags & SA_SIGINFO)
		word |= AGENT_ACTION_INFO;
	if (!(action->flags & SA_RESTART))
		word |= AGENT_ACTION_EINTR;
	return word ? word | action->handler : 0;
}

/* What the program has set, where the kernel says what the agent has. */
static void give_old(struct action *old, uint64_t word)
{
	if (!old || !agent_acted(old->handler, old->flags, AGENT_SIGNAL))
		return;
	if (old->handler)
		old->handler = word & ~ACTION_FLAGS;
	if (word & AGENT_ACTION_EINTR)
		old->flags &= ~(uint64_t)SA_RESTART;
}

static long set_handler(const struct frame *f, const struct action *action,
			uint64_t word)
{
	const struct frame open = {
		.nr = __NR_mprotect,
		.args = { AGENT_ACTIONS, 4096, PROT_READ | PROT_WRITE },
	};
	const struct action mine = {
		.handler = AGENT_SIGNAL,
		.flags = action->flags | SA_RESTART,
		.restorer = action->restorer,
		.mask = action->mask,
	};
	struct frame native = *f;
	uint64_t before;
	long r;

	if (f->args[0] - 1 >= 64 || tell(AGENT_CALL_ACTION, f->args[0]) != 1 ||
	    agent_native(&open) != 0)
		return AGENT_ASK;
	before = ACTIONS[f->args[0] - 1];
	ACTIONS[f->args[0] - 1] = word;
	native.args[1] = (uint64_t)(uintptr_t)&mine;
	r = agent_native(&native);
	if (r == 0)
		give_old((struct action *)f->args[2], before);
	else
		ACTIONS[f->args[0] - 1] = before;
	return r;
}

long agent_sigaction(const struct frame *f)
{
	const struct action *action = (const struct action *)f->args[1];
	uint64_t word = 0;
	long r;

	if (asks() || f->args[3] != sizeof(action->mask))
		return AGENT_ASK;
	if (action && (!is_readable(f->args[1]) ||
		       !is_readable(f->args[1] + sizeof(*action) - 1)))
		return AGENT_ASK;
	if (action)
		word = action_word(action);
	if (word)
		return set_handler(f, action, word);
	r = agent_native(f);
	if (r == 0)
		give_old((struct action *)f->args[2], ACTIONS[f->args[0] - 1]);
	return r;
}

/*
 * The context is at a syscall instruction that was executed: its call begins
 * anew, as SA_RESTART has it. The program did not ask for that; only what the
 * supervisor answers does so always.
 */
static void mend_restart(ucontext_t *context)
{
	greg_t *regs = context->uc_mcontext.gregs;

	if (regs[REG_RCX] != regs[REG_RIP] + 2 ||
	    regs[REG_R11] != regs[REG_EFL] ||
	    *(const uint16_t *)regs[REG_RIP] != 0x050f ||
	    tell(AGENT_CALL_RESTART, (uint64_t)(uintptr_t)regs) != 1)
		return;
	regs[REG_RIP] += 2;
	regs[REG_RAX] = -EINTR;
}

/* Codes of which all is the sender's or the kernel's own. */
static int holds_number(const siginfo_t *info)
{
	const uint64_t faults = 1 << SIGILL | 1 << SIGFPE | 1 << SIGSEGV |
				1 << SIGBUS | 1 << SIGTRAP;

	if (info->si_code > 0)
		return info->si_signo > 31 || !(faults >> info->si_signo & 1);
	return info->si_code != SI_QUEUE && info->si_code != SI_TIMER;
}

/* Was it sent by the process itself? It is told so then. */
static int is_from_self(siginfo_t *info)
{
	const uint64_t word = *(const volatile uint64_t *)&VIEW->kin.self;

	if ((info->si_code != SI_USER && info->si_code != SI_TKILL) ||
	    (VIEW->flags & (AGENT_ASKS | AGENT_USERS)) ||
	    (uint32_t)info->si_pid + 1 != (uint32_t)word)
		return 0;
	info->si_pid = (int)(word >> 32);
	return 1;
}

uint64_t agent_signal(int sig, siginfo_t *info, ucontext_t *context)
{
	const uint64_t word = ACTIONS[sig - 1];

	if (word & AGENT_ACTION_EINTR)
		mend_restart(context);
	if ((word & AGENT_ACTION_INFO) && holds_number(info) &&
	    !is_from_self(info))
		tell(AGENT_CALL_SIGINFO, (uint64_t)(uintptr_t)info);
	return word & ~ACTION_FLAGS;
}

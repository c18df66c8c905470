/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What sigaction(2) tells of handlers that were set before: by itself and with
 * a new one, by libc and by a call of the program's own, in a child of fork
 * and of vfork; and which of them runs, on which stack and with what siginfo.
 */
#include "scenario.h"

#define SEE(call) see(#call ": %s", res(call))

struct kernel_action {
	void *handler;
	unsigned long flags;
	void *restorer;
	uint64_t mask;
};

static volatile sig_atomic_t ran;
static volatile int from, code;
static char *volatile on_stack;
static char other_stack[65536];

static void plain(int sig)
{
	ran = sig;
	on_stack = __builtin_frame_address(0);
}

static void with_info(int sig, siginfo_t *info, void *context)
{
	(void)context;
	ran = 100 + sig;
	from = info->si_pid;
	code = info->si_code;
	on_stack = __builtin_frame_address(0);
}

static const char *name_of(void *handler)
{
	return handler == (void *)SIG_DFL   ? "default" :
	       handler == (void *)SIG_IGN   ? "ignored" :
	       handler == (void *)plain	    ? "plain" :
	       handler == (void *)with_info ? "with info" :
					      "another";
}

static void show(const char *what, int sig)
{
	struct sigaction now;
	struct kernel_action raw = { 0 };

	SEE(sigaction(sig, NULL, &now));
	see("%s: %s, flags %x", what, name_of(now.sa_handler), now.sa_flags);
	SEE(syscall(SYS_rt_sigaction, sig, NULL, &raw, 8));
	see("  by its own call: %s, flags %lx, mask %lx", name_of(raw.handler),
	    raw.flags & ~0x04000000UL, (unsigned long)raw.mask);
}

static void set(void *handler, int flags, int masked)
{
	struct sigaction action = { .sa_flags = flags }, old;

	action.sa_handler = handler;
	if (masked)
		sigaddset(&action.sa_mask, masked);
	SEE(sigaction(SIGUSR1, &action, &old));
	see("before: %s, flags %x", name_of(old.sa_handler), old.sa_flags);
	show("now", SIGUSR1);
}

static void send(void)
{
	ran = 0;
	from = code = -1;
	on_stack = NULL;
	raise(SIGUSR1);
	see("ran %d, from %d, code %d%s", ran, from, code,
	    on_stack >= other_stack &&
			    on_stack < other_stack + sizeof(other_stack) ?
		    ", on the other stack" :
		    "");
}

static void in_children(void)
{
	pid_t pid = child();

	if (pid == 0) {
		show("child", SIGUSR1);
		send();
		_exit(0);
	}
	reap(pid);
	pid = vfork();
	if (pid == 0) {
		struct sigaction action = { .sa_handler = plain };

		sigaction(SIGUSR1, &action, NULL);
		action.sa_handler = SIG_DFL;
		sigaction(SIGUSR1, &action, NULL);
		_exit(0);
	}
	reap(pid);
	show("after vfork", SIGUSR1);
	send();
}

int main(void)
{
	static const int flags[] = {
		0,
		SA_RESTART,
		SA_SIGINFO,
		SA_SIGINFO | SA_RESTART,
		SA_SIGINFO | SA_ONSTACK,
		SA_NODEFER,
		SA_SIGINFO | SA_RESETHAND,
		0,
	};
	const stack_t stack = { .ss_sp = other_stack,
				.ss_size = sizeof(other_stack) };
	struct sigaction bad = { .sa_handler = plain };

	SEE(sigaltstack(&stack, NULL));
	show("at first", SIGUSR1);
	for (size_t i = 0; i < sizeof(flags) / sizeof(*flags); i++) {
		set(flags[i] & SA_SIGINFO ? (void *)with_info : (void *)plain,
		    flags[i], i & 1 ? SIGUSR2 : 0);
		send();
		show("after it", SIGUSR1);
	}
	set((void *)with_info, SA_SIGINFO, 0);
	in_children();
	set((void *)SIG_IGN, 0, 0);
	send();
	set((void *)SIG_DFL, 0, 0);
	SEE(sigaction(SIGKILL, &bad, NULL));
	SEE(sigaction(65, &bad, NULL));
	SEE(syscall(SYS_rt_sigaction, SIGUSR1, 8, NULL, 8));
	SEE(syscall(SYS_rt_sigaction, SIGUSR1, NULL, 8, 8));
	SEE(syscall(SYS_rt_sigaction, SIGUSR1, NULL, NULL, 4));
	done();
}

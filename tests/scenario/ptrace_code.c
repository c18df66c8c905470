/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The code of a traced task: a program that has called often is attached to.
 * Its code is what it was built with, takes a breakpoint, and is stepped, over
 * system calls too.
 */
#include "ptrace_common.h"

#include <sys/user.h>

#define CALL(name, nr)                           \
	__asm__(".globl " #name "\n" #name ":\n" \
		"	mov $" #nr ", %eax\n"    \
		"	syscall\n"                     \
		"	ret\n");                 \
	long name(void)

CALL(call_getpid, 39);
CALL(call_fork, 57);
CALL(call_getppid, 110);
CALL(call_sched_yield, 24);

static struct gate ready;
static volatile bool over;

static void often(void)
{
	for (int i = 0; i < 100; i++) {
		pid_t pid = (pid_t)call_fork();

		if (pid == 0) {
			_exit(0);
		}
		reap(pid);
		call_getpid();
		call_getppid();
	}
}

static void *idle(void *arg)
{
	while (!over) {
		call_getpid();
	}
	return arg;
}

static void see_code(pid_t pid, const char *name, long (*code)(void))
{
	uint64_t word = (uint64_t)ptrace(PTRACE_PEEKTEXT, pid, code, NULL);

	see("%s: %014lx", name, word & 0xffffffffffffff);
}

static int wait_for(pid_t pid)
{
	int status;

	MUST(waitpid(pid, &status, __WALL));
	return status;
}

/* Steps from @code on, to behind its call. */
static void step_over(pid_t pid, const char *name, long (*code)(void))
{
	struct user_regs_struct regs, old;
	siginfo_t info;

	MUST(ptrace(PTRACE_GETREGS, pid, NULL, &old));
	regs = old;
	regs.rip = (uintptr_t)code;
	regs.orig_rax = (unsigned long)-1;
	MUST(ptrace(PTRACE_SETREGS, pid, NULL, &regs));
	for (int i = 0; i < 2; i++) {
		MUST(ptrace(PTRACE_SINGLESTEP, pid, NULL, 0));
		see("%s: %s", name, wait_text(wait_for(pid)));
		MUST(ptrace(PTRACE_GETREGS, pid, NULL, &regs));
		MUST(ptrace(PTRACE_GETSIGINFO, pid, NULL, &info));
		see("  at %llu, rax %ld, code %d", regs.rip - (uintptr_t)code,
		    (long)regs.rax, info.si_code);
	}
	MUST(ptrace(PTRACE_SETREGS, pid, NULL, &old));
}

static void breakpoint(pid_t pid)
{
	long word = ptrace(PTRACE_PEEKTEXT, pid, call_getppid, NULL);
	struct user_regs_struct regs;

	MUST(ptrace(PTRACE_POKETEXT, pid, call_getppid,
		    (word & ~0xffL) | 0xcc));
	MUST(ptrace(PTRACE_CONT, pid, NULL, 0));
	see("breakpoint: %s", wait_text(wait_for(pid)));
	MUST(ptrace(PTRACE_GETREGS, pid, NULL, &regs));
	see("  at %llu", regs.rip - (uintptr_t)call_getppid);
	MUST(ptrace(PTRACE_POKETEXT, pid, call_getppid, word));
	regs.rip--;
	MUST(ptrace(PTRACE_SETREGS, pid, NULL, &regs));
}

static void trace(bool threads)
{
	pid_t pid;

	see("-- %s", threads ? "threads" : "alone");
	pid = child();
	if (pid == 0) {
		pthread_t t;

		often();
		if (threads) {
			pthread_create(&t, NULL, idle, NULL);
		}
		let(&ready, 1);
		for (;;) {
			call_getpid();
			call_getppid();
			call_sched_yield();
		}
	}
	pass(&ready);
	MUST(ptrace(PTRACE_ATTACH, pid, NULL, NULL));
	see("attach: %s", wait_text(wait_for(pid)));
	see_code(pid, "getpid", call_getpid);
	see_code(pid, "getppid", call_getppid);
	see_code(pid, "fork", call_fork);
	step_over(pid, "getpid", call_getpid);
	step_over(pid, "getppid", call_getppid);
	step_over(pid, "sched_yield", call_sched_yield);
	if (!threads) {
		breakpoint(pid);
	}
	MUST(ptrace(PTRACE_DETACH, pid, NULL, 0));
	kill(pid, SIGTERM);
	reap(pid);
}

/* A tracer that waits already, when its child says that it be traced. */
static void waits_already(int how)
{
	siginfo_t info = { 0 };
	pid_t pid = child(), r;
	int status = 0;

	if (pid == 0) {
		while (!sleeps(getppid())) {
			sched_yield();
		}
		MUST(ptrace(PTRACE_TRACEME, 0, NULL, NULL));
		raise(SIGUSR1);
		_exit(3);
	}
	for (int i = 0; i < 2; i++) {
		if (how == 2) {
			MUST(waitid(P_PID, (id_t)pid, &info,
				    WSTOPPED | WEXITED));
			see("waits: %s", info_text(&info));
		} else {
			r = MUST(waitpid(how ? -1 : pid, &status, 0));
			see("waits: %d %s", r, wait_text(status));
		}
		if (i == 0) {
			MUST(ptrace(PTRACE_CONT, pid, NULL, 0));
		}
	}
}

int main(void)
{
	gate_init(&ready);
	trace(false);
	trace(true);
	/* So often that the tracer's own calls are native ones where they can
	 * be. */
	often();
	for (int i = 0; i < 3; i++) {
		waits_already(i);
	}
	return done();
}

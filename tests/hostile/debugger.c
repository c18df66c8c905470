/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a tracer can do with the task that it traces. At the entry of a harmless
 * call it puts another in its place, by a number of the outside: that is judged
 * anew. It attaches to whatever number there is, writes odd registers, leaves
 * tasks in each kind of stop and ends, and never waits.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#define TASKS 300

static int victim;

static void wrong(const char *what, long r)
{
	printf("%s: %ld\n", what, r);
}

/* Return: a child that stands still, and that makes call after call then. */
static pid_t traced(unsigned long options)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		ptrace(PTRACE_TRACEME, 0, 0, 0);
		raise(SIGSTOP);
		for (int i = 0; i < 1000; i++) {
			syscall(SYS_getppid);
			syscall(SYS_umask, 022);
		}
		_exit(0);
	}
	waitpid(pid, &status, 0);
	ptrace(PTRACE_SETOPTIONS, pid, 0, options | PTRACE_O_TRACESYSGOOD);
	return pid;
}

static int step(pid_t pid, int request)
{
	int status = 0;

	if (ptrace(request, pid, 0, 0) < 0)
		return -1;
	waitpid(pid, &status, __WALL);
	return status;
}

static void end(pid_t pid)
{
	int status;

	kill(pid, SIGKILL);
	while (waitpid(pid, &status, __WALL) == pid && WIFSTOPPED(status))
		;
}

/* ---- other calls ---- */

struct other {
	long nr, args[6];
};

/* At the entry of @at; what comes of it, or 1 if that never came. */
static long put(long at, const struct other *o, int request)
{
	pid_t pid = traced(0);
	struct user_regs_struct regs;
	long r = 1;

	do {
		if (step(pid, request) <= 0)
			return r;
		ptrace(PTRACE_GETREGS, pid, 0, &regs);
	} while ((long)regs.orig_rax != at || regs.rax != -ENOSYS);
	regs.orig_rax = o->nr;
	regs.rdi = o->args[0];
	regs.rsi = o->args[1];
	regs.rdx = o->args[2];
	regs.r10 = o->args[3];
	ptrace(PTRACE_SETREGS, pid, 0, &regs);
	step(pid, PTRACE_SYSCALL);
	if (ptrace(PTRACE_GETREGS, pid, 0, &regs) == 0)
		r = regs.rax;
	end(pid);
	return r;
}

static void other_calls(void)
{
	const struct other others[] = {
		{ SYS_kill, { victim, SIGTERM } },
		{ SYS_kill, { -victim, SIGTERM } },
		{ SYS_tkill, { victim, SIGTERM } },
		{ SYS_tgkill, { victim, victim, SIGTERM } },
		{ SYS_setpriority, { PRIO_PROCESS, victim, 10 } },
		{ SYS_sched_setaffinity, { victim, 8, 0 } },
		{ SYS_getpgid, { victim } },
		{ SYS_ptrace, { PTRACE_SEIZE, victim } },
		{ SYS_pidfd_open, { victim } },
		{ SYS_wait4, { victim, 0, WNOHANG } },
	};

	const struct other own = { SYS_kill, { getpid(), 0 } };

	/* Otherwise nothing is shown by the rest. */
	if (put(SYS_umask, &own, PTRACE_SYSCALL) != 0)
		wrong("a call of its own", own.nr);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		/* One that is caught otherwise, and one that is not. */
		long r = put(SYS_getppid, &others[i], PTRACE_SYSCALL);
		long s = put(SYS_umask, &others[i], PTRACE_SYSCALL);

		if (r >= 0 || s >= 0)
			wrong("put in place of another", others[i].nr);
	}
}

/* ---- other tasks ---- */

static void other_tasks(void)
{
	for (int i = 1; i < 300; i++)
		if (i != getpid() && ptrace(PTRACE_SEIZE, i, 0, 0) == 0)
			wrong("seized", i);
	if (ptrace(PTRACE_ATTACH, victim, 0, 0) == 0 || errno != ESRCH)
		wrong("attached to the victim", errno);
	if (ptrace(PTRACE_SEIZE, getppid(), 0, 0) == 0)
		wrong("seized the parent", 0);
}

/* ---- odd registers ---- */

static void odd_registers(void)
{
	static const struct {
		size_t at;
		unsigned long value;
	} odd[] = {
		{ offsetof(struct user_regs_struct, cs), 0x23 },
		{ offsetof(struct user_regs_struct, cs), 0 },
		{ offsetof(struct user_regs_struct, cs), 0x10 },
		{ offsetof(struct user_regs_struct, ss), 0x18 },
		{ offsetof(struct user_regs_struct, ds), 0xffff },
		{ offsetof(struct user_regs_struct, eflags), -1UL },
		{ offsetof(struct user_regs_struct, eflags), 1UL << 8 },
		{ offsetof(struct user_regs_struct, rip), -1UL },
		{ offsetof(struct user_regs_struct, rip), 0x050f4000 },
		{ offsetof(struct user_regs_struct, rsp), 1UL << 63 },
		{ offsetof(struct user_regs_struct, fs_base), -1UL },
		{ offsetof(struct user_regs_struct, orig_rax), -2UL },
		{ offsetof(struct user_regs_struct, orig_rax), SYS_kill },
		{ offsetof(struct user_regs_struct, orig_rax), 1UL << 30 },
		{ offsetof(struct user_regs_struct, rax), -512UL },
		{ offsetof(struct user_regs_struct, rax), -516UL },
		{ offsetof(struct user, u_debugreg), -4096UL },
		{ offsetof(struct user, u_debugreg[7]), -1UL },
		{ sizeof(struct user), 1 },
		{ -8UL, 1 },
	};

	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++)
		for (int steps = 0; steps < 4; steps++) {
			pid_t pid = traced(0);

			for (int j = 0; j < steps; j++)
				step(pid, PTRACE_SYSCALL);
			ptrace(PTRACE_POKEUSER, pid, odd[i].at, odd[i].value);
			step(pid,
			     steps & 1 ? PTRACE_SYSCALL : PTRACE_SINGLESTEP);
			step(pid, PTRACE_SYSCALL);
			end(pid);
		}
}

/* ---- tracers that leave ---- */

static void *idle(void *arg)
{
	return arg;
}

/* A task that makes what there are events of. */
static void busy(void)
{
	pthread_t t;

	if (fork() == 0)
		_exit(0);
	if (vfork() == 0)
		_exit(0);
	pthread_create(&t, NULL, idle, NULL);
	pthread_join(t, NULL);
	while (wait(NULL) > 0)
		;
	_exit(0);
}

/* It ends after @n stops of its task's, one more each time. */
static int leave_after(int n, int request, unsigned long options)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		ptrace(PTRACE_TRACEME, 0, 0, 0);
		raise(SIGSTOP);
		busy();
	}
	waitpid(pid, &status, 0);
	ptrace(PTRACE_SETOPTIONS, pid, 0, options);
	while (n-- > 0) {
		ptrace(request, pid, 0, 0);
		pid = waitpid(-1, &status, __WALL);
		if (pid < 0)
			return 1;
	}
	return 0;
}

static void leave(void)
{
	static const unsigned long options[] = { 0, 0x7e, 0x10007e };
	int status;

	for (int i = 0; i < 3; i++)
		for (int n = 0; n < 60; n += 3) {
			pid_t pid = fork();

			if (pid == 0)
				_exit(leave_after(
					n, n % 2 ? PTRACE_SYSCALL : PTRACE_CONT,
					options[i]));
			waitpid(pid, &status, 0);
		}
}

/* ---- many ---- */

/* Threads that are traced end, and nobody waits for them. */
static void never_wait(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		for (int i = 0; i < 3000; i++) {
			pthread_t t;

			if (pthread_create(&t, NULL, idle, NULL) == 0)
				pthread_join(t, NULL);
		}
		_exit(0);
	}
	ptrace(PTRACE_SEIZE, pid, 0, 0);
	for (int i = 0; i < 20000; i++) {
		ptrace(PTRACE_SEIZE, pid + 1 + i % 3000, 0, 0);
		ptrace(PTRACE_INTERRUPT, pid, 0, 0);
	}
	kill(pid, SIGKILL);
}

static void many(void)
{
	pid_t pids[TASKS];

	for (int i = 0; i < TASKS; i++) {
		pids[i] = fork();
		if (pids[i] == 0)
			for (;;)
				pause();
		ptrace(PTRACE_SEIZE, pids[i], 0, 0);
		ptrace(PTRACE_INTERRUPT, pids[i], 0, 0);
	}
	/* Two that trace each other stand still for ever. */
	for (int i = 0; i < 2; i++)
		if (fork() == 0) {
			ptrace(PTRACE_SEIZE, getpid() + (i ? -1 : 1), 0, 0);
			ptrace(PTRACE_INTERRUPT, getpid() + (i ? -1 : 1), 0, 0);
			for (;;)
				pause();
		}
	for (int i = 0; i < TASKS; i++)
		kill(pids[i], SIGKILL);
}

int main(int argc, char **argv)
{
	victim = atoi(argv[argc - 1]);
	other_calls();
	other_tasks();
	odd_registers();
	leave();
	if (fork() == 0) {
		never_wait();
		_exit(0);
	}
	many();
	puts("done");
	return 0;
}

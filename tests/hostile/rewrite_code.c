/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A thread replaces the instruction `syscall` by one that does nothing, while
 * nsrun makes another thread run it again: the next caught call must not be
 * taken for the one that was never made, and pass.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define SYSCALL 0x050f
#define NOP 0x9066

static volatile unsigned short *insn;

static void *racer(void *unused)
{
	for (;;) {
		*insn = SYSCALL;
		for (volatile int i = 0; i < 3000; i++)
			;
		*insn = NOP;
		for (volatile int i = 0; i < 3000; i++)
			;
	}
	return unused;
}

static long call(long nr, long a, long b, long c, long d)
{
	register long r10 __asm__("r10") = d;
	long r;

	__asm__ volatile("call *%6"
			 : "=a"(r)
			 : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(insn)
			 : "rcx", "r11", "memory");
	return r;
}

static void hurt(int victim)
{
	siginfo_t info = { .si_signo = SIGTERM, .si_code = -1 };
	struct rlimit limit = { 123, 456 };

	if (victim < 0)
		syscall(SYS_prlimit64, -victim, RLIMIT_NOFILE, &limit, NULL);
	else
		syscall(SYS_rt_sigqueueinfo, victim, SIGTERM, &info);
}

static void attack(int victim)
{
	unsigned long set = 1UL << (SIGUSR2 - 1);
	unsigned char *code = mmap(NULL, 4096, PROT_READ | PROT_WRITE |
				   PROT_EXEC, MAP_ANONYMOUS | MAP_PRIVATE,
				   -1, 0);
	pthread_t thread;

	memcpy(code, "\x0f\x05\xc3", 3);
	insn = (void *)code;
	pthread_create(&thread, NULL, racer, NULL);
	for (int i = 0; i < 400; i++) {
		long r = call(SYS_signalfd4, -1, (long)&set, 8, 0);

		if (r == SYS_seccomp)
			hurt(victim);
		if (r < 0)
			break;
	}
	_exit(0);
}

/* A victim below zero gets another limit, not a signal. */
int main(int argc, char **argv)
{
	int victim = atoi(argv[argc - 1]);

	for (int i = 0; i < 200; i++) {
		pid_t child = fork();
		int status;

		if (!child)
			attack(victim);
		if (waitpid(child, &status, 0) != child)
			return 1;
	}
	puts("done");
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A thread waits for a semaphore, and its instruction `syscall` is taken away
 * meanwhile: it goes on where nsrun means it to sleep. Its other calls must
 * work, its wait is over with the first of them, and those of others go on.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sem.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS 30
#define NOP 0x9066

static volatile unsigned short *insn;
static int set;

static long call(long nr, long a, void *b, long c)
{
	long r;

	__asm__ volatile("call *%5"
			 : "=a"(r)
			 : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(insn)
			 : "rcx", "r11", "memory");
	return r;
}

static void dawdle(void)
{
	struct timespec from, now;

	clock_gettime(CLOCK_MONOTONIC, &from);
	do
		clock_gettime(CLOCK_MONOTONIC, &now);
	while ((now.tv_sec - from.tv_sec) * 1000000000 + now.tv_nsec -
	       from.tv_nsec < 4000000);
}

static void *waiter(void *how)
{
	struct sembuf down = { 0, -1, 0 };
	struct utsname names;
	pid_t pid;

	call(SYS_semop, set, &down, 1);
	/* While nsrun takes it for asleep: by notify, by trace, or not at all. */
	if (how == (void *)0)
		uname(&names);
	if (how == (void *)1) {
		pid = fork();
		if (pid == 0)
			_exit(0);
		waitpid(pid, NULL, 0);
	}
	if (how != (void *)2 && semctl(set, 0, GETNCNT) != 0)
		puts("it still waits");
	return NULL;
}

static void attack(int how)
{
	struct sembuf up = { 0, 1, 0 };
	pthread_t thread;
	unsigned char *code = mmap(NULL, 4096, PROT_READ | PROT_WRITE |
				   PROT_EXEC, MAP_ANONYMOUS | MAP_PRIVATE,
				   -1, 0);

	memcpy(code, "\x0f\x05\xc3", 3);
	insn = (void *)code;
	pthread_create(&thread, NULL, waiter, (void *)(long)how);
	while (semctl(set, 0, GETNCNT) != 1)
		sched_yield();
	*insn = NOP;
	dawdle();
	/* By the trace gate it sleeps already. */
	if (semctl(set, 0, GETNCNT) == 1)
		semop(set, &up, 1);
	pthread_join(thread, NULL);
	fflush(stdout);
	_exit(0);
}

int main(void)
{
	struct sembuf up = { 0, 1, 0 }, down = { 0, -1, 0 };

	set = semget(IPC_PRIVATE, 1, 0600);
	for (int i = 0; i < ROUNDS; i++) {
		pid_t child = fork();
		int status;

		if (!child)
			attack(i % 3);
		if (waitpid(child, &status, 0) != child || status)
			return 1;
		if (semctl(set, 0, GETNCNT) != 0)
			puts("it waits after its end");
		semctl(set, 0, SETVAL, 0);
		if (semop(set, &up, 1) || semop(set, &down, 1))
			return 2;
	}
	semctl(set, 0, IPC_RMID);
	puts("done");
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A program that makes children behind nsrun's back, from an address where the
 * filter lets the agent clone, and that tells what only its agent should tell,
 * with forged numbers. Children that say nothing must not stay when it ends.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define BASE	    0x050f0000L
#define TEXT	    0x050f4000L
#define TOLD_CLONE  181
#define TOLD_CLONED 183
#define TOLD_WAIT   184
#define TOLD_WAITED 185
#define CHILDREN    20

static uintptr_t place; /* "syscall; ret", in the agent's pages */

static void wrong(const char *what, long r)
{
	printf("%s: %ld\n", what, r);
}

static long call(long nr, long a, long b, long c, long d)
{
	register long r10 __asm__("r10") = d;
	long r;

	__asm__ volatile("call *%6"
			 : "=a"(r)
			 : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(place)
			 : "rcx", "r11", "memory");
	return r;
}

/* No call that is caught. */
static void rest(long ms)
{
	const struct timespec time = { ms / 1000, ms % 1000 * 1000000 };

	syscall(SYS_nanosleep, &time, NULL);
}

static void often(void)
{
	struct stat st;

	for (int i = 0; i < 40; i++) {
		stat("/", &st);
		if (fork() == 0)
			_exit(0);
		wait(NULL);
	}
}

static int is_mapped(void)
{
	unsigned char resident;

	return mincore((void *)TEXT, 4096, &resident) == 0;
}

/* Of namespaces there are those alone that nsrun makes itself. */
static void flags(void)
{
	if (call(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0) == 0)
		_exit(0);
}

/* What the agent asks of handlers and clones, with whatever arguments. */
static void wild(void)
{
	static const long asked[] = { 156, 174, 177, 178, 180 };
	static uint64_t room[64];
	const long args[] = { 0, 1, -1, SIGUSR1, 65, 0x7fffffffefff,
			      (long)room, (long)TEXT };

	for (size_t i = 0; i < sizeof(asked) / sizeof(*asked); i++)
		for (size_t j = 0; j < sizeof(args) / sizeof(*args); j++)
			if (call(asked[i], args[j], args[j], args[j],
				 args[j]) > 1)
				wrong("an answer", asked[i]);
	if (call(SYS_clone3, (long)room, 64, 0, 0) == 0)
		_exit(0);
}

static void forged(int victim)
{
	long r = call(TOLD_WAITED, victim, 0, 0, 0);

	if (r > 0)
		wrong("a number for a process outside", r);
	r = call(TOLD_WAITED, getpid(), 0, 0, 0);
	call(TOLD_WAIT, victim, 0, 0, 0);
	r = call(TOLD_WAIT, -victim, 0, 0, 0);
	if (r > 0 && r != 0x7fffffff)
		wrong("a group outside", r);
	r = call(TOLD_CLONED, victim, 0, 0, 0);
	if ((int)r > 0)
		wrong("a child that is none", r);
	for (int i = 0; i < 100; i++)
		call(TOLD_CLONE, SIGCHLD, 0, 0, 0);
	r = call(TOLD_CLONED, victim, 0, 0, 0);
	if ((int)r > 0)
		wrong("a child of nobody's", r);
	r = call(TOLD_CLONED, 0x7ffffff0, 0, 0, 0);
	r = call(TOLD_CLONED, -11, 1, 2, 3);
}

/* One that was never announced is ended with its first caught call. */
static void unborn(void)
{
	long r = call(SYS_clone, SIGCHLD, 0, 0, 0);
	int status;

	if (r == 0) {
		rest(10);
		syscall(SYS_getppid);
		_exit(0);
	}
	while (call(SYS_wait4, r, (long)&status, __WALL, 0) == -EINTR)
		;
}

/* It may be ended for that. */
static void born_twice(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		for (int i = 0; i < 100; i++)
			call(TOLD_CLONED, 0, 0, 0, 0);
		_exit(0);
	}
	if (waitpid(pid, NULL, 0) != pid)
		wrong("born twice", pid);
}

int main(int argc, char **argv)
{
	int victim = atoi(argv[argc - 1]);
	unsigned char *code = (void *)(TEXT - 64);

	setvbuf(stdout, NULL, _IOLBF, 0);
	often();
	if (!is_mapped() || mprotect((void *)(TEXT - 4096), 4096,
				     PROT_READ | PROT_WRITE | PROT_EXEC) < 0) {
		puts("done");
		return 0;
	}
	memcpy(code, "\x0f\x05\xc3", 3);
	place = (uintptr_t)code;
	flags();
	wild();
	forged(victim);
	born_twice();
	for (int i = 0; i < CHILDREN; i++)
		unborn();
	/* These are there when it ends, unknown to all. */
	for (int i = 0; i < CHILDREN; i++)
		if (call(SYS_clone, SIGCHLD, 0, 0, 0) == 0)
			for (;;)
				rest(100000);
	often();
	puts("done");
	return 0;
}

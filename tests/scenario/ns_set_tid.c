/* SPDX-License-Identifier: Apache-2.0 */
/*
 * clone3(2) with numbers of one's own choice, at one level and at three: what
 * is refused, what is free again, what the next number is.
 *
 * scenario: run-as=root bare=skip flags=--without=bare
 * (without namespaces, the machine's own numbers would be taken; where tasks
 * may go untraced there is no clone3)
 */
#include "scenario.h"

#include <linux/sched.h>

static struct gate go, up, told;

static long clone_at(uint64_t flags, const int *set, size_t n)
{
	struct clone_args args = {
		.flags = flags,
		.exit_signal = SIGCHLD,
		.set_tid = (uintptr_t)set,
		.set_tid_size = n,
	};

	return syscall(SYS_clone3, &args, sizeof(args));
}

#define SET(...) (const int[]){ __VA_ARGS__ }, \
		 sizeof((const int[]){ __VA_ARGS__ }) / sizeof(int)

/* Of the child that came to be, if it did. */
static void ended(const char *name, long pid)
{
	if (pid == 0)
		_exit(0);
	see("%s: %s", name, res(pid));
	if (pid > 0)
		reap((int)pid);
}

#define TRY(flags, ...) \
	ended(#flags " " #__VA_ARGS__, clone_at(flags, SET(__VA_ARGS__)))

static void next(const char *when)
{
	pid_t pid = child();

	if (pid == 0)
		_exit(0);
	see("%s the next is %d", when, pid);
	reap(pid);
}

static void one_level(void)
{
	pid_t taken = child();
	char text[16] = "";
	FILE *file;

	if (taken == 0) {
		pass(&go);
		_exit(0);
	}
	TRY(0, 100);
	TRY(0, 100);	/* it is free again */
	next("after 100");
	TRY(0, 99);
	TRY(0, 1);
	TRY(0, 0);
	TRY(0, -1);
	TRY(0, INT_MAX);
	TRY(0, 4194304);
	TRY(0, 4194303);
	see("taken: %d", (int)taken);
	ended("taken", clone_at(0, (const int[]){ taken }, 1));
	TRY(CLONE_NEWPID, 100);
	TRY(CLONE_NEWPID, 2);
	TRY(CLONE_NEWPID, 1);
	TRY(CLONE_NEWPID, 1, 200);
	TRY(CLONE_NEWPID, 1, taken);
	TRY(CLONE_NEWPID, 2, taken);
	TRY(CLONE_NEWPID, 1, 0);
	file = fopen("/proc/sys/kernel/ns_last_pid", "re");
	if (file && fgets(text, sizeof(text), file))
		see("last: %s", text);
	fclose(file);
	let(&go, 1);
	reap(taken);
	next("in the end");
}

static void *sleep_on(void *arg)
{
	pass(arg);
	return NULL;
}

/* A thread's number is of the same table. */
static void threads(void)
{
	pthread_t thread;

	pthread_create(&thread, NULL, sleep_on, &go);
	TRY(0, 120);
	let(&go, 1);
	pthread_join(thread, NULL);
}

/* A process that stays below, with numbers at three levels. */
static void deep(void)
{
	long pid = clone_at(0, SET(50, 60));

	if (pid == 0) {
		pass(&told);
		see("third: %d", getpid());
		let(&up, 1);
		pass(&told);
		_exit(0);
	}
	see("second: child %ld", pid);
	let(&told, 1);
	pass(&go);
	ended("the same again", clone_at(0, SET(50, 60)));
	ended("the outer one is taken", clone_at(0, SET(51, 60)));
	ended("of the third", clone_at(0, SET(51)));
	let(&told, 1);
	reap((int)pid);
	_exit(0);
}

static void three_levels(void)
{
	long pid = clone_at(CLONE_NEWPID, SET(1, 70));

	see("first: child %ld", pid);
	if (pid > 0)
		return;
	pid = clone_at(CLONE_NEWPID, SET(1, 80));
	if (pid == 0)
		deep();
	reap((int)pid);
	_exit(0);
}

int main(void)
{
	gate_init(&go);
	gate_init(&up);
	gate_init(&told);
	one_level();
	threads();
	three_levels();
	pass(&up);
	see("the second is here 70: %s", res(kill(70, 0)));
	see("the third is not 50: %s", res(kill(50, 0)));
	let(&go, 1);
	reap(70);
	next("at last");
	return done();
}

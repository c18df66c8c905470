/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The words that clone stores with CLONE_PARENT_SETTID and CLONE_CHILD_SETTID,
 * and that the exit clears: a thread that watches them never reads another
 * number than 0 and the right one.
 */
#include "scenario.h"

#define THREADS 300
#define STACK	65536

static volatile int parent_word, child_word;
static volatile int wrong, stop, watching;
static int base;

static void *watch(void *unused)
{
	int p, c;

	watching = 1;
	while (!stop) {
		p = parent_word;
		c = child_word;
		if (p < 0 || p > base + THREADS || (p && p <= base) || c < 0 ||
		    c > base + THREADS || (c && c <= base)) {
			wrong++;
		}
	}
	return unused;
}

static int idle(void *seen)
{
	/* No libc here: this thread has the thread block of its maker. */
	*(volatile int *)seen = child_word;
	return 0;
}

static void threads(void)
{
	int i, tid, bad = 0, blank = 0;
	volatile int seen;
	pthread_t watcher;
	char *stack;

	base = getpid() + 1;
	pthread_create(&watcher, NULL, watch, NULL);
	while (!watching) {
		sched_yield();
	}
	stack = mmap(NULL, STACK, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
	for (i = 0; i < THREADS; i++) {
		parent_word = 0;
		child_word = 1 + base + i; /* so that the clearing is seen */
		seen = 0;
		tid = clone(idle, stack + STACK,
			    CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND |
				    CLONE_THREAD | CLONE_SYSVSEM |
				    CLONE_PARENT_SETTID | CLONE_CHILD_SETTID |
				    CLONE_CHILD_CLEARTID,
			    (void *)&seen, &parent_word, NULL, &child_word);
		bad += parent_word != tid;
		blank += tid != base + 1 + i;
		while (child_word != 0) {
			syscall(SYS_futex, &child_word, 0 /* FUTEX_WAIT */, tid,
				NULL, NULL, 0);
		}
		bad += seen != tid;
	}
	stop = 1;
	pthread_join(watcher, NULL);
	see("last tid %d, mismatches %d, out of order %d, glimpses %d", tid,
	    bad, blank, wrong);
}

/* Of processes: each word is written in one memory or in the other. */
static void processes(void)
{
	int *p = guard_alloc(sizeof(*p)), *c = guard_alloc(sizeof(*c));
	pid_t pid;

	*p = *c = -7;
	pid = sys_clone(CLONE_PARENT_SETTID | CLONE_CHILD_SETTID | SIGCHLD, p,
			c);
	if (pid == 0) {
		see("child %d: words %d %d", getpid(), *p, *c);
		_exit(0);
	}
	reap(pid);
	see("parent of %d: words %d %d", pid, *p, *c);
	*p = *c = -7;
	pid = sys_clone(SIGCHLD, p, c);
	if (pid == 0) {
		see("child %d without flags: words %d %d", getpid(), *p, *c);
		_exit(0);
	}
	reap(pid);
	see("parent of %d without flags: words %d %d", pid, *p, *c);
	pid = sys_clone(CLONE_PARENT_SETTID | CLONE_CHILD_SETTID |
				CLONE_CHILD_CLEARTID | SIGCHLD,
			BAD_ADDR, BAD_ADDR);
	if (pid == 0) {
		_exit(9);
	}
	see("bad addresses: child %d %s", pid, wait_text(reap(pid)));
	guard_check(p);
	guard_check(c);
}

/* One word for both, shared between parent and child. */
static void shared_word(void)
{
	int *word = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pid;

	pid = sys_clone(CLONE_PARENT_SETTID | CLONE_CHILD_SETTID |
				CLONE_CHILD_CLEARTID | SIGCHLD,
			word, word);
	if (pid == 0) {
		_exit(*word);
	}
	see("shared word: child %d %s", pid, wait_text(reap(pid)));
	see("shared word afterwards: %d", *word);
}

int main(void)
{
	int word = 5;

	see("set_tid_address: %s", res(syscall(SYS_set_tid_address, &word)));
	see("set_tid_address, bad: %s",
	    res(syscall(SYS_set_tid_address, BAD_ADDR)));
	see("word %d", word);
	processes();
	shared_word();
	/* The last, since the thread block knows nothing of these threads. */
	{
		pid_t pid = child();

		if (pid == 0) {
			threads();
			_exit(0);
		}
		see("threads: %s", wait_text(reap(pid)));
	}
	return done();
}

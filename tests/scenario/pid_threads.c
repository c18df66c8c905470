/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Threads take numbers from the same row; getpid is the leader's, signals go
 * to the thread that is named; the leader may end before the others.
 */
#include "scenario.h"

#define THREADS 4

static struct gate ready, go[THREADS], told;
static __thread int got;
static pid_t tids[THREADS];

static void on_usr1(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)context;
	got = info->si_pid;
}

static void *thread(void *arg)
{
	int i = (int)(intptr_t)arg;

	tids[i] = gettid();
	see("thread %d: getpid %d gettid %d getppid %d", i, getpid(), gettid(),
	    getppid());
	let(&ready, 1);
	pass(&go[i]);
	see("thread %d: got a signal of %d", i, got);
	let(&told, 1);
	pass(&go[i]);
	return NULL;
}

static void *last(void *arg)
{
	sigset_t usr1;

	sigemptyset(&usr1);
	sigaddset(&usr1, SIGUSR1);
	pthread_sigmask(SIG_UNBLOCK, &usr1, NULL);
	pass(arg);
	see("last thread: getpid %d gettid %d", getpid(), gettid());
	/* The leader is a zombie, yet the process takes signals. */
	see("kill(getpid(), 0): %s", res(kill(getpid(), 0)));
	see("tkill(getpid(), 0): %s", res(sys_tkill(getpid(), 0)));
	see("getpgid(getpid()): %s", res(getpgid(getpid()) == getpgrp()));
	kill(getpid(), SIGUSR1);
	see("a signal of %d", got);
	exit(6);
}

static void leader_first(void)
{
	static struct gate hold;
	pthread_t id;
	pid_t pid;

	gate_init(&hold);
	pid = child();
	if (pid == 0) {
		block(SIGUSR1);	      /* or the leader might still take it */
		pthread_create(&id, NULL, last, &hold);
		syscall(SYS_exit, 3); /* the thread only */
	}
	see("waitpid(WNOHANG): %s", res(waitpid(pid, NULL, WNOHANG)));
	let(&hold, 1);
	see("process %d %s", pid, wait_text(reap(pid)));
}

int main(void)
{
	struct sigaction action = { .sa_sigaction = on_usr1,
				    .sa_flags = SA_SIGINFO };
	pthread_t ids[THREADS];
	int i, status;
	pid_t pid;

	MUST(sigaction(SIGUSR1, &action, NULL));
	gate_init(&ready);
	gate_init(&told);
	for (i = 0; i < THREADS; i++) {
		gate_init(&go[i]);
		pthread_create(&ids[i], NULL, thread, (void *)(intptr_t)i);
		pass(&ready);
	}
	see("tgkill(1, thread 0): %s",
	    res(sys_tgkill(getpid(), tids[0], SIGUSR1)));
	see("tkill(thread 1): %s", res(sys_tkill(tids[1], SIGUSR1)));
	see("kill(thread 2, 0): %s", res(kill(tids[2], 0)));
	see("kill(-thread 2, 0): %s", res(kill(-tids[2], 0)));
	see("tgkill(thread 2, thread 2): %s",
	    res(sys_tgkill(tids[2], tids[2], 0)));
	see("waitpid(thread 2): %s", res(waitpid(tids[2], NULL, __WALL)));
	pid = child();
	if (pid == 0) {
		sys_tgkill(getppid(), tids[3], SIGUSR1);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	for (i = 0; i < THREADS; i++) {
		let(&go[i], 1);
		pass(&told);
	}
	see("main: got a signal of %d", got);
	for (i = 0; i < THREADS; i++) {
		let(&go[i], 1);
		pthread_join(ids[i], NULL);
	}
	see("the child was %d", pid);
	leader_first();
	return done();
}

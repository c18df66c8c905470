/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Many processes and threads attach, fork, detach, are killed and remove at
 * once: at the end nothing is attached, and nothing is left.
 */
#include "ipc_shm_common.h"

#define PROCESSES 6
#define ROUNDS 12

static int id;

static void *attach_often(void *arg)
{
	for (int i = 0; i < ROUNDS; i++) {
		volatile int *p = shmat(id, NULL, 0);

		if (p == (void *)-1)
			die("shmat: %s", res(-1));
		__atomic_add_fetch(p, 1, __ATOMIC_SEQ_CST);
		if (shmdt((const void *)p) < 0)
			die("shmdt: %s", res(-1));
	}
	return arg;
}

static void with_threads(void)
{
	pthread_t threads[3];

	for (int i = 0; i < 3; i++)
		pthread_create(&threads[i], NULL, attach_often, NULL);
	for (int i = 0; i < 3; i++) {
		pid_t pid = child();

		if (pid == 0) {
			attached(id);
			_exit(0);
		}
		reap(pid);
	}
	for (int i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
	_exit(0);
}

/* Killed wherever they are in it. */
static void killed(void)
{
	for (int i = 0; i < ROUNDS; i++) {
		pid_t pid = child();

		if (pid == 0)
			for (;;)
				shmdt(attached(id));
		for (volatile int spin = 0; spin < 30000 * i;)
			spin++;
		kill(pid, SIGKILL);
		reap(pid);
	}
}

/* A segment is removed while others are about to attach it. */
static void removed(void)
{
	int wrong = 0, left = 0;

	for (int i = 0; i < ROUNDS; i++) {
		int doomed = made(PAGE);
		pid_t pid = child();

		if (pid == 0) {
			char *p = shmat(doomed, NULL, 0);

			if (p != (char *)-1)
				_exit(p[0] + (shmdt(p) != 0));
			_exit(errno != EINVAL && errno != EIDRM);
		}
		MUST(shmctl(doomed, IPC_RMID, NULL));
		wrong += reap(pid) != 0;
		left += shmctl(doomed, IPC_STAT, &(struct shmid_ds){ 0 }) == 0;
	}
	see("removed meanwhile: %d wrong, %d left", wrong, left);
}

/* A signal handler runs between the parts of it, and never within. */
static volatile sig_atomic_t ticks;

static void on_tick(int sig)
{
	ticks += sig == SIGALRM;
}

static void interrupted(void)
{
	struct sigaction action = { .sa_handler = on_tick };
	struct itimerval fast = { { 0, 200 }, { 0, 200 } };
	int failed = 0, rounds = 0;

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &fast, NULL);
	while (ticks < 100) {
		char *p = shmat(id, NULL, 0);

		failed += p == (char *)-1 || shmdt(p) < 0;
		rounds++;
	}
	setitimer(ITIMER_REAL, &(struct itimerval){ 0 }, NULL);
	see("interrupted: %d failed, some rounds %d", failed, rounds > 0);
}

/* Stopped and continued wherever it is in it. */
static void stopped(void)
{
	int status;
	pid_t pid = child();

	if (pid == 0) {
		for (int i = 0; i < 300; i++) {
			char *p = shmat(id, NULL, 0);

			if (p == (char *)-1 || shmdt(p) < 0)
				_exit(1);
		}
		_exit(0);
	}
	for (;;) {
		kill(pid, SIGSTOP);
		MUST(waitpid(pid, &status, WUNTRACED));
		if (!WIFSTOPPED(status))
			break;
		kill(pid, SIGCONT);
		for (volatile int spin = 0; spin < 100000;)
			spin++;
	}
	see("stopped: %s", wait_text(status));
}

int main(void)
{
	pid_t pids[PROCESSES];
	int *sum;

	id = made(PAGE);
	see_segment("new", id);
	for (int i = 0; i < PROCESSES; i++) {
		pids[i] = child();
		if (pids[i] == 0)
			with_threads();
	}
	for (int i = 0; i < PROCESSES; i++)
		reap(pids[i]);
	sum = (int *)attached(id);
	see("sum %d", *sum);
	MUST(shmdt(sum));
	see_segment("all have gone", id);
	killed();
	removed();
	interrupted();
	stopped();
	sum = (int *)attached(id);
	MUST(shmctl(id, IPC_RMID, NULL));
	see_segment("removed", id);
	MUST(shmdt(sum));
	see_segment("gone", id);
	see("descriptors: %d", dup(0) < 40);
	return done();
}

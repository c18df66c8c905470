/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One thread calls exec while others fork, make threads and send signals:
 * the new program is alone in the process and has its number.
 */
#include "scenario.h"

#define ROUNDS 50

static struct gate ready;

static void *forks(void *unused)
{
	let(&ready, 1);
	for (;;) {
		pid_t pid = fork();

		if (pid == 0) {
			_exit(0);
		}
		waitpid(pid, NULL, 0);
	}
	return unused;
}

static void *nothing(void *unused)
{
	return unused;
}

static void *threads(void *unused)
{
	pthread_t id;

	let(&ready, 1);
	for (;;) {
		if (pthread_create(&id, NULL, nothing, NULL) == 0) {
			pthread_join(id, NULL);
		}
	}
	return unused;
}

static void *signals(void *unused)
{
	let(&ready, 1);
	for (;;) {
		kill(getpid(), SIGWINCH);
		getppid();
	}
	return unused;
}

static void *run(void *unused)
{
	char number[16];

	snprintf(number, sizeof(number), "%d", getpid());
	exec_self(number);
	return unused;
}

static void start(int round)
{
	pthread_t id;

	gate_init(&ready);
	pthread_create(&id, NULL, forks, NULL);
	pthread_create(&id, NULL, threads, NULL);
	pthread_create(&id, NULL, signals, NULL);
	pass(&ready);
	pass(&ready);
	pass(&ready);
	if (round % 2) {
		run(NULL);
	}
	pthread_create(&id, NULL, run, NULL);
	for (;;) {
		pause();
	}
}

int main(int argc, char **argv)
{
	int round, status, bad = 0;
	pid_t pid, r;

	if (argc > 1) {
		return getpid() == atoi(argv[1]) && gettid() == getpid() &&
				       getppid() == 1
			       ? 9
			       : 10;
	}
	see("getpid %d", getpid());
	for (round = 0; round < ROUNDS; round++) {
		pid = child();
		if (pid == 0) {
			start(round);
		}
		while ((r = wait(&status)) > 0) {
			bad += r == pid && status != W_EXITCODE(9, 0);
		}
	}
	see("%d rounds, bad %d", round, bad);
	return done();
}

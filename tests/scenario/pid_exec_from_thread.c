/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A thread that is not the leader calls exec: its siblings die, it becomes
 * the leader and takes the process's number, also if the leader had ended.
 */
#include "scenario.h"

static struct gate ready;

static void *spin(void *unused)
{
	let(&ready, 1);
	for (;;) {
		getppid();
	}
	return unused;
}

static void *block_forever(void *unused)
{
	let(&ready, 1);
	pause();
	return unused;
}

static void *run(void *leader_gone)
{
	see("thread before exec: getpid %d gettid %d", getpid(), gettid());
	if (leader_gone) {
		pthread_join(*(pthread_t *)leader_gone, NULL);
	}
	exec_self("after");
}

static void after(void)
{
	pid_t pid;

	see("after exec: getpid %d gettid %d getppid %d", getpid(), gettid(),
	    getppid());
	see("tkill(2, 0): %s", res(sys_tkill(getpid() + 1, 0)));
	pid = child();
	if (pid == 0) {
		see("child %d of %d", getpid(), getppid());
		_exit(0);
	}
	reap(pid);
	_exit(44);
}

static void start(bool leader_ends)
{
	static pthread_t leader;
	pthread_t id;
	int i;

	gate_init(&ready);
	leader = pthread_self();
	for (i = 0; i < 3; i++) {
		pthread_create(&id, NULL, i % 2 ? block_forever : spin, NULL);
		pass(&ready);
	}
	pthread_create(&id, NULL, run, leader_ends ? &leader : NULL);
	if (leader_ends) {
		pthread_exit(NULL);
	}
	for (;;) {
		getppid();
	}
}

int main(int argc, char **argv)
{
	int i;

	(void)argv;
	if (argc > 1) {
		after();
	}
	for (i = 0; i < 2; i++) {
		pid_t pid = child();

		if (pid == 0) {
			start(i == 1);
		}
		see("process %d %s", pid, wait_text(reap(pid)));
	}
	return done();
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The leader of the first process may exit while another of its threads
 * lives: the namespace ends only with the last thread.
 */
#include "scenario.h"

static void *later(void *ready)
{
	pid_t pid;
	int status;

	pass(ready);
	see("thread: getpid %d gettid %d", getpid(), gettid());
	pid = child();
	if (pid == 0) {
		see("child %d of %d", getpid(), getppid());
		_exit(4);
	}
	MUST(waitpid(pid, &status, 0));
	see("child %s", wait_text(status));
	done();
	exit(5);
}

int main(void)
{
	static struct gate ready;
	pthread_t thread;

	gate_init(&ready);
	pthread_create(&thread, NULL, later, &ready);
	let(&ready, 1);
	pthread_exit(NULL);
}

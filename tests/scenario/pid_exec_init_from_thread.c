/* SPDX-License-Identifier: Apache-2.0 */
/* The first process stays the first if one of its threads calls exec. */
#include "scenario.h"

static void *run(void *unused)
{
	see("thread: getpid %d gettid %d", getpid(), gettid());
	exec_self("after");
	return unused;
}

int main(int argc, char **argv)
{
	pthread_t id;
	int status;
	pid_t pid;

	(void)argv;
	if (argc == 1) {
		if (child() == 0) {
			_exit(getpid());
		}
		pthread_create(&id, NULL, run, NULL);
		pthread_join(id, NULL);
		die("exec did not end the leader");
	}
	pid = wait(&status);
	see("still my child: %s %s", res(pid), wait_text(status));
	see("init: getpid %d gettid %d getppid %d", getpid(), gettid(),
	    getppid());
	if (child() == 0) {
		if (child() == 0) {
			_exit(5);
		}
		_exit(6);
	}
	wait(&status);
	wait(&status);
	see("no more: %s", res(wait(&status)));
	return done();
}

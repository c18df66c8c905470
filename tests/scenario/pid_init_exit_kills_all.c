/* SPDX-License-Identifier: Apache-2.0 */
/* When the first process ends, everybody else is killed, whatever they do. */
#include "scenario.h"

/* The runner ends standard input after the first process has ended. */
static void *survive(void *who)
{
	char byte;

	while (read(STDIN_FILENO, &byte, 1) == -1 && errno == EINTR) {
		;
	}
	see("%s has survived", (char *)who);
	return NULL;
}

static void member(struct gate *ready, int kind)
{
	pthread_t thread;
	sigset_t all;

	switch (kind) {
	case 0:
		let(ready, 1);
		survive("child");
		break;
	case 1:
		setsid();
		let(ready, 1);
		survive("session leader");
		break;
	case 2:
		sigfillset(&all);
		sigprocmask(SIG_SETMASK, &all, NULL);
		let(ready, 1);
		survive("blocker of all signals");
		break;
	case 3:
		if (child() != 0) {
			_exit(0);
		}
		let(ready, 1);
		survive("orphan");
		break;
	case 4:
		pthread_create(&thread, NULL, survive, "thread");
		let(ready, 1);
		pthread_exit(NULL);
	case 5:
		raise(SIGSTOP);
		survive("stopped");
		break;
	}
	_exit(0);
}

int main(void)
{
	struct gate ready;
	int kind, status;
	pid_t pid = 0;

	see("init is %d", getpid());
	gate_init(&ready);
	for (kind = 0; kind < 6; kind++) {
		pid = child();
		if (pid == 0) {
			member(&ready, kind);
		}
	}
	for (kind = 0; kind < 5; kind++) {
		pass(&ready);
	}
	MUST(waitpid(pid, &status, WUNTRACED));
	see("%s", wait_text(status));
	done();
	return 7;
}

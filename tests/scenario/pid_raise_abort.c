/* SPDX-License-Identifier: Apache-2.0 */
/* raise and abort end a child there and then, in a thread or not. */
#include "scenario.h"

static void work(int kind)
{
	struct gate never;

	gate_init(&never);
	switch (kind) {
	case 0:
		raise(SIGTERM);
		break;
	case 1:
		abort();
	case 2:
		signal(SIGABRT, SIG_IGN);
		abort();
	case 3:
		catch_signal(SIGABRT, 0);
		abort();
	case 4:
		block(SIGABRT);
		abort();
	case 5:
		pthread_kill(pthread_self(), SIGUSR2);
		break;
	case 6:
		__builtin_trap();
	case 7:
		kill(0, SIGKILL);
		break;
	}
	see("kind %d went on", kind);
}

static void *thread(void *kind)
{
	work((int)(intptr_t)kind);
	exit(50);
}

int main(void)
{
	struct rlimit none = { 0, 0 };
	pthread_t id;
	int kind;
	pid_t pid;

	setrlimit(RLIMIT_CORE, &none);
	for (kind = 0; kind < 8; kind++) {
		pid = child();
		if (pid == 0) {
			setpgid(0, 0);
			work(kind);
			_exit(49);
		}
		see("kind %d: %d %s", kind, pid, wait_text(reap(pid)));
		pid = child();
		if (pid == 0) {
			setpgid(0, 0);
			pthread_create(&id, NULL, thread,
				       (void *)(intptr_t)kind);
			pause();
			_exit(48);
		}
		see("kind %d, thread: %d %s", kind, pid, wait_text(reap(pid)));
	}
	return done();
}

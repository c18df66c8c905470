/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Threads that wait: exec, exit and stops of their process; signals to one.
 *
 * scenario: bare=same
 * (a set of one's own looks the same in every namespace)
 */
#include "ipc_sem.h"

static volatile int interrupted;

static void *thread_down(void *unused)
{
	struct sembuf down = { 0, -1, SEM_UNDO };

	if (semop(set, &down, 1) == -1) {
		interrupted = errno;
	}
	return unused;
}

static pthread_t start(int waiters)
{
	pthread_t thread;

	pthread_create(&thread, NULL, thread_down, NULL);
	until_waiting(waiters);
	return thread;
}

static void see_end(const char *what, pid_t pid)
{
	int status = reap(pid);

	see("%s: %s, waiting %d, value %d", what, wait_text(status), waiting(),
	    MUST(semctl(set, 0, GETVAL)));
	MUST(semctl(set, 0, SETVAL, 0));
}

static void *thread_exec(void *unused)
{
	exec_self("exec");
	return unused;
}

static void gone_with(void)
{
	pthread_t thread;
	pid_t pid = child();

	if (pid == 0) {
		start(1);
		start(2);
		_exit(3);
	}
	see_end("exit", pid);
	pid = child();
	if (pid == 0) {
		op(OPS({ 1, 1, SEM_UNDO }));
		start(1);
		exec_self("exec");
	}
	see_end("exec", pid);
	pid = child();
	if (pid == 0) {
		op(OPS({ 1, 1, SEM_UNDO }));
		start(1);
		pthread_create(&thread, NULL, thread_exec, NULL);
		pause();
	}
	see_end("exec by another thread", pid);
	pid = child();
	if (pid == 0) {
		start(1);
		start(2);
		kill(getpid(), SIGKILL);
	}
	see_end("killed", pid);
}

static void one_of_them(void)
{
	pid_t pid = child();

	if (pid == 0) {
		pthread_t one, two;

		catch_nothing(SIGUSR1);
		one = start(1);
		two = start(2);
		pthread_kill(two, SIGUSR1);
		pthread_join(two, NULL);
		see("one is interrupted: %s, waiting %d",
		    strerrorname_np(interrupted), waiting());
		interrupted = 0;
		op(OPS({ 0, 1, 0 }));
		pthread_join(one, NULL);
		see("the other goes on: %d", interrupted);
		op(OPS({ 1, 1, SEM_UNDO }));
		_exit(0);
	}
	see_end("ended", pid);
}

/* A stop of the process ends the waits of all its threads. */
static void stopped(bool later)
{
	int status;
	pid_t pid = child();

	if (pid == 0) {
		pthread_t one = start(1), two = start(2);

		if (later) {
			poll(NULL, 0, 20);
		}
		kill(getpid(), SIGSTOP);
		pthread_join(one, NULL);
		pthread_join(two, NULL);
		see("after the stop: %s, waiting %d",
		    strerrorname_np(interrupted), waiting());
		_exit(0);
	}
	MUST(waitpid(pid, &status, WUNTRACED));
	see("%s", wait_text(status));
	kill(pid, SIGCONT);
	see_end("continued", pid);
}

int main(int argc, char **argv)
{
	(void)argv;
	if (argc > 1) {
		set = atoi(getenv("SET"));
		see("exec: waiting %d, 1 is %d", waiting(),
		    MUST(semctl(set, 1, GETVAL)));
		return 4;
	}
	new_set();
	MUST(setenv("SET", res(set), 1));
	gone_with();
	one_of_them();
	stopped(false);
	stopped(true);
	see("1 is %d in the end", MUST(semctl(set, 1, GETVAL)));
	end_set();
	return done();
}

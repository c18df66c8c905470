/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A signal for a process goes to a thread that does not block it; one for a
 * thread only to it; sigwait in a thread takes the process's signals.
 */
#include "scenario.h"

static struct gate ready, go;
static __thread int count;
static __thread siginfo_t last;

static void on_signal(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)context;
	count++;
	last = *info;
}

static void *open_thread(void *tid)
{
	*(pid_t *)tid = gettid();
	unblock(SIGUSR1);
	let(&ready, 1);
	pass(&go);
	see("open thread: %d, %s", count, info_text(&last));
	return NULL;
}

static void *waiting_thread(void *tid)
{
	siginfo_t info;
	sigset_t set;
	int i;

	*(pid_t *)tid = gettid();
	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	let(&ready, 1);
	for (i = 0; i < 3; i++) {
		sigwaitinfo(&set, &info);
		see("waiting thread: %s", info_text(&info));
		let(&ready, 1);
	}
	return NULL;
}

int main(void)
{
	struct sigaction action = { .sa_sigaction = on_signal,
				    .sa_flags = SA_SIGINFO | SA_RESTART };
	pthread_t opened, waiting;
	union sigval value = { .sival_int = 6 };
	pid_t tid, pid;
	sigset_t set;

	gate_init(&ready);
	gate_init(&go);
	sigaction(SIGUSR1, &action, NULL);
	block(SIGUSR1);
	block(SIGUSR2);
	pthread_create(&opened, NULL, open_thread, &tid);
	pass(&ready);
	see("thread %d", tid);
	pid = child();
	if (pid == 0) {
		kill(getppid(), SIGUSR1);
		_exit(0);
	}
	reap(pid);
	let(&go, 1);
	pthread_join(opened, NULL);
	see("main: %d", count);
	pthread_create(&waiting, NULL, waiting_thread, &tid);
	pass(&ready);
	see("thread %d", tid);
	kill(getpid(), SIGUSR2);
	pass(&ready);
	pthread_sigqueue(waiting, SIGUSR2, value);
	pass(&ready);
	pid = child();
	if (pid == 0) {
		sys_tgkill(getppid(), tid, SIGUSR2);
		_exit(0);
	}
	reap(pid);
	pass(&ready);
	pthread_join(waiting, NULL);
	/* Pending for the main thread alone: nobody else may take it. */
	sys_tgkill(getpid(), gettid(), SIGUSR1);
	sigpending(&set);
	see("main pending: %d", sigismember(&set, SIGUSR1));
	pid = child();
	if (pid == 0) {
		sigpending(&set);
		see("child pending: %d", sigismember(&set, SIGUSR1));
		_exit(0);
	}
	reap(pid);
	unblock(SIGUSR1);
	see("main: %d, %s", count, info_text(&last));
	return done();
}

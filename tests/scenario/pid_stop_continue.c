/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SIGSTOP and SIGCONT by kill: each is reported once; calls that sleep go on
 * afterwards (restart_syscall) and neither fail nor end too early.
 */
#include "scenario.h"

#include <linux/futex.h>

#define MS 1000000L

static long long now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void sleeper(int kind)
{
	struct timespec span = { 0, 60 * MS };
	long long start = now();
	int word = 0;
	long r = 0;

	switch (kind) {
	case 0:
		r = nanosleep(&span, NULL);
		break;
	case 1:
		r = poll(NULL, 0, 60);
		break;
	case 2:
		r = syscall(SYS_futex, &word, FUTEX_WAIT, 0, &span, NULL, 0);
		break;
	case 3:
		errno = clock_nanosleep(CLOCK_MONOTONIC, 0, &span, NULL);
		r = errno ? -1 : 0;
		break;
	case 4:
		r = usleep(60000);
		break;
	}
	see("kind %d: %s, early %d", kind, res(r), now() - start < 60 * MS);
	_exit(kind);
}

static void sleepers(void)
{
	int kind, i, status;
	struct gate ready;
	pid_t pid;

	gate_init(&ready);
	for (kind = 0; kind < 5; kind++) {
		pid = child();
		if (pid == 0) {
			let(&ready, 1);
			sleeper(kind);
		}
		pass(&ready);
		for (i = 0; i < 5; i++) {
			kill(pid, SIGSTOP);
			waitpid(pid, &status, WUNTRACED);
			if (!WIFSTOPPED(status)) {
				break;
			}
			kill(pid, SIGCONT);
			waitpid(pid, &status, WCONTINUED);
			if (!WIFCONTINUED(status)) {
				break;
			}
		}
		if (!WIFEXITED(status)) {
			waitpid(pid, &status, 0);
		}
		see("%d %s", pid, wait_text(status));
	}
}

static void *spin(void *unused)
{
	for (;;) {
		getppid();
	}
	return unused;
}

static void see_waitid(pid_t pid, int options)
{
	siginfo_t info;
	int r;

	memset(&info, 0, sizeof(info));
	r = waitid(P_PID, pid, &info, options);
	if (r == 0 && info.si_signo == 0) {
		see("  nothing");
	} else {
		see("  %s %s", res(r), info_text(&info));
	}
}

static void several_threads(void)
{
	struct gate ready;
	pthread_t id;
	pid_t pid;
	int i;

	gate_init(&ready);
	pid = child();
	if (pid == 0) {
		for (i = 0; i < 3; i++) {
			pthread_create(&id, NULL, spin, NULL);
		}
		let(&ready, 1);
		spin(NULL);
	}
	pass(&ready);
	for (i = 0; i < 20; i++) {
		kill(pid, SIGSTOP);
		see_waitid(pid, WSTOPPED);
		see_waitid(pid, WSTOPPED | WNOHANG);
		kill(pid, SIGCONT);
		see_waitid(pid, WCONTINUED);
	}
	kill(pid, SIGSTOP);
	see_waitid(pid, WSTOPPED);
	kill(pid, SIGKILL);
	see_waitid(pid, WEXITED);
}

/* A stopped process keeps its signals until it goes on. */
static void signals_while_stopped(void)
{
	struct gate ready;
	int status;
	pid_t pid;

	gate_init(&ready);
	pid = child();
	if (pid == 0) {
		catch_signal(SIGUSR1, 0);
		raise(SIGSTOP);
		see("after the stop: %d, %s", caught_count,
		    info_text(&caught_info));
		_exit(0);
	}
	waitpid(pid, &status, WUNTRACED);
	see("%d %s", pid, wait_text(status));
	kill(pid, SIGUSR1);
	kill(pid, SIGUSR1);
	see("WNOHANG: %s", res(waitpid(pid, &status, WNOHANG)));
	kill(pid, SIGCONT);
	waitpid(pid, &status, 0);
	see("%d %s", pid, wait_text(status));
	pid = child();
	if (pid == 0) {
		raise(SIGSTOP);
		_exit(0);
	}
	waitpid(pid, &status, WUNTRACED);
	kill(pid, SIGTERM);
	see("WNOHANG: %s", res(waitpid(pid, &status, WNOHANG)));
	kill(pid, SIGCONT);
	waitpid(pid, &status, 0);
	see("%d %s", pid, wait_text(status));
}

int main(void)
{
	sleepers();
	several_threads();
	signals_while_stopped();
	return done();
}

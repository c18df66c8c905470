/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which blocked calls a handler interrupts, with SA_RESTART and without: a
 * call that goes on ends after a few signals, as the handler sees to it.
 */
#include "scenario.h"

#include <linux/futex.h>

#define TICKS 5

static volatile sig_atomic_t ticks;
static struct gate release;
static int word;
static bool restarts, released;

static void on_tick(int sig)
{
	(void)sig;
	/* A write of one byte is safe in a handler. */
	if (++ticks == TICKS && restarts) {
		word = 1;
		released = true;
		let(&release, 1);
	}
}

static void start(int flags)
{
	struct sigaction action = { .sa_handler = on_tick, .sa_flags = flags };
	struct itimerval every = { { 0, 2000 }, { 0, 2000 } };

	ticks = 0;
	word = 0;
	released = false;
	restarts = flags & SA_RESTART;
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &every, NULL);
}

static void stop(void)
{
	struct itimerval never = { { 0, 0 }, { 0, 0 } };

	setitimer(ITIMER_REAL, &never, NULL);
	if (!released) {
		let(&release, 1);
	}
}

/* The long waits end only by a signal, the others by the fifth tick. */
static long wait_in(int way, pid_t pid)
{
	struct timespec span = { 1000, 0 };
	siginfo_t info;
	sigset_t set;
	char byte;
	long r;

	switch (way) {
	case 0:
		return waitpid(pid, NULL, 0);
	case 1:
		return waitid(P_PID, pid, &info, WEXITED);
	case 2:
		r = read(release.rd, &byte, 1);
		if (r == 1) {
			let(&release, 1);
		}
		return r;
	case 3:
		r = nanosleep(&span, &span);
		see("  rest %d", span.tv_sec >= 990 && span.tv_sec < 1000);
		return r;
	case 4:
		return pause();
	case 5:
		sigemptyset(&set);
		return sigsuspend(&set);
	case 6:
		sigemptyset(&set);
		sigaddset(&set, SIGUSR1);
		return sigtimedwait(&set, &info, &span);
	case 7:
		return syscall(SYS_futex, &word, FUTEX_WAIT, 0, NULL, NULL, 0);
	case 8:
		return poll(NULL, 0, 1000000);
	default:
		return waitpid(-1, NULL, __WALL);
	}
}

static void one(int way, int flags)
{
	static const char *const names[] = {
		"waitpid",	"waitid",
		"read",		"nanosleep",
		"pause",	"sigsuspend",
		"sigtimedwait", "futex",
		"poll",		"waitpid(-1, __WALL)",
	};
	pid_t pid;
	long r;

	gate_init(&release);
	pid = child();
	if (pid == 0) {
		pass(&release);
		_exit(0);
	}
	/* Two readers would race for the token. */
	if (way == 2) {
		kill(pid, SIGKILL);
		reap(pid);
	}
	start(flags);
	errno = 0;
	r = wait_in(way, pid);
	see("%s, SA_RESTART %d: %s", names[way], flags != 0, res(r));
	stop();
	if (way != 2 && !(r >= 0 && (way < 2 || way == 9))) {
		reap(pid);
	}
	close(release.rd);
	close(release.wr);
}

int main(void)
{
	int way;

	for (way = 0; way < 10; way++) {
		one(way, 0);
		one(way, SA_RESTART);
	}
	return done();
}

/* SPDX-License-Identifier: Apache-2.0 */
/* SIGKILL ends a process in whatever call it waits, or is about to. */
#include "scenario.h"

#include <linux/futex.h>
#include <sys/file.h>
#include <sys/signalfd.h>

#define KINDS  12
#define ROUNDS 20

static struct gate ready, never;

static void wait_in(int kind)
{
	struct flock lock = { .l_type = F_WRLCK };
	struct pollfd p = { .fd = never.rd, .events = POLLIN };
	siginfo_t info;
	sigset_t set;
	int word = 0;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	let(&ready, 1);
	switch (kind) {
	case 0:
		pause();
		break;
	case 1:
		pass(&never);
		break;
	case 2:
		sigwaitinfo(&set, &info);
		break;
	case 3:
		sleep(1000);
		break;
	case 4:
		syscall(SYS_futex, &word, FUTEX_WAIT, 0, NULL, NULL, 0);
		break;
	case 5:
		poll(&p, 1, -1);
		break;
	case 6:
		fcntl(240, F_SETLKW, &lock);
		break;
	case 7:
		sigprocmask(SIG_BLOCK, &set, NULL);
		read(signalfd(-1, &set, 0), &info, 128);
		break;
	case 8:
		sigsuspend(&set);
		break;
	case 9:
		raise(SIGSTOP);
		break;
	case 10:
		for (;;) {
			getppid();
		}
	case 11:
		for (;;) {
			kill(getpid(), 0);
			getpgid(0);
		}
	case 12:
		waitid(P_PID, child() ?: (pause(), 0), &info, WEXITED);
		break;
	}
}

int main(void)
{
	struct flock lock = { .l_type = F_WRLCK };
	int kind, round, status, bad = 0;
	int fd = MUST(memfd_create("lock", 0));
	pid_t pid = 0;

	dup2(fd, 240);
	MUST(fcntl(240, F_SETLK, &lock));
	gate_init(&ready);
	gate_init(&never);
	for (kind = 0; kind < KINDS; kind++) {
		for (round = 0; round < ROUNDS; round++) {
			pid = child();
			if (pid == 0) {
				wait_in(kind);
				_exit(1);
			}
			pass(&ready);
			kill(pid, SIGKILL);
			bad += waitpid(pid, &status, 0) != pid ||
			       status != SIGKILL;
		}
		see("kind %d: last %d, bad %d", kind, pid, bad);
	}
	/* Of these, each has a child that becomes ours. */
	pid = child();
	if (pid == 0) {
		wait_in(12);
		_exit(1);
	}
	pass(&ready);
	kill(pid, SIGKILL);
	see("kind 12: %s", wait_text(reap(pid)));
	kill(-1, SIGKILL);
	while (wait(&status) > 0) {
		;
	}
	see("then: %s", res(wait(&status)));
	return done();
}

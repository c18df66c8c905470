/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The end of a session leader takes the terminal away and sends SIGHUP to
 * the foreground group.
 *
 * scenario: needs=tty
 */
#include "scenario.h"

#include <sys/ioctl.h>
#include <termios.h>

static int master, tty;
static struct gate ready, reaped;

static void foreground(void)
{
	siginfo_t info;
	sigset_t set;

	setpgid(0, 0);
	sigemptyset(&set);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	let(&ready, 1);
	sigwaitinfo(&set, &info);
	see("foreground %d: %s", getpid(), info_text(&info));
	let(&ready, 1);
	/*
	 * disassociate_ctty() sends the signal first and takes the terminal
	 * away later: only a leader that was reaped is certain to be past it.
	 */
	pass(&reaped);
	see("its session %d", getsid(0));
	see("its terminal: %s", res(tcgetpgrp(tty)));
	_exit(8);
}

static void leader(void)
{
	pid_t pid;

	setsid();
	MUST(ioctl(tty, TIOCSCTTY, 0));
	signal(SIGTTOU, SIG_IGN);
	pid = child();
	if (pid == 0) {
		foreground();
	}
	pass(&ready);
	MUST(tcsetpgrp(tty, pid));
	see("leader %d, foreground %d", getpid(), tcgetpgrp(tty));
	_exit(9);
}

int main(void)
{
	int status;
	pid_t pid;

	gate_init(&ready);
	gate_init(&reaped);
	master = MUST(posix_openpt(O_RDWR | O_NOCTTY));
	MUST(unlockpt(master));
	tty = MUST(open(ptsname(master), O_RDWR | O_NOCTTY));
	pid = child();
	if (pid == 0) {
		leader();
	}
	waitpid(pid, &status, 0);
	pass(&ready);
	see("leader %d %s", pid, wait_text(status));
	let(&reaped, 1);
	pid = wait(&status);
	see("orphan %d %s", pid, wait_text(status));
	return done();
}

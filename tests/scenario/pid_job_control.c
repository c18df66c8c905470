/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A shell's work on a terminal: its session, foreground and background
 * groups, the stops for reading and writing, ^Z and ^C, fg and bg.
 *
 * scenario: needs=tty
 */
#include "scenario.h"

#include <sys/ioctl.h>
#include <termios.h>

static int master, tty;
static struct gate ready;

#define SEE(call) see("%s: %s", #call, res(call))

static void see_child(const char *what, pid_t pid, int options)
{
	int status;
	pid_t r = waitpid(pid, &status, options);

	see("%s: %s %s", what, res(r), wait_text(status));
}

static void type(const char *text)
{
	MUST(write(master, text, strlen(text)));
}

static pid_t job(void (*work)(void))
{
	pid_t pid = child();

	if (pid == 0) {
		setpgid(0, 0);
		let(&ready, 1);
		signal(SIGTTOU, SIG_DFL);
		work();
		_exit(0);
	}
	pass(&ready);
	return pid;
}

static void read_line(void)
{
	char line[16] = "";
	ssize_t n = read(tty, line, sizeof(line) - 1);

	see("job read %s", res(n));
	_exit(n == 3 ? 30 : 31);
}

static void write_line(void)
{
	see("job wrote %s", res(write(tty, "w", 1)));
}

static void take_foreground(void)
{
	see("job, tcsetpgrp: %s", res(tcsetpgrp(tty, getpgrp())));
	see("job, tcgetpgrp: %s", res(tcgetpgrp(tty)));
}

static void foreground_waits(void)
{
	let(&ready, 1);
	for (;;) {
		pause();
	}
}

static void interrupted(void)
{
	siginfo_t info;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	let(&ready, 1);
	sigwaitinfo(&set, &info);
	see("job: %s", info_text(&info));
	_exit(12);
}

static void errors(void)
{
	pid_t pid;

	SEE(tcsetpgrp(tty, NOBODY));
	SEE(tcsetpgrp(tty, -1));
	SEE(tcsetpgrp(tty, 0));
	SEE(tcsetpgrp(tty, 1));
	SEE(tcsetpgrp(tty, getppid()));
	/* The kernel takes any process of the session for a group. */
	pid = child();
	if (pid == 0) {
		pass(&ready);
		_exit(0);
	}
	SEE(tcsetpgrp(tty, pid));
	SEE(tcgetpgrp(tty));
	SEE(tcsetpgrp(tty, getpid()));
	let(&ready, 1);
	reap(pid);
	SEE(ioctl(tty, TIOCSPGRP, BAD_ADDR));
	SEE(ioctl(tty, TIOCGPGRP, BAD_ADDR));
	SEE(ioctl(tty, TIOCGSID, BAD_ADDR));
	SEE(tcgetpgrp(STDIN_FILENO));
	SEE(tcsetpgrp(STDIN_FILENO, getpid()));
	SEE(tcgetsid(STDIN_FILENO));
	pid = child();
	if (pid == 0) {
		setsid();
		see("another session, tcgetpgrp: %s", res(tcgetpgrp(tty)));
		see("another session, tcsetpgrp: %s",
		    res(tcsetpgrp(tty, getpid())));
		see("another session, TIOCSCTTY: %s",
		    res(ioctl(tty, TIOCSCTTY, 0)));
		_exit(0);
	}
	reap(pid);
}

static void shell(void)
{
	pid_t pid;

	see("setsid: %s", res(setsid()));
	SEE(tcgetpgrp(tty));
	SEE(tcgetsid(tty));
	SEE(ioctl(tty, TIOCSCTTY, 0));
	SEE(ioctl(tty, TIOCSCTTY, 0));
	SEE(tcgetpgrp(tty));
	SEE(tcgetsid(tty));
	SEE(tcgetpgrp(master));
	SEE(tcgetsid(master));
	signal(SIGTTOU, SIG_IGN);
	errors();
	pid = job(read_line);
	see_child("background read", pid, WUNTRACED);
	SEE(tcsetpgrp(tty, pid));
	SEE(tcgetpgrp(tty));
	SEE(tcgetpgrp(master));
	see("fg: %s", res(kill(-pid, SIGCONT)));
	see_child("continued", pid, WCONTINUED);
	type("ab\n");
	see_child("job", pid, 0);
	SEE(tcgetpgrp(tty));
	SEE(tcsetpgrp(tty, getpgrp()));
	pid = job(take_foreground);
	see_child("background tcsetpgrp", pid, WUNTRACED);
	tcsetpgrp(tty, pid);
	kill(-pid, SIGCONT);
	see_child("job", pid, 0);
	tcsetpgrp(tty, getpgrp());
	pid = job(foreground_waits);
	tcsetpgrp(tty, pid);
	pass(&ready);
	type("\032");
	see_child("^Z", pid, WUNTRACED);
	kill(-pid, SIGCONT);
	see_child("bg", pid, WCONTINUED);
	type("\003");
	see_child("^C", pid, 0);
	pid = job(interrupted);
	tcsetpgrp(tty, pid);
	pass(&ready);
	type("\003");
	see_child("^C, blocked", pid, 0);
	tcsetpgrp(tty, getpgrp());
	{
		struct termios mode;

		tcgetattr(tty, &mode);
		mode.c_lflag |= TOSTOP;
		tcsetattr(tty, TCSANOW, &mode);
	}
	pid = job(write_line);
	see_child("background write", pid, WUNTRACED);
	tcsetpgrp(tty, pid);
	kill(-pid, SIGCONT);
	see_child("job", pid, 0);
	tcsetpgrp(tty, getpgrp());
	SEE(ioctl(tty, TIOCNOTTY));
	SEE(tcgetpgrp(tty));
	SEE(tcgetpgrp(master));
	_exit(0);
}

int main(void)
{
	pid_t pid;

	gate_init(&ready);
	master = MUST(posix_openpt(O_RDWR | O_NOCTTY));
	MUST(unlockpt(master));
	tty = MUST(open(ptsname(master), O_RDWR | O_NOCTTY));
	SEE(tcgetpgrp(tty));
	SEE(tcgetsid(tty));
	SEE(tcgetpgrp(master));
	SEE(tcgetsid(master));
	pid = child();
	if (pid == 0) {
		/* TIOCNOTTY hangs up the session's foreground group: us. */
		signal(SIGHUP, SIG_IGN);
		shell();
	}
	see("shell %d %s", pid, wait_text(reap(pid)));
	SEE(tcgetpgrp(master));
	return done();
}

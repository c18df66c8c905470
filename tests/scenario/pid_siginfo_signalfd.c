/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A signalfd shows the numbers of its reader's namespace, whoever reads it:
 * through a duplicate, after a fork, many at once, by readv.
 */
#include "scenario.h"

#include <sys/signalfd.h>
#include <sys/uio.h>

static void see_one(const char *what, const struct signalfd_siginfo *s)
{
	see("%s: %s code %d pid %u uid %s status %d value %d", what,
	    sig_text(s->ssi_signo), s->ssi_code, s->ssi_pid,
	    s->ssi_uid == getuid() ? "own" : "other", s->ssi_status,
	    s->ssi_int);
}

static void expect(const char *what, int fd)
{
	struct signalfd_siginfo *s = guard_alloc(sizeof(*s));

	if (MUST(read(fd, s, sizeof(*s))) != sizeof(*s)) {
		die("a short read");
	}
	guard_check(s);
	see_one(what, s);
}

static void from_child(int way)
{
	union sigval value = { .sival_int = 7 };
	pid_t pid = child();

	if (pid != 0) {
		return;
	}
	switch (way) {
	case 0:
		kill(getppid(), SIGUSR1);
		break;
	case 1:
		sys_tgkill(getppid(), getppid(), SIGUSR1);
		break;
	case 2:
		sigqueue(getppid(), SIGUSR1, value);
		break;
	}
	_exit(way);
}

static void many(int fd)
{
	struct signalfd_siginfo *s = guard_alloc(4 * sizeof(*s));
	struct iovec iov = { s, 4 * sizeof(*s) };
	ssize_t n;
	int i;

	kill(getpid(), SIGUSR1);
	sigqueue(getpid(), SIGRTMIN, (union sigval){ .sival_int = 1 });
	sigqueue(getpid(), SIGRTMIN, (union sigval){ .sival_int = 2 });
	n = MUST(readv(fd, &iov, 1));
	guard_check(s);
	for (i = 0; i < (int)(n / sizeof(*s)); i++) {
		see_one("one of many", &s[i]);
	}
}

/* A child that reads an inherited signalfd takes its own signals. */
static void inherited(int fd)
{
	pid_t pid = child();

	if (pid == 0) {
		kill(getpid(), SIGUSR1);
		expect("inherited, own", fd);
		kill(getppid(), SIGUSR1);
		_exit(0);
	}
	reap(pid);
	expect("inherited, parent's", fd);
	expect("inherited, its end", fd);
}

int main(void)
{
	int fd, other, status;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGRTMIN);
	sigprocmask(SIG_BLOCK, &set, NULL);
	fd = MUST(signalfd(-1, &set, SFD_CLOEXEC));
	kill(getpid(), SIGUSR1);
	expect("own kill", fd);
	raise(SIGUSR1);
	expect("raise", fd);
	/* The lowest signal comes first, so wait in between. */
	from_child(0);
	wait(&status);
	expect("kill", fd);
	expect("SIGCHLD", fd);
	other = MUST(dup(fd));
	close(fd);
	from_child(1);
	wait(&status);
	expect("tgkill, duplicate", other);
	expect("SIGCHLD, duplicate", other);
	from_child(2);
	wait(&status);
	fd = MUST(fcntl(other, F_DUPFD, 100));
	expect("sigqueue, F_DUPFD", fd);
	expect("SIGCHLD, F_DUPFD", fd);
	dup2(fd, 60);
	close(fd);
	close(other);
	many(60);
	inherited(60);
	fcntl(60, F_SETFL, O_NONBLOCK);
	see("nothing more: %s", res(read(60, &set, 128)));
	see("a short buffer: %s", res(read(60, &set, 8)));
	return done();
}

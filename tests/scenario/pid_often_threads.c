/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Threads that all ask the same again and again, beside threads that wait: each
 * answer is as true as the first, and no wait ends before its time.
 */
#include "scenario.h"

#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/utsname.h>

#define ASKERS 8
#define TIMES 300
#define WAITERS 6
#define ROUNDS 4

static int self;
static int ends[WAITERS][2];	/* of a socket pair: the waiter has the first */

static void expect(bool right, const char *call)
{
	if (!right)
		die("a wrong answer: %s: %s", call, strerrorname_np(errno));
}

static void *ask(void *arg)
{
	int tid = gettid();

	for (int i = 0; i < TIMES; i++) {
		struct utsname names;
		struct stat st;
		int fd;

		errno = 0;
		fd = open("/etc/passwd", O_RDONLY | O_CLOEXEC);
		expect(fd >= 0, "open");
		expect(getpid() == self, "getpid");
		expect(gettid() == tid, "gettid");
		expect(close(fd) == 0, "close");
		expect(uname(&names) == 0, "uname");
		expect(stat("/etc", &st) == 0, "stat");
		expect(S_ISDIR(st.st_mode), "what stat says");
		expect(lstat("/etc/passwd", &st) == 0, "lstat");
		expect(S_ISREG(st.st_mode), "what lstat says");
		expect(access("/nothing", F_OK) == -1, "access");
		expect(errno == ENOENT, "what access says");
	}
	return arg;
}

/* ---- waits of which a stop ends some with EINTR ---- */

static long by_epoll(int fd)
{
	struct epoll_event event = { .events = EPOLLIN }, got;
	int epoll = MUST(epoll_create1(EPOLL_CLOEXEC));
	long r;

	MUST(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event));
	r = epoll_wait(epoll, &got, 1, -1);
	if (r < 0)
		r = -errno;
	close(epoll);
	return r;
}

static long by_receive(int fd)
{
	struct timeval limit = { .tv_sec = 600 };
	char byte;

	MUST(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)));
	return recv(fd, &byte, 1, 0) < 0 ? -errno : 1;
}

/* Only the waiter is sent it, by pthread_kill(). */
static long by_signal(int fd)
{
	struct timespec limit = { .tv_sec = 600 };
	sigset_t set;

	(void)fd;
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	return sigtimedwait(&set, NULL, &limit) < 0 ? -errno : 1;
}

static long by_read(int fd)
{
	char byte;

	return read(fd, &byte, 1) < 0 ? -errno : 1;
}

static long by_poll(int fd)
{
	struct pollfd one = { .fd = fd, .events = POLLIN };

	return poll(&one, 1, 600000) < 0 ? -errno : 1;
}

static long by_select(int fd)
{
	struct timeval limit = { .tv_sec = 600 };
	fd_set set;

	FD_ZERO(&set);
	FD_SET(fd, &set);
	return select(fd + 1, &set, NULL, NULL, &limit) < 0 ? -errno : 1;
}

static const struct {
	const char *name;
	long (*act)(int fd);
} waits[WAITERS] = {
	{ "epoll", by_epoll }, { "recv", by_receive },
	{ "sigtimedwait", by_signal }, { "read", by_read },
	{ "poll", by_poll }, { "select", by_select },
};

static void *wait_for_it(void *arg)
{
	long i = (long)arg;

	return (void *)waits[i].act(ends[i][0]);
}

static void one_round(int round)
{
	pthread_t askers[ASKERS], waiters[WAITERS];
	void *result;

	self = getpid();
	for (long i = 0; i < WAITERS; i++) {
		MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, ends[i]));
		pthread_create(&waiters[i], NULL, wait_for_it, (void *)i);
	}
	for (int i = 0; i < ASKERS; i++)
		pthread_create(&askers[i], NULL, ask, NULL);
	for (int i = 0; i < ASKERS; i++)
		pthread_join(askers[i], NULL);
	for (int i = 0; i < WAITERS; i++) {
		if (waits[i].act == by_signal)
			pthread_kill(waiters[i], SIGUSR1);
		MUST((int)write(ends[i][1], "x", 1));
		pthread_join(waiters[i], &result);
		if (result != (void *)1)
			see("round %d: %s ends with %ld", round, waits[i].name,
			    (long)result);
	}
	see("round %d: %d", round, self);
}

int main(void)
{
	struct stat st;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	/* Enough that what answers these calls is there, and not yet used. */
	for (int i = 0; i < 40; i++)
		MUST(stat("/", &st));
	for (int i = 0; i < ROUNDS; i++) {
		pid_t pid = child();

		if (pid == 0) {
			one_round(i);
			_exit(0);
		}
		reap(pid);
	}
	return done();
}

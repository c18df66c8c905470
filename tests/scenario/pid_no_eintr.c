/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A storm of signals whose handler lacks SA_RESTART: calls that cannot fail
 * with EINTR do not, and do what they should.
 */
#include "scenario.h"

#include <sys/utsname.h>

#define SIGNALS 3000

static volatile sig_atomic_t alarms;

static void on_alarm(int sig)
{
	(void)sig;
	alarms++;
}

static void storm(long us)
{
	struct itimerval every = { { 0, us }, { 0, us } };

	MUST(setitimer(ITIMER_REAL, &every, NULL));
}

#define CALLS 14
static const char *const names[CALLS] = {
	"getpid",
	"gettid",
	"getppid",
	"uname",
	"open",
	"stat",
	"close",
	"getpgid",
	"getsid",
	"kill",
	"sched_getaffinity",
	"getpriority",
	"prlimit",
	"fork",
};
static int failed[CALLS], interrupted[CALLS];
static int priority; /* with which the tests are run */

static void count(int call, bool good)
{
	if (!good) {
		failed[call]++;
		interrupted[call] += errno == EINTR;
	}
}

static void forks(pid_t self)
{
	int status;
	pid_t pid, r;

	errno = 0;
	pid = fork();
	if (pid == 0) {
		_exit(getppid() == self ? 3 : 4);
	}
	count(13, pid > 0);
	while ((r = waitpid(pid, &status, 0)) == -1 && errno == EINTR) {
		;
	}
	count(13, r == pid && status == W_EXITCODE(3, 0));
}

static void one_round(pid_t self, pid_t parent, pid_t group)
{
	struct utsname names;
	struct rlimit limit;
	struct stat st;
	cpu_set_t set;
	int fd;

	errno = 0;
	count(0, syscall(SYS_getpid) == self);
	count(1, syscall(SYS_gettid) == self);
	count(2, syscall(SYS_getppid) == parent);
	count(3, uname(&names) == 0);
	fd = open("/dev/null", O_RDONLY);
	count(4, fd >= 0);
	count(5, stat("/", &st) == 0 && S_ISDIR(st.st_mode));
	count(6, close(fd) == 0);
	count(7, getpgid(0) == group);
	count(8, getsid(self) == getsid(0));
	count(9, kill(self, 0) == 0);
	count(10, sched_getaffinity(self, sizeof(set), &set) == 0);
	count(11, getpriority(PRIO_PROCESS, self) == priority);
	count(12, prlimit(self, RLIMIT_NOFILE, NULL, &limit) == 0);
}

int main(void)
{
	pid_t self = getpid(), parent = getppid(), group = getpgrp();
	struct sigaction action = { .sa_handler = on_alarm };
	int i;

	see("getpid %d", self);
	priority = getpriority(PRIO_PROCESS, 0);
	MUST(sigaction(SIGALRM, &action, NULL));
	storm(200);
	while (alarms < SIGNALS) {
		one_round(self, parent, group);
	}
	/* A fork needs longer: let it make progress between the signals. */
	storm(2000);
	for (i = 0; i < 100; i++) {
		forks(self);
	}
	storm(0);
	for (i = 0; i < CALLS; i++) {
		see("%s: failed %d, of these EINTR %d", names[i], failed[i],
		    interrupted[i]);
	}
	return done();
}

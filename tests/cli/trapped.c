/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lists /proc by getdents64(), which a container answers, while signals come
 * at every moment: what nsrun has the task run in its place is no business of
 * a handler's.
 */
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#define SIGNALS 300

static volatile int came;

static void on_alarm(int sig)
{
	(void)sig;
	came++;
}

/* How many processes /proc lists; -1: not what it should be. */
static int list(void)
{
	_Alignas(struct dirent64) char buf[32768];
	int fd = open("/proc", O_RDONLY | O_DIRECTORY), numbers = 0;
	long n;

	while ((n = syscall(SYS_getdents64, fd, buf, sizeof(buf))) > 0)
		for (long at = 0; at < n;) {
			struct dirent64 *d = (void *)(buf + at);

			numbers += atoi(d->d_name) > 0;
			at += d->d_reclen;
		}
	close(fd);
	return n < 0 ? -1 : numbers;
}

int main(void)
{
	struct itimerval often = { { 0, 200 }, { 0, 200 } };
	struct sigaction action = { .sa_handler = on_alarm };
	sigset_t mask;
	int wrong = 0;

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
	while (came < SIGNALS)
		wrong += list() != 1;
	sigprocmask(SIG_BLOCK, NULL, &mask);
	printf("%d wrong, blocked %d\n", wrong, !sigisemptyset(&mask));
	return 0;
}

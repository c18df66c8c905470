/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The descriptor and the siginfo of pidfd_send_signal() are swapped after
 * nsrun has looked at them; the folder in the host's /proc is a pidfd, too.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PLACE 100

static volatile siginfo_t info;
static int own, out;

static void *racer(void *unused)
{
	for (;;) {
		dup2(own, PLACE);
		info.si_code = 128;
		for (volatile int i = 0; i < 200; i++)
			;
		dup2(out, PLACE);
		info.si_code = -1;
		for (volatile int i = 0; i < 200; i++)
			;
	}
	return unused;
}

int main(int argc, char **argv)
{
	pthread_t thread;
	char path[32];

	snprintf(path, sizeof(path), "/proc/%s", argv[argc - 1]);
	out = open(path, O_DIRECTORY);
	own = syscall(SYS_pidfd_open, getpid(), 0);
	signal(SIGTERM, SIG_IGN);
	info.si_signo = SIGTERM;
	pthread_create(&thread, NULL, racer, NULL);
	for (int i = 0; i < 100000; i++)
		syscall(SYS_pidfd_send_signal, PLACE, SIGTERM, &info, 0);
	puts("done");
	return 0;
}

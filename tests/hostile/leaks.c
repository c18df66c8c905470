/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers of the host: in PIDFD_GET_INFO of any size, and in what a signalfd
 * tells while a thread has a filter of its own.
 */
#define _GNU_SOURCE
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <unistd.h>

static int ready[2];

static void *filtered(void *unused)
{
	struct sock_filter filter = BPF_STMT(BPF_RET | BPF_K,
					     SECCOMP_RET_ALLOW);
	struct sock_fprog prog = { 1, &filter };

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &prog);
	if (write(ready[1], "x", 1) == 1)
		pause();
	return unused;
}

int main(void)
{
	int fd, self = syscall(SYS_pidfd_open, getpid(), 0);
	struct signalfd_siginfo info;
	unsigned int words[64];
	pthread_t thread;
	sigset_t set;
	char byte;

	for (int size = 64; size <= 128; size += 8) {
		memset(words, 0, sizeof(words));
		words[0] = 1;	/* PIDFD_INFO_PID */
		if (ioctl(self, _IOC(3, 0xff, 11, size), words) == 0 &&
		    words[4] != (unsigned int)getpid())
			printf("PIDFD_GET_INFO(%d): %u\n", size, words[4]);
	}

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	if (pipe(ready))
		return 2;
	pthread_create(&thread, NULL, filtered, NULL);
	if (read(ready[0], &byte, 1) != 1)
		return 2;
	fd = signalfd(-1, &set, 0);
	kill(getpid(), SIGUSR1);
	if (read(fd, &info, sizeof(info)) != sizeof(info))
		return 1;
	printf("code %d, pid 1: %d\n", info.ssi_code, info.ssi_pid == 1);
	return 0;
}

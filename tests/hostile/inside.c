/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files of namespaces and the supervisor's memory: many are opened, written to,
 * opened to read, kept and closed; many namespaces are made, and many deep.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void meddle(void)
{
	char path[64], page[8192] = { 0 };
	int fd = open("/proc/self/ns/uts", O_RDONLY | O_CLOEXEC), other;

	/* What the file is made of is of no use. */
	fcntl(fd, F_SETFL, O_NONBLOCK);
	while (write(fd, page, sizeof(page)) > 0)
		continue;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	other = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (other >= 0) {
		while (read(other, page, sizeof(page)) > 0)
			continue;
		fcntl(other, F_SETPIPE_SZ, 1 << 20);
	}
	if (setns(fd, CLONE_NEWUTS) < 0)
		puts("setns failed");
	close(fd);
	close(other);
}

/* All that there can be, each kept by a descriptor. */
static void many(void)
{
	int made = 0, kept = 0, r = 0;

	while (made < 10000 && (r = unshare(CLONE_NEWUTS)) == 0) {
		made++;
		kept += open("/proc/self/ns/uts", O_RDONLY) >= 0;
	}
	/* The limit of descriptors comes first, and what is not kept goes. */
	if (made < 100 || (r < 0 && errno != ENOSPC && errno != EMFILE))
		printf("made %d, kept %d: %s\n", made, kept, strerror(errno));
}

static void *thread_stack[4096];

static int deep(void *level)
{
	if ((long)level == 0)
		return 0;
	clone(deep, thread_stack + 4000, CLONE_NEWPID | SIGCHLD,
	      (void *)((long)level - 1));
	wait(NULL);
	return 0;
}

/* Killed at any moment, from above and by itself. */
static void ends(void)
{
	for (int i = 0; i < 200; i++) {
		pid_t pid = (pid_t)syscall(SYS_clone, CLONE_NEWPID | SIGCHLD, 0,
					   0, 0, 0);

		if (pid == 0) {
			while (fork() >= 0 && i % 3)
				i = i / 2;
			_exit(0);
		}
		for (volatile int spin = 0; spin < i * 500; spin++)
			continue;
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
}

/* Answers that only a supervisor may give. */
static void private_call(void)
{
	for (int what = 0; what < 4; what++)
		prctl(0x6e737275, what, -1, -1, -1);
	unshare(CLONE_NEWPID);
	prctl(0x6e737275, 1, 0, 0, 0);
	prctl(0x6e737275, 1, 0, 0, 0);
}

int main(void)
{
	void (*const parts[])(void) = { meddle, many, ends, private_call };

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (fork() == 0) {
			parts[i]();
			fflush(stdout);
			_exit(0);
		}
		wait(NULL);
	}
	if (fork() == 0)
		_exit(deep((void *)40L));
	while (wait(NULL) > 0)
		continue;
	puts("done");
	return 0;
}

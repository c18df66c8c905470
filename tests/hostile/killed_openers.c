/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Processes that are killed while they open files of /proc. nsrun has one at
 * hand for each of them, and few descriptors: it is to lose none.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#define KILLS 600

static void open_for_ever(int ready)
{
	for (;;) {
		close(open("/proc/self/stat", O_RDONLY));
		if (write(ready, "x", 1) != 1)
			_exit(1);
	}
}

int main(void)
{
	char byte, text[64] = "";
	int ready[2], fd;

	for (int i = 0; i < KILLS; i++) {
		pid_t pid;

		if (pipe(ready) < 0 || (pid = fork()) < 0)
			return 1;
		if (pid == 0)
			open_for_ever(ready[1]);
		if (read(ready[0], &byte, 1) != 1)
			return 2;
		for (volatile int k = 0; k < i % 50 * 10000; k++)
			;
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		close(ready[0]);
		close(ready[1]);
	}
	fd = open("/proc/self/stat", O_RDONLY);
	printf("read %ld: %.1s\n", (long)read(fd, text, 2), text);
	return 0;
}

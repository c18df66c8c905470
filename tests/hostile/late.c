/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Namespaces that come late, under stress: many threads and processes get them
 * at once and are killed meanwhile, maps are written by two at once, namespaces
 * are entered whose tasks end, and there are many deep ones at the same time.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROUNDS 40

static pid_t make(unsigned long flags)
{
	return (pid_t)syscall(SYS_clone, flags | SIGCHLD, 0, 0, 0, 0);
}

static void *unshares(void *arg)
{
	(void)arg;
	for (int i = 0; i < 20; i++) {
		int fd = unshare(CLONE_NEWNET) == 0
				 ? socket(AF_INET, SOCK_DGRAM, 0)
				 : -1;

		if (fd >= 0)
			close(fd);
	}
	return NULL;
}

/* All threads at once, and the process is killed at some time. */
static void killed_threads(int round)
{
	pid_t pid = fork();
	pthread_t id[4];

	if (pid == 0) {
		for (int i = 0; i < 4; i++)
			pthread_create(&id[i], NULL, unshares, NULL);
		for (int i = 0; i < 4; i++)
			pthread_join(id[i], NULL);
		_exit(0);
	}
	usleep((unsigned int)round * 100);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* Its maps are written by two: one of them may. Return: how many could. */
static int two_writers(void)
{
	int ready[2], go[2], could = 0, status;
	char path[64], byte;
	pid_t pid, writer[2];

	if (pipe(ready) || pipe(go))
		return 1;
	pid = fork();
	if (pid == 0) {
		unshare(CLONE_NEWUSER);
		close(go[1]);
		_exit(write(ready[1], "", 1) < 0 || read(go[0], &byte, 1) < 0);
	}
	if (read(ready[0], &byte, 1) != 1)
		return 1;
	snprintf(path, sizeof(path), "/proc/%d/uid_map", pid);
	for (int i = 0; i < 2; i++) {
		writer[i] = fork();
		if (writer[i] == 0) {
			int fd = open(path, O_WRONLY);
			char text[32];

			snprintf(text, sizeof(text), "0 %u 1\n", getuid());
			_exit(write(fd, text, strlen(text)) < 0);
		}
	}
	for (int i = 0; i < 2; i++)
		could += waitpid(writer[i], &status, 0) > 0 && status == 0;
	close(go[1]);
	waitpid(pid, NULL, 0);
	close(ready[0]);
	close(ready[1]);
	close(go[0]);
	return could;
}

/* setns(2) to what ends: there, or gone. */
static int enters_what_ends(void)
{
	pid_t pid = make(CLONE_NEWNET | CLONE_NEWUTS | CLONE_NEWUSER), child;
	int fd, status;

	if (pid == 0)
		_exit(0);
	fd = (int)syscall(SYS_pidfd_open, pid, 0);
	child = fork();
	if (child == 0)
		_exit(setns(fd, CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWUTS) < 0
			      ? errno != ESRCH && errno != EPERM
			      : socket(AF_INET, SOCK_STREAM, 0) < 0);
	waitpid(pid, NULL, 0);
	waitpid(child, &status, 0);
	close(fd);
	return status;
}

/* One below the other; the lowest reports. */
static void go_deep(int report)
{
	unsigned long flags = CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET;

	for (int level = 1; level < 32; level++) {
		pid_t pid = make(flags);

		if (pid < 0)
			_exit(1);
		if (pid > 0) {
			waitpid(pid, NULL, 0);
			_exit(0);
		}
		/* Without maps there is no other one of users below. */
		flags = CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWUTS;
	}
	_exit(write(report, "", 1) != 1);
}

static int count_deep(void)
{
	int report[2], n = 0;
	char byte;

	if (pipe(report))
		return 0;
	for (int i = 0; i < 10; i++)
		if (fork() == 0)
			go_deep(report[1]);
	close(report[1]);
	while (wait(NULL) > 0)
		continue;
	while (read(report[0], &byte, 1) == 1)
		n++;
	return n;
}

int main(void)
{
	int maps = 0, bad = 0;

	for (int i = 0; i < ROUNDS; i++) {
		killed_threads(i);
		maps += two_writers();
		bad += enters_what_ends() != 0;
	}
	printf("%d of %d maps, %d bad, %d deep\n", maps, ROUNDS, bad,
	       count_deep());
	return 0;
}

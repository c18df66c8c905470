/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What namespaces cost: to make one of each kind, and to live in one that is
 * deep. Prints "name unit value" lines; what is not permitted is left out.
 */
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TURNS 2000
#define FORKS 200

static int64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

static void tell(const char *name, int depth, int64_t from, int turns)
{
	char whole[64];

	snprintf(whole, sizeof(whole), depth ? "%s-depth-%d" : "%s", name,
		 depth);
	printf("%s ns %.0f\n", whole, (double)(now() - from) / turns);
	fflush(stdout);
}

static pid_t begin_child(unsigned long flags)
{
	return (pid_t)syscall(SYS_clone, flags | SIGCHLD, 0, 0, 0, 0);
}

/* Each replaces the one before, so there are two at a time. */
static void make(const char *name, int flag)
{
	int64_t from = now();

	for (int i = 0; i < TURNS; i++)
		if (unshare(flag) < 0)
			return;
	tell(name, 0, from, TURNS);
}

/* A pid namespace is one with its first process; users are one below another. */
static void make_with_child(const char *name, unsigned long flags)
{
	int64_t from = now();

	for (int i = 0; i < FORKS; i++) {
		pid_t pid = begin_child(flags);

		if (pid < 0)
			return;
		if (pid == 0)
			_exit(0);
		waitpid(pid, NULL, 0);
	}
	tell(name, 0, from, FORKS);
}

/* To where the task is already, by a descriptor of its own namespace. */
static void enter(const char *name, const char *link, int flag)
{
	int fd = open(link, O_RDONLY | O_CLOEXEC);
	int64_t from = now();

	for (int i = 0; i < TURNS; i++)
		if (setns(fd, flag) < 0)
			break;
	if (fd >= 0 && setns(fd, flag) == 0)
		tell(name, 0, from, TURNS);
	close(fd);
}

/* In a child, since who has done it once is in another state. */
static void make_once(const char *name, int flag)
{
	int64_t all = 0;

	for (int i = 0; i < FORKS; i++) {
		int64_t took = 0;
		int ends[2];

		if (pipe(ends) < 0)
			return;
		if (fork() == 0) {
			int64_t from = now();

			took = unshare(flag) < 0 ? -1 : now() - from;
			_exit(write(ends[1], &took, sizeof(took)) < 0);
		}
		wait(NULL);
		if (read(ends[0], &took, sizeof(took)) < 0 || took < 0)
			return;
		all += took;
		close(ends[0]);
		close(ends[1]);
	}
	tell(name, 0, now() - all, FORKS);
}

static void live(int depth)
{
	int64_t from = now();

	for (int i = 0; i < TURNS; i++)
		syscall(SYS_getpid);
	tell("getpid", depth, from, TURNS);
	from = now();
	for (int i = 0; i < TURNS; i++)
		kill(1, 0);
	tell("kill-0", depth, from, TURNS);
	from = now();
	for (int i = 0; i < FORKS; i++) {
		pid_t pid = fork();

		if (pid == 0)
			_exit(0);
		waitpid(pid, NULL, 0);
	}
	tell("fork-exit-wait", depth, from, FORKS);
}

/* Goes down to @depth levels, where the first is that of the program. */
static void descend(int level, int depth)
{
	pid_t pid;

	if (level == depth) {
		live(depth);
		return;
	}
	pid = begin_child(CLONE_NEWPID);
	if (pid == 0) {
		descend(level + 1, depth);
		_exit(0);
	}
	if (pid > 0)
		waitpid(pid, NULL, 0);
}

int main(void)
{
	make("unshare-uts", CLONE_NEWUTS);
	make("unshare-ipc", CLONE_NEWIPC);
	make("unshare-uts-ipc", CLONE_NEWUTS | CLONE_NEWIPC);
	make("unshare-cgroup", CLONE_NEWCGROUP);
	make_once("first-unshare-user", CLONE_NEWUSER);
	make_once("first-unshare-net", CLONE_NEWNET);
	make_once("first-unshare-time", CLONE_NEWTIME);
	enter("setns-uts", "/proc/self/ns/uts", CLONE_NEWUTS);
	enter("setns-ipc", "/proc/self/ns/ipc", CLONE_NEWIPC);
	enter("setns-pid", "/proc/self/ns/pid", CLONE_NEWPID);
	make_with_child("clone-exit-wait", 0);
	make_with_child("clone-newpid-exit-wait", CLONE_NEWPID);
	make_with_child("clone-newuser-exit-wait", CLONE_NEWUSER);
	make_with_child("clone-newnet-exit-wait", CLONE_NEWNET);
	descend(1, 1);
	descend(1, 8);
	descend(1, 32);
	/* Who has had one of these is slower from then on, under nsrun. */
	make("unshare-time", CLONE_NEWTIME);
	make("unshare-net", CLONE_NEWNET);
	enter("setns-net", "/proc/self/ns/net", CLONE_NEWNET);
	return 0;
}

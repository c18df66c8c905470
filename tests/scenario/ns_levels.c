/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Three levels of pid namespaces: the number that a process has at each, who
 * sees whom, and what is said of those who are not to be seen.
 *
 * scenario: run-as=root bare=skip
 * (without namespaces, the machine's own would be changed)
 */
#include "scenario.h"

#define SEE(call) see("%s: %s", #call, res(call))

static struct gate up, down, go;

static pid_t clone_pid(void)
{
	return (pid_t)MUST(sys_clone(CLONE_NEWPID | SIGCHLD, NULL, NULL));
}

static void numbers(const char *who)
{
	see("%s: pid %d tid %ld ppid %d pgrp %d sid %d", who, getpid(),
	    syscall(SYS_gettid), getppid(), getpgrp(), getsid(0));
}

/* What is asked of numbers that only an outer namespace has. */
static void outside(void)
{
	SEE(kill(NOBODY, 0));
	SEE(getpgid(7));
	SEE(getsid(7));
	SEE(kill(7, 0));
	SEE(kill(-7, 0));
	SEE(getpriority(PRIO_PROCESS, 7));
	SEE(setpgid(0, 7));
	SEE(sched_getscheduler(7));
	SEE(sys_pidfd_open(7, 0));
	SEE(wait4(7, NULL, WNOHANG, NULL));
}

static void grandchild(void)
{
	pass(&go);
	numbers("level 2");
	outside();
	see("setsid: %d", setsid());
	numbers("level 2, own session");
	let(&up, 1);
	pass(&down);
	_exit(3);
}

static void init(void)
{
	pid_t pid;
	int status;

	numbers("level 1");
	pid = clone_pid();
	if (pid == 0)
		grandchild();
	see("level 1: child %d, session %d", pid, getsid(pid));
	let(&go, 1);
	pid = wait(&status);
	see("level 1: %d %s", pid, wait_text(status));
	_exit(4);
}

/* The lines of numbers in the status of that process. */
static void status(int nr)
{
	char path[64], line[256];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/status", nr);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = 0;
		if (strncmp(line, "NS", 2) == 0 ||
		    strncmp(line, "PPid", 4) == 0 ||
		    strncmp(line, "Pid", 3) == 0)
			see("%d %s", nr, line);
	}
	if (file)
		fclose(file);
}

static void pidfd_info(int nr)
{
	int fd = MUST(sys_pidfd_open(nr, 0));
	char path[64], line[256];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = 0;
		if (strstr(line, "id:"))
			see("pidfd of %d: %s", nr, line);
	}
	if (file)
		fclose(file);
	close(fd);
}

static pid_t ended(void)
{
	pid_t pid = child();

	if (pid == 0)
		_exit(0);
	return pid;
}

int main(void)
{
	pid_t pid;

	gate_init(&up);
	gate_init(&down);
	gate_init(&go);
	setpgid(0, 0);
	for (int i = 0; i < 5; i++)
		reap(ended());
	pid = clone_pid();
	if (pid == 0)
		init();
	pass(&up);
	numbers("level 0");
	see("child %d", pid);
	for (int nr = 1; nr <= pid + 1; nr++)
		if (kill(nr, 0) == 0)
			status(nr);
	see("session of %d: %d, group: %d", pid + 1, getsid(pid + 1),
	    getpgid(pid + 1));
	pidfd_info(pid);
	pidfd_info(pid + 1);
	SEE(waitpid(pid + 1, NULL, WNOHANG));
	let(&down, 1);
	see("%s", wait_text(reap(pid)));
	return done();
}

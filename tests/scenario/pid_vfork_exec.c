/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vfork and exec, posix_spawn, clone(CLONE_VM | CLONE_VFORK): the parent waits
 * for the child's exec or end, the memory is shared, the numbers go on.
 */
#include "scenario.h"

#include <spawn.h>

#define ROUNDS 300

static volatile int shared;
static int spare;

static int in_parents_memory(void *word)
{
	*(volatile int *)word = getpid();
	_exit(0);
}

static void once(void)
{
	int status;
	pid_t pid;

	pid = vfork();
	if (pid == 0) {
		shared = getpid();
		_exit(17);
	}
	waitpid(pid, &status, 0);
	see("vfork %d, child wrote %d, %s", pid, shared, wait_text(status));
	pid = vfork();
	if (pid == 0) {
		shared = 4;
		execl("/nonexistent", "x", NULL);
		shared = errno;
		_exit(127);
	}
	waitpid(pid, &status, 0);
	see("failed exec: %s, %s", strerrorname_np(shared), wait_text(status));
}

static void many(void)
{
	static int i, status, bad, first;
	char *argv[] = { (char *)self_path, "leave", NULL };
	char *environment[] = { NULL };
	char stack[16384];
	pid_t pid = 0;

	for (i = 0, first = 0; i < ROUNDS; i++) {
		pid = vfork();
		if (pid == 0) {
			execv(self_path, argv);
			_exit(1);
		}
		first = first ?: pid;
		bad += waitpid(pid, &status, 0) != pid ||
		       status != W_EXITCODE(33, 0) || pid != first + i;
	}
	see("vfork and exec: first %d last %d bad %d", first, pid, bad);
	for (i = 0, first = 0; i < ROUNDS; i++) {
		bad += posix_spawn(&pid, self_path, NULL, NULL, argv,
				   environment) != 0;
		first = first ?: pid;
		bad += waitpid(pid, &status, 0) != pid ||
		       status != W_EXITCODE(33, 0) || pid != first + i;
	}
	see("posix_spawn: first %d last %d bad %d", first, pid, bad);
	see("posix_spawn of nothing: %s",
	    strerrorname_np(posix_spawn(&spare, "/nonexistent", NULL, NULL,
					argv, environment)));
	see("no child is left: %s", res(wait(NULL)));
	for (i = 0, first = 0; i < ROUNDS; i++) {
		pid = clone(in_parents_memory, stack + sizeof(stack),
			    CLONE_VM | CLONE_VFORK | SIGCHLD, (void *)&shared);
		first = first ?: pid;
		bad += shared != pid;
		bad += waitpid(pid, &status, 0) != pid || status != 0;
	}
	see("CLONE_VM|CLONE_VFORK: first %d last %d bad %d", first, pid, bad);
}

/* A vfork child that is killed releases its parent. */
static void killed(void)
{
	int status;
	pid_t pid;

	pid = vfork();
	if (pid == 0) {
		kill(getpid(), SIGKILL);
		_exit(1);
	}
	waitpid(pid, &status, 0);
	see("vfork child %d %s", pid, wait_text(status));
}

int main(int argc, char **argv)
{
	pid_t pid;

	(void)argv;
	if (argc > 1) {
		/* The number is what the parent knows it by. */
		return getpid() == gettid() && getppid() == 1 ? 33 : 34;
	}
	once();
	if (getpid() == 1) {
		see("I am init");
	}
	many();
	killed();
	pid = vfork();
	if (pid == 0) {
		see("child %d of %d", getpid(), getppid());
		_exit(0);
	}
	reap(pid);
	return done();
}

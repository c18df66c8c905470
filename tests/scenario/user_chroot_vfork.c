/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vfork and exec below a root, by a path that is longer outside than inside. The
 * stack is the parent's, who uses it as soon as the kernel has the new program:
 * nobody else writes there any more.
 *
 * scenario: user=root run-as=root needs=root bare=same
 * (root may call chroot with and without namespaces)
 */
#include <spawn.h>
#include "user_chroot.h"

#define ROUNDS 200
#define DEPTH  16384
#define NAME   100 /* of each folder */

static char program[3 * NAME];

/* Return: how many bytes of what lies below here changed by themselves. */
static __attribute__((noinline)) int use_stack(pid_t pid, int *status)
{
	volatile char deep[DEPTH];
	int changed = 0;

	for (int i = 0; i < DEPTH; i++)
		deep[i] = (char)(i ^ pid);
	MUST(waitpid(pid, status, 0));
	for (int i = 0; i < DEPTH; i++)
		changed += deep[i] != (char)(i ^ pid);
	return changed;
}

static void by_vfork(const char *path)
{
	static int i, status, changed, others; /* not of a register */

	for (i = changed = others = 0; i < ROUNDS; i++) {
		pid_t pid = vfork();

		if (pid == 0) {
			execl(path, "zero", "one", NULL);
			_exit(1);
		}
		changed += use_stack(MUST(pid), &status);
		others += status != W_EXITCODE(42, 0);
	}
	see("%zu bytes: changed %d, ended otherwise %d", strlen(path), changed,
	    others);
}

static void by_spawn(void)
{
	char *argv[] = { program, NULL };
	int status, changed = 0, others = 0;
	pid_t pid;

	for (int i = 0; i < ROUNDS; i++) {
		if (posix_spawn(&pid, program, NULL, NULL, argv, environ) != 0)
			die("posix_spawn");
		changed += use_stack(pid, &status);
		others += status != W_EXITCODE(42, 0);
	}
	see("spawned: changed %d, ended otherwise %d", changed, others);
}

int main(void)
{
	make_tree();
	memset(program, 'x', 2 * NAME + 2);
	program[0] = program[NAME + 1] = '/';
	strcpy(program + 2 * NAME + 2, "/static");
	MUST(chdir("jail"));
	write_static(program + 1);
	MUST(mkdir("bin", 0755));
	write_static("bin/static");
	MUST(chdir(".."));
	MUST(chroot("jail"));
	MUST(chdir("/"));
	by_vfork(program);
	by_vfork("/bin/static");
	by_spawn();
	return done();
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A filter of the program's own traps clone(), but not fork(): the number of
 * the call, 56, must not be taken for the number of a child.
 */
#define _GNU_SOURCE
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void handler(int sig)
{
	(void)sig;
}

int main(void)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog prog = { 4, filter };
	char byte;
	long child;

	/* See outside.c: 56 is among them. */
	puts("victims");
	fflush(stdout);
	if (read(0, &byte, 1) != 1)
		return 2;
	signal(SIGSYS, handler);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &prog))
		return 3;
	child = syscall(SYS_fork);
	if (child == 0)
		_exit(0);
	if (child > 0)
		kill(child, SIGTERM);
	puts("done");
	return 0;
}

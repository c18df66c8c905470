/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A filter of the program's own sends every call to the tracer, one after the
 * other, with the mark of nsrun's own filter: also those of namespaces that
 * this program is not in, by `nsrun enter` with letters. The supervisor must
 * live on.
 */
#define _GNU_SOURCE
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#define MARK 0x6e73
#define CALLS 470

static void make(int nr, long arg)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, nr, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE | MARK),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog prog = { 4, filter };
	struct itimerval soon = { .it_value.tv_usec = 20000 };

	setitimer(ITIMER_REAL, &soon, NULL);
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog))
		_exit(2);
	syscall(nr, arg, arg, arg, 0, 0, 0);
	_exit(0);
}

int main(void)
{
	static long memory[512];
	const long args[] = { 0, (long)memory };

	setsid();
	for (int nr = 0; nr < CALLS; nr++) {
		for (int i = 0; i < 2; i++) {
			pid_t child = fork();

			if (!child)
				make(nr, args[i]);
			waitpid(child, NULL, 0);
		}
	}
	puts("done");
	return 0;
}

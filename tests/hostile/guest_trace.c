/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A filter of the program's own asks for a tracer, for calls that nsrun
 * catches and for one that it does not: what comes of it is no call of its
 * own, none reaches the outside, and the other gets ENOSYS as without nsrun.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void attack(int nr, int victim)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, nr, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog prog = { 4, filter };

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &prog))
		_exit(2);
	_exit(syscall(nr, victim, SIGTERM, 0, 0) == -1 ? errno : 0);
}

int main(int argc, char **argv)
{
	static const int calls[] = { SYS_umask, SYS_uname, SYS_kill, SYS_tkill,
				     SYS_getpriority, SYS_chdir,
				     SYS_rt_sigqueueinfo,
				     SYS_sched_getaffinity };
	int victim = atoi(argv[argc - 1]);

	for (unsigned int i = 0; i < sizeof(calls) / sizeof(*calls); i++) {
		pid_t child = fork();
		int status;

		if (!child)
			attack(calls[i], victim);
		if (waitpid(child, &status, 0) != child || !status ||
		    (calls[i] == SYS_umask && status != ENOSYS << 8))
			printf("call %d: %x\n", calls[i], status);
	}
	puts("done");
	return 0;
}

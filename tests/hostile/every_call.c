/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A filter of the program's own sends every call to the tracer, one after the
 * other, with the mark of nsrun's own filter: also those of namespaces that
 * this program is not in, by `nsrun enter` with letters. The supervisor must
 * live on.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/utsname.h>
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

/* Whoever is not in a kind can't come into one by the back door. */
static void unshared(unsigned int flag, const char *link)
{
	struct utsname name;
	int fd = open(link, O_RDONLY);

	unshare(flag);
	setns(fd, 0);
	uname(&name);
	sethostname("x", 1);
	msgctl(msgget(IPC_PRIVATE, 0600), IPC_RMID, NULL);
	if (!fork())
		_exit(getppid() == 0);
	wait(NULL);
	_exit(0);
}

static void unshare_all(void)
{
	static const struct {
		unsigned int flag;
		const char *link;
	} kinds[] = {
		{ CLONE_NEWUTS, "/proc/1/ns/uts" },
		{ CLONE_NEWIPC, "/proc/1/ns/ipc" },
		{ CLONE_NEWPID, "/proc/1/ns/pid" },
		{ CLONE_NEWUSER, "/proc/1/ns/user" },
	};

	for (int i = 0; i < 4; i++) {
		pid_t child = fork();

		if (!child)
			unshared(kinds[i].flag, kinds[i].link);
		waitpid(child, NULL, 0);
	}
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
	unshare_all();
	puts("done");
	return 0;
}

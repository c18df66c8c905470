/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The arguments of clone3(2) change while the call is made: flags that would
 * leave the child without a tracer, other numbers, another size of them. A
 * child without a tracer would find that wait4(2) does not exist. What comes
 * of each call is one of the things that were there to be asked for.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/sched.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TRIES 100000
#define MADE 300
#define SECONDS 5 /* where others have the processors, that is enough */

static struct clone_args *args;
static int *numbers;
static volatile int over;

static void *change(void *unused)
{
	static const uint64_t flags[] = { 0, CLONE_UNTRACED, CLONE_PTRACE,
					  CLONE_UNTRACED | CLONE_PTRACE,
					  1, CLONE_CLEAR_SIGHAND,
					  CLONE_INTO_CGROUP, CLONE_NEWPID };
	volatile struct clone_args *a = args;

	(void)unused;
	for (unsigned int i = 0; !over; i++) {
		a->flags = flags[i % 8];
		a->set_tid_size = i % 5;
		a->set_tid = i % 3 ? (uintptr_t)numbers : 0;
		a->exit_signal = i % 7 ? SIGCHLD : 200;
		numbers[0] = 500 + (int)(i % 3);
		numbers[1] = (int)(i % 4);
	}
	return NULL;
}

static void be_child(void)
{
	if (wait4(-1, NULL, WNOHANG, NULL) == -1 && errno != ECHILD)
		_exit(1);
	_exit(getpid() > 0 && getpid() < 4194304 ? 0 : 2);
}

int main(void)
{
	const time_t end = time(NULL) + SECONDS;
	int status, made = 0, wrong = 0;
	pthread_t id;

	args = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	numbers = (int *)(args + 1);
	pthread_create(&id, NULL, change, NULL);
	for (int i = 0; i < TRIES && made < MADE; i++) {
		if (made > 0 && time(NULL) > end)
			break;
		long pid = syscall(SYS_clone3, args, sizeof(*args));

		if (pid == 0)
			be_child();
		if (pid < 0) {
			sched_yield();
			continue;
		}
		made++;
		while (waitpid((pid_t)pid, &status, __WALL) < 0)
			if (errno != EINTR)
				break;
		wrong += !WIFEXITED(status) || WEXITSTATUS(status) != 0;
	}
	over = 1;
	pthread_join(id, NULL);
	printf("%s, %d wrong\n", made ? "some were made" : "none", wrong);
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Namespaces end while their processes make others, and leave zombies to the
 * host that nobody inside knows any more. None of them is taken for a child
 * that is just being made in the next one, for whose end its init would wait.
 */
#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROUNDS	60
#define WORKERS 6
#define LIFE	20000 /* us */

static void nothing(int sig)
{
	(void)sig;
}

/* With a handler that interrupts it is traced, and so are its children. */
static void make_others(void)
{
	const struct sigaction act = { .sa_handler = nothing };
	const struct itimerval often = { { 0, 1000 }, { 0, 1000 } };

	sigaction(SIGALRM, &act, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
	for (;;) {
		if (fork() == 0)
			_exit(0);
		kill(-1, 0);
		if (syscall(SYS_getpgid, 0) % 3)
			waitpid(-1, NULL, WNOHANG);
	}
}

static void be_tree(void)
{
	setsid();
	for (int i = 0; i < WORKERS; i++)
		if (fork() == 0)
			make_others();
	for (;;)
		pause();
}

int main(void)
{
	for (int i = 0; i < ROUNDS; i++) {
		pid_t pid = (pid_t)syscall(
			SYS_clone, CLONE_NEWUSER | CLONE_NEWPID | SIGCHLD, 0, 0,
			0, 0);

		if (pid == 0)
			be_tree();
		usleep(LIFE);
		kill(pid, SIGKILL);
		if (waitpid(pid, NULL, 0) != pid)
			perror("waitpid");
	}
	puts("done");
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A signal comes between two calls that nsrun makes the task run: the first
 * caught call of the handler must not be taken for the second, and pass.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

static int victim;

static void handler(int sig)
{
	siginfo_t info = { .si_signo = SIGTERM, .si_code = -1 };

	(void)sig;
	syscall(SYS_rt_sigqueueinfo, victim, SIGTERM, &info);
}

static void attack(void)
{
	struct sigaction action = { .sa_handler = handler };
	struct itimerval timer = { { 0, 100 }, { 0, 100 } };
	sigset_t set;

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &timer, NULL);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	for (int i = 0; i < 15; i++)
		signalfd(-1, &set, 0);
	signal(SIGALRM, SIG_IGN);
	_exit(0);
}

int main(int argc, char **argv)
{
	victim = atoi(argv[argc - 1]);
	for (int i = 0; i < 300; i++) {
		pid_t child = fork();
		int status;

		if (!child)
			attack();
		if (waitpid(child, &status, 0) != child || status)
			return 1;
	}
	puts("done");
	return 0;
}

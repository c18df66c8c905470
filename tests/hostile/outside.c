/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Not an attack: the outside of some, as pid 1 of a pid namespace of the
 * kernel's in which it may choose numbers. It runs a command, passes on what
 * that prints, and does what two of its lines ask for, before it sends a byte:
 * "victims" makes a process of every free number up to LAST; "again" lets the
 * numbers begin anew. It ends with the command's status.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define LAST 400
#define UNABLE 77

static char is_victim[LAST + 1];
static int niceness;		/* at the start */

static int make_victims(void)
{
	for (pid_t number = 2; number <= LAST; number++) {
		struct clone_args args = {
			.exit_signal = SIGCHLD,
			.set_tid = (uintptr_t)&number,
			.set_tid_size = 1
		};
		long r = syscall(SYS_clone3, &args, sizeof(args));

		if (r == 0)
			for (;;)
				pause();
		if (r < 0 && errno != EEXIST)
			return -1;
		is_victim[number] = r > 0;
	}
	return 0;
}

static int begin_anew(void)
{
	int fd = open("/proc/sys/kernel/ns_last_pid", O_WRONLY | O_CLOEXEC);

	return fd < 0 || write(fd, "2", 1) != 1 || close(fd) ? -1 : 0;
}

static void check_victims(void)
{
	int dead = 0, nice = 0, limited = 0;
	struct rlimit own, its;

	getrlimit(RLIMIT_NOFILE, &own);
	for (int number = 2; number <= LAST; number++) {
		if (!is_victim[number])
			continue;
		if (waitpid(number, NULL, WNOHANG) != 0)
			dead++;
		else if (getpriority(PRIO_PROCESS, number) != niceness)
			nice++;
		else if (prlimit(number, RLIMIT_NOFILE, NULL, &its) ||
			 memcmp(&own, &its, sizeof(own)))
			limited++;
	}
	if (dead + nice + limited)
		printf("victims: %d dead, %d nice, %d limited\n", dead, nice,
		       limited);
}

static pid_t start(char **command, int *to, int *from)
{
	int in[2], out[2];
	pid_t child;

	if (pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC))
		return -1;
	child = fork();
	if (!child) {
		dup2(in[0], 0);
		dup2(out[1], 1);
		execv(command[0], command);
		_exit(127);
	}
	close(in[0]);
	close(out[1]);
	*to = in[1];
	*from = out[0];
	return child;
}

int main(int argc, char **argv)
{
	int status, to, from;
	char line[256];
	pid_t child;
	FILE *file;

	if (argc < 2)
		return 2;
	niceness = getpriority(PRIO_PROCESS, 0);
	child = start(argv + 1, &to, &from);
	if (child < 0)
		return 2;
	file = fdopen(from, "r");
	while (fgets(line, sizeof(line), file)) {
		int r;

		if (!strcmp(line, "victims\n"))
			r = make_victims();
		else if (!strcmp(line, "again\n"))
			r = begin_anew();
		else {
			fputs(line, stdout);
			continue;
		}
		if (r)
			return UNABLE;
		if (write(to, "x", 1) != 1)
			break;
	}
	if (waitpid(child, &status, 0) != child)
		return 2;
	check_victims();
	fflush(stdout);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

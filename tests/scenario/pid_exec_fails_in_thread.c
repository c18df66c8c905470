/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One thread tries to exec what is no program, while another makes threads and
 * a third one forks: all of them go on, with the numbers that they have.
 */
#include <sys/mman.h>
#include "scenario.h"

#define ROUNDS 200

static struct gate ready;
static int file;
static volatile bool over;

static void *tries(void *unused)
{
	char *const none[] = { "none", NULL };
	long wrong = 0;

	let(&ready, 1);
	for (int i = 0; i < ROUNDS; i++) {
		wrong += syscall(SYS_execveat, file, "", none, environ,
				 AT_EMPTY_PATH) != -1 || errno != ENOEXEC;
	}
	see("%d tries, otherwise than ENOEXEC: %ld", ROUNDS, wrong);
	over = true;
	return unused;
}

static void *looks(void *number)
{
	signal(SIGUSR2, SIG_IGN);
	*(pid_t *)number = gettid();
	return NULL;
}

static void *threads(void *unused)
{
	pid_t self = gettid(), number, last = 0;
	pthread_t id;
	long wrong = 0;

	let(&ready, 1);
	while (!over) {
		/* None can be made in an exec: fs->in_exec of the kernel */
		if (pthread_create(&id, NULL, looks, &number) != 0) {
			continue;
		}
		pthread_join(id, NULL);
		wrong += number <= last || gettid() != self;
		last = number;
	}
	see("threads with a wrong number: %ld", wrong);
	return unused;
}

int main(void)
{
	pthread_t first, second;
	long wrong = 0;
	int status;
	pid_t pid;

	gate_init(&ready);
	file = memfd_create("none", 0);
	if (file < 0 || write(file, "no program", 10) != 10 ||
	    fchmod(file, 0700) < 0) {
		die("no file");
	}
	see("getpid %d", getpid());
	pthread_create(&first, NULL, threads, NULL);
	pass(&ready);
	pthread_create(&second, NULL, tries, NULL);
	pass(&ready);
	while (!over) {
		pid = fork();
		if (pid == 0) {
			_exit(3);
		}
		wrong += waitpid(pid, &status, 0) != pid ||
			 status != W_EXITCODE(3, 0);
	}
	pthread_join(second, NULL);
	pthread_join(first, NULL);
	see("children that ended otherwise: %ld", wrong);
	return done();
}

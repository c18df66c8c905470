/* SPDX-License-Identifier: Apache-2.0 */
/* For another libc: many small calls, threads, and children. */
#include <dirent.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void *often(void *arg)
{
	struct stat st;
	long wrong = 0;

	for (int i = 0; i < 2000; i++)
		wrong += stat("/etc/passwd", &st) != 0 || st.st_size == 0 ||
			 getpid() < 1 || access("/nothing", F_OK) == 0;
	return (void *)(wrong + (long)arg);
}

int main(void)
{
	pthread_t ids[8];
	void *result;
	int status;

	often(NULL);
	for (long i = 0; i < 8; i++)
		pthread_create(&ids[i], NULL, often, (void *)i);
	for (int i = 0; i < 8; i++) {
		pthread_join(ids[i], &result);
		printf("%ld ", (long)result);
	}
	fflush(stdout);
	for (int i = 0; i < 100; i++) {
		pid_t pid = fork();

		if (pid == 0)
			_exit(i);
		if (waitpid(pid, &status, 0) != pid || WEXITSTATUS(status) != i)
			return 1;
	}
	puts("done");
	return 0;
}

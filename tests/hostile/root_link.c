/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Below a root of its own, a folder changes places with a link to /proc/self
 * all the time, while a file in it is opened. Whoever follows that link for the
 * program, by its own name, hands out what is its own.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ROUNDS 20000

static volatile bool over;

static void must(const char *what, long r)
{
	if (r >= 0)
		return;
	perror(what);
	exit(1);
}

static void *swap(void *arg)
{
	(void)arg;
	while (!over)
		syscall(SYS_renameat2, AT_FDCWD, "/folder", AT_FDCWD, "/link",
			2 /* RENAME_EXCHANGE */);
	return NULL;
}

static void make_tree(void)
{
	int fd;

	must("mkdir", mkdir("root", 0755));
	must("mkdir", mkdir("root/folder", 0755));
	must("symlink", symlink("/proc/self", "root/link"));
	fd = open("root/folder/status", O_CREAT | O_RDWR, 0600);
	must("open", fd);
	close(fd);
}

/* Return: whether it is the status of a process called nsrun. */
static bool try_one(void)
{
	int fd = open("/folder/status", O_RDONLY);
	char text[12] = "";
	bool foreign;

	if (fd < 0)
		return false;
	foreign = read(fd, text, 11) == 11 && strcmp(text, "Name:\tnsrun") == 0;
	close(fd);
	return foreign;
}

int main(void)
{
	pthread_t thread;
	int foreign = 0;

	make_tree();
	must("chroot", chroot("root"));
	must("chdir", chdir("/"));
	if (pthread_create(&thread, NULL, swap, NULL))
		return 1;
	for (int i = 0; i < ROUNDS; i++)
		foreign += try_one();
	over = true;
	pthread_join(thread, NULL);
	printf("foreign %d\n", foreign);
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A thread steals the descriptor by which another one is made to map a
 * segment, and tries to spoil the segment for everybody: shorter, longer,
 * closed to its owner, leased, so that an open of it would wait.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <unistd.h>

#define SIZE (64 * 4096)
#define WANTED 20

static int id, first;
static volatile int stolen, spoiled;

static void spoil(int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0 || st.st_size != SIZE)
		return;
	stolen++;
	if (ftruncate(fd, 4096) == 0 || ftruncate(fd, 2 * SIZE) == 0 ||
	    fallocate(fd, 0, SIZE, SIZE) == 0 ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE) == 0 ||
	    fcntl(fd, F_SETLEASE, F_WRLCK) == 0 ||
	    fcntl(fd, F_SETLEASE, F_RDLCK) == 0)
		spoiled++;
	fchmod(fd, 0);
	fcntl(fd, F_SETFL, O_APPEND | O_NONBLOCK);
	lseek(fd, 12345, SEEK_SET);
}

static void *thief(void *unused)
{
	while (stolen < WANTED) {
		for (int i = 0; i < 4; i++) {
			int fd = dup(first + i);

			if (fd < 0)
				continue;
			spoil(fd);
			close(fd);
		}
	}
	return unused;
}

int main(void)
{
	pthread_t thread;
	int tries = 0, failed = 0;
	char *p;

	signal(SIGIO, SIG_IGN);
	first = dup(0);
	close(first);
	id = shmget(IPC_PRIVATE, SIZE, IPC_CREAT | 0600);
	pthread_create(&thread, NULL, thief, NULL);
	while (stolen < WANTED && tries++ < 20000) {
		p = shmat(id, NULL, tries % 2 ? SHM_RDONLY : 0);
		failed += p == (char *)-1 || shmdt(p) < 0;
	}
	p = shmat(id, NULL, 0);
	failed += p == (char *)-1;
	if (p != (char *)-1)
		memset(p, 'x', SIZE);
	printf("stolen %d, spoiled %d, failed %d\n", stolen >= WANTED,
	       spoiled, failed);
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Many removed segments, none of which is where it was attached: to know what
 * is left of them must not take as many looks at as many mappings.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <time.h>

#define SEGMENTS 1500
#define PAGE 4096
#define LONG_MS 1500

static long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int main(void)
{
	char *area = mmap(NULL, 2 * SEGMENTS * PAGE, PROT_NONE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	static int ids[SEGMENTS];
	struct shmid_ds info;
	long begin;
	int n;

	for (n = 0; n < SEGMENTS; n++) {
		void *at;

		ids[n] = shmget(IPC_PRIVATE, PAGE, 0600);
		if (ids[n] < 0)
			break;	/* the supervisor has fewer descriptors */
		at = shmat(ids[n], NULL, 0);
		if (mremap(at, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED,
			   area + 2 * n * PAGE) == MAP_FAILED)
			return 1;
	}
	for (int i = 0; i < n; i++)
		shmctl(ids[i], IPC_RMID, NULL);
	begin = now_ms();
	shmctl(0, SHM_INFO, &info);
	printf("long %d\n", now_ms() - begin > LONG_MS);
	return 0;
}

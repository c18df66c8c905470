/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Code in a shared file, and code that a program has written itself, with
 * many calls: the agent leaves both as they are. So it does where code that it
 * did change was mapped before.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define SIZE 4096
#define SITES 8
#define FIRST 2	/* sites that are called before */
#define CALLS 8

/* mov $39,%eax; syscall; ret */
static const char site[] = "\xb8\x27\0\0\0\x0f\x05\xc3";

static char code[SIZE], after[SIZE];

static void call(const char *at, int from, int to)
{
	for (int i = from; i <= to; i++)
		for (int k = 0; k < CALLS; k++)
			((long (*)(void))(at + i * 256))();
}

static char *map(char *at, int prot, int how, int fd)
{
	return mmap(at, SIZE, prot, how | (at ? MAP_FIXED : 0), fd, 0);
}

static int is_changed(int fd)
{
	if (pread(fd, after, sizeof(after), 0) != sizeof(after))
		return -1;
	return memcmp(code, after, sizeof(code)) != 0;
}

int main(void)
{
	const int prot = PROT_READ | PROT_EXEC, all = prot | PROT_WRITE;
	int fd = memfd_create("code", 0), shared, own, later;
	char *at;

	memset(code, 0x90, sizeof(code));
	for (int i = 1; i <= SITES; i++)
		memcpy(code + i * 256, site, sizeof(site) - 1);
	if (write(fd, code, sizeof(code)) != sizeof(code))
		return 1;
	call(map(NULL, all, MAP_SHARED, fd), 1, SITES);
	shared = is_changed(fd);
	at = map(NULL, all, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	memcpy(at, code, sizeof(code));
	call(at, 1, SITES);
	own = memcmp(code, at, sizeof(code)) != 0;
	at = map(NULL, prot, MAP_PRIVATE, fd);
	call(at, 1, FIRST);
	call(at, 1, FIRST);	/* the first times may have got it the agent */
	map(at, all, MAP_SHARED, fd);
	call(at, FIRST + 1, SITES);
	later = is_changed(fd);
	printf("changed: shared %d, own %d, later %d\n", shared, own, later);
	return 0;
}

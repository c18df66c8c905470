/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Code in a shared file, and code that a program has written itself, with
 * many calls: the agent leaves both as they are.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define SIZE 4096
#define SITES 8
#define CALLS 8

/* mov $39,%eax; syscall; ret */
static const char site[] = "\xb8\x27\0\0\0\x0f\x05\xc3";

static char code[SIZE], after[SIZE];

static void call_all(const char *at)
{
	for (int i = 1; i <= SITES; i++)
		for (int k = 0; k < CALLS; k++)
			((long (*)(void))(at + i * 256))();
}

static char *map(int how, int fd)
{
	return mmap(NULL, SIZE, PROT_READ | PROT_WRITE | PROT_EXEC, how, fd, 0);
}

int main(void)
{
	int fd = memfd_create("code", 0), shared, own;
	char *at;

	memset(code, 0x90, sizeof(code));
	for (int i = 1; i <= SITES; i++)
		memcpy(code + i * 256, site, sizeof(site) - 1);
	if (write(fd, code, sizeof(code)) != sizeof(code))
		return 1;
	call_all(map(MAP_SHARED, fd));
	if (pread(fd, after, sizeof(after), 0) != sizeof(after))
		return 1;
	shared = memcmp(code, after, sizeof(code)) != 0;
	at = map(MAP_PRIVATE | MAP_ANONYMOUS, -1);
	memcpy(at, code, sizeof(code));
	call_all(at);
	own = memcmp(code, at, sizeof(code)) != 0;
	printf("changed: shared %d, own %d\n", shared, own);
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls with addresses that can't be read or written, many times from the same
 * place: EFAULT each time, and never a signal.
 *
 * scenario: bare=same
 * (addresses are bad in every namespace)
 */
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>
#include "scenario.h"

#define TURNS 100

static char *page;	/* the next one can't be touched */
static struct stat st;

static long count(long (*call)(char *bad))
{
	char *const bad[] = { (char *)1, (char *)-4096, page + 4096 };
	long faults = 0;

	for (int i = 0; i < TURNS; i++)
		for (int j = 0; j < 3; j++)
			faults += call(bad[j]) < 0 && errno == EFAULT;
	return faults;
}

static long do_open(char *bad)
{
	return open(bad, O_RDONLY);
}

static long do_stat(char *bad)
{
	return stat(bad, &st);
}

static long do_stat_to(char *bad)
{
	return stat("/", (struct stat *)(void *)bad);
}

static long do_access(char *bad)
{
	return access(bad, F_OK);
}

static long do_readlink(char *bad)
{
	char buf[64];

	return readlink(bad, buf, sizeof(buf));
}

static long do_readlink_to(char *bad)
{
	return readlink("/proc/self", bad, 64);
}

static long do_uname(char *bad)
{
	return uname((struct utsname *)(void *)bad);
}

/* The name ends where the page does. */
static long do_edge(char *bad)
{
	(void)bad;
	return open(page + 4096 - 2, O_RDONLY);
}

static long do_uname_edge(char *bad)
{
	(void)bad;
	return uname((struct utsname *)(void *)(page + 4096 - 300));
}

int main(void)
{
	page = mmap(NULL, 8192, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	munmap(page + 4096, 4096);
	memset(page, 'x', 4096);
	see("open: %ld", count(do_open));
	see("stat: %ld", count(do_stat));
	see("stat to: %ld", count(do_stat_to));
	see("access: %ld", count(do_access));
	see("readlink: %ld", count(do_readlink));
	see("readlink to: %ld", count(do_readlink_to));
	see("uname: %ld", count(do_uname));
	see("no end: %ld", count(do_edge));
	see("uname over the edge: %ld", count(do_uname_edge));
	return done();
}

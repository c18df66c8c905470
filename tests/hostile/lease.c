/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A made file of /proc is its reader's own, who leases it: to make it anew,
 * nsrun would wait until the lease is broken.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

int main(void)
{
	int fd = open("/proc/self/stat", O_RDONLY);
	int leased = fcntl(fd, F_SETLEASE, F_RDLCK);
	time_t begin = time(NULL);
	off_t at;

	signal(SIGIO, SIG_IGN);
	at = lseek(fd, 0, SEEK_SET);
	/* Leases are broken after 45 seconds. */
	printf("leased %d, at %ld, waited %d\n", leased, (long)at,
	       time(NULL) - begin > 30);
	return 0;
}

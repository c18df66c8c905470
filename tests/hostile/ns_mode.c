/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The file of a namespace is of the user's: who takes its mode away must not
 * close it to the others.
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

int main(void)
{
	int fd = open("/proc/self/ns/uts", O_RDONLY);

	fchmod(fd, 0);
	close(fd);
	fd = open("/proc/self/ns/uts", O_RDONLY);
	puts(fd < 0 ? "closed" : "done");
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The memory of a process that is not dumpable must not be read.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

static char secret[] = "secret";

int main(void)
{
	char byte = 'x', seen[sizeof(secret)];
	struct iovec local = { seen, sizeof(seen) };
	struct iovec remote = { secret, sizeof(secret) };
	int ready[2];
	pid_t child;
	long n;

	if (pipe(ready))
		return 2;
	child = fork();
	if (!child) {
		prctl(PR_SET_DUMPABLE, 0);
		if (write(ready[1], &byte, 1) == 1)
			pause();
		_exit(1);
	}
	if (read(ready[0], &byte, 1) != 1)
		return 2;
	n = process_vm_readv(child, &local, 1, &remote, 1, 0);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	printf("read %ld\n", n);
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * With no room for queued signals, the signal that a child sends to pid 1,
 * which has no handler for it, must still be ignored.
 */
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
	struct rlimit none = { 0, 0 };
	pid_t child;
	int status;

	setrlimit(RLIMIT_SIGPENDING, &none);
	child = fork();
	if (!child) {
		kill(1, SIGTERM);
		_exit(0);
	}
	if (waitpid(child, &status, 0) != child || status)
		return 1;
	puts("done");
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Thousands of children that nobody reaps for a while.
 */
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
	int made = 0;

	for (int i = 0; i < 2000; i++) {
		pid_t child = fork();

		if (!child)
			_exit(0);
		made += child > 0;
	}
	while (wait(NULL) > 0)
		made--;
	printf("%d left\n", made);
	return 0;
}

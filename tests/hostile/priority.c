/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Priorities for "all of a user" must mean all inside.
 */
#include <stdio.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(void)
{
	setpriority(PRIO_USER, 0, 7);
	syscall(SYS_ioprio_set, 3 /* IOPRIO_WHO_USER */, 0, 2 << 13 | 7);
	puts("done");
	return 0;
}

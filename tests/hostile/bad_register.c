/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A segment register that PTRACE_SETREGS refuses: the task must go on.
 */
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(void)
{
	__asm__ volatile("mov %0, %%ds" : : "r"(1));
	syscall(SYS_set_tid_address, 0);
	puts("done");
	return 0;
}

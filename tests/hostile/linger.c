/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A thread sends on a socket, and nsrun looks what it is; another one closes
 * it in that moment, so that nsrun has it last, and would wait for as long as
 * the socket is to linger. A second process tells how long it was kept waiting.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LINGER  30
#define SECONDS 4
#define BUSY    10 /* a machine on which a call takes as long is none */
#define MESSAGES 1024

static struct sockaddr_in addr = { .sin_family = AF_INET };
static struct mmsghdr messages[MESSAGES];
static char junk[1 << 20];
static volatile int closing = -1;
static volatile unsigned int delay;
static volatile int *over; /* of both processes */

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void *closer(void *unused)
{
	for (;;) {
		while (closing < 0)
			;
		for (volatile unsigned int i = delay; i; i--)
			;
		close(closing);
		closing = -1;
	}
	return unused;
}

/* Nobody reads it, so it can't be sent before the end. */
static int full_socket(void)
{
	const struct linger linger = { 1, LINGER };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	connect(fd, (void *)&addr, sizeof(addr));
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	while (send(fd, junk, sizeof(junk), MSG_DONTWAIT) > 0)
		;
	return fd;
}

static void attack(int listener, unsigned int i)
{
	int fd = full_socket(), peer = accept(listener, NULL, NULL);

	for (int k = 0; k < MESSAGES; k++) {
		messages[k].msg_hdr.msg_name = &addr;
		messages[k].msg_hdr.msg_namelen = 12;	/* as of netlink */
	}
	delay = i % 40 * 40000;
	closing = fd;
	sendmmsg(fd, messages, MESSAGES, MSG_DONTWAIT);
	close(peer);
	while (closing >= 0)
		;
}

/* Return: whether a call has taken as long as only lingering does. */
static int witness(void)
{
	double worst = 0;

	while (!*over && worst < BUSY) {
		double begin = now();

		kill(getpid(), 0);
		if (now() - begin > worst)
			worst = now() - begin;
	}
	return worst >= BUSY;
}

int main(void)
{
	int listener = socket(AF_INET, SOCK_STREAM, 0), status = -1;
	pid_t pid;
	socklen_t len = sizeof(addr);
	double end = now() + SECONDS;
	pthread_t thread;

	over = mmap(NULL, sizeof(*over), PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid = fork();
	if (pid == 0)
		_exit(witness());
	addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	bind(listener, (void *)&addr, sizeof(addr));
	listen(listener, 16);
	getsockname(listener, (void *)&addr, &len);
	pthread_create(&thread, NULL, closer, NULL);
	for (unsigned int i = 0; now() < end; i++)
		attack(listener, i);
	*over = 1;
	waitpid(pid, &status, 0);
	printf("waited %d\n", WEXITSTATUS(status));
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A group with very many members, and very many datagrams to it in one call:
 * the others do not wait for all of them.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#include "waiter.h"

#define MEMBERS	 6000
#define MESSAGES 1024

static int join(const struct sockaddr_in *group)
{
	const struct ip_mreq mreq = { group->sin_addr,
				      { htonl(INADDR_LOOPBACK) } };
	const int on = 1;
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (fd < 0 || bind(fd, (const void *)group, sizeof(*group)) < 0 ||
	    setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &mreq, sizeof(mreq)))
		return -1;
	return fd;
}

static int send_all(int fd, struct sockaddr_in *group)
{
	static struct mmsghdr messages[MESSAGES];
	const struct in_addr lo = { htonl(INADDR_LOOPBACK) };
	struct iovec iov = { "x", 1 };

	setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &lo, sizeof(lo));
	for (int i = 0; i < MESSAGES; i++)
		messages[i].msg_hdr = (struct msghdr){
			.msg_name = group,
			.msg_namelen = sizeof(*group),
			.msg_iov = &iov,
			.msg_iovlen = 1,
		};
	return sendmmsg(fd, messages, MESSAGES, 0);
}

int main(void)
{
	struct sockaddr_in group = { .sin_family = AF_INET,
				     .sin_port = htons(5000) };
	struct rlimit limit;
	int fd = -1, n = 0;

	if (system("ip link set lo up"))
		return 1;
	group.sin_addr.s_addr = inet_addr("224.1.2.3");
	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	while (n < MEMBERS && (fd = join(&group)) >= 0)
		n++;
	waiter_start();
	if (send_all(fd < 0 ? 3 : fd, &group) <= 0)
		perror("sendmmsg");
	waiter_end();
	puts("done");
	return 0;
}

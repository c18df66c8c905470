/* SPDX-License-Identifier: Apache-2.0 */
/*
 * As many requests as one datagram of netlink holds, each of which takes long:
 * dumps of a full table of routes, to a socket that nobody reads. The others
 * do not wait for all of them.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "waiter.h"

#define ROUTES	16000
#define AT_ONCE 64
#define BYTES	196000

static char buffer[BYTES + 256] __attribute__((aligned(8)));
static size_t used;

static void *begin(int type, int flags, size_t len)
{
	struct nlmsghdr *head = (void *)(buffer + used);

	memset(head, 0, 128);
	head->nlmsg_len = NLMSG_LENGTH(len);
	head->nlmsg_type = (uint16_t)type;
	head->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags);
	used += NLMSG_SPACE(len);
	return NLMSG_DATA(head);
}

static void put(struct nlmsghdr *head, int type, uint32_t value)
{
	struct rtattr *attr = (void *)(buffer + used);

	attr->rta_type = (uint16_t)type;
	attr->rta_len = RTA_LENGTH(sizeof(value));
	memcpy(RTA_DATA(attr), &value, sizeof(value));
	used += RTA_SPACE(sizeof(value));
	head->nlmsg_len = (uint32_t)((char *)buffer + used - (char *)head);
}

static void flush(int fd)
{
	struct sockaddr_nl to = { .nl_family = AF_NETLINK };

	if (sendto(fd, buffer, used, 0, (struct sockaddr *)&to, sizeof(to)) < 0)
		perror("sendto");
	used = 0;
}

static void add_route(uint32_t n)
{
	struct nlmsghdr *head = (void *)(buffer + used);
	struct rtmsg *route = begin(RTM_NEWROUTE, NLM_F_CREATE, sizeof(*route));

	route->rtm_family = AF_INET;
	route->rtm_dst_len = 32;
	route->rtm_table = RT_TABLE_MAIN;
	route->rtm_scope = RT_SCOPE_LINK;
	route->rtm_type = RTN_UNICAST;
	put(head, RTA_DST, htonl(0x0a000000 + n));
	put(head, RTA_OIF, 1);
}

/* How many requests failed; all answers are taken. */
static int failures(int fd)
{
	static char answer[65536] __attribute__((aligned(8)));
	const struct nlmsghdr *head = (void *)answer;
	int n = 0;

	while (recv(fd, answer, sizeof(answer), MSG_DONTWAIT) > 0)
		n += head->nlmsg_type == NLMSG_ERROR &&
		     ((struct nlmsgerr *)NLMSG_DATA(head))->error;
	return n;
}

static void fill(int fd)
{
	struct ifinfomsg *link = begin(RTM_NEWLINK, 0, sizeof(*link));
	int failed = 0;

	link->ifi_index = 1;
	link->ifi_flags = link->ifi_change = IFF_UP;
	flush(fd);
	for (uint32_t i = 0; i < ROUTES; i++) {
		add_route(i);
		if (i % AT_ONCE != AT_ONCE - 1)
			continue;
		flush(fd);
		failed += failures(fd);
	}
	if (failed)
		printf("%d routes failed\n", failed);
}

static void dump_all(int fd)
{
	while (used < BYTES)
		begin(RTM_GETROUTE, NLM_F_DUMP, sizeof(struct rtmsg));
	flush(fd);
}

int main(void)
{
	int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);

	fill(fd);
	waiter_start();
	dump_all(fd);
	waiter_end();
	puts("done");
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* See alive.h. By sock_diag(7), and /proc/net/unix where there is none. */
#include "src/net/alive.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int diag(void)
{
	static int fd = -2;

	if (fd == -2)
		fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC,
			    NETLINK_SOCK_DIAG);
	return fd;
}

static uint64_t asked;
static bool found;

static void compare(uint64_t ino)
{
	found = found || ino == asked;
}

static bool search(uint64_t ino)
{
	asked = ino;
	found = false;
	return !alive_all(compare) || found;
}

/* Asks about one. Return: how many bytes came, with *@ret_head; or -1. */
static ssize_t ask_diag(uint64_t ino, uint32_t show, char *buf, size_t size)
{
	struct {
		struct nlmsghdr head;
		struct unix_diag_req req;
	} ask = {
		.head = { .nlmsg_len = sizeof(ask),
			  .nlmsg_type = SOCK_DIAG_BY_FAMILY,
			  .nlmsg_flags = NLM_F_REQUEST },
		.req = { .sdiag_family = AF_UNIX,
			 .udiag_states = ~0U,
			 .udiag_ino = (uint32_t)ino,
			 .udiag_show = show,
			 .udiag_cookie = { ~0U, ~0U } },
	};

	if (diag() < 0 || send(diag(), &ask, sizeof(ask), 0) < 0)
		return -1;
	return recv(diag(), buf, size, 0);
}

bool alive_ask(uint64_t ino)
{
	_Alignas(struct nlmsghdr) char buf[4096];
	const struct nlmsghdr *head = (const void *)buf;
	const struct nlmsgerr *error = (const void *)(head + 1);

	if (ask_diag(ino, 0, buf, sizeof(buf)) < (ssize_t)sizeof(*head))
		return search(ino);
	if (head->nlmsg_type != NLMSG_ERROR)
		return true;
	return error->error == -ENOENT ? false : search(ino);
}

uint64_t alive_peer(uint64_t ino)
{
	_Alignas(struct nlmsghdr) char buf[4096];
	const struct nlmsghdr *head = (const void *)buf;
	ssize_t n = ask_diag(ino, UDIAG_SHOW_PEER, buf, sizeof(buf));
	const struct rtattr *a;
	int len;

	if (n < (ssize_t)sizeof(*head) ||
	    head->nlmsg_type != SOCK_DIAG_BY_FAMILY)
		return 0;
	len = (int)(head->nlmsg_len -
		    NLMSG_LENGTH(sizeof(struct unix_diag_msg)));
	a = (const void *)(buf + NLMSG_LENGTH(sizeof(struct unix_diag_msg)));
	for (; RTA_OK(a, len); a = RTA_NEXT(a, len))
		if (a->rta_type == UNIX_DIAG_PEER)
			return *(const uint32_t *)RTA_DATA(a);
	return 0;
}

bool alive_all(void (*fn)(uint64_t ino))
{
	FILE *file = fopen("/proc/net/unix", "re");
	unsigned long long ino;
	char line[512];

	if (!file)
		return false;
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "%*s %*s %*s %*s %*s %*s %llu", &ino) == 1)
			fn(ino);
	fclose(file);
	return true;
}

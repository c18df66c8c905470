/* SPDX-License-Identifier: Apache-2.0 */
/* See alive.h. By sock_diag(7), and /proc/net/unix where there is none. */
#include "src/net/alive.h"

#include <errno.h>
#include <linux/netlink.h>
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

bool alive_ask(uint64_t ino)
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
			 .udiag_cookie = { ~0U, ~0U } },
	};
	char buf[4096];
	const struct nlmsghdr *head = (const void *)buf;
	const struct nlmsgerr *error = (const void *)(head + 1);

	if (diag() < 0 || send(diag(), &ask, sizeof(ask), 0) < 0 ||
	    recv(diag(), buf, sizeof(buf), 0) < (ssize_t)sizeof(*head))
		return search(ino);
	if (head->nlmsg_type != NLMSG_ERROR)
		return true;
	return error->error == -ENOENT ? false : search(ino);
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

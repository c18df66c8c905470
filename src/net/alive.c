/* SPDX-License-Identifier: Apache-2.0 */
/* See alive.h. By sock_diag(7), and /proc/net/unix where there is none. */
#include "src/net/alive.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <stddef.h>
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

#define SHOW                                                    \
	(UDIAG_SHOW_NAME | UDIAG_SHOW_PEER | UDIAG_SHOW_RQLEN | \
	 UDIAG_SHOW_ICONS)

/* About one, or, with NLM_F_DUMP, about all. */
static bool ask_diag(uint64_t ino, uint16_t flags)
{
	struct {
		struct nlmsghdr head;
		struct unix_diag_req req;
	} ask = {
		.head = { .nlmsg_len = sizeof(ask),
			  .nlmsg_type = SOCK_DIAG_BY_FAMILY,
			  .nlmsg_flags = NLM_F_REQUEST | flags },
		.req = { .sdiag_family = AF_UNIX,
			 .udiag_states = ~0U,
			 .udiag_ino = (uint32_t)ino,
			 .udiag_show = SHOW,
			 .udiag_cookie = { ~0U, ~0U } },
	};

	return diag() >= 0 && send(diag(), &ask, sizeof(ask), 0) > 0;
}

bool alive_ask(uint64_t ino)
{
	_Alignas(struct nlmsghdr) char buf[4096];
	const struct nlmsghdr *head = (const void *)buf;
	const struct nlmsgerr *error = (const void *)(head + 1);

	if (!ask_diag(ino, 0) ||
	    recv(diag(), buf, sizeof(buf), 0) < (ssize_t)sizeof(*head))
		return search(ino);
	if (head->nlmsg_type != NLMSG_ERROR)
		return true;
	return error->error == -ENOENT ? false : search(ino);
}

/* ---- what is told of them ---- */

static void read_name(const void *data, size_t len, struct alive_sock *sock)
{
	if (len > sizeof(sock->name.sun_path))
		len = sizeof(sock->name.sun_path);
	memcpy(sock->name.sun_path, data, len);
	sock->name.sun_family = AF_UNIX;
	sock->name_len = offsetof(struct sockaddr_un, sun_path) + len;
}

static void read_sock(const struct nlmsghdr *head, struct alive_sock *sock)
{
	const struct unix_diag_msg *msg = NLMSG_DATA(head);
	int len = (int)(head->nlmsg_len - NLMSG_LENGTH(sizeof(*msg)));
	const struct rtattr *a = (const void *)(msg + 1);
	const struct unix_diag_rqlen *waits;

	*sock = (struct alive_sock){ .ino = msg->udiag_ino,
				     .type = msg->udiag_type,
				     .state = msg->udiag_state };
	for (; RTA_OK(a, len); a = RTA_NEXT(a, len)) {
		const void *data = RTA_DATA(a);

		switch (a->rta_type) {
		case UNIX_DIAG_NAME:
			read_name(data, RTA_PAYLOAD(a), sock);
			break;
		case UNIX_DIAG_PEER:
			sock->peer = *(const uint32_t *)data;
			break;
		case UNIX_DIAG_RQLEN:
			waits = data;
			sock->reads = waits->udiag_rqueue;
			sock->sends = waits->udiag_wqueue;
			break;
		case UNIX_DIAG_SHUTDOWN:
			sock->shutdown = *(const uint8_t *)data;
			break;
		default:
			break;
		}
	}
}

bool alive_about(uint64_t ino, struct alive_sock *ret_sock)
{
	_Alignas(struct nlmsghdr) char buf[4096];
	const struct nlmsghdr *head = (const void *)buf;

	if (!ask_diag(ino, 0) ||
	    recv(diag(), buf, sizeof(buf), 0) < (ssize_t)sizeof(*head) ||
	    head->nlmsg_type != SOCK_DIAG_BY_FAMILY)
		return false;
	read_sock(head, ret_sock);
	return true;
}

bool alive_tell(void (*fn)(void *data, const struct alive_sock *sock),
		void *data)
{
	static _Alignas(struct nlmsghdr) char buf[32768];
	struct alive_sock sock;
	bool more = ask_diag(0, NLM_F_DUMP);
	ssize_t n;

	if (!more)
		return false;
	while (more && (n = recv(diag(), buf, sizeof(buf), 0)) > 0) {
		const struct nlmsghdr *head = (const void *)buf;

		for (; NLMSG_OK(head, n); head = NLMSG_NEXT(head, n)) {
			more = head->nlmsg_type == SOCK_DIAG_BY_FAMILY;
			if (!more)
				break;
			read_sock(head, &sock);
			fn(data, &sock);
		}
	}
	return true;
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

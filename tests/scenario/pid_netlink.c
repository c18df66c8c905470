/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Port numbers of netlink sockets: the process's own, or negative where that
 * is taken (others use the same network).
 *
 * scenario: bare=same
 * (without namespaces it is the process's own number, too)
 */
#include "scenario.h"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

static struct sockaddr_nl none = { .nl_family = AF_NETLINK };

static const char *port(int fd)
{
	struct sockaddr_nl addr;
	socklen_t len = sizeof(addr);

	MUST(getsockname(fd, (void *)&addr, &len));
	if (addr.nl_pid == 0) {
		return "no port";
	}
	return addr.nl_pid == (uint32_t)getpid() || (int)addr.nl_pid < 0
		       ? "own or negative"
		       : "strange";
}

static int new_socket(void)
{
	return MUST(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
}

static struct {
	struct nlmsghdr head;
	struct rtgenmsg gen;
} request = {
	.head = { .nlmsg_len = NLMSG_LENGTH(sizeof(struct rtgenmsg)),
		  .nlmsg_type = RTM_GETLINK,
		  .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
		  .nlmsg_seq = 7 },
	.gen = { .rtgen_family = AF_UNSPEC },
};

/* Is the answer addressed to the socket's port? */
static void answer(const char *how, int fd)
{
	_Alignas(struct nlmsghdr) char buf[65536];
	struct nlmsghdr *head = (void *)buf;
	struct sockaddr_nl addr;
	socklen_t len = sizeof(addr);
	ssize_t n;

	do { /* of a group there may be other messages, that nobody asked for */
		n = recv(fd, buf, sizeof(buf), 0);
	} while (n > 0 && head->nlmsg_seq != request.head.nlmsg_seq);
	MUST(getsockname(fd, (void *)&addr, &len));
	see("%s: %s, an answer %d to its port %d of type %d", how, port(fd),
	    n > 0, head->nlmsg_pid == addr.nl_pid, head->nlmsg_type);
	close(fd);
}

static void by_sendmsg(void)
{
	struct iovec iov = { &request, sizeof(request) };
	struct msghdr message = { .msg_name = &none,
				  .msg_namelen = sizeof(none),
				  .msg_iov = &iov,
				  .msg_iovlen = 1 };
	int fd = new_socket();

	MUST(sendmsg(fd, &message, 0));
	answer("sendmsg", fd);
}

static long bind_to(int fd, uint32_t port, uint32_t groups)
{
	const struct sockaddr_nl addr = { .nl_family = AF_NETLINK,
					  .nl_pid = port,
					  .nl_groups = groups };

	return bind(fd, (const void *)&addr, sizeof(addr));
}

static void show_bind(const char *how, int fd, uint32_t number, uint32_t groups)
{
	const char *result = res(bind_to(fd, number, groups));

	see("%s %s: %s", how, result, port(fd));
}

static void bind_forms(void)
{
	int fd = new_socket(), other = new_socket();

	see("fresh: %s", port(fd));
	show_bind("bind", fd, 0, 0);
	show_bind("a second one", other, 0, 0);
	see("no memory: %s", res(bind(other, BAD_ADDR, sizeof(none))));
	close(other);
	MUST(send(fd, &request, sizeof(request), 0));
	answer("bind", fd);
	fd = new_socket();
	show_bind("groups", fd, 0, RTMGRP_LINK);
	MUST(send(fd, &request, sizeof(request), 0));
	answer("groups", fd);
	fd = new_socket();
	show_bind("chosen", fd, 0x12345678, 0);
	show_bind("another", fd, 77, 0);
	close(fd);
	see("no descriptor: %s", res(bind_to(-1, 0, 0)));
}

int main(void)
{
	int fd;

	bind_forms();
	fd = new_socket();
	see("connect %s", res(connect(fd, (void *)&none, sizeof(none))));
	MUST(send(fd, &request, sizeof(request), 0));
	answer("connect", fd);
	fd = new_socket();
	MUST(sendto(fd, &request, sizeof(request), 0, (void *)&none,
		    sizeof(none)));
	answer("sendto", fd);
	by_sendmsg();
	return done();
}

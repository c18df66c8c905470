/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Netlink sockets themselves: ports, groups, options, messages that are
 * peeked at, cut, malformed or waited for.
 *
 * scenario: net=up run-as=root bare=skip
 * (it makes interfaces)
 */
#include <linux/genetlink.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include "scenario.h"

static char answer[32768];

static int open_socket(int protocol)
{
	return MUST(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol));
}

/* A port is its process' number, or else a negative one. */
static const char *port_text(uint32_t port)
{
	return port == 0		    ? "0"
	       : port == (uint32_t)getpid() ? "own"
	       : (int32_t)port < 0	    ? "negative"
					    : "other";
}

static void see_name(const char *what, int fd, bool peer)
{
	struct sockaddr_nl addr = { 0 };
	socklen_t len = sizeof(addr);
	int r = peer ? getpeername(fd, (void *)&addr, &len)
		     : getsockname(fd, (void *)&addr, &len);

	see("%s: %s family %d port %s groups %#x length %u", what, res(r),
	    addr.nl_family, port_text(addr.nl_pid), addr.nl_groups, len);
}

static long bind_to(int fd, uint32_t port, uint32_t groups)
{
	struct sockaddr_nl addr = { .nl_family = AF_NETLINK,
				    .nl_pid = port,
				    .nl_groups = groups };

	return bind(fd, (void *)&addr, sizeof(addr));
}

static void sockets(void)
{
	struct sockaddr_nl addr = { .nl_family = AF_INET };
	socklen_t len = sizeof(addr);
	int a, b;

	see("stream: %s", res(socket(AF_NETLINK, SOCK_STREAM, 0)));
	see("packet: %s", res(socket(AF_NETLINK, SOCK_SEQPACKET, 0)));
	see("protocol 31: %s", res(socket(AF_NETLINK, SOCK_RAW, 31)));
	see("protocol 99: %s", res(socket(AF_NETLINK, SOCK_RAW, 99)));
	see("protocol -1: %s", res(socket(AF_NETLINK, SOCK_RAW, -1)));
	a = open_socket(NETLINK_ROUTE);
	b = open_socket(NETLINK_ROUTE);
	see_name("fresh", a, false);
	see("bind short: %s", res(bind(a, (void *)&addr, 4)));
	see("bind family: %s", res(bind(a, (void *)&addr, sizeof(addr))));
	see("bind: %s", res(bind_to(a, 0, 0)));
	see_name("bound", a, false);
	see("bind again: %s", res(bind_to(a, 0, 5)));
	see("bind to another: %s", res(bind_to(a, 4711, 0)));
	see_name("bound", a, false);
	see("bind second: %s", res(bind_to(b, getpid(), 0)));
	see("bind second: %s", res(bind_to(b, 0, 0)));
	see_name("second", b, false);
	see_name("peer", b, true);
	see("listen: %s", res(listen(a, 1)));
	see("accept: %s", res(accept(a, (void *)&addr, &len)));
	see("shutdown: %s", res(shutdown(a, SHUT_RDWR)));
	addr.nl_family = AF_NETLINK;
	see("connect: %s", res(connect(a, (void *)&addr, sizeof(addr))));
	see_name("connected", a, true);
	addr.nl_family = AF_UNSPEC;
	see("disconnect: %s", res(connect(a, (void *)&addr, sizeof(addr))));
	close(a);
	close(b);
}

static void see_option(int fd, int level, int name, const char *what)
{
	int value = -1;
	socklen_t len = sizeof(value);
	int r = getsockopt(fd, level, name, &value, &len);

	see("%s: %s %d, %u bytes", what, res(r), value, len);
}

static void options(void)
{
	int fd = open_socket(NETLINK_ROUTE), on = 1, group = RTNLGRP_LINK;
	struct sockaddr_nl none = { .nl_family = AF_NETLINK };

	see_option(fd, SOL_SOCKET, SO_TYPE, "SO_TYPE");
	see_option(fd, SOL_SOCKET, SO_DOMAIN, "SO_DOMAIN");
	see_option(fd, SOL_SOCKET, SO_PROTOCOL, "SO_PROTOCOL");
	see_option(fd, SOL_SOCKET, SO_ERROR, "SO_ERROR");
	for (int name = NETLINK_PKTINFO; name <= 13; name++)
		if (name != NETLINK_LIST_MEMBERSHIPS)
			see("set %d: %s", name,
			    res(setsockopt(fd, SOL_NETLINK, name, &on,
					   sizeof(on))));
	for (int name = 1; name <= 13; name++)
		if (name != NETLINK_LIST_MEMBERSHIPS)
			see_option(fd, SOL_NETLINK, name, "option");
	see("short: %s",
	    res(setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, 2)));
	see("address: %s", res(setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK,
					  (void *)8, sizeof(on))));
	see("level: %s", res(setsockopt(fd, IPPROTO_TCP, 1, &on, sizeof(on))));
	see("join: %s", res(setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP,
				       &group, sizeof(group))));
	group = 0;
	see("join 0: %s",
	    res(setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group,
			   sizeof(group))));
	group = 1000;
	see("join 1000: %s",
	    res(setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group,
			   sizeof(group))));
	MUST(bind(fd, (void *)&none, sizeof(none)));
	close(fd);
}

/* ---- messages ---- */

static void see_answer(int fd, const char *what)
{
	struct sockaddr_nl from = { 0 };
	struct iovec iov = { answer, sizeof(answer) };
	struct msghdr m = { .msg_name = &from,
			    .msg_namelen = sizeof(from),
			    .msg_iov = &iov,
			    .msg_iovlen = 1 };
	const struct nlmsghdr *head = (void *)answer;
	const struct nlmsgerr *error = NLMSG_DATA(head);
	long n = recvmsg(fd, &m, MSG_DONTWAIT);

	if (n < 0) {
		see("%s: %s", what, res(n));
		return;
	}
	see("%s: from family %d port %s, %u bytes; type %d seq %u to %s", what,
	    from.nl_family, port_text(from.nl_pid), m.msg_namelen,
	    head->nlmsg_type, head->nlmsg_seq, port_text(head->nlmsg_pid));
	if (head->nlmsg_type == NLMSG_ERROR)
		see("%s: error %s, of type %d, %ld bytes, flags %#x", what,
		    raw(error->error), error->msg.nlmsg_type, n,
		    head->nlmsg_flags);
}

static void ask(int fd, const char *what, uint16_t type, uint16_t flags,
		const void *body, size_t len)
{
	char message[512] = { 0 };
	struct nlmsghdr *head = (void *)message;
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };

	*head = (struct nlmsghdr){ .nlmsg_len = NLMSG_LENGTH(len),
				   .nlmsg_type = type,
				   .nlmsg_flags = flags,
				   .nlmsg_seq = 7 };
	memcpy(NLMSG_DATA(head), body, len);
	see("%s: %s", what,
	    sendto(fd, message, head->nlmsg_len, 0, (void *)&kernel,
		   sizeof(kernel)) == (ssize_t)head->nlmsg_len
		    ? "sent"
		    : strerrorname_np(errno));
	see_answer(fd, what);
}

static void malformed(void)
{
	int fd = open_socket(NETLINK_ROUTE), on = 1;
	struct ifinfomsg link = { .ifi_index = 4711 };
	struct ifaddrmsg addr = { .ifa_family = AF_INET, .ifa_index = 1 };
	struct rtmsg route = { .rtm_family = AF_INET, .rtm_dst_len = 77 };
	struct sockaddr_nl to = { .nl_family = AF_NETLINK };
	struct {
		struct ifinfomsg info;
		struct nlattr attr;
	} broken = { .attr = { .nla_len = 400, .nla_type = IFLA_IFNAME } };
	char zeros[64] = { 0 };

	ask(fd, "no request", RTM_GETLINK, 0, &link, sizeof(link));
	ask(fd, "nothing at all", 0, NLM_F_REQUEST | NLM_F_ACK, zeros, 0);
	ask(fd, "no such type", RTM_MAX + 3, NLM_F_REQUEST, zeros, 16);
	ask(fd, "short", RTM_NEWLINK, NLM_F_REQUEST | NLM_F_ACK, &link, 0);
	ask(fd, "link short", RTM_NEWLINK, NLM_F_REQUEST, &link, 4);
	ask(fd, "no such link", RTM_GETLINK, NLM_F_REQUEST, &link,
	    sizeof(link));
	ask(fd, "no such link", RTM_DELLINK, NLM_F_REQUEST, &link,
	    sizeof(link));
	ask(fd, "broken attribute", RTM_SETLINK, NLM_F_REQUEST, &broken,
	    sizeof(broken));
	ask(fd, "no address", RTM_NEWADDR, NLM_F_REQUEST, &addr, sizeof(addr));
	ask(fd, "long prefix", RTM_NEWROUTE, NLM_F_REQUEST | NLM_F_CREATE,
	    &route, sizeof(route));
	MUST(setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on)));
	ask(fd, "told why", RTM_NEWADDR, NLM_F_REQUEST, &addr, sizeof(addr));
	see("told why: %s", answer + NLMSG_LENGTH(sizeof(struct nlmsgerr)) +
				    sizeof(addr) + sizeof(struct nlattr));
	MUST(setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on)));
	ask(fd, "capped", RTM_NEWADDR, NLM_F_REQUEST, &addr, sizeof(addr));
	see("empty: %s", res(sendto(fd, zeros, 0, 0, (void *)&to, sizeof(to))));
	see("out of band: %s",
	    res(sendto(fd, zeros, 16, MSG_OOB, (void *)&to, sizeof(to))));
	to.nl_pid = 4711;
	see("to nobody: %s",
	    res(sendto(fd, zeros, 16, 0, (void *)&to, sizeof(to))));
	to.nl_family = AF_INET;
	see("to another family: %s",
	    res(sendto(fd, zeros, 16, 0, (void *)&to, sizeof(to))));
	see("from a bad address: %s",
	    res(sendto(fd, (void *)8, 16, 0, NULL, 0)));
	close(fd);
}

/* As getifaddrs(3) and iproute2 do. */
static void received(void)
{
	int fd = open_socket(NETLINK_ROUTE);
	struct {
		struct nlmsghdr head;
		struct rtgenmsg body;
	} ask = { { NLMSG_LENGTH(sizeof(struct rtgenmsg)), RTM_GETADDR,
		    NLM_F_REQUEST | NLM_F_DUMP, 9, 0 },
		  { AF_INET } };
	struct iovec iov = { NULL, 0 };
	struct sockaddr_nl from;
	struct msghdr m = { .msg_name = &from,
			    .msg_namelen = sizeof(from),
			    .msg_iov = &iov,
			    .msg_iovlen = 1 };
	struct pollfd p = { .fd = fd, .events = POLLIN };
	long whole;

	see("nothing yet: %s", res(recv(fd, answer, 1, MSG_DONTWAIT)));
	see("poll: %s", res(poll(&p, 1, 0)));
	see("send: %s",
	    send(fd, &ask, ask.head.nlmsg_len, 0) == ask.head.nlmsg_len
		    ? "all"
		    : "some");
	whole = recvmsg(fd, &m, MSG_PEEK | MSG_TRUNC);
	see("peeked: %s, flags %#x, name of %u", whole > 0 ? "something" : "no",
	    m.msg_flags, m.msg_namelen);
	see("poll: %s", res(poll(&p, 1, 0)));
	iov = (struct iovec){ answer, 20 };
	see("cut: %s, flags %#x", res(recvmsg(fd, &m, 0)), m.msg_flags);
	see("type %d", ((struct nlmsghdr *)answer)->nlmsg_type);
	iov = (struct iovec){ answer, sizeof(answer) };
	MUST(recvmsg(fd, &m, 0));
	see("then type %d, flags %#x", ((struct nlmsghdr *)answer)->nlmsg_type,
	    m.msg_flags);
	see("no more: %s", res(recv(fd, answer, 1, MSG_DONTWAIT)));
	close(fd);
}

/* ---- groups ---- */

static void waits_for_changes(void)
{
	int fd = open_socket(NETLINK_ROUTE), type;
	pid_t child;

	MUST(bind_to(fd, 0, RTMGRP_LINK | RTMGRP_IPV4_IFADDR));
	child = MUST(fork());
	if (child == 0) {
		if (system("ip link add name b0 type bridge;"
			   "ip addr add 10.0.0.1/24 dev b0;"
			   "ip addr del 10.0.0.1/24 dev b0;"
			   "ip link del b0") != 0)
			die("ip");
		_exit(0);
	}
	do {
		struct sockaddr_nl from;
		socklen_t len = sizeof(from);
		const struct nlmsghdr *head = (void *)answer;

		MUST(recvfrom(fd, answer, sizeof(answer), 0, (void *)&from,
			      &len));
		type = head->nlmsg_type;
		see("told: type %d from %s groups %#x", type,
		    port_text(from.nl_pid), from.nl_groups);
	} while (type != RTM_DELLINK);
	MUST(waitpid(child, NULL, 0));
	close(fd);
}

int main(void)
{
	sockets();
	options();
	malformed();
	received();
	waits_for_changes();
	return done();
}

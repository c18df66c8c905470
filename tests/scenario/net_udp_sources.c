/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Groups of which a socket takes what some senders send, or all but some; and
 * the options that join by an interface's index, for both families.
 *
 * scenario: net=up bare=skip
 * (the host's ports are not this program's)
 */
#include "net_common.h"

#define PORT  7610
#define GROUP "239.1.2.3"

static int one, other; /* they send from 127.0.0.1 and 127.0.0.2 */

static int sender(const char *ip)
{
	int fd = sock(AF_INET, SOCK_DGRAM);
	struct in_addr lo;

	inet_pton(AF_INET, "127.0.0.1", &lo);
	MUST(bind_at(fd, ip, 0));
	MUST(setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &lo, sizeof(lo)));
	return fd;
}

/* Both send to the group, then one to @fd itself: that is the end. */
static void see_taken(const char *what, const char *group, int port, int fd)
{
	MUST(send_at(one, "one", 0, group, port));
	MUST(send_at(other, "other", 0, group, port));
	MUST(send_at(one, "end", 0, "127.0.0.1", port));
	see("%s", what);
	for (char buf[32] = ""; strncmp(buf, "end", 3) != 0;) {
		MUST(recv(fd, buf, sizeof(buf), 0));
		see("  %.*s", buf[0] == 'o' && buf[1] == 't' ? 5 : 3, buf);
	}
}

/* By address: @name is one of IP_ADD_SOURCE_MEMBERSHIP and its relatives. */
static long source(int fd, int name, const char *group, const char *from,
		   const char *own)
{
	struct ip_mreq_source mreq;

	inet_pton(AF_INET, group, &mreq.imr_multiaddr);
	inet_pton(AF_INET, from, &mreq.imr_sourceaddr);
	inet_pton(AF_INET, own, &mreq.imr_interface);
	return setsockopt(fd, IPPROTO_IP, name, &mreq, sizeof(mreq));
}

static long member(int fd, int name, const char *group)
{
	struct ip_mreq mreq;

	inet_pton(AF_INET, group, &mreq.imr_multiaddr);
	inet_pton(AF_INET, "127.0.0.1", &mreq.imr_interface);
	return setsockopt(fd, IPPROTO_IP, name, &mreq, sizeof(mreq));
}

/* By index. */
static long group_at(int fd, int level, int name, unsigned int index,
		     const char *group)
{
	struct group_req req = { .gr_interface = index };

	at(group, 0, &req.gr_group);
	return setsockopt(fd, level, name, &req, sizeof(req));
}

static long source_at(int fd, int level, int name, unsigned int index,
		      const char *group, const char *from)
{
	struct group_source_req req = { .gsr_interface = index };

	at(group, 0, &req.gsr_group);
	at(from, 0, &req.gsr_source);
	return setsockopt(fd, level, name, &req, sizeof(req));
}

static int receiver(int port)
{
	int fd = sock(AF_INET, SOCK_DGRAM);

	MUST(bind_at(fd, "0.0.0.0", port));
	MUST(set(fd, IPPROTO_IP, IP_MULTICAST_ALL, 0));
	return fd;
}

#define LO "127.0.0.1"
#define ADD(from) source(fd, IP_ADD_SOURCE_MEMBERSHIP, GROUP, from, LO)
#define DROP(from) source(fd, IP_DROP_SOURCE_MEMBERSHIP, GROUP, from, LO)
#define BLOCK(from) source(fd, IP_BLOCK_SOURCE, GROUP, from, LO)
#define UNBLOCK(from) source(fd, IP_UNBLOCK_SOURCE, GROUP, from, LO)

static void some(void)
{
	int fd = receiver(PORT);

	SEE(DROP(LO));
	SEE(ADD("127.0.0.2"));
	see_taken("takes the other", GROUP, PORT, fd);
	SEE(ADD("127.0.0.2"));
	SEE(BLOCK("127.0.0.1"));
	SEE(ADD("127.0.0.1"));
	see_taken("takes both", GROUP, PORT, fd);
	SEE(DROP("127.0.0.3"));
	SEE(DROP("127.0.0.2"));
	see_taken("takes one", GROUP, PORT, fd);
	SEE(DROP("127.0.0.1"));
	see_taken("has left", GROUP, PORT, fd);
	SEE(member(fd, IP_DROP_MEMBERSHIP, GROUP));
	close(fd);
}

static void all_but_some(void)
{
	int fd = receiver(PORT + 1);

	SEE(BLOCK("127.0.0.1"));
	SEE(member(fd, IP_ADD_MEMBERSHIP, GROUP));
	SEE(member(fd, IP_ADD_MEMBERSHIP, GROUP));
	SEE(UNBLOCK("127.0.0.1"));
	SEE(BLOCK("127.0.0.1"));
	SEE(BLOCK("127.0.0.1"));
	see_taken("blocks one", GROUP, PORT + 1, fd);
	SEE(UNBLOCK("127.0.0.1"));
	see_taken("blocks none", GROUP, PORT + 1, fd);
	SEE(ADD("127.0.0.1"));
	SEE(DROP("127.0.0.1"));
	SEE(member(fd, IP_DROP_MEMBERSHIP, GROUP));
	/* A membership that has blocked nobody yet becomes one of the others. */
	SEE(member(fd, IP_ADD_MEMBERSHIP, GROUP));
	SEE(ADD("127.0.0.2"));
	see_taken("takes the other", GROUP, PORT + 1, fd);
	close(fd);
}

/* Who did not join takes what somebody's membership lets in. */
static void not_joined(void)
{
	int fd = receiver(PORT + 2), all = receiver(PORT + 3);

	MUST(set(all, IPPROTO_IP, IP_MULTICAST_ALL, 1));
	SEE(ADD("127.0.0.2"));
	see_taken("not joined, others take the other", GROUP, PORT + 3, all);
	SEE(member(all, IP_ADD_MEMBERSHIP, GROUP));
	SEE(source(all, IP_BLOCK_SOURCE, GROUP, "127.0.0.2", LO));
	see_taken("joined, blocks the other", GROUP, PORT + 3, all);
	close(fd);
	close(all);
}

static void many_sources(void)
{
	int fd = receiver(PORT + 4), n = 0;
	char from[32];
	long r = 0;

	while (r == 0 && n < 100) {
		snprintf(from, sizeof(from), "127.0.1.%d", ++n);
		r = ADD(from);
	}
	see("source %d: %s", n, res(r));
	SEE(ADD("127.0.1.1"));
	close(fd);
}

#define V4 IPPROTO_IP
static void by_index(void)
{
	int fd = receiver(PORT + 5);

	SEE(group_at(fd, V4, MCAST_LEAVE_GROUP, 1, GROUP));
	SEE(group_at(fd, V4, MCAST_JOIN_GROUP, 1, GROUP));
	SEE(group_at(fd, V4, MCAST_JOIN_GROUP, 1, GROUP));
	see_taken("joined by index", GROUP, PORT + 5, fd);
	SEE(source_at(fd, V4, MCAST_BLOCK_SOURCE, 1, GROUP, "127.0.0.2"));
	see_taken("blocks the other", GROUP, PORT + 5, fd);
	SEE(source_at(fd, V4, MCAST_UNBLOCK_SOURCE, 1, GROUP, "127.0.0.2"));
	SEE(group_at(fd, V4, MCAST_LEAVE_GROUP, 1, GROUP));
	SEE(source_at(fd, V4, MCAST_JOIN_SOURCE_GROUP, 1, GROUP, LO));
	see_taken("takes one", GROUP, PORT + 5, fd);
	SEE(source_at(fd, V4, MCAST_LEAVE_SOURCE_GROUP, 1, GROUP, LO));
	SEE(group_at(fd, V4, MCAST_JOIN_GROUP, 77, GROUP));
	SEE(group_at(fd, V4, MCAST_LEAVE_GROUP, 77, GROUP));
	SEE(group_at(fd, V4, MCAST_JOIN_GROUP, 1, "10.0.0.1"));
	SEE(group_at(fd, V4, MCAST_LEAVE_GROUP, 1, "10.0.0.1"));
	SEE(group_at(fd, V4, MCAST_JOIN_GROUP, 1, "ff02::77"));
	SEE(source_at(fd, V4, MCAST_BLOCK_SOURCE, 77, GROUP, LO));
	SEE(source_at(fd, V4, MCAST_BLOCK_SOURCE, 1, "10.0.0.1", LO));
	SEE(source_at(fd, V4, MCAST_BLOCK_SOURCE, 1, GROUP, "::1"));
	SEE(member(fd, IP_DROP_MEMBERSHIP, "10.0.0.1"));
	close(fd);
}

/* What is sent: net_two_groups6.c, since lo has no way to groups of IPv6. */
#define V6 IPPROTO_IPV6
static void six(void)
{
	int fd = sock(AF_INET6, SOCK_DGRAM);

	MUST(bind_at(fd, "::", PORT + 6));
	SEE(group_at(fd, V6, MCAST_JOIN_GROUP, 1, "ff02::77"));
	SEE(group_at(fd, V6, MCAST_JOIN_GROUP, 0, "ff02::77"));
	SEE(source_at(fd, V6, MCAST_BLOCK_SOURCE, 1, "ff02::77", "::1"));
	SEE(source_at(fd, V6, MCAST_UNBLOCK_SOURCE, 0, "ff02::77", "::1"));
	SEE(source_at(fd, V6, MCAST_JOIN_SOURCE_GROUP, 1, "ff02::77", "::1"));
	SEE(group_at(fd, V6, MCAST_LEAVE_GROUP, 1, "ff02::77"));
	SEE(group_at(fd, V6, MCAST_LEAVE_GROUP, 1, "ff02::77"));
	SEE(source_at(fd, V6, MCAST_JOIN_SOURCE_GROUP, 1, "ff02::78", "::1"));
	SEE(source_at(fd, V6, MCAST_LEAVE_SOURCE_GROUP, 1, "ff02::78", "::2"));
	SEE(source_at(fd, V6, MCAST_LEAVE_SOURCE_GROUP, 1, "ff02::78", "::1"));
	SEE(source_at(fd, V6, MCAST_LEAVE_SOURCE_GROUP, 1, "ff02::78", "::1"));
	SEE(group_at(fd, V6, MCAST_JOIN_GROUP, 77, "ff02::77"));
	SEE(group_at(fd, V6, MCAST_LEAVE_GROUP, 1, "fe80::1"));
	SEE(group_at(fd, V6, MCAST_JOIN_GROUP, 1, GROUP));
	SEE(source_at(fd, V6, MCAST_BLOCK_SOURCE, 1, "ff02::77", LO));
	close(fd);
}

/* Too short, too long, not there. */
static void bad(void)
{
	int fd = receiver(PORT + 7);
	const struct group_req req = { .gr_interface = 1 };
	const struct ip_mreq_source mreq = { .imr_multiaddr.s_addr = 1 };

	SEE(setsockopt(fd, V4, IP_ADD_SOURCE_MEMBERSHIP, &mreq, 8));
	SEE(setsockopt(fd, V4, IP_BLOCK_SOURCE, &mreq, 13));
	SEE(setsockopt(fd, V4, IP_BLOCK_SOURCE, (void *)8, 12));
	SEE(setsockopt(fd, V4, IP_BLOCK_SOURCE, &mreq, 12));
	SEE(setsockopt(fd, V4, MCAST_JOIN_GROUP, &req, 8));
	SEE(setsockopt(fd, V4, MCAST_JOIN_GROUP, (void *)8, sizeof(req)));
	SEE(setsockopt(fd, V4, MCAST_BLOCK_SOURCE, &req, sizeof(req)));
	close(fd);
}

int main(void)
{
	one = sender(LO);
	other = sender("127.0.0.2");
	some();
	all_but_some();
	not_joined();
	many_sources();
	by_index();
	six();
	bad();
	return done();
}

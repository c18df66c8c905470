/* SPDX-License-Identifier: Apache-2.0 */
/*
 * UDP by sendmsg, recvmsg and those for many: vectors, control messages,
 * flags, broadcast and groups.
 *
 * scenario: net=up bare=skip
 * (the host's ports are not this program's)
 */
#include "net_common.h"

static void see_control(struct msghdr *m)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
		const struct in_pktinfo *info = (void *)CMSG_DATA(c);
		char ip[64], spec[64];

		if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO)
			see("pktinfo: dev %d address %s for %s",
			    info->ipi_ifindex,
			    inet_ntop(AF_INET, &info->ipi_addr, ip, 64),
			    inet_ntop(AF_INET, &info->ipi_spec_dst, spec, 64));
		else
			see("control %d %d len %zu: %d", c->cmsg_level,
			    c->cmsg_type, c->cmsg_len,
			    *(unsigned char *)CMSG_DATA(c));
	}
}

static void vectors(void)
{
	int a = sock(AF_INET, SOCK_DGRAM), b = sock(AF_INET, SOCK_DGRAM);
	struct sockaddr_storage to, from;
	char one[4] = "", two[4] = "", control[256];
	struct iovec out[] = { { "abc", 3 }, { "defg", 4 } };
	struct iovec in[] = { { one, 3 }, { two, 3 } };
	struct msghdr m = { .msg_name = &to,
			    .msg_iov = out,
			    .msg_iovlen = 2 };

	MUST(bind_at(a, "0.0.0.0", 7400));
	MUST(set(a, IPPROTO_IP, IP_PKTINFO, 1));
	MUST(set(a, IPPROTO_IP, IP_RECVTTL, 1));
	m.msg_namelen = at("127.0.0.1", 7400, &to);
	SEE(sendmsg(b, &m, 0));
	m = (struct msghdr){ .msg_name = &from,
			     .msg_namelen = sizeof(from),
			     .msg_iov = in,
			     .msg_iovlen = 2,
			     .msg_control = control,
			     .msg_controllen = sizeof(control) };
	SEE(recvmsg(a, &m, 0));
	see("\"%s\" \"%s\" flags %x from %s", one, two, m.msg_flags,
	    show(&from, m.msg_namelen));
	see_control(&m);
	MUST(send_at(b, "x", 0, "127.0.0.1", 7400));
	m.msg_controllen = 20;
	m.msg_namelen = 4;
	SEE(recvmsg(a, &m, 0));
	see("flags %x, name of %d, control of %zu", m.msg_flags, m.msg_namelen,
	    m.msg_controllen);
	MUST(set(a, IPPROTO_IP, IP_PKTINFO, 0));
	MUST(send_at(b, "y", 0, "127.0.0.1", 7400));
	m.msg_controllen = sizeof(control);
	m.msg_name = NULL;
	m.msg_namelen = 77;
	SEE(recvmsg(a, &m, MSG_TRUNC));
	see("flags %x, name of %d", m.msg_flags, m.msg_namelen);
	see_control(&m);
	close(a);
	close(b);
}

static void many(void)
{
	int a = sock(AF_INET, SOCK_DGRAM), b = sock(AF_INET, SOCK_DGRAM);
	struct sockaddr_storage to[3], from[3];
	char text[3][8] = { "one", "two", "three" }, got[3][8] = { 0 };
	struct iovec out[3], in[3];
	struct mmsghdr m[3] = { 0 };

	MUST(bind_at(a, "127.0.0.1", 7410));
	for (int i = 0; i < 3; i++) {
		out[i] = (struct iovec){ text[i], strlen(text[i]) };
		m[i].msg_hdr.msg_name = &to[i];
		m[i].msg_hdr.msg_namelen = at("127.0.0.1", 7410, &to[i]);
		m[i].msg_hdr.msg_iov = &out[i];
		m[i].msg_hdr.msg_iovlen = 1;
	}
	SEE(sendmmsg(b, m, 3, 0));
	for (int i = 0; i < 3; i++) {
		see("sent %u", m[i].msg_len);
		in[i] = (struct iovec){ got[i], 7 };
		m[i].msg_hdr.msg_name = &from[i];
		m[i].msg_hdr.msg_namelen = sizeof(from[i]);
		m[i].msg_hdr.msg_iov = &in[i];
	}
	SEE(recvmmsg(a, m, 2, 0, NULL));
	SEE(recvmmsg(a, m + 2, 1, 0, NULL));
	for (int i = 0; i < 3; i++)
		see("got %u \"%s\" from %s", m[i].msg_len, got[i],
		    show(&from[i], m[i].msg_hdr.msg_namelen));
	SEE(recvmmsg(a, m, 3, MSG_DONTWAIT, NULL));
	m[1].msg_hdr.msg_namelen = at("10.1.1.1", 7410, &from[1]);
	m[0].msg_hdr.msg_namelen = at("127.0.0.1", 7410, &from[0]);
	SEE(sendmmsg(b, m, 3, 0));
	close(a);
	close(b);
}

static long group(int fd, int name, const char *ip, const char *dev)
{
	struct ip_mreq mreq;

	inet_pton(AF_INET, ip, &mreq.imr_multiaddr);
	inet_pton(AF_INET, dev, &mreq.imr_interface);
	return setsockopt(fd, IPPROTO_IP, name, &mreq, sizeof(mreq));
}

static long from_dev(int fd, const char *dev)
{
	struct in_addr address;

	inet_pton(AF_INET, dev, &address);
	return setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &address,
			  sizeof(address));
}

static void groups(void)
{
	int a = sock(AF_INET, SOCK_DGRAM), b = sock(AF_INET, SOCK_DGRAM);
	int c = sock(AF_INET, SOCK_DGRAM);
	char buf[16];

	MUST(set(a, SOL_SOCKET, SO_REUSEADDR, 1));
	MUST(set(c, SOL_SOCKET, SO_REUSEADDR, 1));
	MUST(bind_at(a, "0.0.0.0", 7420));
	MUST(bind_at(c, "224.1.1.1", 7420));
	SEE(group(a, IP_ADD_MEMBERSHIP, "224.1.1.1", "0.0.0.0"));
	SEE(group(a, IP_ADD_MEMBERSHIP, "10.1.1.1", "127.0.0.1"));
	SEE(send_at(b, "nobody", 0, "224.1.1.1", 7420));
	SEE(from_dev(b, "10.1.1.1"));
	SEE(from_dev(b, "127.0.0.1"));
	SEE(send_at(b, "nobody", 0, "224.1.1.1", 7420));
	SEE(recv(a, buf, 16, MSG_DONTWAIT));
	SEE(group(a, IP_ADD_MEMBERSHIP, "224.1.1.1", "127.0.0.1"));
	SEE(group(a, IP_ADD_MEMBERSHIP, "224.1.1.1", "127.0.0.1"));
	SEE(send_at(b, "all", 0, "224.1.1.1", 7420));
	SEE(recv(a, buf, 16, 0));
	SEE(recv(c, buf, 16, 0));
	MUST(set(b, IPPROTO_IP, IP_MULTICAST_LOOP, 0));
	SEE(send_at(b, "quiet", 0, "224.1.1.1", 7420));
	SEE(recv(a, buf, 16, 0));
	SEE(group(a, IP_DROP_MEMBERSHIP, "224.1.1.1", "127.0.0.1"));
	SEE(group(a, IP_DROP_MEMBERSHIP, "224.1.1.1", "127.0.0.1"));
	close(a);
	close(b);
	close(c);
}

static void broadcasts(void)
{
	int a = sock(AF_INET, SOCK_DGRAM), b = sock(AF_INET, SOCK_DGRAM);
	char buf[16];

	MUST(bind_at(a, "0.0.0.0", 7430));
	SEE(send_at(b, "no", 0, "127.255.255.255", 7430));
	MUST(set(b, SOL_SOCKET, SO_BROADCAST, 1));
	SEE(send_at(b, "yes", 0, "127.255.255.255", 7430));
	SEE(recv(a, buf, 16, 0));
	close(a);
	close(b);
}

int main(void)
{
	vectors();
	many();
	groups();
	broadcasts();
	return done();
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TCP: descriptors and credentials that are sent along do not arrive, and a
 * name is neither asked for nor told; by calls of many messages, too.
 *
 * scenario: net=up bare=skip
 * (the host's ports are not this program's)
 */
#include "net_common.h"

union control {
	struct cmsghdr head;
	char bytes[CMSG_SPACE(sizeof(struct ucred))];
};

static void try(int from, int to, int type, const void *data, size_t len)
{
	union control control = { 0 };
	char byte = 'x';
	struct iovec iov = { &byte, 1 };
	struct msghdr m = { .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = &control,
			    .msg_controllen = CMSG_SPACE(len) };

	control.head.cmsg_level = SOL_SOCKET;
	control.head.cmsg_type = type;
	control.head.cmsg_len = CMSG_LEN(len);
	memcpy(CMSG_DATA(&control.head), data, len);
	see("sent, type %d: %s", type, res(sendmsg(from, &m, 0)));
	m.msg_controllen = sizeof(control);
	see("received: %s", res(recvmsg(to, &m, 0)));
	see("with %zu bytes of control, flags %x", m.msg_controllen,
	    m.msg_flags);
}

/* Two messages, each with a descriptor and with a name. */
static void many(int from, int to)
{
	union control controls[2] = { 0 };
	struct sockaddr_storage names[2] = { 0 };
	char text[2][8] = { "one", "two" }, buf[2][8] = { "" };
	struct iovec iov[2];
	struct mmsghdr m[2] = { 0 };
	const int fd = 1;

	for (int i = 0; i < 2; i++) {
		struct msghdr *h = &m[i].msg_hdr;

		iov[i] = (struct iovec){ text[i], 3 };
		h->msg_iov = &iov[i];
		h->msg_iovlen = 1;
		h->msg_control = &controls[i];
		h->msg_controllen = CMSG_SPACE(sizeof(fd));
		h->msg_name = &names[i];
		h->msg_namelen = at("127.0.0.9", 9, &names[i]);
		controls[i].head.cmsg_level = SOL_SOCKET;
		controls[i].head.cmsg_type = SCM_RIGHTS;
		controls[i].head.cmsg_len = CMSG_LEN(sizeof(fd));
		memcpy(CMSG_DATA(&controls[i].head), &fd, sizeof(fd));
	}
	see("sent: %s, of %u and %u", res(sendmmsg(from, m, 2, 0)), m[0].msg_len,
	    m[1].msg_len);
	for (int i = 0; i < 2; i++) {
		iov[i] = (struct iovec){ buf[i], 3 };
		m[i].msg_hdr.msg_controllen = sizeof(union control);
		m[i].msg_hdr.msg_namelen = sizeof(names[i]);
		m[i].msg_len = 0;
	}
	see("received: %s", res(recvmmsg(to, m, 2, 0, NULL)));
	for (int i = 0; i < 2; i++)
		see("\"%s\" of %u, %zu bytes of control, flags %x, name of %d",
		    buf[i], m[i].msg_len, m[i].msg_hdr.msg_controllen,
		    m[i].msg_hdr.msg_flags, m[i].msg_hdr.msg_namelen);
	see("more: %s", res(recvmmsg(to, m, 2, MSG_DONTWAIT, NULL)));
	close(to);
	m[0].msg_hdr.msg_controllen = m[1].msg_hdr.msg_controllen = 0;
	see("bad: %s", res(sendmmsg(from, (void *)8, 2, 0)));
}

int main(void)
{
	struct ucred ids = { getpid(), getuid(), getgid() };
	int c, a, fd = 1;

	connected(&c, &a);
	try(c, a, SCM_RIGHTS, &fd, sizeof(fd));
	try(a, c, SCM_RIGHTS, &fd, sizeof(fd));
	try(c, a, SCM_CREDENTIALS, &ids, sizeof(ids));
	many(c, a);
	return done();
}

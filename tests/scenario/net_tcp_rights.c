/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TCP: descriptors and credentials that are sent along do not arrive.
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

int main(void)
{
	struct ucred ids = { getpid(), getuid(), getgid() };
	int c, a, fd = 1;

	connected(&c, &a);
	try(c, a, SCM_RIGHTS, &fd, sizeof(fd));
	try(a, c, SCM_RIGHTS, &fd, sizeof(fd));
	try(c, a, SCM_CREDENTIALS, &ids, sizeof(ids));
	return done();
}

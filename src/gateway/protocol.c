/* SPDX-License-Identifier: Apache-2.0 */
/* See protocol.h. */
#include "src/gateway/protocol.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include "src/host/sys.h"

union fd_control {
	struct cmsghdr align;
	char bytes[CMSG_SPACE(sizeof(int))];
};

long gw_receive(int channel, struct gw_message *ret_message, void *packet,
		int *ret_fd)
{
	struct iovec iov[] = { { ret_message, sizeof(*ret_message) },
			       { packet, GW_PACKET_MAX } };
	union fd_control control;
	struct msghdr m = { .msg_iov = iov,
			    .msg_iovlen = 2,
			    .msg_control = &control,
			    .msg_controllen = sizeof(control) };
	const struct cmsghdr *c;
	long n = sys_result(
		recvmsg(channel, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC));

	*ret_fd = -1;
	if (n == -EAGAIN || n == -EINTR)
		return -EAGAIN;
	if (n < (long)sizeof(*ret_message))
		return -EPIPE;
	c = CMSG_FIRSTHDR(&m);
	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS)
		memcpy(ret_fd, CMSG_DATA(c), sizeof(*ret_fd));
	return n - (long)sizeof(*ret_message);
}

long gw_send(int channel, const struct gw_message *message, const void *packet,
	     size_t len, int fd, int flags)
{
	struct iovec iov[] = { { (void *)message, sizeof(*message) },
			       { (void *)packet, len } };
	union fd_control control = { 0 };
	struct msghdr m = { .msg_iov = iov, .msg_iovlen = 2 };
	long n;

	if (fd >= 0) {
		m.msg_control = &control;
		m.msg_controllen = sizeof(control);
		control.align.cmsg_level = SOL_SOCKET;
		control.align.cmsg_type = SCM_RIGHTS;
		control.align.cmsg_len = CMSG_LEN(sizeof(fd));
		memcpy(CMSG_DATA(&control.align), &fd, sizeof(fd));
	}
	do
		n = sys_result(sendmsg(channel, &m, flags | MSG_NOSIGNAL));
	while (n == -EINTR);
	return n < 0 ? n : 0;
}

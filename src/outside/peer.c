/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who may talk to whom.
 *
 * Theory of operation. A program inside has the same user as the supervisor
 * and the same files, so it can connect to a supervisor's socket, and bind one
 * of its own where a client looks. So each end looks at the other one: it must
 * not be more confined than itself. Whatever is inside has a seccomp filter
 * more than its supervisor, and no_new_privs, and can lose neither; and the
 * process that is looked at is, by its pidfd, the one that connected, or that
 * listens, for as long as the look lasts.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "src/host/sys.h"
#include "src/outside/protocol.h"

#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77	/* Linux 6.5 */
#endif

struct confinement {
	uint64_t filters, mode, no_new_privs;
};

/* Before Linux 5.10 the number of filters is not told: 0 then. */
static long read_confinement(const char *pid, struct confinement *ret)
{
	char path[64], text[4096];
	long r;

	snprintf(path, sizeof(path), "/proc/%s/status", pid);
	r = sys_read_file(path, text, sizeof(text));
	if (r < 0)
		return r;
	ret->filters = sys_status_field(text, "\nSeccomp_filters:", 10);
	ret->mode = sys_status_field(text, "\nSeccomp:", 10);
	ret->no_new_privs = sys_status_field(text, "\nNoNewPrivs:", 10);
	return 0;
}

static int open_peer(int fd, pid_t pid)
{
	socklen_t len = sizeof(int);
	int pidfd;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERPIDFD, &pidfd, &len) == 0)
		return pidfd;
	return (int)sys_result(syscall(SYS_pidfd_open, pid, 0));
}

static bool has_ended(int pidfd)
{
	struct pollfd poll_fd = { .fd = pidfd, .events = POLLIN };
	long n;

	/* The supervisor's own tick is no end of the other one. */
	do {
		n = sys_result(poll(&poll_fd, 1, 0));
	} while (n == -EINTR);
	return n != 0;
}

long peer_check(int fd, bool root, struct peer *ret_peer,
		const char **ret_why)
{
	struct confinement own, other;
	struct ucred cred;
	socklen_t len = sizeof(cred);
	_cleanup_close_ int pidfd = -1;
	char pid[16];

	*ret_why = "the other end is not known";
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) < 0 ||
	    cred.pid <= 0)
		return -EPERM;
	*ret_why = "it belongs to another user";
	if (cred.uid != geteuid() && !(root && cred.uid == 0))
		return -EPERM;
	*ret_why = "the other end has ended";
	pidfd = open_peer(fd, cred.pid);
	snprintf(pid, sizeof(pid), "%d", cred.pid);
	if (pidfd < 0 || read_confinement(pid, &other) < 0 ||
	    read_confinement("self", &own) < 0 || has_ended(pidfd))
		return -ESRCH;
	*ret_why = "it is inside an instance, or confined in another way";
	if (other.filters > own.filters || other.mode > own.mode ||
	    other.no_new_privs > own.no_new_privs)
		return -EPERM;
	ret_peer->pid = cred.pid;
	ret_peer->uid = cred.uid;
	return 0;
}

union fd_message {
	struct cmsghdr header;
	char buf[CMSG_SPACE(sizeof(int))];
};

long protocol_send(int fd, const void *packet, size_t len, int with)
{
	struct iovec iov = { .iov_base = (void *)packet, .iov_len = len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	union fd_message control = { 0 };
	long r;

	if (with >= 0) {
		control.header.cmsg_len = CMSG_LEN(sizeof(int));
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		memcpy(CMSG_DATA(&control.header), &with, sizeof(int));
		msg.msg_control = &control;
		msg.msg_controllen = sizeof(control.buf);
	}
	r = sys_result(sendmsg(fd, &msg, MSG_NOSIGNAL));
	return r < 0 ? r : 0;
}

/* One descriptor is taken; the buffer has no room for more. */
long protocol_receive(int fd, void *packet, size_t len, int *ret_fd)
{
	struct iovec iov = { .iov_base = packet, .iov_len = len };
	union fd_message control = { 0 };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control.buf),
	};
	struct cmsghdr *header;
	long r;

	*ret_fd = -1;
	do {
		r = sys_result(recvmsg(fd, &msg, MSG_CMSG_CLOEXEC));
	} while (r == -EINTR);
	if (r < 0)
		return r;
	header = CMSG_FIRSTHDR(&msg);
	if (header && header->cmsg_level == SOL_SOCKET &&
	    header->cmsg_type == SCM_RIGHTS &&
	    header->cmsg_len == CMSG_LEN(sizeof(int)))
		memcpy(ret_fd, CMSG_DATA(header), sizeof(int));
	if ((size_t)r == len)
		return 0;
	sys_close(ret_fd);
	return r == 0 ? -EPIPE : -EPROTO;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Users and groups that sockets and descriptors tell: SO_PEERCRED,
 * SO_PEERGROUPS, SCM_CREDENTIALS of oneself, by the kernel, and of others,
 * which a capability allows; PIDFD_GET_INFO.
 *
 * scenario: user=all needs=root,userns,kernel:6.13 run-as=root
 */
#include "user_common.h"
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>

#ifndef SO_PEERGROUPS
#define SO_PEERGROUPS 59
#endif

#define CAP(c) (UINT64_C(1) << (c))

static void become(int r, int e, uint64_t caps)
{
	const gid_t groups[] = { 90, 80 };

	MUST(setgroups(2, groups));
	MUST(prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0));
	MUST(syscall(SYS_setresgid, r, e, r));
	MUST(syscall(SYS_setresuid, r, e, r));
	if (r && e)
		MUST(set_caps(caps, caps, 0));
}

static void see_peer(const char *who, int fd)
{
	struct ucred cred = { -7, -7, -7 };
	socklen_t len = sizeof(cred);
	gid_t groups[8];
	int r = getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len);

	see("%s: peer %s: %d %d %d", who, res(r), cred.pid, (int)cred.uid,
	    (int)cred.gid);
	len = sizeof(groups);
	r = getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &len);
	see("%s: groups %s, %d bytes", who, res(r), (int)len);
	for (unsigned int i = 0; r == 0 && i < len / sizeof(gid_t); i++)
		see("%s: group %d", who, (int)groups[i]);
	len = 2;
	r = getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &len);
	see("%s: groups in 2 bytes: %s, %d", who, res(r), (int)len);
}

static long send_as(int fd, int pid, int uid, int gid)
{
	struct ucred cred = { pid, uid, gid };
	char byte = 'x';
	struct iovec iov = { &byte, 1 };
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(cred))] = { 0 };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = control,
			      .msg_controllen = sizeof(control) };
	struct cmsghdr *m = CMSG_FIRSTHDR(&msg);

	m->cmsg_level = SOL_SOCKET;
	m->cmsg_type = SCM_CREDENTIALS;
	m->cmsg_len = CMSG_LEN(sizeof(cred));
	memcpy(CMSG_DATA(m), &cred, sizeof(cred));
	return sendmsg(fd, &msg, 0);
}

static void receive(const char *what, int fd)
{
	struct ucred cred = { -7, -7, -7 };
	char byte;
	struct iovec iov = { &byte, 1 };
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(cred))];
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = control,
			      .msg_controllen = sizeof(control) };
	long n = recvmsg(fd, &msg, MSG_DONTWAIT);
	struct cmsghdr *m = n > 0 ? CMSG_FIRSTHDR(&msg) : NULL;

	if (m && m->cmsg_type == SCM_CREDENTIALS)
		memcpy(&cred, CMSG_DATA(m), sizeof(cred));
	see("received, %s: %s: %d %d %d", what, res(n), cred.pid, (int)cred.uid,
	    (int)cred.gid);
}

struct claim {
	const char *what;
	int r, e;
	uint64_t caps;
	int pid, uid, gid; /* pid 0: its own; -1: the parent's */
};

static const struct claim claims[] = {
	{ "root as itself", 0, 0, 0, 0, 0, 0 },
	{ "root as 33", 0, 0, 0, 0, 33, 33 },
	{ "root as its parent", 0, 0, 0, -1, 33, 0 },
	{ "root as nobody's number", 0, 0, 0, NOBODY, 0, 0 },
	{ "root as 70000", 0, 0, 0, 0, 70000, 0 },
	{ "33 as itself", 33, 33, 0, 0, 33, 33 },
	{ "33 as root", 33, 33, 0, 0, 0, 33 },
	{ "33 as group 0", 33, 33, 0, 0, 33, 0 },
	{ "33 as group 80", 33, 33, 0, 0, 33, 80 },
	{ "33 as its parent", 33, 33, 0, -1, 33, 33 },
	{ "33 with CAP_SETUID", 33, 33, CAP(CAP_SETUID), 0, 44, 33 },
	{ "33 with CAP_SETGID", 33, 33, CAP(CAP_SETGID), 0, 33, 44 },
	{ "33 with CAP_SYS_ADMIN", 33, 33, CAP(CAP_SYS_ADMIN), -1, 33, 33 },
	{ "33,44 as 44", 33, 44, 0, 0, 44, 44 },
	{ "33,44 as 33", 33, 44, 0, 0, 33, 33 },
};

static void try_claim(const struct claim *c)
{
	struct gate hold;
	int fds[2], on = 1;
	pid_t pid;

	gate_init(&hold);
	MUST(socketpair(AF_UNIX, SOCK_DGRAM, 0, fds));
	MUST(setsockopt(fds[0], SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)));
	pid = child();
	if (pid == 0) {
		become(c->r, c->e, c->caps);
		see("%s: %s", c->what,
		    res(send_as(fds[1],
				c->pid > 0   ? c->pid
				: c->pid < 0 ? getppid()
					     : getpid(),
				c->uid, c->gid)));
		receive(c->what, fds[0]);
		/* the kernel says it */
		MUST(send_as(fds[1], getpid(), getuid(), getgid()));
		MUST(write(fds[1], "y", 1));
		receive("explicit", fds[0]);
		receive("implicit", fds[0]);
		_exit(0);
	}
	reap(pid);
	close(fds[0]);
	close(fds[1]);
}

static void peers(void)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX, .sun_path = "s" };
	struct gate ready, go;
	int fd, other, fds[2];
	pid_t pid;

	gate_init(&ready);
	gate_init(&go);
	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, fds));
	see_peer("pair", fds[0]);
	MUST(fd = socket(AF_UNIX, SOCK_STREAM, 0));
	see_peer("unconnected", fd);
	MUST(bind(fd, (struct sockaddr *)&addr, sizeof(addr)));
	MUST(listen(fd, 1));
	pid = child();
	if (pid == 0) {
		int mine;

		become(33, 44, CAP(CAP_DAC_OVERRIDE));
		MUST(mine = socket(AF_UNIX, SOCK_STREAM, 0));
		MUST(connect(mine, (struct sockaddr *)&addr, sizeof(addr)));
		see_peer("client", mine);
		let(&ready, 1);
		pass(&go);
		_exit(0);
	}
	pass(&ready);
	MUST(other = accept(fd, NULL, NULL));
	see_peer("server", other);
	let(&go, 1);
	reap(pid);
	/* the groups of a dead peer are left out: see the runner's list */
	unlink("s");
}

/* As <linux/pidfd.h> of Linux 6.13 has it. */
struct info {
	uint64_t mask, cgroupid;
	uint32_t pid, tgid, ppid, ids[8], spare;
};
#define GET_INFO _IOWR(0xff, 11, struct info)

static void pidfds(void)
{
	struct info info = { .mask = 2 };
	struct gate ready, go;
	pid_t pid;
	int fd;

	gate_init(&ready);
	gate_init(&go);
	pid = child();
	if (pid == 0) {
		become(33, 44, 0);
		let(&ready, 1);
		pass(&go);
		_exit(0);
	}
	pass(&ready);
	MUST(fd = sys_pidfd_open(pid, 0));
	see("pidfd: %s", res(ioctl(fd, GET_INFO, &info)));
	for (int i = 0; i < 8; i++)
		see("pidfd: %u", info.ids[i]);
	let(&go, 1);
	reap(pid);
}

int main(void)
{
	peers();
	pidfds();
	for (size_t i = 0; i < sizeof(claims) / sizeof(claims[0]); i++)
		try_claim(&claims[i]);
	return done();
}

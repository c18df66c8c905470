/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers that go from one pid namespace to another: in siginfos, credentials,
 * owners of descriptors, descriptors of processes.
 *
 * scenario: run-as=root bare=skip
 * (without namespaces, the machine's own would be changed)
 */
#include "scenario.h"

#include <sys/socket.h>

#define SEE(call) see("%s: %s", #call, res(call))

static struct gate up, down;
static int ends[2];

static void receive(const char *who)
{
	char byte, control[256] = { 0 };
	struct iovec iov = { &byte, 1 };
	struct msghdr head = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *m;

	MUST(recvmsg(ends[0], &head, 0));
	for (m = CMSG_FIRSTHDR(&head); m; m = CMSG_NXTHDR(&head, m)) {
		struct ucred cred;

		if (m->cmsg_type != SCM_CREDENTIALS)
			continue;
		memcpy(&cred, CMSG_DATA(m), sizeof(cred));
		see("%s: from %d", who, cred.pid);
	}
}

static void send_as(int pid)
{
	char byte = 0, control[CMSG_SPACE(sizeof(struct ucred))] = { 0 };
	struct ucred cred = { pid, getuid(), getgid() };
	struct iovec iov = { &byte, 1 };
	struct msghdr head = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *m = CMSG_FIRSTHDR(&head);

	m->cmsg_level = SOL_SOCKET;
	m->cmsg_type = SCM_CREDENTIALS;
	m->cmsg_len = CMSG_LEN(sizeof(cred));
	memcpy(CMSG_DATA(m), &cred, sizeof(cred));
	see("send as %d: %s", pid, res(sendmsg(ends[1], &head, 0)));
}

static void peer(const char *who, int fd)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);

	MUST(getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len));
	see("%s: peer %d", who, cred.pid);
}

static void credentials(void)
{
	pid_t pid = (pid_t)MUST(sys_clone(CLONE_NEWPID | SIGCHLD, NULL, NULL));

	if (pid == 0) {
		send_as(1);
		MUST(write(ends[1], "", 1));
		let(&up, 1);
		pass(&down);
		receive("inner");
		receive("inner, of a sibling's");
		peer("inner", ends[0]);
		see("signal: owner %d", fcntl(ends[0], F_GETOWN));
		_exit(0);
	}
	pass(&up);
	receive("outer");
	receive("outer, plain");
	MUST(write(ends[1], "", 1));
	send_as(getpid());
	MUST(fcntl(ends[0], F_SETOWN, getpid()));
	let(&down, 1);
	reap(pid);
	MUST(fcntl(ends[0], F_SETOWN, 0));
}

static void owner(void)
{
	pid_t pid = (pid_t)MUST(sys_clone(CLONE_NEWPID | SIGCHLD, NULL, NULL));

	if (pid == 0) {
		MUST(fcntl(ends[0], F_SETOWN, 1));
		see("inner owner %d", fcntl(ends[0], F_GETOWN));
		let(&up, 1);
		pass(&down);
		_exit(0);
	}
	pass(&up);
	see("outer owner: %s", fcntl(ends[0], F_GETOWN) == pid ? "its number" :
							   "another");
	let(&down, 1);
	reap(pid);
}

static void siginfos(void)
{
	siginfo_t info;
	sigset_t set;
	pid_t pid;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	pid = (pid_t)MUST(sys_clone(CLONE_NEWPID | SIGCHLD, NULL, NULL));
	if (pid == 0) {
		union sigval value = { .sival_int = 7 };

		let(&up, 1);
		MUST(sigwaitinfo(&set, &info));
		see("inner, kill: %s", info_text(&info));
		let(&up, 1);
		MUST(sigwaitinfo(&set, &info));
		see("inner, sigqueue: code %d value %d pid %d", info.si_code,
		    info.si_value.sival_int, info.si_pid);
		SEE(sigqueue(1, SIGUSR2, value));
		MUST(sigwaitinfo(&set, &info));
		see("inner, own: pid %d", info.si_pid);
		_exit(3);
	}
	pass(&up);
	MUST(kill(pid, SIGUSR2));
	pass(&up);
	/* The siginfo names its sender, who says what it likes. */
	MUST(sigqueue(pid, SIGUSR2, (union sigval){ .sival_int = 5 }));
	MUST(sigwaitinfo(&set, &info));
	see("outer, child: %s %s status %d", sig_text(info.si_signo),
	    info.si_pid == pid ? "its number" : "another", info.si_status);
	see("%s", wait_text(reap(pid)));
	/* By process group, from inside to outside. */
	pid = (pid_t)MUST(sys_clone(CLONE_NEWPID | SIGCHLD, NULL, NULL));
	if (pid == 0) {
		sigprocmask(SIG_BLOCK, &set, NULL);
		_exit(kill(0, SIGUSR2) < 0);
	}
	do {
		MUST(sigwaitinfo(&set, &info));
		if (info.si_signo == SIGUSR2)
			see("outer, by group: %s from %s", sig_text(info.si_signo),
			    info.si_pid == pid ? "its number" : "another");
	} while (info.si_signo != SIGUSR2);
	reap(pid);
}

/* A descriptor of a process is of no use where that is not to be seen. */
static void pidfds(void)
{
	int outer = MUST(sys_pidfd_open(getpid(), 0));
	pid_t pid = (pid_t)MUST(sys_clone(CLONE_NEWPID | SIGCHLD, NULL, NULL));

	if (pid == 0) {
		SEE(sys_pidfd_send(outer, 0, NULL, 0));
		see("pidfd_getfd: %s",
		    syscall(SYS_pidfd_getfd, outer, 0, 0) < 0 ? res(-1) : "open");
		_exit(0);
	}
	reap(pid);
	close(outer);
}

int main(void)
{
	int on = 1;

	gate_init(&up);
	gate_init(&down);
	setpgid(0, 0);
	MUST(socketpair(AF_UNIX, SOCK_DGRAM, 0, ends));
	MUST(setsockopt(ends[0], SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)));
	credentials();
	owner();
	siginfos();
	pidfds();
	return done();
}

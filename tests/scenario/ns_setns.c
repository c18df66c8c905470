/* SPDX-License-Identifier: Apache-2.0 */
/*
 * setns(2): by a file of /proc/PID/ns and by a pidfd, and what it refuses.
 *
 * scenario: run-as=root bare=skip
 * (without namespaces, the machine's own would be changed)
 */
#include "scenario.h"

#include <sys/socket.h>
#include <sys/utsname.h>

#define SEE(call) see("%s: %s", #call, res(call))

static struct gate ready, end;

static const char *host_name(void)
{
	static struct utsname name;

	uname(&name);
	return name.nodename;
}

static int open_ns(int nr, const char *kind)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/ns/%s", nr, kind);
	return open(path, O_RDONLY | O_CLOEXEC);
}

/* A child with namespaces of its own, that waits for its end. */
static pid_t other(unsigned long flags, const char *name)
{
	pid_t pid = (pid_t)MUST(sys_clone(flags | SIGCHLD, NULL, NULL));

	if (pid == 0) {
		sethostname(name, strlen(name));
		let(&ready, 1);
		pass(&end);
		_exit(0);
	}
	pass(&ready);
	return pid;
}

static void wrong(int uts, int pid_ns)
{
	int plain = MUST(open("/", O_RDONLY | O_CLOEXEC));
	int path = MUST(open("/proc/self/ns/uts", O_PATH | O_CLOEXEC));

	SEE(setns(-1, 0));
	SEE(setns(NOBODY, CLONE_NEWUTS));
	SEE(setns(plain, 0));
	SEE(setns(plain, CLONE_NEWUTS));
	SEE(setns(path, 0));
	SEE(setns(uts, CLONE_NEWIPC));
	SEE(setns(uts, CLONE_NEWIPC | CLONE_NEWUTS));
	SEE(setns(uts, 1));
	SEE(setns(pid_ns, CLONE_NEWUTS));
	close(plain);
	close(path);
}

static void by_file(pid_t pid)
{
	int uts = MUST(open_ns(pid, "uts")), own = MUST(open_ns(1, "uts"));
	int pid_ns = MUST(open_ns(pid, "pid"));

	wrong(uts, pid_ns);
	see("before: %s", host_name());
	SEE(setns(uts, 0));
	see("by file: %s", host_name());
	SEE(setns(own, CLONE_NEWUTS));
	see("back: %s", host_name());
	SEE(setns(uts, CLONE_NEWUTS));
	SEE(sethostname("changed", 7));
	SEE(setns(own, 0));
	see("back: %s", host_name());
	SEE(setns(uts, 0));
	see("again: %s", host_name());
	SEE(setns(own, 0));
	close(uts);
	close(own);
	close(pid_ns);
}

static void by_pidfd(pid_t pid)
{
	int fd = MUST(sys_pidfd_open(pid, 0)), self;

	self = MUST(sys_pidfd_open(getpid(), 0));
	SEE(setns(fd, 0));
	SEE(setns(fd, 1));
	SEE(setns(fd, CLONE_NEWUTS | CLONE_FILES));
	SEE(setns(fd, CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWPID));
	see("by pidfd: %s, %d", host_name(), getpid());
	SEE(setns(self, CLONE_NEWIPC));
	close(fd);
	close(self);
}

/* After setns() the next children are in there, not the caller itself. */
static void pid_ns(pid_t pid)
{
	int own = MUST(open_ns(1, "pid")), fd = MUST(open_ns(pid, "pid"));
	pid_t inner;

	SEE(setns(fd, CLONE_NEWPID));
	see("own number %d", getpid());
	inner = child();
	if (inner == 0) {
		see("inside: %d of %d", getpid(), getppid());
		SEE(setns(own, CLONE_NEWPID));
		SEE(setns(fd, CLONE_NEWPID));
		SEE(kill(1, 0));
		SEE(kill(pid, 0));
		inner = child();
		if (inner == 0) {
			see("its child: %d of %d", getpid(), getppid());
			_exit(0);
		}
		reap(inner);
		see("its child: %d", inner);
		_exit(0);
	}
	reap(inner);
	see("inside: %s", inner > pid ? "number of here" : "other");
	SEE(unshare(CLONE_NEWPID));
	SEE(syscall(SYS_clone, CLONE_THREAD | CLONE_SIGHAND | CLONE_VM, 0, 0, 0,
		    0));
	SEE(setns(own, 0));
	inner = child();
	if (inner == 0) {
		see("back: %s", getpid() > 1 && getppid() > 1 ? "here" : "no");
		_exit(0);
	}
	reap(inner);
	close(own);
	close(fd);
}

static void in_child(void (*run)(pid_t pid), pid_t pid)
{
	pid_t runner = child();

	if (runner == 0) {
		run(pid);
		_exit(0);
	}
	see("%s", wait_text(reap(runner)));
}

/* A descriptor keeps a namespace, and travels. */
static void kept(void)
{
	pid_t pid = other(CLONE_NEWUTS | CLONE_NEWPID, "kept");
	int uts = MUST(open_ns(pid, "uts")), number = MUST(open_ns(pid, "pid"));
	int gone = MUST(sys_pidfd_open(pid, 0));

	let(&end, 1);
	reap(pid);
	SEE(setns(gone, CLONE_NEWUTS));
	SEE(setns(uts, 0));
	see("kept: %s", host_name());
	SEE(setns(number, 0));
	SEE(fork());
}

/* By a socket, to a task in another one. */
static void travels(void)
{
	char byte = 0, control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct iovec iov = { &byte, 1 };
	struct msghdr head = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *m = CMSG_FIRSTHDR(&head);
	int ends[2], fd;
	long pid;

	MUST(socketpair(AF_UNIX, SOCK_DGRAM, 0, ends));
	pid = MUST(sys_clone(CLONE_NEWUTS | SIGCHLD, NULL, NULL));
	if (pid == 0) {
		MUST(sethostname("sender", 6));
		fd = MUST(open("/proc/self/ns/uts", O_RDONLY));
		m->cmsg_level = SOL_SOCKET;
		m->cmsg_type = SCM_RIGHTS;
		m->cmsg_len = CMSG_LEN(sizeof(fd));
		memcpy(CMSG_DATA(m), &fd, sizeof(fd));
		MUST(sendmsg(ends[1], &head, 0));
		_exit(0);
	}
	reap((int)pid);
	MUST(recvmsg(ends[0], &head, 0));
	memcpy(&fd, CMSG_DATA(m), sizeof(fd));
	SEE(setns(fd, CLONE_NEWUTS));
	see("travelled: %s", host_name());
}

int main(void)
{
	pid_t pid;

	gate_init(&ready);
	gate_init(&end);
	MUST(sethostname("outer", 5));
	pid = other(CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWPID, "inner");
	in_child(by_file, pid);
	in_child(by_pidfd, pid);
	in_child(pid_ns, pid);
	let(&end, 1);
	reap(pid);
	travels();
	kept();
	return done();
}

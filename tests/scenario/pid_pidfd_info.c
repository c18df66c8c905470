/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The numbers that a pidfd tells by PIDFD_GET_INFO.
 *
 * scenario: needs=kernel:6.13
 */
#include "scenario.h"

#include <sys/ioctl.h>

/* As <linux/pidfd.h> of Linux 6.13 has it. */
struct info {
	uint64_t mask, cgroupid;
	uint32_t pid, tgid, ppid, ruid, rgid, euid, egid, suid, sgid, fsuid,
		fsgid, spare;
};
#define GET_INFO _IOWR(0xff, 11, struct info)

static void show(const char *what, int fd)
{
	struct info info = { .mask = 1 };
	int r = ioctl(fd, GET_INFO, &info);

	see("%s: %s pid %u tgid %u ppid %u uid %s", what, res(r), info.pid,
	    info.tgid, info.ppid, info.ruid == getuid() ? "own" : "other");
}

int main(void)
{
	struct gate hold, ready;
	siginfo_t info;
	pid_t pid;
	int fd;

	gate_init(&hold);
	gate_init(&ready);
	show("own", MUST(sys_pidfd_open(getpid(), 0)));
	pid = child();
	if (pid == 0) {
		if (child() == 0) {
			let(&ready, 1);
			pass(&hold);
			_exit(0);
		}
		show("parent", MUST(sys_pidfd_open(getppid(), 0)));
		pass(&ready);
		_exit(0);
	}
	fd = MUST(sys_pidfd_open(pid, 0));
	MUST(waitid(P_PID, pid, &info, WEXITED | WNOWAIT));
	show("zombie", fd);
	reap(pid);
	fd = MUST(sys_pidfd_open(pid + 1, 0));
	show("orphan", fd);
	let(&hold, 1);
	reap(pid + 1);
	return done();
}

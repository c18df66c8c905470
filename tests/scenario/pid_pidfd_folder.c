/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A folder /proc/PID where a pidfd is asked for: pidfd_send_signal(2) takes it,
 * of a process that is gone, too; the others do not.
 *
 * scenario: bare=same
 * (no number is shown)
 */
#include "scenario.h"

static int folder(const char *format, int pid, int flags)
{
	char path[64];

	snprintf(path, sizeof(path), format, pid);
	return MUST(open(path, O_RDONLY | O_CLOEXEC | flags));
}

static void ask(const char *what, int fd)
{
	siginfo_t info = { 0 };

	see("%s: send %s, getfd %s, setns %s, wait %s", what,
	    res(sys_pidfd_send(fd, 0, NULL, 0)),
	    res(syscall(SYS_pidfd_getfd, fd, 0, 0)),
	    res(setns(fd, CLONE_NEWUTS)),
	    res(waitid(P_PIDFD, (id_t)fd, &info, WEXITED | WNOHANG)));
}

int main(void)
{
	pid_t pid = child();
	int dir, path, stat, task, pidfd;

	if (pid == 0) {
		pause();
		_exit(0);
	}
	dir = folder("/proc/%d", pid, O_DIRECTORY);
	path = folder("/proc/%d", pid, O_PATH);
	stat = folder("/proc/%d/stat", pid, 0);
	task = folder("/proc/%d/task", pid, O_DIRECTORY);
	pidfd = MUST(sys_pidfd_open(pid, 0));
	ask("folder", dir);
	ask("O_PATH", path);
	ask("file", stat);
	ask("task", task);
	see("kill: %s", res(sys_pidfd_send(dir, SIGKILL, NULL, 0)));
	see("%s", wait_text(reap(pid)));
	ask("gone", dir);
	ask("gone, O_PATH", path);
	ask("gone, file", stat);
	ask("gone, task", task);
	see("gone, pidfd: send %s", res(sys_pidfd_send(pidfd, 0, NULL, 0)));
	return done();
}

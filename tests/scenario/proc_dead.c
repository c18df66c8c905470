/* SPDX-License-Identifier: Apache-2.0 */
/* What open descriptors of /proc/N do when N has ended, and is reaped. */
#include "proc_common.h"

static void try(const char *when, pid_t pid, int dir, int task, int fds)
{
	char buf[1024];
	struct stat st;
	int fd;

	see("%s:", when);
	see("  open stat %s", number_in(slurp_at(dir, "stat")));
	see("  open status %s",
	    first_line(slurp_at(dir, "status"))[0] == 'N' ? "Name" :
	    slurp_at(dir, "status"));
	see("  open task/N/stat %s",
	    number_in(slurp_at(task, path("%d/stat", pid))));
	see("  open ../1/stat %s", number_in(slurp_at(dir, "../1/stat")));
	see("  fstat %s", res(fstat(dir, &st)));
	see("  fstatat %s", res(fstatat(dir, "stat", &st, 0)));
	see("  getdents %d", (int)syscall(SYS_getdents64, task, buf, 1024) > 0);
	lseek(task, 0, SEEK_SET);
	see("  getdents of task %s",
	    res(syscall(SYS_getdents64, task, buf, 24)));
	lseek(task, 0, SEEK_SET);
	see("  getdents of fd %s",
	    res(syscall(SYS_getdents64, fds, buf, 24)));
	lseek(fds, 0, SEEK_SET);
	see("  name %s, %s", link_text(path("/proc/self/fd/%d", dir)),
	    link_text(path("/proc/self/fd/%d", task)));
	fd = openat(dir, "fd/0", O_RDONLY | O_NONBLOCK);
	see("  open fd/0 %s", fd == -1 ? res(-1) : "done");
	if (fd != -1) {
		close(fd);
	}
	see("  stat %s", res(stat(path("/proc/%d", pid), &st)));
	see("  readlink cwd %s",
	    link_text(path("/proc/%d/cwd", pid))[0] == '\'' ?
	    "a path" : link_text(path("/proc/%d/cwd", pid)));
	see("  environ %d maps %d cmdline %s",
	    strlen(slurp_at(dir, "environ")) > 9, strlen(slurp_at(dir, "maps")) > 9,
	    slurp_at(dir, "cmdline")[0] ? "some" : "none");
	see("  comm %s", first_line(slurp_at(dir, "comm")));
}

static void read_again(const char *when, int fd)
{
	char buf[512];
	ssize_t n = pread(fd, buf, sizeof(buf) - 1, 0);

	buf[n > 0 ? n : 0] = 0;
	see("%s: pread of stat %s", when, n == -1 ? res(-1) : number_in(buf));
	lseek(fd, 0, SEEK_SET);
	n = read(fd, buf, sizeof(buf) - 1);
	buf[n > 0 ? n : 0] = 0;
	see("%s: read of stat %s", when, n == -1 ? res(-1) : number_in(buf));
}

int main(void)
{
	pid_t pid = idle_child();
	int dir = MUST(open(path("/proc/%d", pid), O_RDONLY));
	int by_path = MUST(open(path("/proc/%d", pid), O_PATH));
	int task = MUST(open(path("/proc/%d/task", pid), O_RDONLY));
	int fds = MUST(open(path("/proc/%d/fd", pid), O_RDONLY));
	int text = MUST(open(path("/proc/%d/stat", pid), O_RDONLY));
	int unread = MUST(open(path("/proc/%d/stat", pid), O_RDONLY));
	int comm = MUST(open(path("/proc/%d/comm", pid), O_RDONLY));
	char buf[64];

	until_state(pid, 'S');
	read_again("alive", text);
	try("alive", pid, dir, task, fds);
	kill(pid, SIGKILL);
	waitid(P_PID, pid, &(siginfo_t){ 0 }, WEXITED | WNOWAIT);
	until_state(pid, 'Z');
	read_again("zombie", text);
	try("zombie", pid, dir, task, fds);
	reap(pid);
	try("reaped", pid, dir, task, fds);
	SEE(openat(by_path, "stat", O_RDONLY));
	SEE(read(comm, buf, sizeof(buf)));
	SEE(fchdir(dir));
	SEE(open("stat", O_RDONLY));
	see("getcwd %d", getcwd(buf, sizeof(buf)) != NULL);
	see("after it: %s", number_in(slurp("/proc/self/stat")));
	read_again("reaped", text);
	see("never read: %s", number_in(slurp_fd(unread)));
	return done();
}

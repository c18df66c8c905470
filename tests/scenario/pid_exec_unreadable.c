/* SPDX-License-Identifier: Apache-2.0 */
/* A program that may be run but not read is served as any other. */
#include "scenario.h"

#include <sys/utsname.h>

#define COPY "unreadable"

static void copy(void)
{
	int from = MUST(open(self_path, O_RDONLY | O_CLOEXEC));
	int to =
		MUST(open(COPY, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0700));
	char block[65536];
	ssize_t n;

	while ((n = MUST(read(from, block, sizeof(block)))) > 0) {
		MUST(write(to, block, n));
	}
	MUST(fchmod(to, 0111));
	close(to);
	close(from);
}

static int inside(void)
{
	struct utsname *names = guard_alloc(sizeof(*names));
	int *status = guard_alloc(sizeof(*status));
	pid_t pid;

	see("inside: getpid %d getppid %d dumpable %d", getpid(), getppid(),
	    prctl(PR_GET_DUMPABLE));
	see("uname: %s %s", res(uname(names)), names->nodename);
	pid = child();
	if (pid == 0) {
		_exit(3);
	}
	see("wait4: %s", res(wait4(pid, status, 0, NULL)));
	see("status: %s", wait_text(*status));
	return 21;
}

int main(int argc, char **argv)
{
	pid_t pid;

	(void)argv;
	if (argc > 1) {
		return inside();
	}
	copy();
	see("read: %s", res(open(COPY, O_RDONLY)));
	pid = child();
	if (pid == 0) {
		execl(COPY, COPY, "inside", NULL);
		see("exec: %s", res(-1));
		_exit(1);
	}
	see("%d %s", pid, wait_text(reap(pid)));
	unlink(COPY);
	return done();
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A shell with job control on a terminal of its own: stopped jobs, fg and bg.
 *
 * scenario: needs=tty
 */
#include "scenario.h"

#include <sys/ioctl.h>

static int tty;

static void script(const char *text)
{
	char output[4096];
	char *line, *rest;
	size_t used = 0;
	int fd[2];
	ssize_t n;
	pid_t pid;

	MUST(pipe2(fd, O_CLOEXEC));
	pid = child();
	if (pid == 0) {
		setsid();
		MUST(ioctl(tty, TIOCSCTTY, 0));
		dup2(tty, STDIN_FILENO);
		dup2(tty, STDERR_FILENO);
		dup2(fd[1], STDOUT_FILENO);
		execl("/bin/sh", "sh", "-c", text, NULL);
		_exit(126);
	}
	close(fd[1]);
	while ((n = read(fd[0], output + used, sizeof(output) - 1 - used)) >
	       0) {
		used += n;
	}
	close(fd[0]);
	output[used] = '\0';
	see("%s", text);
	for (rest = output; (line = strsep(&rest, "\n")) && *line;) {
		see("  %s", line);
	}
	see("  %d %s", pid, wait_text(reap(pid)));
}

int main(void)
{
	int master = MUST(posix_openpt(O_RDWR | O_NOCTTY));

	MUST(unlockpt(master));
	tty = MUST(open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC));
	script("set -m; sh -c 'kill -STOP $$; exit 5'; echo $?;"
	       " fg >/dev/null; echo $?");
	script("set -m; sh -c 'kill -TSTP $$; exit 6'; echo $?;"
	       " bg >/dev/null; wait; echo $?");
	script("set -m; cat & wait $!; echo $?; kill -KILL %1; wait; echo $?");
	script("set -m; (exit 3) | (exit 4); echo $?");
	script("set -m; sh -c 'kill -INT 0'; echo $?");
	return done();
}

/* SPDX-License-Identifier: Apache-2.0 */
/* What a shell says to a script, and how it ends. */
#ifndef PID_SHELL_H
#define PID_SHELL_H

#include <sys/ioctl.h>
#include "scenario.h"

/* In a session of its own, with the terminal @tty; -1: as the caller. */
static inline void begin_script(const char *text, int tty, int output)
{
	if (tty >= 0) {
		setsid();
		MUST(ioctl(tty, TIOCSCTTY, 0));
		dup2(tty, STDIN_FILENO);
		dup2(tty, STDERR_FILENO);
	}
	dup2(output, STDOUT_FILENO);
	execl("/bin/sh", "sh", "-c", text, NULL);
	_exit(126);
}

static inline void run_script(const char *text, int tty)
{
	char output[4096];
	char *line, *rest;
	size_t used = 0;
	int fd[2];
	ssize_t n;
	pid_t pid;

	MUST(pipe2(fd, O_CLOEXEC));
	pid = child();
	if (pid == 0)
		begin_script(text, tty, fd[1]);
	close(fd[1]);
	while ((n = read(fd[0], output + used, sizeof(output) - 1 - used)) > 0)
		used += (size_t)n;
	close(fd[0]);
	output[used] = '\0';
	see("%s", text);
	for (rest = output; (line = strsep(&rest, "\n")) && *line;)
		see("  %s", line);
	see("  %d %s", pid, wait_text(reap(pid)));
}

#endif

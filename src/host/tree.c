/* SPDX-License-Identifier: Apache-2.0 */
/* The processes below this one; see tree.h. */
#include "src/host/tree.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "src/host/sys.h"

bool tree_has(host_pid pid)
{
	host_pid parent;

	for (int depth = 0; depth < 65536; depth++) {
		if (pid.n <= 1 || sys_parent(pid, &parent) < 0)
			return false;
		if (parent.n == getpid())
			return true;
		pid = parent;
	}
	return false;
}

/* Return: whether there was any. */
static bool kill_below(void)
{
	DIR *dir = opendir("/proc");
	struct dirent *entry;
	bool found = false;

	if (!dir)
		return false;
	while ((entry = readdir(dir))) {
		host_pid pid = { atoi(entry->d_name) };

		if (pid.n <= 0 || !tree_has(pid))
			continue;
		found = true;
		sys_kill(pid, SIGKILL);
	}
	closedir(dir);
	return found;
}

void tree_end(void)
{
	const struct timespec pause = { .tv_nsec = 1000000 };

	/* Orphans come here as their parents die: until no child is left. */
	while (sys_result(waitpid(-1, NULL, WNOHANG | __WALL)) != -ECHILD)
		if (kill_below())
			nanosleep(&pause, NULL);
}

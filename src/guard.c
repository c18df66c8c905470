/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The guard: between the front process and the supervisor, where tasks are
 * not traced all the time.
 *
 * Theory of operation. The kernel ends a traced task with its tracer, and no
 * other. So the supervisor has a parent that does nothing but wait for it. If
 * it was killed, the guard kills all that is below: a child subreaper, it is
 * the ancestor of whatever the supervisor has left. Without a listener no
 * caught call works, so little new can come meanwhile. The other way round,
 * the supervisor is told of the guard's death by a signal, and ends the tree.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "src/config.h"
#include "src/host/log.h"
#include "src/host/sys.h"

/* Is @pid below this process? A chain that changes meanwhile says no. */
static bool is_below(host_pid pid)
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

		if (pid.n <= 0 || !is_below(pid))
			continue;
		found = true;
		sys_kill(pid, SIGKILL);
	}
	closedir(dir);
	return found;
}

static void end_all(void)
{
	const struct timespec pause = { .tv_nsec = 1000000 };

	/* Orphans come here as their parents die: until no child is left. */
	while (sys_result(waitpid(-1, NULL, WNOHANG | __WALL)) != -ECHILD)
		if (kill_below())
			nanosleep(&pause, NULL);
}

/* Keeps nothing of what was inherited: readers must not wait for it. */
static void let_go(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (int fd = 0; null >= 0 && fd <= STDERR_FILENO; fd++)
		dup2(null, fd);
	sys_call(SYS_close_range, STDERR_FILENO + 1, ~0U, 0, 0, 0, 0);
	if (chdir("/") < 0)
		return; /* the user's folder stays busy: no harm */
}

int guard_run(const struct config *config, int control)
{
	pid_t guard = getpid(), supervisor;
	int status = 0;

	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	supervisor = fork();
	if (supervisor < 0) {
		log_message("fork: %s", log_errno(sys_result(-1)));
		return EXIT_NSRUN;
	}
	if (supervisor == 0) {
		prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0);
		if (getppid() != guard)
			_exit(EXIT_NSRUN);
		_exit(supervisor_run(config, control));
	}
	/* Out of reach of the terminal, and of those inside. */
	setsid();
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	let_go();
	while (sys_result(waitpid(supervisor, &status, 0)) == -EINTR)
		;
	if (!WIFSIGNALED(status))
		return WEXITSTATUS(status);
	end_all();
	/* The front process tells how. */
	signal(WTERMSIG(status), SIG_DFL);
	kill(guard, WTERMSIG(status));
	return EXIT_NSRUN;
}

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
 *
 * The supervisor and the command may long run before the guard comes to: what
 * keeps it alive is there before it forks. Its name is not nsrun, so that it
 * outlives a `pkill -9 nsrun`, and ends the tree after it. And the signals that
 * the front process takes are blocked: until setsid() those of the terminal are
 * the guard's, too.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "src/config.h"
#include "src/host/log.h"
#include "src/host/sys.h"
#include "src/host/tree.h"

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

int guard_run(const struct config *config, int control, const sigset_t *mask)
{
	char name[16] = "";
	pid_t guard = getpid();
	long supervisor;
	int status = 0;

	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	prctl(PR_GET_NAME, name, 0, 0, 0);
	prctl(PR_SET_NAME, "ns-guard", 0, 0, 0);
	/* Nothing inside may look into it, though it has the same user. */
	supervisor = sys_fork_shut(false);
	if (supervisor < 0) {
		log_message("fork: %s", log_errno(supervisor));
		return EXIT_NSRUN;
	}
	if (supervisor == 0) {
		prctl(PR_SET_NAME, name, 0, 0, 0);
		sigprocmask(SIG_SETMASK, mask, NULL);
		prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0);
		if (getppid() != guard)
			_exit(EXIT_NSRUN);
		_exit(supervisor_run(config, control));
	}
	setsid();	/* out of reach of the terminal */
	let_go();
	while (sys_result(waitpid((pid_t)supervisor, &status, 0)) == -EINTR)
		;
	if (!WIFSIGNALED(status))
		return WEXITSTATUS(status);
	tree_end();
	/* The front process tells how. */
	signal(WTERMSIG(status), SIG_DFL);
	sigprocmask(SIG_SETMASK, mask, NULL);
	kill(guard, WTERMSIG(status));
	return EXIT_NSRUN;
}

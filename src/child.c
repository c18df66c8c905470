/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The first process of the tree: from the supervisor's fork to exec.
 *
 * It shares the supervisor's descriptor table (CLONE_FILES) while it loads
 * the filter, so the listener is the supervisor's at once: no descriptor has
 * to be sent by a call that the filter might catch.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "interpose/filter.h"
#include "src/config.h"
#include "src/host/caps.h"
#include "src/host/landlock.h"
#include "src/host/log.h"
#include "src/host/sys.h"
#include "src/syscall.h"

static _Noreturn void run_command(const struct config *config)
{
	const char *name = config->command[0];
	const char *why;
	struct stat st;
	long r;

	execvp(name, config->command);
	r = sys_result(-1);
	why = log_errno(r);
	if (r == -EACCES && stat(name, &st) == 0 && S_ISDIR(st.st_mode))
		why = log_errno(EISDIR);
	log_message("%s: %s", name, why);
	if (r == -ENOENT)
		_exit(EXIT_NOT_FOUND);
	_exit(EXIT_NOT_EXECUTABLE);
}

/* Where the kernel has Landlock: the path calls do not rest on it alone. */
static long close_proc(const struct config *config, bool *ret_closed)
{
	long r;

	if (!(config->kinds & NS_PID) ||
	    (config->without & (WITHOUT_LANDLOCK | WITHOUT_NOTIFY)))
		return 0;
	r = sys_result(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	if (r == 0)
		r = landlock_close_proc();
	*ret_closed = r == 0;
	return r == -ENOSYS || r == -EOPNOTSUPP || r == -EPERM ? 0 : r;
}

/* With a net: abstract names of others are closed where the kernel can. */
static long scope_sockets(const struct config *config, bool *ret_scoped)
{
	long r;

	if (!(config->kinds & ~config->late & NS_NET) ||
	    (config->without & WITHOUT_LANDLOCK))
		return 0;
	r = sys_result(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	if (r == 0)
		r = landlock_scope_sockets();
	*ret_scoped = r == 0;
	return r == -ENOSYS || r == -EOPNOTSUPP ? 0 : r;
}

static long prepare(const struct config *config, struct filter *filter,
		    struct child_report *report)
{
	long r;

	snprintf(report->what, sizeof(report->what), "capabilities");
	r = config->keep_caps ? 0 : caps_drop_all();
	if (r < 0)
		return r;
	snprintf(report->what, sizeof(report->what), "child subreaper");
	if ((config->kinds & NS_PID) && !config->join)
		r = sys_result(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0));
	if (r < 0)
		return r;
	snprintf(report->what, sizeof(report->what), "Landlock");
	r = close_proc(config, &report->proc_closed);
	if (r == 0)
		r = scope_sockets(config, &report->scoped);
	if (r < 0)
		return r;
	snprintf(report->what, sizeof(report->what), "seccomp filter");
	return filter_load(filter, config_filter_mode(config),
			   config_opens(config, report->proc_closed),
			   &report->listener);
}

/* Return: its pid. */
static pid_t start_command(const struct config *config, const sigset_t *mask,
			   void (*sigchld)(int sig))
{
	pid_t command = fork();

	if (command < 0) {
		log_message("fork: %s", log_errno(sys_result(-1)));
		_exit(EXIT_NSRUN);
	}
	if (command == 0) {
		signal(SIGCHLD, sigchld);
		sigprocmask(SIG_SETMASK, mask, NULL);
		run_command(config);
	}
	return command;
}

/* That of a kept instance outlives the terminal, and holds nobody's pipe. */
static void leave_terminal(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	setsid();
	for (int fd = 0; null >= 0 && fd <= STDERR_FILENO; fd++)
		dup2(null, fd);
}

/*
 * --init: reaps whatever becomes its child, ends as the command does (or not
 * at all: --keep), and hands on what comes from outside.
 */
static _Noreturn void run_init(const struct config *config)
{
	sigset_t all, old;
	siginfo_t info;
	pid_t command = 0;
	void (*sigchld)(int sig);

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &old);
	sigchld = signal(SIGCHLD, SIG_DFL);
	/* Not readable by those inside: the supervisor remembers it. */
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	if (config->command[0])
		command = start_command(config, &old, sigchld);
	if (config->keep)
		leave_terminal();
	/* What nsrun needed to begin is nothing for those inside to get. */
	sys_call(SYS_close_range, 3, ~0U, 0, 0, 0, 0);
	for (;;) {
		int status, sig = sigwaitinfo(&all, &info);
		pid_t ended;

		if (sig > 0 && sig != SIGCHLD && info.si_code == SI_USER &&
		    info.si_pid == 0 && command)
			kill(command, sig);
		while ((ended = waitpid(-1, &status, WNOHANG)) > 0) {
			if (ended != command)
				continue;
			command = 0;
			if (!config->keep)
				_exit(WIFSIGNALED(status) ?
				      EXIT_SIGNAL + WTERMSIG(status) :
				      WEXITSTATUS(status));
		}
	}
}

_Noreturn void child_run_command(const struct config *config)
{
	if (config->init)
		run_init(config);
	run_command(config);
}

_Noreturn void child_run(const struct config *config, struct filter *filter,
			 int ready, int go)
{
	struct child_report report = { .listener = -1 };
	char c;
	long r;

	report.error = (int)prepare(config, filter, &report);
	sys_write_all(ready, &report, sizeof(report));
	if (report.error < 0 || sys_read(go, &c, 1) != 1)
		_exit(EXIT_NSRUN);
	if (config->join)
		prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0);
	r = filter_load_held(filter);
	if (r < 0) {
		log_message("seccomp filter: %s", log_errno(r));
		_exit(EXIT_NSRUN);
	}
	child_run_command(config);
}

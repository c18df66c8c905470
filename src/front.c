/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The front process: the one that the user's shell knows.
 *
 * Theory of operation. The supervisor is a process of its own, in a process
 * group of its own, so that the terminal's signals do not reach it, and ^Z
 * does not stop it; the front process stays in the group that the shell made,
 * with the command. It passes signals that were sent to it alone on to the
 * command, stops when the command has stopped and goes on when it does, and
 * exits as the command did. Should either process die, the other one ends the
 * tree; or the guard does, which stands between them (guard.c).
 *
 * It does not stop by ^Z itself: the shell would take the terminal while the
 * command still reads from it, and a command that does not stop by ^Z would
 * seem to.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "src/config.h"
#include "src/host/log.h"
#include "src/host/sys.h"
#include "src/outside/name.h"

/* What a user sends to end a command or to tell it something. */
static const int forwarded[] = {
	SIGTERM, SIGHUP, SIGINT, SIGQUIT, SIGUSR1, SIGUSR2, SIGWINCH,
	SIGTSTP, SIGCONT,
};

void front_signals(sigset_t *ret_set)
{
	sigemptyset(ret_set);
	for (size_t i = 0; i < sizeof(forwarded) / sizeof(forwarded[0]); i++)
		sigaddset(ret_set, forwarded[i]);
}

int front_open_signals(void)
{
	sigset_t set;

	front_signals(&set);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* The terminal sends to the whole group, the command included. */
bool front_is_for_command(const struct signalfd_siginfo *info)
{
	return info->ssi_code != SI_KERNEL;
}

static void forward(int signals, int control)
{
	struct signalfd_siginfo info;
	struct control message = { .kind = CONTROL_SIGNAL };

	while (sys_read(signals, &info, sizeof(info)) == sizeof(info)) {
		if (!front_is_for_command(&info))
			continue;
		message.value = (int)info.ssi_signo;
		send(control, &message, sizeof(message), MSG_NOSIGNAL);
	}
}

int front_status(int status)
{
	if (WIFSIGNALED(status))
		return EXIT_SIGNAL + WTERMSIG(status);
	return WEXITSTATUS(status);
}

/* The shell sees which signal did it. */
void front_stop_self(int sig)
{
	sigset_t set, old;

	sigemptyset(&set);
	sigaddset(&set, sig);
	raise(sig);
	sigprocmask(SIG_UNBLOCK, &set, &old);
	sigprocmask(SIG_SETMASK, &old, NULL);
}

/*
 * What of ours the supervisor has not read when it ends is an error that takes
 * the place of what it told, once: unix_release_sock() of net/unix/af_unix.c.
 */
static bool receive(int control, struct control *ret_message, int flags)
{
	struct control message;
	long r;

	do {
		r = sys_result(recv(control, &message, sizeof(message), flags));
	} while (r == -EINTR || r == -ECONNRESET);
	if (r != sizeof(message))
		return false;
	*ret_message = message;
	return true;
}

/* As the command has. */
static void stop_self(int control, int sig)
{
	struct control next;

	/* It goes on already. */
	if (receive(control, &next, MSG_PEEK | MSG_DONTWAIT) &&
	    next.kind != CONTROL_STOPPED)
		return;
	front_stop_self(sig);
}

/* Return: the exit status that the supervisor tells, or its own failure's. */
static int wait_end(int control, pid_t supervisor, bool keep)
{
	struct pollfd fds[] = {
		{ .fd = control, .events = POLLIN },
		{ .fd = front_open_signals(), .events = POLLIN },
	};
	struct control message;
	int status;

	for (;;) {
		if (poll(fds, 2, -1) < 0)
			continue;
		if (fds[1].revents)
			forward(fds[1].fd, control);
		if (!fds[0].revents)
			continue;
		if (!receive(control, &message, 0))
			message.kind = CONTROL_SIGNAL;	/* it has died */
		if (message.kind == CONTROL_STOPPED)
			stop_self(control, message.value);
		else if (message.kind != CONTROL_CONTINUED)
			break;
	}
	if (message.kind == CONTROL_ENDED) {
		if (!keep)
			waitpid(supervisor, NULL, 0);
		return front_status(message.value);
	}
	/* It said why itself, unless it was killed. */
	waitpid(supervisor, &status, 0);
	if (WIFSIGNALED(status))
		log_message("supervisor: killed by signal %d; the command was "
			    "ended with it", WTERMSIG(status));
	return EXIT_NSRUN;
}

/* A reader of our output must not wait for us after the command closed it. */
static void let_go_of_stdio(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null < 0)
		return;
	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	if (null > STDERR_FILENO)
		close(null);
}

/* Of what else was inherited, the same: but @a and @b. */
void front_let_go(int a, int b)
{
	let_go_of_stdio();
	for (int fd = STDERR_FILENO + 1; fd < a || fd < b; fd++)
		if (fd != a && fd != b)
			close(fd);
	sys_call(SYS_close_range, (uint64_t)(a > b ? a : b) + 1, ~0U, 0, 0, 0,
		 0);
}

int front_run(struct config *config)
{
	sigset_t taken, before;
	int pair[2];
	long supervisor;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0) {
		log_message("socketpair: %s", log_errno(sys_result(-1)));
		return EXIT_NSRUN;
	}
	config->front = getpid();
	/* The command can run, and be sent one, before this goes on. */
	front_signals(&taken);
	sigprocmask(SIG_BLOCK, &taken, &before);
	/* Nothing inside may look into it, though it has the same user. */
	supervisor = sys_fork_shut(false);
	if (supervisor < 0) {
		log_message("fork: %s", log_errno(supervisor));
		return EXIT_NSRUN;
	}
	if (supervisor == 0) {
		close(pair[0]);
		if (config_bare(config))
			_exit(guard_run(config, pair[1], &before));
		sigprocmask(SIG_SETMASK, &before, NULL);
		_exit(supervisor_run(config, pair[1]));
	}
	close(pair[1]);
	front_let_go(pair[0], pair[0]);
	return wait_end(pair[0], (pid_t)supervisor, config->keep);
}

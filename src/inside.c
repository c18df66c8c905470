/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nsrun inside of nsrun.
 *
 * A task can have one supervisor: the kernel allows one tracer, and one
 * listener in a chain of filters. So an nsrun that runs inside of another asks
 * that one for what it was asked for, as any program may: by unshare(2). What
 * remains to be done is a front process's work: to pass signals on, and to end
 * as the command ends.
 */
#include <errno.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "src/config.h"
#include "src/host/log.h"
#include "src/host/sys.h"
#include "src/syscall.h"
#include "src/task/prctl.h"

static const struct {
	unsigned int kind;
	int flag;
	const char *name;
} kinds_known[] = {
	{ NS_PID, CLONE_NEWPID, "pid" },
	{ NS_IPC, CLONE_NEWIPC, "ipc" },
	{ NS_UTS, CLONE_NEWUTS, "uts" },
	{ NS_NET, CLONE_NEWNET, "net" },
};

#define KINDS (sizeof(kinds_known) / sizeof(kinds_known[0]))

unsigned int inside_kinds(void)
{
	int kinds = prctl(PR_NSRUN, PR_NSRUN_KINDS, 0, 0, 0);

	return kinds > 0 ? (unsigned int)kinds : 0;
}

/* Return: 0, or -1 after a message. */
static int check(const struct config *config, unsigned int kinds)
{
	for (size_t i = 0; i < KINDS; i++)
		if (config->kinds & kinds_known[i].kind & ~kinds) {
			log_message("%s namespace: the nsrun around has none",
				    kinds_known[i].name);
			return -1;
		}
	if (config->kinds & NS_USER) {
		log_message("user namespace: not inside of another nsrun");
		return -1;
	}
	if (!config->trace.lines && !config->trace.stats)
		return 0;
	log_message("--trace and --stats: not inside of another nsrun");
	log_hint("the nsrun around can trace it all");
	return -1;
}

/* What a new net of the kernel's, and so of the nsrun around, has not. */
static int bring_up_lo(void)
{
	struct ifreq lo = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	_cleanup_close_ int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	return fd < 0 ? -1 : ioctl(fd, SIOCSIFFLAGS, &lo);
}

static int enter(const struct config *config)
{
	int flags = 0;

	for (size_t i = 0; i < KINDS; i++)
		if (config->kinds & kinds_known[i].kind)
			flags |= kinds_known[i].flag;
	if (unshare(flags) < 0)
		goto fail;
	if (config->kinds & NS_PID &&
	    prctl(PR_NSRUN, PR_NSRUN_WRAPS, 0, 0, 0) < 0)
		goto fail;
	if (config->kinds & NS_NET && !config->net_down && bring_up_lo() < 0)
		goto fail;
	if (config->hostname &&
	    sethostname(config->hostname, strlen(config->hostname)) < 0)
		goto fail;
	if (config->domainname &&
	    setdomainname(config->domainname, strlen(config->domainname)) < 0)
		goto fail;
	return 0;
fail:
	log_message("namespaces: %s", log_errno(sys_result(-1)));
	return -1;
}

static void forward(int signals, int child)
{
	struct signalfd_siginfo info;

	while (sys_read(signals, &info, sizeof(info)) == sizeof(info))
		if (front_is_for_command(&info))
			sys_call(SYS_pidfd_send_signal, (uint64_t)child,
				 info.ssi_signo, 0, 0, 0, 0);
}

static int wait_end(pid_t pid, int child, int signals)
{
	struct pollfd fds[] = {
		{ .fd = child, .events = POLLIN },
		{ .fd = signals, .events = POLLIN },
	};
	int status;

	for (;;) {
		if (poll(fds, 2, -1) < 0)
			continue;
		if (fds[1].revents)
			forward(signals, child);
		if (fds[0].revents)
			break;
	}
	if (waitpid(pid, &status, 0) < 0)
		return EXIT_NSRUN;
	return front_status(status);
}

int inside_run(const struct config *config, unsigned int kinds)
{
	const int kill_child = config->kill_child ? config->kill_child :
						    SIGKILL;
	sigset_t mask;
	int signals, child;
	pid_t pid;

	if (check(config, kinds) < 0 || enter(config) < 0)
		return EXIT_NSRUN;
	if (config->verbose)
		log_message("inside of another nsrun, which does the work");
	sigprocmask(SIG_BLOCK, NULL, &mask);
	signals = front_open_signals();
	pid = fork();
	if (pid < 0) {
		log_message("fork: %s", log_errno(sys_result(-1)));
		return EXIT_NSRUN;
	}
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, kill_child, 0, 0, 0);
		sigprocmask(SIG_SETMASK, &mask, NULL);
		child_run_command(config);
	}
	front_let_go(signals, signals);
	child = (int)sys_call(SYS_pidfd_open, (uint64_t)pid, 0, 0, 0, 0, 0);
	return wait_end(pid, child, signals);
}

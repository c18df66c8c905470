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
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
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
#include "src/ns/user.h"
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

/* Ids that only the nsrun around could make. */
static bool is_made_up(const struct idmap *map)
{
	for (size_t i = 0; i < map->n; i++)
		if (map->extents[i].lower >= USER_MADE_UP)
			return true;
	return false;
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
	if (config->kinds & NS_USER && (is_made_up(&config->user.uids) ||
					is_made_up(&config->user.gids))) {
		log_message("--map-auto: not inside of another nsrun");
		return -1;
	}
	if (!config->trace.lines && !config->trace.stats)
		return 0;
	log_message("--trace and --stats: not inside of another nsrun");
	log_hint("the nsrun around can trace it all");
	return -1;
}

/* Return: 0, or -1 with errno, also for a map without a line. */
static int put(pid_t pid, const char *name, const char *text)
{
	char path[64];
	_cleanup_close_ int fd = -1;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	return fd < 0 || sys_write_all(fd, text, strlen(text)) < 0 ? -1 : 0;
}

static int put_map(pid_t pid, const char *name, const struct idmap *map)
{
	char text[USER_MAP_TEXT_MAX] = "";
	size_t n = 0;

	for (size_t i = 0; i < map->n && n < sizeof(text); i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%u %u %u\n",
				      map->extents[i].first,
				      map->extents[i].lower,
				      map->extents[i].count);
	return map->n ? put(pid, name, text) : 0;
}

static int put_maps(pid_t pid, const struct user_config *user)
{
	if (put_map(pid, "uid_map", &user->uids) < 0 ||
	    (user->setgroups_denied && put(pid, "setgroups", "deny") < 0))
		return -1;
	return put_map(pid, "gid_map", &user->gids);
}

/*
 * A process that stays behind, where this one may have more rights: as soon as
 * @go is closed it writes the maps of this one, as any program would.
 */
static pid_t start_mapper(const struct config *config, int go[2])
{
	pid_t pid = fork();
	char byte;

	if (pid == 0) {
		close(go[1]);
		sys_read(go[0], &byte, 1);
		_exit(put_maps(getppid(), &config->user) < 0 ?
			      (int)-sys_result(-1) : 0);
	}
	close(go[0]);
	return pid;
}

static int wait_mapper(pid_t pid, int go)
{
	int status;

	close(go);
	if (waitpid(pid, &status, 0) < 0)
		return -1;
	if (status)
		log_message("maps of ids: %s",
			    log_errno(WIFEXITED(status) ? -WEXITSTATUS(status) :
							  -ESRCH));
	return status ? -1 : 0;
}

static int unshare_user(const struct config *config)
{
	pid_t pid;
	int go[2];

	if (pipe2(go, O_CLOEXEC) < 0)
		return -1;
	pid = start_mapper(config, go);
	if (pid < 0 || unshare(CLONE_NEWUSER) < 0) {
		log_message("user namespace: %s", log_errno(sys_result(-1)));
		close(go[1]);
		return -1;
	}
	return wait_mapper(pid, go[1]);
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
	if (config->kinds & NS_USER && unshare_user(config) < 0)
		return -1;
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

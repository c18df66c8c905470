/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The supervisor: starts the command's first process, takes hold of it, runs
 * the event loop, and tells the front process how it ended.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "interpose/filter.h"
#include "interpose/outer.h"
#include "interpose/stop.h"
#include "src/by_agent.h"
#include "src/config.h"
#include "src/host/caps.h"
#include "src/host/log.h"
#include "src/host/sys.h"
#include "src/host/tree.h"
#include "src/loop.h"
#include "src/net/link.h"
#include "src/ns/late.h"
#include "src/ns/user.h"
#include "src/outside/name.h"
#include "src/outside/serve.h"
#include "src/ns/mnt_folder.h"
#include "src/owner/program.h"
#include "src/task/task.h"
#include "src/trace.h"

#define FDS_LOW 1024	/* what nsrun opens itself is below, at the start */

struct launch {
	host_pid child;
	int ready[2], go[2];
	int gateway;	/* its channel, or -1: none was asked for */
	struct child_report report;
};

static void explain(const char *what, long err)
{
	log_message("%s: %s", what, log_errno(err));
	if (err == -EBUSY)
		log_hint("an outer filter has a listener already; "
			 "try --without=notify");
	else if (err == -EPERM && strcmp(what, "seccomp filter") == 0)
		log_hint("an outer filter refuses seccomp(2), or a listener "
			 "alone; try --without=notify");
	else
		log_hint("`nsrun doctor` shows what this machine offers");
}

static void explain_ptrace(long err)
{
	explain("ptrace", err);
	log_hint("kernel.yama.ptrace_scope must be below 2, and a "
		 "container must allow ptrace");
}

/* A fork that shares the descriptor table: see child.c. */
static long start_child(const struct config *config, struct filter *filter,
			struct launch *launch)
{
	long r = sys_result(pipe2(launch->ready, O_CLOEXEC));

	if (r == 0)
		r = sys_result(pipe2(launch->go, O_CLOEXEC));
	if (r < 0)
		return r;
	r = sys_call(SYS_clone, CLONE_FILES | SIGCHLD, 0, 0, 0, 0, 0);
	if (r == 0)
		child_run(config, filter, launch->ready[1], launch->go[0]);
	launch->child.n = (int)r;
	return r < 0 ? r : 0;
}

static void close_fds(unsigned int from, unsigned int to)
{
	if (from > to || sys_call(SYS_close_range, from, to, 0, 0, 0, 0) == 0)
		return;
	for (unsigned int fd = from; fd <= to && fd < FDS_LOW; fd++)
		close((int)fd);
}

/* The command has what is open here: does a socket want credentials? */
static void note_socket(int fd)
{
	socklen_t len = sizeof(int);
	int on = 0;

	if (getsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, &len) == 0 && on)
		instance.passcred = true;
}

static void note_sockets(void)
{
	DIR *dir = opendir("/proc/self/fd");
	struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		note_socket(atoi(entry->d_name));
	for (int fd = 0; !dir && fd < FDS_LOW; fd++)
		note_socket(fd);
	if (dir)
		closedir(dir);
}

static int compare_fds(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

/* Keeps standard error, and what the launch and the trace need. */
static void close_inherited(const struct config *config,
			    const struct launch *launch, int control)
{
	int kept[9 + GW_LINKS_MAX] = { STDERR_FILENO, control,
				       launch->ready[0], launch->go[1],
				       launch->report.listener, trace_fd(),
				       config->name_socket,
				       config->name_folder, launch->gateway };
	const size_t count = 9 + config->gateway->links_len;
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	unsigned int from = STDERR_FILENO + 1;

	for (unsigned int i = 0; i < config->gateway->links_len; i++)
		kept[9 + i] = config->gateway->links[i].channel;
	note_sockets();
	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	qsort(kept, count, sizeof(kept[0]), compare_fds);
	for (size_t i = 0; i < count; i++) {
		if (kept[i] < (int)from)	/* or none */
			continue;
		close_fds(from, (unsigned int)kept[i] - 1);
		from = (unsigned int)kept[i] + 1;
	}
	close_fds(from, ~0U);
}

static void leave_terminal(void)
{
	static const int ignored[] = { SIGINT, SIGQUIT, SIGHUP, SIGTSTP,
				       SIGTTIN, SIGTTOU, SIGPIPE, SIGXFSZ };

	for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		signal(ignored[i], SIG_IGN);
	setpgid(0, 0);
}

/* Init in the tables: its nsproxy, its numbers, its group. */
static long enter_first_task(const struct config *config, host_pid child)
{
	struct ns_config ns = {
		.kinds = config->kinds,
		.hostname = config->hostname,
		.domainname = config->domainname,
		.user = &config->user,
		.net_down = config->net_down,
		.pids = &instance.pids,
		.recorded = config->recorded,
	};
	struct nsproxy *proxy;
	struct task *task;
	const char *what;
	unsigned long persona = (unsigned long)personality(0xffffffff);
	long r = nsproxy_create(&ns, &proxy, &what);

	if (r < 0) {
		log_message("%s namespace: %s", what, log_errno(r));
		return r;
	}
	instance.recorded = config->recorded;
	r = task_create_recorded(child, proxy->pid_for_children, proxy, &task);
	proxy->pid_for_children->wraps = true;
	nsproxy_put(proxy);
	if (r < 0)
		return r;
	task->started = true;
	task->no_new_privs = prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1;
	task->persona = persona & (PER_MASK | UNAME26);
	instance.init = task->group;
	return user_enter(task);
}

static long open_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGTERM);
	signal(SIGCHLD, SIG_DFL);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return sys_result(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
}

static void describe(const struct config *config,
		     const struct child_report *report)
{
	static const char *const gates[] = {
		[FILTER_BARE] = "notify, trace on demand",
		[FILTER_KILLABLE] = "notify, trace",
		[FILTER_INTERRUPTIBLE] = "notify (without killable), trace",
		[FILTER_STOP] = "trace",
	};

	log_message("namespaces:%s%s%s%s%s",
		    config->kinds & NS_USER ? " user" : "",
		    config->kinds & NS_PID ? " pid" : "",
		    config->kinds & NS_IPC ? " ipc" : "",
		    config->kinds & NS_UTS ? " uts" : "",
		    config->kinds & NS_NET ? " net" : "");
	log_message("gates: %s", gates[config_filter_mode(config)]);
	log_message("host's /proc: %s", report->proc_closed ?
		    "closed by Landlock" : "not closed by the kernel");
}

/*
 * Of a child that died without a word nothing is read: this process has the
 * pipe's other end, too.
 */
static long read_report(struct launch *launch)
{
	_cleanup_close_ int child =
		(int)sys_call(SYS_pidfd_open, (uint64_t)launch->child.n, 0, 0,
			      0, 0, 0);
	struct pollfd from[] = {
		{ .fd = launch->ready[0], .events = POLLIN },
		{ .fd = child, .events = POLLIN },
	};

	while (sys_result(poll(from, 2, -1)) == -EINTR)
		;
	if (from[0].revents &&
	    sys_read(launch->ready[0], &launch->report,
		     sizeof(launch->report)) == sizeof(launch->report))
		return launch->report.error;
	snprintf(launch->report.what, sizeof(launch->report.what),
		 "first process");
	return -ECHILD;
}

/* Takes hold of the child, that waits for its go. */
static long take_hold(struct loop *loop, struct launch *launch)
{
	const struct config *config = loop->config;
	long r;

	r = read_report(launch);
	if (r < 0) {
		explain(launch->report.what, r);
		return r;
	}
	r = sys_unshare_files();
	if (r < 0) {
		explain("descriptor table", r);
		return r;
	}
	close_inherited(config, launch, loop->control);
	/* For numbers of a namespace's own (robust.c), and ns_task_exit(). */
	r = stop_seize(launch->child, config->kinds & (NS_PID | NS_IPC));
	if (r < 0) {
		explain_ptrace(r);
		return r;
	}
	loop->notify.listener = -1;
	if (launch->report.listener >= 0)
		r = notify_open(&loop->notify, launch->report.listener,
				!(config->without & WITHOUT_SYNC));
	if (r < 0) {
		explain("seccomp notification", r);
		return r;
	}
	instance.walled = launch->report.proc_closed;
	instance.scoped = launch->report.scoped;
	instance.opens = config_opens(config, instance.walled);
	if (config->verbose)
		describe(config, &launch->report);
	r = enter_first_task(config, launch->child);
	if (r == 0 && launch->gateway >= 0)
		r = outward_start(nets, launch->gateway, config->gateway->nat);
	if (r == 0 && config->gateway->links_len)
		r = link_start(nets, config->gateway);
	return r;
}

/* A descriptor for each process that is not traced: as many as there may be. */
static void raise_descriptors(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

static void be_reaper(void)
{
	if (instance.bare)
		raise_descriptors();
	/* What it makes for a task has the task's own: sys_umask(). */
	umask(0);
	/* Orphans of an ended init come here and are collected. */
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	/* Nothing inside may look into it, though it has the same user. */
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	if (chdir("/") < 0)
		return;	/* the user's folder stays busy: no harm */
}

static unsigned int active_kinds(const struct config *config)
{
	return config->kinds | NS_BASE | (config_bare(config) ? NS_BARE : 0);
}

static long start_instance(const struct config *config)
{
	long r;

	pids_init(&instance.pids);
	instance.bare = config_bare(config);
	instance.active = active_kinds(config);
	instance.killable = config_filter_mode(config) == FILTER_KILLABLE ||
			    instance.bare;
	mnt_folders_clean();
	user_program_hook = owner_of_program;
	late_filter_hook = filter_file_late;
	r = sys_result(getrandom(&instance.secret, sizeof(instance.secret), 0));
	if (r < 0)
		return r;
	/* The supervisor needs no privilege to trace one that has none. */
	return config->keep_caps ? 0 : caps_drop_all();
}

/*
 * What a filter must show for the trace. When every call is stepped, that
 * begins with the first event of the first program: its exec.
 */
static const bool *traced_calls(const struct config *config)
{
	static const bool exec[SYSCALL_LIMIT] = {
		[SYS_execve] = true,
		[SYS_execveat] = true,
	};

	if (config->step)
		return exec;
	return config->trace.set ? config->trace.set->nr : NULL;
}

/* What is traced or counted must be seen. */
static bool is_watched(const struct config *config)
{
	return config->trace.lines || config->trace.stats;
}

static bool config_may_bare(const struct config *config)
{
	const unsigned int needed = WITHOUT_AGENT | WITHOUT_BARE;

	/* What an outer filter answers is met at a stop: outer.h */
	return (config->kinds & NS_PID) &&
	       !(config->without & needed) && !is_watched(config) &&
	       !config->join && prctl(PR_GET_SECCOMP, 0, 0, 0, 0) == 0;
}

enum filter_mode config_filter_mode(const struct config *config)
{
	if (config->without & WITHOUT_NOTIFY)
		return FILTER_STOP;
	if ((config->without & WITHOUT_KILLABLE) || !filter_has_killable())
		return FILTER_INTERRUPTIBLE;
	return config_may_bare(config) ? FILTER_BARE : FILTER_KILLABLE;
}

bool config_bare(const struct config *config)
{
	return config_filter_mode(config) == FILTER_BARE;
}

/* The agent needs the killable wait. */
uint32_t config_agent_ip(const struct config *config)
{
	if (config_filter_mode(config) > FILTER_KILLABLE ||
	    config->without & WITHOUT_AGENT || is_watched(config))
		return 0;
	return by_agent_native();
}

/*
 * Without a pid namespace /proc is not closed, since it is the host's but for
 * some files. With users the agent looks first whether a path leads there.
 */
bool config_opens(const struct config *config, bool proc_closed)
{
	return proc_closed || (config->kinds & (NS_USER | NS_PID)) == NS_USER;
}

/*
 * What a filter that is there already would answer before nsrun can, be it
 * nsrun's own call or the command's.
 */
static long find_preempted(const struct config *config)
{
	const struct outer_form *forms;
	_cleanup_close_ int fd = memfd_create("nsrun", MFD_CLOEXEC);
	unsigned int n;
	long r = sys_result(fd);

	if (r < 0) {
		explain("memfd_create", r);
		return r;
	}
	r = filter_allowed();
	if (r < 0) {
		explain("seccomp filter", r);
		return r;
	}
	r = outer_find(config->kinds | NS_BASE);

	if (r < 0) {
		explain_ptrace(r);
		return r;
	}
	n = outer_forms(&forms);
	for (unsigned int i = 0; i < n; i++)
		if (!forms[i].err)
			log_message("%s: an outer filter kills who calls it",
				    syscall_row(forms[i].nr)->name);
	return 0;
}

static int run(const struct config *config, int control)
{
	struct loop loop = { .config = config, .control = control };
	struct launch launch = { .child = { 0 }, .gateway = -1 };
	struct control ended = { .kind = CONTROL_ENDED };
	struct filter filter;
	/* A limit of file sizes (the user's, or 0) is no reason to die. */
	void (*xfsz)(int sig) = signal(SIGXFSZ, SIG_IGN);
	long r = find_preempted(config);

	if (r == 0 && gateway_wanted(config->gateway))
		r = launch.gateway = (int)gateway_start(config->gateway);
	if (r >= 0)
		r = link_open_all(config->gateway);
	if (r < 0)
		return EXIT_NSRUN;
	r = filter_build(&filter, active_kinds(config),
			 config_filter_mode(config), traced_calls(config),
			 config_agent_ip(config));

	signal(SIGXFSZ, xfsz);
	if (config->step)
		stop_step_always();
	if (r == 0)
		r = start_child(config, &filter, &launch);
	if (r < 0) {
		explain("start", r);
		return EXIT_NSRUN;
	}
	filter_free(&filter);
	leave_terminal();
	r = start_instance(config);
	if (r == 0)
		r = take_hold(&loop, &launch);
	if (r == 0 && config_agent_ip(config))
		by_agent_start();
	if (r == 0)
		r = loop.signals = (int)open_signals();
	be_reaper();
	if (r >= 0)
		serve_start(config);
	if (r < 0 || sys_write_all(launch.go[1], "", 1) < 0) {
		sys_kill(launch.child, SIGKILL);
		return EXIT_NSRUN;
	}
	close(launch.go[1]);
	close(launch.ready[0]);
	if (config->keep && !config->command[0])
		serve_detach(&loop, 0);
	ended.value = loop_run(&loop);
	serve_end();
	/* What no call has told of: born.c */
	if (instance.bare)
		tree_end();
	if (config->verbose) {
		by_agent_describe();
		log_message("events of ptrace: %lu", stop_count());
	}
	trace_close();
	notify_close(&loop.notify);
	send(loop.control, &ended, sizeof(ended), MSG_NOSIGNAL);
	return 0;
}

int supervisor_run(const struct config *config, int control)
{
	int status = run(config, control);

	/* It has come to nothing. */
	if (status && config->name)
		name_release(config->name_folder, config->name);
	return status;
}

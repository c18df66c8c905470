/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs a command in an instance that runs already: the client's side.
 *
 * Theory of operation. The command is a child of this process: so it has its
 * terminal, process group, working folder, environment, umask and limits. It
 * loads the filter that the supervisor asks for, and waits to be adopted
 * (join.c). This process then does for it what front.c does: it passes on
 * signals that were sent to it alone, stops when the command has stopped, and
 * ends as it did.
 */
#include "src/outside/enter.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sched.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "interpose/filter.h"
#include "interpose/outer.h"
#include "src/host/log.h"
#include "src/host/sys.h"

struct entering {
	pid_t client, child;
	int ready[2], go[2];
	int instance, signals;
	sigset_t mask;		/* the command's, and of this process before */
	void (*sigchld)(int sig);
};

struct request request_of(enum protocol_op op, int value)
{
	struct request rq = { .op = op, .value = value };

	snprintf(rq.version, sizeof(rq.version), "%s", PROTOCOL_VERSION);
	return rq;
}

static long ask_with(int instance, const struct request *rq, int with,
		     struct reply *ret_reply, int *ret_fd)
{
	long r = protocol_send(instance, rq, sizeof(*rq), with);

	/* A refusal comes without a question, too. */
	if (r == 0 || r == -EPIPE)
		r = protocol_receive(instance, ret_reply, sizeof(*ret_reply),
				     ret_fd);
	if (r < 0)
		return r;
	ret_reply->what[sizeof(ret_reply->what) - 1] = 0;
	return ret_reply->error;
}

long ask(int instance, const struct request *rq, struct reply *ret_reply,
	 int *ret_fd)
{
	*ret_fd = -1;
	*ret_reply = (struct reply){ 0 };
	return ask_with(instance, rq, -1, ret_reply, ret_fd);
}

static void explain(const struct reply *reply, long err)
{
	if (*reply->what)
		log_message("%s: %s", reply->what, log_errno(err));
	else
		log_message("the instance does not answer: %s",
			    log_errno(err));
}

/* It ended while it was asked: ENOMEM is what its pid namespace says. */
static bool is_gone(long err)
{
	return err == -ECONNRESET || err == -EPIPE || err == -ESRCH ||
	       err == -ENOMEM;
}

static bool wants_credentials(void)
{
	for (int fd = 0; fd < 1024; fd++) {
		socklen_t len = sizeof(int);
		int on = 0;

		if (getsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, &len) == 0 &&
		    on)
			return true;
	}
	return false;
}

/* SIGCHLD, and what is passed on. */
static long open_signals(struct entering *e)
{
	sigset_t set;

	front_signals(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, &e->mask);
	return sys_result(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
}

static _Noreturn void be_child(struct config *config, struct filter *filter,
			       struct entering *e, const struct reply *plan)
{
	/* It has the ends of both pipes, and would wait for itself. */
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (getppid() != e->client)
		_exit(EXIT_NSRUN);
	/* Where Yama lets ancestors alone trace. */
	prctl(PR_SET_PTRACER, plan->supervisor, 0, 0, 0);
	sigprocmask(SIG_SETMASK, &e->mask, NULL);
	child_run(config, filter, e->ready[1], e->go[0]);
}

static long start_child(struct config *config, struct entering *e,
			const struct reply *plan)
{
	const unsigned int left_out = plan->kinds & ~config->kinds;
	const unsigned int active = (plan->active & ~left_out) | config->late;
	struct filter filter;
	/* All of the instance's, as the supervisor did: see join.c. */
	long r = outer_find(plan->active & ~(unsigned int)NS_BARE);

	if (r == 0)
		r = filter_build(&filter, active,
				 plan->active & NS_BARE ?
					 FILTER_BARE :
					 config_filter_mode(config),
				 NULL,
				 left_out || config->late ? 0 :
							    plan->agent_ip);
	if (r == 0)
		r = sys_result(pipe2(e->ready, O_CLOEXEC));
	if (r == 0)
		r = sys_result(pipe2(e->go, O_CLOEXEC));
	if (r < 0)
		return r;
	r = e->signals = (int)open_signals(e);
	if (r < 0)
		return r;
	/* They share their descriptors until it has loaded the filter. */
	e->client = getpid();
	r = e->child = (pid_t)sys_call(SYS_clone, CLONE_FILES | SIGCHLD, 0, 0, 0,
				       0, 0);
	if (r == 0)
		be_child(config, &filter, e, plan);
	/* Ignored, it would take the command's status away. */
	e->sigchld = signal(SIGCHLD, SIG_DFL);
	filter_free(&filter);
	return r < 0 ? r : 0;
}

/* The child's report, and a table of this process's own from there on. */
static long part(struct entering *e, struct child_report *report)
{
	long r = sys_read(e->ready[0], report, sizeof(*report));

	if (r == sizeof(*report) && report->error < 0) {
		log_message("%s: %s", report->what, log_errno(report->error));
		return report->error;
	}
	if (r == sizeof(*report))
		r = sys_unshare_files();
	else
		r = -ECHILD;
	close(e->ready[1]);
	close(e->go[0]);
	return r < 0 ? r : 0;
}

static long send_listener(const struct entering *e, int listener,
			  struct reply *ret_reply)
{
	const struct request rq = request_of(OP_LISTENER, 0);
	int fd = -1;
	long r = listener < 0 ? 0 : ask_with(e->instance, &rq, listener,
					     ret_reply, &fd);

	sys_close(&listener);
	sys_close(&fd);
	return r;
}

/* Return: 0 when the supervisor has taken it; what failed has been told. */
static long hand_over(const struct config *config, struct entering *e,
		      int target, int number)
{
	struct request rq = request_of(OP_ADOPT, 0);
	struct child_report report = { .error = -ECHILD };
	struct reply reply = { 0 };
	int pidfd, fd = -1;
	long r;

	r = part(e, &report);
	if (r < 0)
		return r;
	rq.kinds = config->kinds | config->late;
	rq.walled = report.proc_closed;
	rq.no_new_privs = prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1;
	rq.passcred = wants_credentials();
	rq.persona = (unsigned long)personality(0xffffffff);
	rq.target = target;
	rq.number = number;
	rq.outer = outer_digest();
	pidfd = (int)sys_result(syscall(SYS_pidfd_open, e->child, 0));
	if (pidfd < 0) {
		log_message("pidfd: %s", log_errno(pidfd));
		return pidfd;
	}
	r = send_listener(e, report.listener, &reply);
	if (r == 0)
		r = ask_with(e->instance, &rq, pidfd, &reply, &fd);
	close(pidfd);
	sys_close(&fd);
	if (r < 0 && !is_gone(r))
		explain(&reply, r);
	return r;
}

/* ---- while it runs ---- */

/* One that was sent to the whole process group, the command has already. */
static void pass_on(const struct entering *e, int sig)
{
	const uint64_t bit = UINT64_C(1) << (sig - 1);
	const host_pid child = { e->child };
	struct sys_signals signals;

	if (sys_signals(child, &signals) == 0 &&
	    ((signals.pending & bit) ||
	     (sig == SIGCONT && (signals.caught & bit) &&
	      sys_getpgid(child) == getpgid(0))))
		return;
	sys_kill(child, sig);
}

static void take_signals(const struct entering *e)
{
	struct signalfd_siginfo info;

	while (sys_read(e->signals, &info, sizeof(info)) == sizeof(info))
		if (info.ssi_signo != SIGCHLD && info.ssi_code != SI_KERNEL)
			pass_on(e, (int)info.ssi_signo);
}

static bool is_stopped(pid_t child)
{
	char state = sys_state((host_pid){ child });

	return state == 'T' || state == 't';
}

static int wait_end(const struct entering *e)
{
	struct pollfd fd = { .fd = e->signals, .events = POLLIN };
	int status;

	for (;;) {
		pid_t pid = waitpid(e->child, &status, WNOHANG | WUNTRACED);

		if (pid == e->child && !WIFSTOPPED(status))
			return front_status(status);
		if (pid == e->child && is_stopped(e->child))
			front_stop_self(WSTOPSIG(status));
		else if (pid == 0)
			poll(&fd, 1, -1);
		take_signals(e);
	}
}

static int enter(struct config *config, struct entering *e,
		 const struct reply *plan, int target, int number)
{
	long r = start_child(config, e, plan);

	if (r < 0) {
		log_message("start: %s", log_errno(r));
		return EXIT_NSRUN;
	}
	r = hand_over(config, e, target, number);
	close(e->ready[0]);
	/* Nothing inside may look into it, though it has the same user. */
	if (r >= 0)
		prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	if (r < 0 || sys_write_all(e->go[1], "", 1) < 0) {
		close(e->go[1]);
		kill(e->child, SIGKILL);
		waitpid(e->child, NULL, 0);
		close(e->signals);
		signal(SIGCHLD, e->sigchld);
		sigprocmask(SIG_SETMASK, &e->mask, NULL);
		return r < 0 && is_gone(r) ? ENTER_GONE : EXIT_NSRUN;
	}
	close(e->go[1]);
	front_let_go(e->instance, e->signals);
	return wait_end(e);
}

int enter_run(struct config *config, int instance, int target, int number)
{
	struct request rq = request_of(OP_PREPARE, 0);
	struct entering e = { .instance = instance };
	struct reply plan;
	int fd, status;
	long r;

	rq.target = target;
	r = ask(instance, &rq, &plan, &fd);
	sys_close(&fd);
	if (r < 0) {
		close(instance);
		if (is_gone(r))
			return ENTER_GONE;
		explain(&plan, r);
		return EXIT_NSRUN;
	}
	plan.kinds |= plan.late;
	if (config->kinds & ~plan.kinds) {
		log_message("the instance has no%s%s%s%s%s%s namespace",
			    config->kinds & ~plan.kinds & NS_USER ? " user" :
			    "",
			    config->kinds & ~plan.kinds & NS_PID ? " pid" : "",
			    config->kinds & ~plan.kinds & NS_IPC ? " ipc" : "",
			    config->kinds & ~plan.kinds & NS_UTS ? " uts" : "",
			    config->kinds & ~plan.kinds & NS_NET ? " net" : "",
			    config->kinds & ~plan.kinds & NS_TIME ? " time" :
			    "");
		close(instance);
		return EXIT_NSRUN;
	}
	if (!config->kinds)
		config->kinds = plan.kinds;
	/* It owns the others: whoever is in one is in it. */
	config->kinds |= plan.kinds & NS_USER;
	/* With the pid namespace comes that of time. */
	if (config->kinds & NS_PID)
		config->kinds |= plan.kinds & NS_TIME;
	config->late = plan.late & config->kinds;
	config->without = plan.without;
	config->keep_caps = plan.keep_caps;
	config->init = false;
	config->join = true;
	status = enter(config, &e, &plan, target, number);
	close(instance);
	return status;
}

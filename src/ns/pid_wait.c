/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wait4 and waitid: the task waits itself, for its real children, with the
 * numbers translated; so blocking, signals, options and statuses are the
 * kernel's own. Follows kernel/exit.c.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include "src/ns/pid.h"
#include "src/task/agent.h"
#include "src/task/tracing.h"

/*
 * After a wait: what it reaped is known from the status that it gave, or,
 * when that could not be written, by looking at all children.
 */
static void waited(struct task *task, long result, bool reaped, int host)
{
	task->waiting = false;
	if (reaped)
		group_reaped((host_pid){ host });
	else if (result == -EFAULT)
		group_reap_children(task->group);
	group_settle_gone(task->group);
}

/* The call begins anew, now that the stranger is gone. */
static long again(struct call *c, long result)
{
	(void)result;
	waited(c->task, 0, false, 0);
	return call_again(c);
}

/*
 * A process of a namespace that has ended, which its init would have reaped:
 * task_kill_namespace(). It is waited for, and not told of.
 */
static bool is_known_stranger(int host)
{
	const struct pid *pid =
		pids_by_host(&instance.pids, (host_pid){ host });

	return pid && pid->stranger;
}

static bool is_stranger(int host)
{
	return is_known_stranger(host) ||
	       !pids_by_host(&instance.pids, (host_pid){ host });
}

/* It has only been looked at. */
static long take_unseen(struct call *c, int host)
{
	const uint64_t args[CALL_ARGS] = { (uint64_t)host, 0,
					   WNOHANG | WUNTRACED };

	memcpy(c->host_args, args, sizeof(args));
	return call_then_other(c, SYS_wait4, again);
}

/* wait_consider_task(): it is told as a stop for its tracer, and not twice. */
static bool is_traced_by(const struct task *task, int host)
{
	const struct task *child = task_by_host((host_pid){ host });

	return child && child->tracing &&
	       child->tracing->tracer == task->group;
}

static bool has_ended(int status)
{
	return WIFEXITED(status) || WIFSIGNALED(status);
}

/* The status is the guest's argument, or lent by us: see pid_wait4(). */
static long wait4_after(struct call *c, long result)
{
	const int stops = WUNTRACED | WCONTINUED;
	bool reaped = result > 0;
	int host = (int)result, status = 0;
	long r = pid_wait_traced_after(c, result);

	if (r != CALL_PASS) {
		waited(c->task, 0, false, 0);
		return r;
	}
	if (reaped && is_stranger(host))
		return again(c, result);
	if (reaped && ((int)c->args[2] & stops) &&
	    call_read(c, c->host_args[1], &status, sizeof(status)) == 0)
		reaped = has_ended(status);
	if (result > 0 && !reaped && is_traced_by(c->task, host))
		return again(c, result);
	if (result > 0)
		result = pid_from_host(c->task, host);
	waited(c->task, result, reaped, host);
	return result;
}

/* Its parent can have reaped what its tracer has not been told of. */
static uint64_t wait_to_host(const struct task *task, int nr)
{
	const int ended = tracing_ended(task, nr);

	return ended ? (uint64_t)ended : pid_to_host(task, nr);
}

void pid_wait_to_host(struct call *c)
{
	const int i = c->nr == SYS_waitid, nr = (int)c->args[i];
	const int type = i ? (int)c->args[0] : nr > 0 ? P_PID : P_PGID;

	if (i && type == P_PGID)
		c->host_args[i] = pgrp_to_host(c->task, nr);
	else if (!i && nr < -1 && nr > INT_MIN)
		c->host_args[i] = -pgrp_to_host(c->task, -nr);
	else if (type == P_PID)
		c->host_args[i] = wait_to_host(c->task, nr);
}

/* Without a namespace of @kinds only a tracer's wait is not the kernel's. */
static bool is_plain(struct call *c, unsigned int kinds)
{
	if (task_active(c->task) & kinds || tracing_any(c->task->group))
		return false;
	/* It may become one meanwhile. */
	c->task->wait_passed = true;
	return true;
}

long pid_wait4(struct call *c)
{
	const int status = 0;
	long r;

	if (is_plain(c, NS_PID))
		return call_pass(c);
	pid_wait_to_host(c);
	r = pid_wait_traced(c);
	if (r != CALL_PASS)
		return r;
	/* A status that nobody asked for: did it end, or only stop? */
	if (!c->args[1])
		call_lend(c, &status, sizeof(status), &c->host_args[1]);
	c->task->waiting = true;
	return call_then(c, wait4_after);
}

/* ---- wait4 by the agent ---- */

/* The number that the kernel is to wait for: of a group, for a negative one. */
long pid_wait_begin(struct call *c)
{
	const int nr = (int)c->args[0];

	if (!agent_tells(c))
		return -ENOSYS;
	if (nr < -1 && nr > INT_MIN)
		return (long)pgrp_to_host(c->task, -nr);
	return nr > 0 ? (long)pid_to_host(c->task, nr) : -EINVAL;
}

/* What the kernel returned, whether it ended or only stopped. */
long pid_wait_end(struct call *c)
{
	const int host = (int)c->args[0];
	int nr;

	if (!agent_tells(c))
		return -ENOSYS;
	if (is_known_stranger(host)) {
		waited(c->task, 0, false, 0);
		return AGENT_ASK;
	}
	nr = pid_from_host(c->task, host);
	/* It came and went before anybody could tell of it: any number. */
	if (nr == 0 && host > 0 && !sys_exists((host_pid){ host })) {
		pid_namespace_skip(task_pid_ns(c->task));
		nr = task_pid_ns(c->task)->last;
	}
	waited(c->task, host, !sys_exists((host_pid){ host }), host);
	return nr;
}

static long pass_over(struct call *c, int host)
{
	return (int)c->args[3] & WNOWAIT ? take_unseen(c, host) : again(c, 0);
}

static long waitid_after(struct call *c, long result)
{
	/* The kernel writes no further than si_status. */
	const size_t written = offsetof(siginfo_t, si_status) + sizeof(int);
	bool asked = c->args[2] != 0, reaped = false, inside;
	uint64_t addr = c->host_args[2];
	siginfo_t info = { 0 };
	int host = 0;
	/* WNOHANG has found nobody, if it has not found one. */
	long r = pid_wait_traced_after(c, result == 0 && addr &&
		call_read(c, addr, &info, written) == 0 && info.si_pid ?
		1 : result);

	if (r != CALL_PASS) {
		waited(c->task, 0, false, 0);
		return r;
	}
	/* Zeroes stand there when WNOHANG found nobody: no SIGCHLD. */
	if (result == 0 && addr &&
	    call_read(c, addr, &info, written) == 0 && info.si_pid > 0) {
		host = info.si_pid;
		if (is_stranger(host))
			return pass_over(c, host);
		if (info.si_code == CLD_STOPPED && is_traced_by(c->task, host))
			return pass_over(c, host);
		reaped = !((int)c->args[3] & WNOWAIT) &&
			 (info.si_code == CLD_EXITED ||
			  info.si_code == CLD_KILLED ||
			  info.si_code == CLD_DUMPED);
		signal_translate(&info, c->task->group, &inside);
		if (asked && (call_write(c, addr + offsetof(siginfo_t, si_pid),
					 &info.si_pid,
					 sizeof(info.si_pid)) < 0 ||
			      call_write(c, addr + offsetof(siginfo_t, si_uid),
					 &info.si_uid,
					 sizeof(info.si_uid)) < 0))
			result = -EFAULT;
	}
	waited(c->task, result, reaped, host);
	return result;
}

long pid_waitid(struct call *c)
{
	const siginfo_t info = { 0 };
	long r;

	if (is_plain(c, NS_PID | NS_USER))
		return call_pass(c);
	pid_wait_to_host(c);
	r = pid_wait_traced(c);
	if (r != CALL_PASS)
		return r;
	if (!c->args[2])
		call_lend(c, &info, sizeof(info), &c->host_args[2]);
	c->task->waiting = true;
	return call_then(c, waitid_after);
}

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
static long reap_stranger(struct call *c, int host)
{
	const uint64_t args[CALL_ARGS] = { (uint64_t)host, 0, WNOHANG };

	memcpy(c->host_args, args, sizeof(args));
	return call_then_other(c, SYS_wait4, again);
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

	if (reaped && is_stranger(host))
		return again(c, result);
	if (reaped && ((int)c->args[2] & stops) &&
	    call_read(c, c->host_args[1], &status, sizeof(status)) == 0)
		reaped = has_ended(status);
	if (result > 0)
		result = pid_from_host(c->task, host);
	waited(c->task, result, reaped, host);
	return result;
}

long pid_wait4(struct call *c)
{
	const int status = 0;
	int nr = (int)c->args[0];

	if (nr < -1 && nr > INT_MIN)
		c->host_args[0] = -pgrp_to_host(c->task, -nr);
	else if (nr > 0)
		c->host_args[0] = pid_to_host(c->task, nr);
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

static long waitid_after(struct call *c, long result)
{
	/* The kernel writes no further than si_status. */
	const size_t written = offsetof(siginfo_t, si_status) + sizeof(int);
	bool asked = c->args[2] != 0, reaped = false, inside;
	uint64_t addr = c->host_args[2];
	siginfo_t info = { 0 };
	int host = 0;

	/* Zeroes stand there when WNOHANG found nobody: no SIGCHLD. */
	if (result == 0 && addr &&
	    call_read(c, addr, &info, written) == 0 && info.si_pid > 0) {
		host = info.si_pid;
		if (is_stranger(host))
			return (int)c->args[3] & WNOWAIT ?
				       reap_stranger(c, host) :
				       again(c, result);
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
	int nr = (int)c->args[1];

	switch ((int)c->args[0]) {
	case P_PID:
		c->host_args[1] = pid_to_host(c->task, nr);
		break;
	case P_PGID:
		c->host_args[1] = pgrp_to_host(c->task, nr);
		break;
	}
	if (!c->args[2])
		call_lend(c, &info, sizeof(info), &c->host_args[2]);
	c->task->waiting = true;
	return call_then(c, waitid_after);
}

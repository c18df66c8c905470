/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wait4 and waitid: the task waits itself, for its real children, with the
 * numbers translated; so blocking, signals, options and statuses are the
 * kernel's own. Follows kernel/exit.c.
 */
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include "src/ns/pid.h"

/* Ends the wait and frees what it reaped. */
static void waited(struct task *task)
{
	task->waiting = false;
	group_reap_children(task->group);
}

static long wait4_after(struct call *c, long result)
{
	if (result > 0)
		result = pid_from_host(c->task, (int)result);
	waited(c->task);
	return result;
}

long pid_wait4(struct call *c)
{
	int nr = (int)c->args[0];

	if (nr < -1 && nr > INT_MIN)
		c->host_args[0] = -pgrp_to_host(c->task, -nr);
	else if (nr > 0)
		c->host_args[0] = pid_to_host(c->task, nr);
	c->task->waiting = true;
	return call_then(c, wait4_after);
}

static long waitid_after(struct call *c, long result)
{
	/* The kernel writes no further than si_status. */
	const size_t written = offsetof(siginfo_t, si_status) + sizeof(int);
	siginfo_t info = { 0 };
	uint64_t addr = c->args[2];
	bool inside;

	/* Zeroes stand there when WNOHANG found nobody: no SIGCHLD. */
	if (result == 0 && addr &&
	    call_read(c, addr, &info, written) == 0 &&
	    signal_translate(&info, c->task->group, &inside) &&
	    call_write(c, addr + offsetof(siginfo_t, si_pid), &info.si_pid,
		       sizeof(info.si_pid)) < 0)
		result = -EFAULT;
	waited(c->task);
	return result;
}

long pid_waitid(struct call *c)
{
	int nr = (int)c->args[1];

	switch ((int)c->args[0]) {
	case P_PID:
		c->host_args[1] = pid_to_host(c->task, nr);
		break;
	case P_PGID:
		c->host_args[1] = pgrp_to_host(c->task, nr);
		break;
	}
	c->task->waiting = true;
	return call_then(c, waitid_after);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wait4 and waitid of a tracer: of those that it traces the kernel knows
 * nothing, of its own children nsrun does not know all. See doc/debuggers.md.
 *
 * Theory of operation. What there is to tell of traced tasks comes first. If
 * there is none, the task waits in the kernel for its children; when one that
 * it traces stops, it is interrupted, and looks again (debug_wake()). A tracer
 * without children sleeps in ppoll(2) instead.
 */
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include "src/ns/pid.h"
#include "src/task/tracing.h"

/* In host numbers, as the arguments of the kernel's own wait are. */
static bool wanted_of(const struct task *task, const struct wait_call *w,
		      struct wanted *ret)
{
	int nr = (int)w->args[0];
	host_pid host = { 0 };

	if (!w->is_waitid) {
		ret->options = (int)w->args[2] | WEXITED;
		ret->type = nr > 0 ? P_PID : nr == -1 ? P_ALL : P_PGID;
		ret->nr = nr < -1 && nr > INT_MIN ? -nr : nr;
		return true;
	}
	ret->options = (int)w->args[3];
	ret->type = nr;
	ret->nr = (int)w->args[1];
	if (ret->type != P_PIDFD)
		return true;
	ret->type = P_PID;
	if (sys_pidfd_process(task->tid->host, ret->nr, &host) < 0)
		return false;
	ret->nr = host.n;
	return true;
}

static void fill_info(const struct traced_news *news, int nr, siginfo_t *info)
{
	const int status = news->status;

	memset(info, 0, sizeof(*info));
	info->si_signo = SIGCHLD;
	info->si_pid = nr;
	info->si_uid = news->uid;
	if (!news->ended) {
		info->si_code = CLD_TRAPPED;
		info->si_status = status >> 8;
	} else if (WIFEXITED(status)) {
		info->si_code = CLD_EXITED;
		info->si_status = WEXITSTATUS(status);
	} else {
		info->si_code = WCOREDUMP(status) ? CLD_DUMPED : CLD_KILLED;
		info->si_status = WTERMSIG(status);
	}
}

/* The kernel writes no further than si_status. */
#define INFO_SIZE (offsetof(siginfo_t, si_status) + sizeof(int))

static long give(const struct task *task, const struct wait_call *w,
		 const struct traced_news *news, int nr)
{
	const uint64_t to = w->args[w->is_waitid ? 2 : 1];
	const uint64_t usage_to = w->args[w->is_waitid ? 4 : 3];
	host_pid tid = task->tid->host;
	siginfo_t info;
	long r = 0;

	if (usage_to)
		r = sys_vm_write(tid, usage_to, &news->usage,
				 sizeof(news->usage));
	fill_info(news, nr, &info);
	if (r == 0 && to)
		r = w->is_waitid
			    ? sys_vm_write(tid, to, &info, INFO_SIZE)
			    : sys_vm_write(tid, to, &news->status, sizeof(int));
	return r < 0 ? -EFAULT : w->is_waitid ? 0 : nr;
}

static struct wait_call wait_of(const struct call *c)
{
	struct wait_call w = { .is_waitid = c->nr == SYS_waitid };

	memcpy(w.args, c->host_args, sizeof(w.args));
	/* What was lent is nsrun's own. */
	w.args[w.is_waitid ? 2 : 1] = c->args[w.is_waitid ? 2 : 1];
	return w;
}

/* waitid(2) says by zeroes that WNOHANG has found nobody. */
static long nobody(const struct call *c)
{
	const siginfo_t none = { 0 };

	if (c->nr == SYS_waitid && c->args[2] &&
	    sys_vm_write(c->task->tid->host, c->args[2], &none, INFO_SIZE) < 0)
		return -EFAULT;
	return 0;
}

long pid_wait_news(struct call *c)
{
	const struct wait_call w = wait_of(c);
	struct traced_news news;
	struct wanted wanted;

	if (!tracing_any(c->task->group) || !wanted_of(c->task, &w, &wanted) ||
	    !tracing_news(c->task, &wanted, &news))
		return CALL_PASS;
	return give(c->task, &w, &news, news.nr);
}

long pid_wait_native(struct task *task, const struct wait_call *w)
{
	struct traced_news news;
	struct wanted wanted;

	if (!wanted_of(task, w, &wanted) || !tracing_news(task, &wanted, &news))
		return CALL_PASS;
	return give(task, w, &news, news.host.n);
}

static long sleep_after(struct call *c, long result)
{
	long r;

	(void)result;
	c->task->waiting = false;
	memcpy(c->host_args, c->args, sizeof(c->host_args));
	pid_wait_to_host(c);
	r = pid_wait_news(c);
	if (r != CALL_PASS)
		return r;
	/* A signal may end it with EINTR: by_notify_mend() */
	c->task->passed = true;
	c->task->passed_nr = c->nr;
	return -CALL_ERESTARTSYS;
}

/* Bits of options that wait4() or waitid() knows: others are the kernel's. */
static bool is_valid(const struct call *c, const struct wanted *w)
{
	const int all = __WALL | __WCLONE | __WNOTHREAD | WNOHANG | WUNTRACED |
			WCONTINUED;

	if (c->nr == SYS_wait4)
		return !(w->options & ~(all | WEXITED));
	return !(w->options & ~(all | WEXITED | WNOWAIT)) &&
	       (w->options & (WEXITED | WSTOPPED | WCONTINUED));
}

long pid_wait_traced(struct call *c)
{
	const struct wait_call w = wait_of(c);
	struct task *task = c->task;
	const bool sleeps = task->wait_sleeps;
	struct wanted wanted;
	long r;

	task->wait_sleeps = false;
	if (!tracing_any(task->group) || !wanted_of(task, &w, &wanted) ||
	    !is_valid(c, &wanted))
		return CALL_PASS;
	r = pid_wait_news(c);
	if (r != CALL_PASS || !tracing_awaits(task, &wanted) ||
	    (!sleeps && tracing_has_child(task->group, &wanted)))
		return r;
	if (wanted.options & WNOHANG)
		return nobody(c);
	task->waiting = true;
	memset(c->host_args, 0, sizeof(c->host_args));
	return call_then_other(c, SYS_ppoll, sleep_after);
}

long pid_wait_traced_after(struct call *c, long result)
{
	const struct wait_call w = wait_of(c);
	struct wanted wanted;
	long r;

	if (result != -CALL_ERESTARTSYS && result != -ECHILD && result != 0)
		return CALL_PASS;
	if (!tracing_any(c->task->group) || !wanted_of(c->task, &w, &wanted))
		return CALL_PASS;
	r = pid_wait_news(c);
	if (r != CALL_PASS || result != -ECHILD ||
	    !tracing_awaits(c->task, &wanted))
		return r;
	if (wanted.options & WNOHANG)
		return nobody(c);
	c->task->wait_sleeps = true;
	return call_again(c);
}

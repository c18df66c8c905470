/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ptrace(2): who may trace whom, and how a traced task goes on. What is read
 * and written of a stopped one is in ptrace_request.c.
 *
 * Follows kernel/ptrace.c: ptrace_attach(), ptrace_check_attach(),
 * ptrace_request(). See doc/debuggers.md.
 */
#include "src/ns/ptrace.h"

#include <errno.h>
#include <signal.h>
#include <sys/ptrace.h>
#include "src/ns/pid.h"
#include "src/ns/user_access.h"
#include "src/task/tracing.h"

#ifndef PTRACE_O_SUSPEND_SECCOMP
#define PTRACE_O_SUSPEND_SECCOMP (1 << 21)
#endif
#define SIGNAL_MAX 64

static long check_options(unsigned long options)
{
	/* Events of filters are not told: differences.md */
	const unsigned long known =
		(0xff & ~(unsigned long)PTRACE_O_TRACESECCOMP) |
		PTRACE_O_EXITKILL | PTRACE_O_SUSPEND_SECCOMP;

	if (options & ~known)
		return -EINVAL;
	/* It takes a right over the host's first user namespace. */
	return options & PTRACE_O_SUSPEND_SECCOMP ? -EPERM : 0;
}

/* Its number is the caller's own from now on. */
static bool is_free(const struct task *task)
{
	return !task->tracing && !task->exiting && !task->group->loads &&
	       !task->group->killed;
}

static long trace_me(struct call *c)
{
	struct group *parent = group_parent(c->task->group);

	/* The one of init is outside. */
	if (!parent || parent->zombie || !is_free(c->task))
		return -EPERM;
	if (!task_hold(c->task))
		return -ESRCH;
	if (!tracing_begin(c->task, parent, (host_pid){ 0 }))
		return -ENOMEM;
	debug_begins(parent, NULL);
	return 0;
}

/* Where no exit is a stop before it is asked for, and that takes a stop. */
static bool wants_exit(unsigned long options)
{
	return options & PTRACE_O_TRACEEXIT && !(instance.active & NS_PID);
}

static long attach(struct call *c, struct task *task, bool seize)
{
	const unsigned long options = seize ? c->args[3] : 0;
	struct tracing *tr;
	bool was_bare;
	long r = 0;

	if (seize)
		r = c->args[2] ? -EIO : check_options(options);
	if (r < 0)
		return r == -EINVAL ? -EIO : r;
	if (task->group == c->task->group || !is_free(task) ||
	    !user_may_access(c->task, task->group, task, USER_ACCESS_REAL))
		return -EPERM;
	was_bare = task->bare;
	if (!task_hold(task))
		return -EPERM;
	tr = tracing_begin(task, c->task->group, c->task->tid->host);
	if (!tr)
		return -ENOMEM;
	tr->seized = seize;
	tr->options = options;
	tr->options_due = true;
	debug_begins(c->task->group, c->task);
	if (!seize && signal_task(task, SIGSTOP) == 0)
		tr->sent |= UINT64_C(1) << (SIGSTOP - 1);
	/* Of one that was not held, nsrun is told that it is stopped. */
	if ((task->stopped && !was_bare) || wants_exit(options))
		debug_interrupt(tr);
	return 0;
}

/* ---- of one that is traced ---- */

static long interrupt(struct call *c, struct tracing *tr)
{
	(void)c;
	if (!tr->seized)
		return -EIO;
	if (tr->state == TRACED_STOPPED)
		return 0;
	tr->interrupt = true;
	debug_interrupt(tr);
	return 0;
}

static long listen(struct call *c, struct tracing *tr)
{
	(void)c;
	if (!tr->seized || (tr->at != TRACED_GROUP && tr->at != TRACED_TRAP))
		return -EIO;
	debug_listen(tr);
	return 0;
}

static long resume(struct call *c, struct tracing *tr)
{
	if (c->args[3] > SIGNAL_MAX)
		return -EIO;
	debug_resume(tr, (long)c->args[0], (int)c->args[3]);
	return 0;
}

static long detach(struct call *c, struct tracing *tr)
{
	if (c->args[3] > SIGNAL_MAX)
		return -EIO;
	debug_detach(tr, (int)c->args[3]);
	return 0;
}

static long kill_it(struct call *c, struct tracing *tr)
{
	signal_send(c->task, tr->task->group, NULL, SIGKILL, SIGNAL_KILL);
	return 0;
}

static long set_options(struct call *c, struct tracing *tr)
{
	long r = check_options(c->args[3]);

	if (r < 0)
		return r;
	tr->options = c->args[3];
	debug_set_options(tr);
	return 0;
}

static const struct {
	long request;
	long (*handler)(struct call *c, struct tracing *tr);
} requests[] = {
	{ PTRACE_INTERRUPT, interrupt },
	{ PTRACE_KILL, kill_it },
	{ PTRACE_LISTEN, listen },
	{ PTRACE_CONT, resume },
	{ PTRACE_SYSCALL, resume },
	{ PTRACE_SINGLESTEP, resume },
	{ PTRACE_SINGLEBLOCK, resume },
	{ PTRACE_DETACH, detach },
	{ PTRACE_SETOPTIONS, set_options },
	{ PTRACE_PEEKTEXT, ptrace_peek },
	{ PTRACE_PEEKDATA, ptrace_peek },
	{ PTRACE_PEEKUSER, ptrace_peek_user },
	{ PTRACE_POKETEXT, ptrace_poke },
	{ PTRACE_POKEDATA, ptrace_poke },
	{ PTRACE_POKEUSER, ptrace_poke_user },
	{ PTRACE_GETREGS, ptrace_get_regs },
	{ PTRACE_SETREGS, ptrace_set_regs },
	{ PTRACE_GETFPREGS, ptrace_get_fpregs },
	{ PTRACE_SETFPREGS, ptrace_set_fpregs },
	{ PTRACE_GETREGSET, ptrace_get_regset },
	{ PTRACE_SETREGSET, ptrace_set_regset },
	{ PTRACE_GETEVENTMSG, ptrace_get_message },
	{ PTRACE_GETSIGINFO, ptrace_get_info },
	{ PTRACE_SETSIGINFO, ptrace_set_info },
	{ PTRACE_PEEKSIGINFO, ptrace_peek_info },
	{ PTRACE_GETSIGMASK, ptrace_get_mask },
	{ PTRACE_SETSIGMASK, ptrace_set_mask },
	{ PTRACE_GET_SYSCALL_INFO, ptrace_get_call },
	{ PTRACE_GET_RSEQ_CONFIGURATION, ptrace_get_rseq },
	{ PTRACE_ARCH_PRCTL, ptrace_arch_prctl },
	{ PTRACE_SECCOMP_GET_FILTER, ptrace_refuse },
	{ PTRACE_SECCOMP_GET_METADATA, ptrace_refuse },
};

/* Others are for one that stands still. */
static bool takes_running(long request)
{
	return request == PTRACE_INTERRUPT || request == PTRACE_KILL;
}

static long request(struct call *c, struct tracing *tr)
{
	const long nr = (long)c->args[0];
	size_t i = 0;

	while (i < sizeof(requests) / sizeof(requests[0]) &&
	       requests[i].request != nr)
		i++;
	if (i == sizeof(requests) / sizeof(requests[0]))
		return tr->state == TRACED_STOPPED ? -EIO : -ESRCH;
	if (!takes_running(nr) &&
	    (tr->state != TRACED_STOPPED || tr->task->group->killed))
		return -ESRCH;
	return requests[i].handler(c, tr);
}

static bool is_tracer(const struct tracing *tr, const struct task *task)
{
	return tr && tr->tracer == task->group &&
	       (!tr->by.n || tr->by.n == task->tid->host.n);
}

/* A zombie can't be traced, but is there; nor can one that is outside. */
static long no_task(const struct call *c, long nr)
{
	const int who = (int)c->args[1];
	bool is_there = group_by_number(c->task, (ns_pid){ who });

	if (!(instance.active & NS_PID))
		is_there = who > 0 && sys_exists((host_pid){ who });
	return (nr == PTRACE_ATTACH || nr == PTRACE_SEIZE) && is_there
		       ? -EPERM
		       : -ESRCH;
}

long task_ptrace(struct call *c)
{
	const long nr = (long)c->args[0];
	struct task *task;

	if (nr == PTRACE_TRACEME)
		return trace_me(c);
	task = task_by_number(c->task, (ns_pid){ (int)c->args[1] });
	if (!task)
		return no_task(c, nr);
	if (nr == PTRACE_ATTACH || nr == PTRACE_SEIZE)
		return attach(c, task, nr == PTRACE_SEIZE);
	if (!is_tracer(task->tracing, c->task))
		return -ESRCH;
	return request(c, task->tracing);
}

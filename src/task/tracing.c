/* SPDX-License-Identifier: Apache-2.0 */
/* Who traces whom; see tracing.h. Follows kernel/ptrace.c and kernel/exit.c. */
#include "src/task/tracing.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <utlist.h>
#include "src/host/sys.h"
#include "src/task/agent.h"

/* Of one tracer that does not wait for them. The oldest are forgotten. */
#define ENDS_MAX 1024

bool tracing_any(const struct group *group)
{
	return group->tracees || group->traced_ends;
}

struct tracing *tracing_begin(struct task *task, struct group *tracer,
			      host_pid by)
{
	struct tracing *tr = calloc(1, sizeof(*tr));

	if (!tr)
		return NULL;
	tr->task = task;
	tr->tracer = tracer;
	tr->by = by;
	tr->how = PTRACE_CONT;
	task->tracing = tr;
	task->group->traced++;
	DL_APPEND(tracer->tracees, tr);
	agent_suspend(task->group);
	agent_suspend(tracer);
	return tr;
}

void tracing_inherit(struct task *child, const struct tracing *from)
{
	struct tracing *tr = tracing_begin(child, from->tracer, from->by);

	if (!tr)
		return;
	tr->seized = from->seized;
	tr->options = from->options;
	tr->begins = true;
}

void tracing_end(struct tracing *tr)
{
	struct group *group = tr->task->group, *tracer = tr->tracer;

	tr->task->tracing = NULL;
	group->traced--;
	DL_DELETE(tracer->tracees, tr);
	free(tr);
	agent_suspend(group);
	agent_suspend(tracer);
}

bool tracing_given(const struct task *task, siginfo_t *info)
{
	const struct tracing *tr = task->tracing;

	if (!tr || tr->given.si_signo != info->si_signo || !signal_is_own(info))
		return false;
	*info = tr->given;
	return true;
}

/* ---- ends ---- */

static void end_free(struct group *tracer, struct traced_end *end)
{
	DL_DELETE(tracer->traced_ends, end);
	pid_put(&instance.pids, end->tid);
	pid_put(&instance.pids, end->pgrp);
	free(end);
}

static void end_add(struct group *tracer, const struct task *task, int status)
{
	struct traced_end *end = calloc(1, sizeof(*end)), *old;
	unsigned int n;

	DL_COUNT(tracer->traced_ends, old, n);
	if (n >= ENDS_MAX)
		end_free(tracer, tracer->traced_ends);
	if (!end)
		return;
	end->tid = pid_get(task->tid);
	end->pgrp = task->group->pgrp ? pid_get(task->group->pgrp) : NULL;
	end->status = status;
	end->usage = task->tracing->usage;
	DL_APPEND(tracer->traced_ends, end);
}

/* Of a whole process its own parent is told by the kernel. */
static bool is_told_by_kernel(const struct task *task,
			      const struct group *tracer)
{
	return task->tid == task->group->tgid && task->group->parent == tracer;
}

void tracing_died(struct task *task, int status)
{
	struct tracing *tr = task->tracing;
	struct group *tracer;

	if (!tr)
		return;
	tracer = tr->tracer;
	if (!is_told_by_kernel(task, tracer)) {
		end_add(tracer, task, status);
		/* Threads end without a word; see exit_notify(). */
		if (task->tid == task->group->tgid)
			signal_child(tracer, task,
				     WIFEXITED(status) ? CLD_EXITED
						       : CLD_KILLED,
				     WIFEXITED(status) ? WEXITSTATUS(status)
						       : WTERMSIG(status));
	}
	tracing_end(tr);
	debug_wake(tracer);
}

/* exit_ptrace(): what it was stopped for happens. */
static void let_go(struct tracing *tr)
{
	struct group *group = tr->task->group;
	bool at_signal = tr->at == TRACED_SIGNAL || tr->at == TRACED_BEGUN;

	if (tr->options & PTRACE_O_EXITKILL) {
		sys_kill(group->tgid->host, SIGKILL);
		group->killed = true;
	}
	debug_detach(tr, at_signal ? tr->code : 0);
}

void tracing_forget(struct task *task)
{
	struct tracing *tr, *next;

	if (task->tracing)
		tracing_end(task->tracing);
	DL_FOREACH_SAFE (task->group->tracees, tr, next)
		if (tr->by.n == task->tid->host.n)
			let_go(tr);
}

void tracing_take_over(struct task *leader, struct task *caller)
{
	struct tracing *tr;

	if (leader->tracing)
		tracing_end(leader->tracing);
	leader->tracing = caller->tracing;
	caller->tracing = NULL;
	if (leader->tracing)
		leader->tracing->task = leader;
	DL_FOREACH (leader->group->tracees, tr)
		if (tr->by.n == caller->tid->host.n)
			tr->by = leader->tid->host;
}

void tracing_tracer_died(struct group *group)
{
	while (group->tracees)
		let_go(group->tracees);
	while (group->traced_ends)
		end_free(group, group->traced_ends);
}

/* ---- stops ---- */

/* do_notify_parent_cldstop() */
static void tell(struct tracing *tr)
{
	const bool job = tr->at == TRACED_GROUP;

	signal_child(tr->tracer, tr->task, job ? CLD_STOPPED : CLD_TRAPPED,
		     tr->code & 0x7f);
	debug_wake(tr->tracer);
}

/* ptrace_do_notify(): the siginfo of a stop that is for no signal. */
static void fill_info(struct tracing *tr, int code)
{
	const struct task *task = tr->task;

	memset(&tr->info, 0, sizeof(tr->info));
	tr->info.si_signo = code & 0x7f;
	tr->info.si_code = code;
	tr->info.si_pid = pid_nr(task->tid, task_pid_ns(task)).n;
	tr->info.si_uid = signal_uid(task, task->group);
}

void tracing_stop(struct tracing *tr, enum traced_at at, int code)
{
	tr->state = TRACED_STOPPED;
	tr->at = at;
	tr->code = code;
	tr->told = false;
	tr->interrupt = false;
	if (at == TRACED_BEGUN)
		memset(&tr->info, 0, sizeof(tr->info));
	else if (at != TRACED_SIGNAL && at != TRACED_STEPPED)
		fill_info(tr, code);
	if (at == TRACED_BEGUN)
		tr->info.si_signo = SIGSTOP;
	if (at != TRACED_EVENT && at != TRACED_ENTRY && at != TRACED_EXIT)
		tr->message = 0;
	/* Those that wait first are told first. */
	DL_DELETE(tr->tracer->tracees, tr);
	DL_APPEND(tr->tracer->tracees, tr);
	tell(tr);
}

/* ---- waits ---- */

static bool is_wanted(const struct task *waiter, const struct wanted *w,
		      const struct pid *tid, const struct pid *pgrp)
{
	switch (w->type) {
	case P_ALL:
		return true;
	case P_PID:
		return tid->host.n == w->nr;
	case P_PGID:
		/* NULL is the one outside that nsrun was started in. */
		return w->nr ? pgrp && pgrp->host.n == w->nr
			     : pgrp == waiter->group->pgrp;
	default:
		return false;
	}
}

static bool is_tracer(const struct tracing *tr, const struct task *waiter,
		      const struct wanted *w)
{
	return is_wanted(waiter, w, tr->task->tid, tr->task->group->pgrp) &&
	       (!(w->options & __WNOTHREAD) || !tr->by.n ||
		tr->by.n == waiter->tid->host.n);
}

bool tracing_awaits(const struct task *waiter, const struct wanted *w)
{
	const struct tracing *tr;

	DL_FOREACH (waiter->group->tracees, tr)
		if (is_tracer(tr, waiter, w))
			return true;
	return false;
}

bool tracing_has_child(const struct group *group, const struct wanted *w)
{
	const struct group *child;

	DL_FOREACH2(group->children, child, sibling_next)
	if (!child->gone &&
	    is_wanted(group->tasks, w, child->tgid, child->pgrp))
		return true;
	return false;
}

int tracing_ended(const struct task *waiter, int nr)
{
	const struct pid_namespace *ns = task_pid_ns(waiter);
	const struct traced_end *end;

	DL_FOREACH (waiter->group->traced_ends, end)
		if (pid_nr(end->tid, ns).n == nr)
			return end->tid->host.n;
	return 0;
}

static bool news_of_end(struct task *waiter, const struct wanted *w,
			struct traced_news *news)
{
	struct group *tracer = waiter->group;
	struct traced_end *end;

	if (!(w->options & WEXITED))
		return false;
	DL_FOREACH (tracer->traced_ends, end)
		if (is_wanted(waiter, w, end->tid, end->pgrp))
			break;
	if (!end)
		return false;
	*news = (struct traced_news){
		.host = end->tid->host,
		.nr = pid_nr(end->tid, group_pid_ns(tracer)).n,
		.ended = true,
		.status = end->status,
		.uid = signal_uid(waiter, tracer),
		.usage = end->usage,
	};
	if (!(w->options & WNOWAIT)) {
		end_free(tracer, end);
		agent_suspend(tracer);
	}
	return true;
}

bool tracing_news(struct task *waiter, const struct wanted *w,
		  struct traced_news *ret_news)
{
	struct tracing *tr;

	if (news_of_end(waiter, w, ret_news))
		return true;
	DL_FOREACH (waiter->group->tracees, tr)
		if (tr->state == TRACED_STOPPED && !tr->told &&
		    is_tracer(tr, waiter, w))
			break;
	if (!tr)
		return false;
	*ret_news = (struct traced_news){
		.host = tr->task->tid->host,
		.nr = pid_nr(tr->task->tid, group_pid_ns(tr->tracer)).n,
		.status = tr->code << 8 | 0x7f,
		.uid = signal_uid(tr->task, tr->tracer),
		.usage = tr->usage,
	};
	tr->told = !(w->options & WNOWAIT);
	return true;
}

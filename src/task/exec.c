/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exec. The caller becomes the leader of its group, with the leader's number;
 * its own, and those of its siblings, are gone. Follows de_thread() of
 * fs/exec.c and "execve(2) under ptrace" of ptrace(2).
 *
 * The call itself is caught because of the locks that its caller holds: the
 * kernel lets go of them in between, when no ptrace stop is (robust.c).
 */
#include <utlist.h>
#include "src/ns/user_cred.h"
#include "src/task/agent.h"
#include "src/park.h"
#include "src/task/creds.h"
#include "src/task/loader.h"
#include "src/task/task.h"
#include "src/view/root.h"

/* The new program begins with nothing in flight. */
static void forget_call(struct task *task)
{
	task_cloning_orphaned(task);
	task->in_call = false;
	task->at_entry = false;
	task->masked = false;
	task->waiting = false;
	task->undelivered = false;
	task->exiting = false;	/* the leader was, its caller is not */
	task->recalled = false;
	task->passed = false;
	task->agent_held = false;
	task->loads = false;
	park_abandon(task);
	call_drop_fd(&task->call);
	call_forget(&task->call);
	task_creds_forget(task);
}

/* The leader's record goes on with what the caller had. */
static void take_over(struct task *leader, struct task *caller)
{
	struct nsproxy *old = leader->nsproxy;

	leader->persona = caller->persona;
	leader->no_new_privs = caller->no_new_privs;
	user_cred_put(leader->cred);
	leader->cred = user_cred_get(caller->cred);
	loader_forget(leader);
	leader->loader = caller->loader;
	caller->loader = NULL;
	root_put(leader->root);
	leader->root = root_get(caller->root);
	leader->root_armed = caller->root_armed;
	leader->nsproxy = nsproxy_get(caller->nsproxy);
	nsproxy_put(old);
	ns_task_take_over(leader, caller);
}

void task_exec(struct task *leader, host_pid former)
{
	struct group *group = leader->group;
	struct task *task, *next;

	DL_FOREACH_SAFE2(group->tasks, task, next, in_group_next) {
		if (task == leader)
			continue;
		if (task->tid->host.n == former.n)
			take_over(leader, task);
		task_cloning_orphaned(task);
		task_cloning_child_died(task);
		task_free(task);
	}
	forget_call(leader);
	agent_leave(group);
	group->dumpable = 1;
	user_exec(leader);
	ns_group_exec(group);
}

static long exec_after(struct call *c, long result)
{
	if (result < 0)
		task_robust_to_guest(c->task);
	return result;
}

/*
 * Another thread than the leader takes the leader's number before the kernel
 * looks at its locks, so that it knows none of them: left as it is.
 */
bool task_exec_holds(const struct task *task)
{
	return task->tid == task->group->tgid && task_holds_robust(task);
}

long task_exec_then(struct call *c)
{
	if (task_exec_holds(c->task))
		task_robust_to_host(c->task);
	return call_then(c, exec_after);
}

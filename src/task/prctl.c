/* SPDX-License-Identifier: Apache-2.0 */
/*
 * prctl: the options that would stand between a task and its supervisor, or
 * that nsrun itself has set.
 */
#include <errno.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <unistd.h>
#include "src/host/sys.h"
#include "src/ns/pid.h"
#include "src/ns/user_cred.h"
#include "src/task/prctl.h"
#include "src/task/agent.h"
#include "src/task/task.h"

/*
 * The kernel would keep the supervisor out of an undumpable task's memory, so
 * the flag is only remembered, and heeded where a task inside would look into
 * another (pid_args.c). To the outside the task stays dumpable.
 */
static long set_dumpable(struct call *c)
{
	/* SUID_DUMP_ROOT, 2, can't be set by hand: kernel/sys.c */
	if (c->args[1] > 1)
		return -EINVAL;
	c->task->group->dumpable = (int)c->args[1];
	return 0;
}

/* Init of a namespace is one by nsrun's own doing: hide that. */
static long set_subreaper(struct call *c)
{
	if (!group_is_init(c->task->group))
		return call_pass(c);
	c->task->group->subreaper = c->args[1] != 0;
	return 0;
}

static long get_subreaper(struct call *c)
{
	int value = c->task->group->subreaper;

	if (!group_is_init(c->task->group))
		return call_pass(c);
	return call_write(c, c->args[1], &value, sizeof(value));
}

/* nsrun has set it for all, as it must; a task learns of its own alone. */
static long set_no_new_privs(struct call *c)
{
	if (c->args[1] != 1 || c->args[2] || c->args[3] || c->args[4])
		return -EINVAL;
	c->task->no_new_privs = true;
	return 0;
}

static long get_no_new_privs(struct call *c)
{
	if (c->args[1] || c->args[2] || c->args[3] || c->args[4])
		return -EINVAL;
	return c->task->no_new_privs;
}

/*
 * nsrun's filters are not there: the one of filter.c, one for each signalfd of
 * pid_fd.c, and those of late.c. Mode 1 (strict) cannot ask. What nsrun
 * was itself started under is the program's, too.
 */
#define OWN_FILTERS 1

static long get_seccomp(struct call *c)
{
	long filters = sys_seccomp_filters(c->task->tid->host);

	if (filters < 0)
		return 0;
	return filters > OWN_FILTERS + (long)c->task->group->signalfds +
				 (long)c->task->late.filters ?
		SECCOMP_MODE_FILTER : SECCOMP_MODE_DISABLED;
}

/* An nsrun inside asks whether it is, or says what it does: prctl.h */
static long inside(struct call *c)
{
	struct pid_namespace *ns = c->task->nsproxy->pid_for_children;

	switch (c->args[1]) {
	case PR_NSRUN_KINDS:
		return (long)((task_active(c->task) |
			       ns_late_kinds(NS_FLAGS_ALL)) &
			      ~(unsigned int)NS_BASE);
	case PR_NSRUN_WRAPS:
		if (ns == task_pid_ns(c->task) || ns->last > 0)
			return -EINVAL;
		ns->wraps = true;
		return 0;
	}
	return -EINVAL;
}

/*
 * A filter or dispatch of the program's own is to see each of its calls, from
 * where it made them: so there is no agent from here on.
 */
static long watch_calls(struct call *c)
{
	c->task->group->heritage.watches = true;
	agent_refuse(c->task->group);
	return call_pass(c);
}

/* One listener a filter chain: nsrun's own. */
long task_seccomp(struct call *c)
{
	const unsigned int op = (unsigned int)c->args[0];

	if (c->args[1] & SECCOMP_FILTER_FLAG_NEW_LISTENER)
		return -EBUSY;
	return op <= SECCOMP_SET_MODE_FILTER ? watch_calls(c) : call_pass(c);
}

/* Of Yama: without it, the kernel does not know that. Nobody is kept out. */
static long set_ptracer(struct call *c)
{
	const int who = (int)c->args[1];

	if (access("/proc/sys/kernel/yama/ptrace_scope", F_OK) < 0)
		return -EINVAL;
	return who == 0 || who == -1 ||
			       task_by_number(c->task, (ns_pid){ who })
		       ? 0
		       : -EINVAL;
}

long task_prctl(struct call *c)
{
	switch ((int)c->args[0]) {
	case PR_NSRUN:
		return inside(c);
	case PR_SET_DUMPABLE:
		return set_dumpable(c);
	case PR_GET_DUMPABLE:
		return c->task->group->dumpable;
	case PR_SET_CHILD_SUBREAPER:
		return set_subreaper(c);
	case PR_GET_CHILD_SUBREAPER:
		return get_subreaper(c);
	case PR_SET_NO_NEW_PRIVS:
		return set_no_new_privs(c);
	case PR_GET_NO_NEW_PRIVS:
		return get_no_new_privs(c);
	case PR_GET_SECCOMP:
		return get_seccomp(c);
	case PR_CAPBSET_READ:
	case PR_CAPBSET_DROP:
	case PR_SET_SECUREBITS:
	case PR_GET_SECUREBITS:
	case PR_SET_KEEPCAPS:
	case PR_GET_KEEPCAPS:
	case PR_CAP_AMBIENT:
		return user_prctl(c);
	case PR_SET_SECCOMP:
	case PR_SET_SYSCALL_USER_DISPATCH:
		return watch_calls(c);
	case PR_SET_PTRACER:
		return set_ptracer(c);
	default:
		return -EINVAL;	/* as a kernel without core scheduling */
	}
}

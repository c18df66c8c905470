/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls that take a number, and whose result holds none: the task makes them
 * itself with the host's number in its place.
 */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <utlist.h>
#include "src/ns/pid.h"
#include "src/ns/user_access.h"
#include "src/ns/user_cred.h"

long pid_first_arg(struct call *c)
{
	c->host_args[0] = pid_to_host(c->task, (int)c->args[0]);
	return call_then(c, NULL);
}

/* Without a pid namespace: does @nr name a process outside of the instance? */
static bool is_outside(const struct call *c, int nr)
{
	return task_pid_ns(c->task)->level == 0 && nr > 0 &&
	       !group_by_number(c->task, (ns_pid){ nr }) &&
	       sys_exists((host_pid){ nr });
}

/* May it be looked into? What is outside is of another user namespace. */
static bool may_access(const struct call *c, int nr)
{
	const struct task *task = task_by_number(c->task, (ns_pid){ nr });

	if (!task)
		return !c->task->cred || !is_outside(c, nr);
	return user_may_access(c->task, task->group, task, USER_ACCESS_REAL);
}

typedef bool (*may_test)(const struct task *from, const struct task *to);

/* May something be done to task @nr? Outside the kernel has a say, too. */
static bool may_do(const struct call *c, int nr, may_test may)
{
	const struct task *task = task_by_number(c->task, (ns_pid){ nr });

	if (!task)
		return user_is_real(c->task) || !is_outside(c, nr);
	return may(c->task, task);
}

static long first_arg_if(struct call *c, may_test may)
{
	return may_do(c, (int)c->args[0], may) ? pid_first_arg(c) : -EPERM;
}

long pid_schedule(struct call *c)
{
	return first_arg_if(c, user_may_schedule);
}

/* sched_setaffinity(2): CAP_SYS_NICE of the namespace is enough. */
long pid_set_affinity(struct call *c)
{
	return first_arg_if(c, user_may_renice);
}

long pid_prlimit(struct call *c)
{
	return first_arg_if(c, user_may_limit);
}

long pid_access(struct call *c)
{
	return may_access(c, (int)c->args[0]) ? pid_first_arg(c) : -EPERM;
}

long pid_kcmp(struct call *c)
{
	if (!may_access(c, (int)c->args[0]) || !may_access(c, (int)c->args[1]))
		return -EPERM;
	c->host_args[1] = pid_to_host(c->task, (int)c->args[1]);
	return pid_first_arg(c);
}

/* The kernel's id of the user that args[1] means, 0: the caller. */
static uint32_t user_meant(const struct call *c)
{
	const struct user_cred *cred = c->task->cred;
	uid_t uid = (uid_t)c->args[1];

	if (!cred)
		return uid ? uid : getuid();
	return uid ? user_make_kuid(cred->ns, uid) : cred->uid;
}

static bool is_of_user(const struct task *task, uint32_t kuid)
{
	return kuid != USER_NONE &&
	       (task->cred ? task->cred->uid : getuid()) == kuid;
}

static long set_one_priority(struct call *c, const struct task *task)
{
	if (!user_may_renice(c->task, task))
		return -EPERM;
	return sys_result(setpriority(PRIO_PROCESS, (id_t)task->tid->host.n,
				      (int)c->args[2]));
}

/* setpriority(PRIO_USER): all of that user's processes, those inside. */
static long set_user_priority(struct call *c)
{
	uint32_t kuid = user_meant(c);
	struct group *group;
	long r = -ESRCH;

	DL_FOREACH(instance.groups, group) {
		struct task *task;

		if (group_number(group, c->task).n == 0)
			continue;
		DL_FOREACH2(group->tasks, task, in_group_next)
			if (is_of_user(task, kuid))
				r = set_one_priority(c, task);
	}
	return r;
}

/* Each member by its own owner's leave. */
static long set_pgrp_priority(struct call *c, int nr)
{
	const struct pid *pgrp = nr ? pgrp_by_number(c->task, nr) :
				      c->task->group->pgrp;
	struct group *group;
	long r = -ESRCH;

	DL_FOREACH(instance.groups, group) {
		struct task *task;

		if (!pgrp || group->pgrp != pgrp)
			continue;
		DL_FOREACH2(group->tasks, task, in_group_next)
			r = set_one_priority(c, task);
	}
	return r;
}

/* The best of them, as the kernel says it: 20 - nice. */
static long get_user_priority(struct call *c)
{
	uint32_t kuid = user_meant(c);
	struct group *group;
	long best = -ESRCH;

	DL_FOREACH(instance.groups, group) {
		struct task *task;

		DL_FOREACH2(group->tasks, task, in_group_next) {
			long r;

			if (!is_of_user(task, kuid))
				continue;
			r = sys_call(SYS_getpriority, PRIO_PROCESS,
				     (uint64_t)task->tid->host.n, 0, 0, 0, 0);
			best = r > best ? r : best;
		}
	}
	return best;
}

long pid_priority(struct call *c)
{
	int nr = (int)c->args[1];

	switch ((int)c->args[0]) {
	case PRIO_PROCESS:
		if (c->nr == SYS_setpriority && nr &&
		    !may_do(c, nr, user_may_renice))
			return -EPERM;
		c->host_args[1] = pid_to_host(c->task, nr);
		break;
	case PRIO_PGRP:
		if (c->nr == SYS_setpriority && c->task->cred)
			return set_pgrp_priority(c, nr);
		c->host_args[1] = pgrp_to_host(c->task, nr);
		break;
	case PRIO_USER:
		if (c->nr == SYS_setpriority)
			return set_user_priority(c);
		if (c->task->cred)
			return get_user_priority(c);
		break;
	}
	return call_then(c, NULL);
}

long pid_ioprio(struct call *c)
{
	int nr = (int)c->args[1];


	if ((int)c->args[0] == 1 && c->nr == SYS_ioprio_set && nr &&
	    !may_do(c, nr, user_may_io_prioritize))
		return -EPERM;
	/* IOPRIO_WHO_PROCESS 1, IOPRIO_WHO_PGRP 2, IOPRIO_WHO_USER 3 */
	if ((int)c->args[0] == 1)
		c->host_args[1] = pid_to_host(c->task, nr);
	else if ((int)c->args[0] == 2)
		c->host_args[1] = pgrp_to_host(c->task, nr);
	else if (c->nr == SYS_ioprio_set)
		return -EPERM;	/* would reach the user's others outside */
	return call_then(c, NULL);
}

/* struct __user_cap_header_struct: { version, pid } */
long pid_capget(struct call *c)
{
	int header[2];

	if (c->nr == SYS_capset)
		c->task->creds_change = true;
	if (call_read(c, c->args[0], header, sizeof(header)) < 0)
		return -EFAULT;
	if (header[1] == 0)
		return call_pass(c);
	if (!call_can_change(c))
		return call_stop(c);
	header[1] = (int)pid_to_host(c->task, header[1]);
	if (call_lend(c, header, sizeof(header), &c->host_args[0]) < 0)
		return -EFAULT;
	return call_then(c, NULL);
}

/*
 * The clock of a thread or process holds its number: ~number << 3 | kind.
 * Kind 3 is a descriptor's clock. See CPUCLOCK_PID of linux/posix-timers.h.
 */
static uint64_t clock_to_host(const struct task *from, int clock)
{
	int nr = ~(clock >> 3);

	if (clock >= 0 || (clock & 7) == 3 || nr == 0)
		return (uint64_t)(int64_t)clock;
	nr = (int)pid_to_host(from, nr);
	/* SYS_NO_PID does not fit; neither does any pid above 2^28. */
	if (nr == SYS_NO_PID)
		nr = (1 << 28) - 1;
	return (uint64_t)(int64_t)(int)((unsigned int)~nr << 3 |
					(unsigned int)(clock & 7));
}

long pid_clock(struct call *c)
{
	c->host_args[0] = clock_to_host(c->task, (int)c->args[0]);
	return call_then(c, NULL);
}

long pid_timer_create(struct call *c)
{
	struct {
		uint64_t value;
		int signo, notify, tid;
		int pad[11];
	} event;
	uint64_t clock = clock_to_host(c->task, (int)c->args[0]);
	bool other = (int)clock != (int)c->args[0];

	c->host_args[0] = clock;
	if (!c->args[1])
		return other ? call_then(c, NULL) : call_pass(c);
	if (call_read(c, c->args[1], &event, sizeof(event)) < 0)
		return -EFAULT;
	if (!(event.notify & 4))	/* SIGEV_THREAD_ID */
		return other ? call_then(c, NULL) : call_pass(c);
	event.tid = (int)pid_to_host(c->task, event.tid);
	if (call_lend(c, &event, sizeof(event), &c->host_args[1]) < 0)
		return -EFAULT;
	return call_then(c, NULL);
}

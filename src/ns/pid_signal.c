/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kill and its relatives. The supervisor sends on behalf of the task
 * (task/signal.c), to members of the namespace alone: what is outside does
 * not exist. Follows kernel/signal.c, except that kill(0, …) of a task whose
 * process group began outside reaches the members inside only.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <utlist.h>
#include "src/ns/pid.h"
#include "src/ns/user_access.h"
#include "src/view/walk.h"

/* May @group be meant by a broadcast of @c's task? */
typedef bool (*member_test)(const struct call *c, const struct group *group,
			    const struct pid *pgrp);

/* One in an outer namespace is reached, too: __kill_pgrp_info() */
static bool is_in_pgrp(const struct call *c, const struct group *group,
		       const struct pid *pgrp)
{
	/* Outside groups have no entry; members inside share the host's. */
	(void)c;
	return pgrp ? group->pgrp == pgrp : !group->pgrp;
}

static bool is_other(const struct call *c, const struct group *group,
		     const struct pid *pgrp)
{
	(void)pgrp;
	return group != c->task->group &&
	       group_number(group, c->task).n > 1;
}

/*
 * kill(2) says success if one could be sent. A child that a member makes
 * meanwhile gets it too: task_note_broadcast().
 */
static long send_to_many(struct call *c, int sig, member_test is_member,
			 const struct pid *pgrp)
{
	struct group *group;
	bool sent = false;
	long r = -ESRCH;

	for (group = instance.groups; group; group = task_next_group(group)) {
		long one;

		if (!is_member(c, group, pgrp))
			continue;
		task_note_broadcast(group, sig);
		one = signal_send(c->task, group, NULL, sig, SIGNAL_KILL);
		if (one == 0)
			sent = true;
		else if (one != -ESRCH)
			r = one;
	}
	return sent ? 0 : r;
}

static long send_to_pgrp(struct call *c, int sig, const struct pid *pgrp)
{
	return send_to_many(c, sig, is_in_pgrp, pgrp);
}

/*
 * What no task of the instance has: without a pid namespace the kernel sends
 * to those outside, if they are the caller's own.
 */
static long send_outside(struct call *c, host_pid host)
{
	if (task_pid_ns(c->task)->level > 0)
		return -ESRCH;
	if (user_is_real(c->task))
		return call_pass(c);
	return sys_exists(host) ? -EPERM : -ESRCH;
}

long pid_kill(struct call *c)
{
	int nr = (int)c->args[0], sig = (int)c->args[1];
	struct pid *pgrp;
	struct group *group;
	struct task *task;

	if (nr == INT_MIN)
		return -ESRCH;
	if (nr > 0) {
		/* Any thread's number names its process. */
		task = task_by_number(c->task, (ns_pid){ nr });
		group = task ? task->group :
			       group_by_number(c->task, (ns_pid){ nr });
		return group ? signal_send(c->task, group, NULL, sig,
					   SIGNAL_KILL) :
			       send_outside(c, (host_pid){ nr });
	}
	if (nr == -1)
		return send_to_many(c, sig, is_other, NULL);
	if (nr == 0)
		return send_to_pgrp(c, sig, c->task->group->pgrp);
	pgrp = pgrp_by_number(c->task, -nr);
	return pgrp ? send_to_pgrp(c, sig, pgrp) :
		      send_outside(c, (host_pid){ nr });
}

static long send_to_thread(struct call *c, int tgid, int tid, int sig)
{
	struct task *task;

	if (tid <= 0)
		return -EINVAL;
	task = task_by_number(c->task, (ns_pid){ tid });
	/* A zombie takes every signal and does nothing: do_send_specific() */
	if (!task && group_by_number(c->task, (ns_pid){ tid }))
		return sig >= 0 && sig <= 64 ? 0 : -EINVAL;
	if (!task)
		return send_outside(c, (host_pid){ tid });
	if (tgid && group_number(task->group, c->task).n != tgid)
		return -ESRCH;
	return signal_send(c->task, task->group, task, sig, SIGNAL_TKILL);
}

long pid_tkill(struct call *c)
{
	return send_to_thread(c, 0, (int)c->args[0], (int)c->args[1]);
}

long pid_tgkill(struct call *c)
{
	int tgid = (int)c->args[0];

	if (tgid <= 0)
		return -EINVAL;
	return send_to_thread(c, tgid, (int)c->args[1], (int)c->args[2]);
}

/*
 * The task queues it itself: what it may put into si_code depends on whether
 * it is its own process, which the kernel must judge. To itself it may say
 * anything; what would be taken for the kernel's words is marked as its own.
 */
static long queue(struct call *c, struct group *group, struct task *thread,
		  int sig, int arg)
{
	siginfo_t info;

	if (group && !user_may_signal(c->task, group, thread, sig))
		return -EPERM;
	if (!group || sig <= 0 || sig > 64)
		return call_then(c, NULL);
	if (group != c->task->group && signal_is_dropped(c->task, group, sig))
		return 0;
	if (call_read(c, c->args[arg], &info, sizeof(info)) < 0)
		return -EFAULT;
	if (group != c->task->group) {
		if (signal_hides_sender(c->task, group, &info) &&
		    call_lend(c, &info, sizeof(info), &c->host_args[arg]) < 0)
			return -EFAULT;
		return call_then(c, NULL);
	}
	info.si_signo = sig;
	return signal_holds_pid(&info) ?
		signal_queue_own(c->task, thread, sig, &info) :
		call_then(c, NULL);
}

long pid_rt_sigqueueinfo(struct call *c)
{
	int nr = (int)c->args[0];

	c->host_args[0] = pid_to_host(c->task, nr);
	return queue(c, group_by_number(c->task, (ns_pid){ nr }), NULL,
		     (int)c->args[1], 2);
}

long pid_rt_tgsigqueueinfo(struct call *c)
{
	int nr = (int)c->args[0], tid = (int)c->args[1];
	struct task *thread = task_by_number(c->task, (ns_pid){ tid });
	struct group *group = group_by_number(c->task, (ns_pid){ nr });

	c->host_args[0] = pid_to_host(c->task, nr);
	c->host_args[1] = pid_to_host(c->task, tid);
	return queue(c, thread && thread->group == group ? group : NULL,
		     thread, (int)c->args[2], 3);
}

static long sigtimedwait_after(struct call *c, long result)
{
	siginfo_t info;
	bool inside;

	if (result <= 0 || call_read(c, c->args[1], &info, sizeof(info)) < 0)
		return result;
	if (signal_translate(&info, c->task->group, &inside))
		call_write(c, c->args[1], &info, sizeof(info));
	return result;
}

long pid_rt_sigtimedwait(struct call *c)
{
	return call_then(c, sigtimedwait_after);
}

/* pidfd_send_signal(2): the flags say whom the descriptor means. */
#define PIDFD_SIGNAL_THREAD 1
#define PIDFD_SIGNAL_THREAD_GROUP 2
#define PIDFD_SIGNAL_PROCESS_GROUP 4
/* As since Linux 6.16. */
#define PIDFD_SELF_THREAD (-10000)
#define PIDFD_SELF_THREAD_GROUP (-10001)

static long pidfd_to_pid(struct call *c, int fd, bool folders,
			 struct pid **ret_pid)
{
	host_pid host;
	long r;

	if (fd == PIDFD_SELF_THREAD || fd == PIDFD_SELF_THREAD_GROUP) {
		*ret_pid = fd == PIDFD_SELF_THREAD ? c->task->tid :
						     c->task->group->tgid;
		return 0;
	}
	r = sys_pidfd_process(c->task->tid->host, fd, &host);
	if (r == -EBADF && folders)
		r = sys_folder_process(c->task->tid->host, fd, &host);
	if (r < 0)
		return r;
	if (host.n <= 0)	/* reaped */
		return -ESRCH;
	*ret_pid = pids_by_host(&instance.pids, host);
	if (!*ret_pid && task_pid_ns(c->task)->level == 0)
		return user_is_real(c->task) ? CALL_PASS : -EPERM;
	if (!*ret_pid)
		return -EINVAL;
	return (*ret_pid)->departed ? -ESRCH : 0;
}

/* Of another namespace, nothing is sent: access_pidfd_pidns() */
static bool may_send_to(const struct call *c, const struct pid *pid)
{
	return pid_nr(pid, task_pid_ns(c->task)).n > 0;
}

static long pidfd_send(struct call *c, struct pid *pid, int sig)
{
	unsigned int flags = (unsigned int)c->args[3];

	if (flags == PIDFD_SIGNAL_PROCESS_GROUP)
		return send_to_pgrp(c, sig, pid);
	if (!flags && (int)c->args[0] == PIDFD_SELF_THREAD)
		flags = PIDFD_SIGNAL_THREAD;
	if (flags == PIDFD_SIGNAL_THREAD_GROUP && pid->task)
		pid = pid->task->group->tgid;
	if (flags == PIDFD_SIGNAL_THREAD || !pid->group) {
		if (!pid->task)
			return -ESRCH;
		return signal_send(c->task, pid->task->group, pid->task, sig,
				   SIGNAL_TKILL);
	}
	return signal_send(c->task, pid->group, NULL, sig, SIGNAL_KILL);
}

/* With a siginfo of the caller's own: as rt_sigqueueinfo(2). */
static long pidfd_queue(struct call *c, struct pid *pid, int sig)
{
	bool self = pid->group == c->task->group || pid == c->task->tid;
	siginfo_t info;

	if (call_read(c, c->args[2], &info, sizeof(info)) < 0)
		return -EFAULT;
	if (info.si_signo != sig)
		return -EINVAL;
	/* A task may say to itself what only the kernel says to others. */
	if (self && (info.si_code >= 0 || info.si_code == SI_TKILL))
		return signal_queue_own(c->task, NULL, sig, &info);
	if (info.si_code >= 0 || info.si_code == SI_TKILL)
		return -EPERM;
	if (!pid->group)
		return -ESRCH;
	if (!user_may_signal(c->task, pid->group, NULL, sig))
		return -EPERM;
	if (!self && sig && signal_is_dropped(c->task, pid->group, sig))
		return 0;
	signal_hides_sender(c->task, pid->group, &info);
	return sys_sigqueue(pid->host, sig, &info);
}

long pid_pidfd_send_signal(struct call *c)
{
	int sig = (int)c->args[1];
	unsigned int flags = (unsigned int)c->args[3];
	struct pid *pid;
	long r;

	/* At most one of the three. */
	if (flags > PIDFD_SIGNAL_PROCESS_GROUP || (flags & (flags - 1)))
		return -EINVAL;
	r = pidfd_to_pid(c, (int)c->args[0], true, &pid);
	if (r == 0 && !may_send_to(c, pid))
		r = -EINVAL;
	if (r != 0)
		return r;
	return c->args[2] ? pidfd_queue(c, pid, sig) : pidfd_send(c, pid, sig);
}

/*
 * Only what the instance has can be reached; so the supervisor gets it: in
 * the task the descriptor could be another one by then.
 */
long pid_pidfd_getfd(struct call *c)
{
	struct pid *pid;
	long r;

	if ((unsigned int)c->args[2])
		return -EINVAL;
	r = pidfd_to_pid(c, (int)c->args[0], false, &pid);
	if (r < 0)
		return r;
	if (!pid->group || pid->group->zombie)
		return -ESRCH;
	if (!user_may_access(c->task, pid->group, pid->task, USER_ACCESS_REAL))
		return -EPERM;
	view_note_received(c->task);
	r = sys_borrow(pid->host, (int)c->args[1]);
	return r < 0 ? r : call_give_fd(c, (int)r, true);
}

long pid_pidfd_open(struct call *c)
{
	c->host_args[0] = pid_to_host(c->task, (int)c->args[0]);
	return call_run_fd(c);
}

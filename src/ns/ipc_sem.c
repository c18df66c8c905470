/* SPDX-License-Identifier: Apache-2.0 */
/*
 * System V semaphores: semget(2), semop(2), semtimedop(2), SEM_UNDO.
 *
 * Theory of operation. What a set is, and who can go on when, is in
 * tables/sems.c. Here are the calls: their arguments, read once, rights and
 * limits in the kernel's order; and the waits. Operations that have to wait
 * are copied into a `struct sem_wait`, which is in a queue of the set and is
 * the waiter of a parked call at the same time; it ends by whichever of the
 * two comes first. A call that need not wait allocates nothing.
 *
 * The kernel's limits bound values and numbers, not memory: with them a
 * program could make the supervisor hold 64 GiB. So all sets, undos and
 * waits of the instance together have a ceiling, MEMORY_MAX; beyond it is
 * ENOMEM, as where the kernel has no memory; so it is where waits are so many
 * that one change would keep the supervisor busy for long (sems_may_wait()).
 * Follows ipc/sem.c, Linux 6.x.
 */
#include "src/ns/ipc_sem.h"

#include <errno.h>
#include <linux/sched.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <utlist.h>
#include "src/park.h"
#include "src/task/task.h"

#define MEMORY_MAX ((size_t)64 << 20)
/* A semaphore, and what it remembers of its last user: sempid. */
#define SEM_COST 128

#define OPS_FAST 500 /* SEMOPM; a sysctl can allow more */
#define NS_PER_S 1000000000

static size_t memory;

/* Return: false, at the ceiling. */
static bool charge(size_t size)
{
	if (size > MEMORY_MAX - memory)
		return false;
	memory += size;
	return true;
}

/* ---- semget ---- */

static size_t set_cost(int len)
{
	return sizeof(struct sem_set) + (size_t)len * SEM_COST;
}

static long create_set(struct call *c, int32_t key, int flags, int len)
{
	struct ipc_namespace *ns = ipc_ns(c);
	struct sem_set *set;
	long id;

	if (!charge(set_cost(len)))
		return -ENOMEM;
	set = sem_set_create(len);
	id = set ? ipc_add(c, IPC_SEM, &set->perm, key, flags,
			   ns->limits.semmni)
		 : -ENOMEM;
	if (id < 0) {
		free(set);
		memory -= set_cost(len);
		return id;
	}
	set->ctime = time(NULL);
	ns->sems += len;
	return id;
}

/* newary() */
static long create(struct call *c, int32_t key, int flags)
{
	struct ipc_namespace *ns = ipc_ns(c);
	int len = (int)c->args[1];

	if (len == 0)
		return -EINVAL;
	if ((int64_t)ns->sems + len > ns->limits.semmns)
		return -ENOSPC;
	return create_set(c, key, flags, len);
}

/* sem_more_checks() */
static long check(struct call *c, const struct ipc_perm_entry *entry)
{
	const struct sem_set *set = (const struct sem_set *)entry;

	return (int)c->args[1] > set->len ? -EINVAL : 0;
}

long ipc_semget(struct call *c)
{
	static const struct ipc_ops ops = { IPC_SEM, create, check };
	int len = (int)c->args[1];

	if (len < 0 || len > ipc_ns(c)->limits.semmsl)
		return -EINVAL;
	return ipc_get(c, &ops, (int32_t)c->args[0], (int)c->args[2]);
}

long sem_find(struct call *c, int id, struct sem_set **ret_set)
{
	struct ipc_perm_entry *entry;
	int r = ipc_ids_by_id(&ipc_ns(c)->ids[IPC_SEM], id, &entry);

	if (r == 0)
		*ret_set = (struct sem_set *)entry;
	return r;
}

/* ---- waits ---- */

struct sem_wait {
	struct waiter waiter;
	struct sem_pending pending;
	struct sem_set *set; /* its end ends the wait */
	struct sembuf ops[];
};

static void wait_free(struct sem_wait *wait)
{
	memory -= sizeof(*wait) + wait->pending.ops_len * sizeof(wait->ops[0]);
	free(wait);
}

static long wait_ended(struct waiter *w, enum park_end why)
{
	struct sem_wait *wait = (struct sem_wait *)w;

	sems_unwait(wait->set, &wait->pending);
	wait_free(wait);
	return why == PARK_TIMEOUT ? -EAGAIN : -EINTR;
}

void sem_answer(struct sem_pending *done)
{
	struct sem_pending *p, *next;

	DL_FOREACH_SAFE (done, p, next) {
		struct sem_wait *wait =
			(struct sem_wait *)((char *)p -
					    offsetof(struct sem_wait, pending));

		park_answer(&wait->waiter, p->result);
		wait_free(wait);
	}
}

/* schedule_hrtimeout_range(): a time that has passed is no wait. */
static long start_wait(struct call *c, struct sem_set *set,
		       const struct sem_pending *p, const uint64_t *deadline)
{
	size_t len = p->ops_len * sizeof(p->ops[0]);
	struct sem_wait *wait;

	if (deadline && *deadline <= park_now())
		return -EAGAIN;
	if (!sems_may_wait(set, p->ops_len) || !charge(sizeof(*wait) + len))
		return -ENOMEM;
	wait = calloc(1, sizeof(*wait) + len);
	if (!wait) {
		memory -= sizeof(*wait) + len;
		return -ENOMEM;
	}
	memcpy(wait->ops, p->ops, len);
	wait->set = set;
	wait->pending = *p;
	wait->pending.ops = wait->ops;
	wait->pending.blocking = wait->ops + (p->blocking - p->ops);
	wait->waiter.deadline = deadline ? *deadline : 0;
	wait->waiter.ended = wait_ended;
	sems_wait(set, &wait->pending);
	return call_park(c, &wait->waiter);
}

/* ---- undo ---- */

/* get_undo_list() */
static struct sem_undo_list *undo_list(struct task *task)
{
	if (!task->sem_undo) {
		task->sem_undo = calloc(1, sizeof(*task->sem_undo));
		if (task->sem_undo)
			task->sem_undo->refs = 1;
	}
	return task->sem_undo;
}

/* find_alloc_undo() */
static struct sem_undo *get_undo(struct task *task, struct sem_set *set)
{
	struct sem_undo_list *list = undo_list(task);
	struct sem_undo *undo = list ? sem_undo_find(list, set) : NULL;

	if (undo || !list || !charge(sem_undo_size(set)))
		return undo;
	group_hold_once(task->group);
	undo = sem_undo_create(list, set);
	if (!undo)
		memory -= sem_undo_size(set);
	return undo;
}

/* exit_sem() */
static void drop_undo(struct task *task)
{
	struct sem_undo_list *list = task->sem_undo;
	struct sem_pending *done = NULL;

	task->sem_undo = NULL;
	if (!list || --list->refs > 0)
		return;
	while (list->undos) {
		memory -= sem_undo_size(list->undos->set);
		sem_undo_apply(list->undos, task->group->tgid, time(NULL),
			       &done);
	}
	free(list);
	sem_answer(done);
}

/* copy_semundo() */
void ipc_sem_task_clone(struct task *parent, struct task *child, uint64_t flags)
{
	struct sem_undo_list *list;

	if (!(flags & CLONE_SYSVSEM) || !parent || !child->nsproxy->ipc)
		return;
	list = undo_list(parent);
	if (!list)
		return;
	list->refs++;
	child->sem_undo = list;
}

void ipc_sem_task_exit(struct task *task)
{
	drop_undo(task);
}

void ipc_sem_task_unshare(struct task *task, uint64_t flags)
{
	if (flags & CLONE_SYSVSEM)
		drop_undo(task);
}

void ipc_sem_task_take_over(struct task *leader, struct task *caller)
{
	drop_undo(leader);
	leader->sem_undo = caller->sem_undo;
	caller->sem_undo = NULL;
}

/* ---- semop ---- */

/* What a whole array is about. */
struct ops_summary {
	bool undo, alter;
	int max; /* the highest number of a semaphore */
};

static struct ops_summary summarise(const struct sembuf *ops, unsigned int len)
{
	struct ops_summary sum = { 0 };

	for (unsigned int i = 0; i < len; i++) {
		sum.undo = sum.undo || (ops[i].sem_flg & SEM_UNDO);
		sum.alter = sum.alter || ops[i].sem_op != 0;
		if (ops[i].sem_num > sum.max)
			sum.max = ops[i].sem_num;
	}
	return sum;
}

static long operate(struct call *c, const struct sembuf *ops, unsigned int len,
		    const uint64_t *deadline)
{
	struct ops_summary sum = summarise(ops, len);
	struct sem_pending p = {
		.ops = ops,
		.ops_len = len,
		.alter = sum.alter,
		.pid = c->task->group->tgid,
	}, *done = NULL;
	struct sem_set *set = NULL;
	long r = sem_find(c, (int)c->args[0], &set);

	if (r < 0)
		return r;
	if (sum.max >= set->len)
		return -EFBIG;
	if (ipc_check_access(c, &set->perm, sum.alter ? 0222 : 0444) < 0)
		return -EACCES;
	if (sum.undo) {
		p.undo = get_undo(c->task, set);
		if (!p.undo)
			return -ENOMEM;
	}
	r = sems_try(set, &p);
	if (r > 0)
		return start_wait(c, set, &p, deadline);
	if (r == 0)
		sems_tried(set, &p, time(NULL), &done);
	sem_answer(done);
	return r;
}

/* timespec64_valid(), and ktime_add_safe() to the time now. */
static long read_deadline(const struct timespec *timeout,
			  uint64_t *ret_deadline)
{
	uint64_t now = park_now();

	if (timeout->tv_sec < 0 || timeout->tv_nsec < 0 ||
	    timeout->tv_nsec >= NS_PER_S)
		return -EINVAL;
	*ret_deadline = now + (uint64_t)timeout->tv_nsec;
	if (timeout->tv_sec > (int64_t)(INT64_MAX / NS_PER_S - 1 -
					(int64_t)(*ret_deadline / NS_PER_S)))
		*ret_deadline = INT64_MAX;
	else
		*ret_deadline += (uint64_t)timeout->tv_sec * NS_PER_S;
	return 0;
}

/* __do_semtimedop(), with the operations at hand. */
static long timed_operate(struct call *c, const struct sembuf *ops,
			  unsigned int len, const struct timespec *timeout)
{
	uint64_t deadline;

	if ((int)c->args[0] < 0)
		return -EINVAL;
	if (timeout && read_deadline(timeout, &deadline) < 0)
		return -EINVAL;
	return operate(c, ops, len, timeout ? &deadline : NULL);
}

static long do_semtimedop(struct call *c, const struct timespec *timeout)
{
	struct sembuf fast[OPS_FAST], *ops = fast;
	unsigned int len = (unsigned int)c->args[2];
	long r;

	if (len > (unsigned int)ipc_ns(c)->limits.semopm)
		return -E2BIG;
	if (len == 0)
		return -EINVAL;
	if (len > OPS_FAST) {
		ops = len * sizeof(*ops) > MEMORY_MAX - memory
			      ? NULL
			      : malloc(len * sizeof(*ops));
		if (!ops)
			return -ENOMEM;
	}
	r = call_read(c, c->args[1], ops, len * sizeof(*ops));
	r = r < 0 ? -EFAULT : timed_operate(c, ops, len, timeout);
	if (ops != fast)
		free(ops);
	return r;
}

long ipc_semop(struct call *c)
{
	return do_semtimedop(c, NULL);
}

long ipc_semtimedop(struct call *c)
{
	struct timespec timeout;

	if (!c->args[3])
		return do_semtimedop(c, NULL);
	if (call_read(c, c->args[3], &timeout, sizeof(timeout)) < 0)
		return -EFAULT;
	return do_semtimedop(c, &timeout);
}

/* ---- the end ---- */

void sem_remove(struct ipc_namespace *ns, struct sem_set *set)
{
	struct sem_pending *done = NULL;
	struct sem_undo *undo;

	DL_FOREACH2(set->undos, undo, set_next)
	memory -= sem_undo_size(set);
	sem_set_end(set, &done);
	sem_answer(done);
	ipc_ids_remove(&ns->ids[IPC_SEM], &set->perm);
	ns->sems -= set->len;
	memory -= set_cost(set->len);
	sem_set_free(set);
}

void ipc_sem_free_all(struct ipc_namespace *ns)
{
	struct ipc_ids *ids = &ns->ids[IPC_SEM];

	while (ids->top >= 0)
		sem_remove(ns,
			   (struct sem_set *)ipc_ids_by_index(ids, ids->top));
}

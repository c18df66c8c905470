/* SPDX-License-Identifier: Apache-2.0 */
/* System V semaphores; see sems.h. Follows ipc/sem.c, Linux 6.x. */
#include "tables/sems.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <utlist.h>

#define ALL (-1) /* instead of a number: the queue of the set */

/* Operations that one change may have to try: some 100 ms. */
#define TRIES_MAX (UINT64_C(32) << 20)

struct sem_set *sem_set_create(int len)
{
	struct sem_set *set =
		calloc(1, sizeof(*set) + (size_t)len * sizeof(struct sem));

	if (set)
		set->len = len;
	return set;
}

static void set_pid(struct sem *sem, struct pid *pid)
{
	struct pid *old = sem->pid;

	if (pid == old)
		return;
	sem->pid = pid ? pid_keep(pid) : NULL;
	pid_forget(old);
}

void sem_set_free(struct sem_set *set)
{
	for (int i = 0; i < set->len; i++)
		set_pid(&set->sems[i], NULL);
	free(set);
}

/* ---- queues ---- */

static struct sem_pending **alter_queue(struct sem_set *set, int num)
{
	return num == ALL ? &set->alter : &set->sems[num].alter;
}

static struct sem_pending **zero_queue(struct sem_set *set, int num)
{
	return num == ALL ? &set->zero : &set->sems[num].zero;
}

static struct sem_pending **queue_of(struct sem_set *set,
				     const struct sem_pending *p)
{
	int num = p->ops_len > 1 ? ALL : p->ops[0].sem_num;

	if (!p->alter)
		return zero_queue(set, num);
	return alter_queue(set, set->merged ? ALL : num);
}

/* merge_queues(): what waits for a later semaphore comes first. */
static void merge(struct sem_set *set)
{
	for (int i = 0; i < set->len; i++) {
		struct sem_pending *all = set->sems[i].alter;

		set->sems[i].alter = NULL;
		if (all)
			DL_CONCAT(all, set->alter);
		set->alter = all ? all : set->alter;
	}
	set->merged = true;
}

/* unmerge_queues(): at the end of each call, if only single ones are left. */
static void unmerge(struct sem_set *set)
{
	struct sem_pending *p, *next;

	if (!set->merged || set->complex > 0)
		return;
	DL_FOREACH_SAFE (set->alter, p, next) {
		DL_DELETE(set->alter, p);
		DL_APPEND(set->sems[p->ops[0].sem_num].alter, p);
	}
	set->merged = false;
}

bool sems_may_wait(const struct sem_set *set, unsigned int len)
{
	return (len == 1 && set->complex == 0) ||
	       (set->waits + UINT64_C(1)) * (set->waits_ops + len) <= TRIES_MAX;
}

void sems_wait(struct sem_set *set, struct sem_pending *p)
{
	struct sem_pending **queue;

	set->waits++;
	set->waits_ops += p->ops_len;
	if (p->ops_len > 1) {
		if (set->complex++ == 0)
			merge(set);
	}
	queue = queue_of(set, p);
	DL_APPEND(*queue, p);
}

static void unlink_pending(struct sem_set *set, struct sem_pending *p)
{
	struct sem_pending **queue = queue_of(set, p);

	DL_DELETE(*queue, p);
	set->waits--;
	set->waits_ops -= p->ops_len;
	if (p->ops_len > 1)
		set->complex--;
}

void sems_unwait(struct sem_set *set, struct sem_pending *p)
{
	unlink_pending(set, p);
	unmerge(set);
}

static void finish(struct sem_set *set, struct sem_pending *p, int result,
		   struct sem_pending **done)
{
	unlink_pending(set, p);
	p->result = result;
	DL_APPEND(*done, p);
}

/* ---- one array of operations ---- */

/* Takes back those before @end. */
static void revert(struct sem_set *set, const struct sem_pending *p,
		   const struct sembuf *end)
{
	for (const struct sembuf *op = p->ops; op < end; op++) {
		set->sems[op->sem_num].value -= op->sem_op;
		if (op->sem_flg & SEM_UNDO)
			p->undo->adjust[op->sem_num] =
				(int16_t)(p->undo->adjust[op->sem_num] +
					  op->sem_op);
	}
}

/* Return: as sems_try(), of a single operation. */
static int operate(struct sem_set *set, const struct sem_pending *p,
		   const struct sembuf *op)
{
	struct sem *sem = &set->sems[op->sem_num];
	int value = sem->value + op->sem_op;

	if ((op->sem_op == 0 && value != 0) || value < 0)
		return op->sem_flg & IPC_NOWAIT ? -EAGAIN : 1;
	if (value > SEMS_VALUE_MAX)
		return -ERANGE;
	if (op->sem_flg & SEM_UNDO) {
		int adjust = p->undo->adjust[op->sem_num] - op->sem_op;

		if (adjust < -SEMS_VALUE_MAX - 1 || adjust > SEMS_VALUE_MAX)
			return -ERANGE;
		p->undo->adjust[op->sem_num] = (int16_t)adjust;
	}
	sem->value = value;
	return 0;
}

int sems_try(struct sem_set *set, struct sem_pending *p)
{
	const struct sembuf *end = p->ops + p->ops_len;

	for (const struct sembuf *op = p->ops; op < end; op++) {
		int r = operate(set, p, op);

		if (r != 0) {
			p->blocking = op;
			revert(set, p, op);
			return r;
		}
	}
	for (const struct sembuf *op = p->ops; op < end; op++)
		set_pid(&set->sems[op->sem_num], p->pid);
	return 0;
}

/* ---- who can go on ---- */

/* wake_const_ops(). Return: has any taken effect? */
static bool update_zero(struct sem_set *set, int num, struct sem_pending **done)
{
	struct sem_pending *p, *next;
	bool any = false;

	DL_FOREACH_SAFE (*zero_queue(set, num), p, next) {
		int r = sems_try(set, p);

		if (r > 0)
			continue;
		finish(set, p, r, done);
		any = any || r == 0;
	}
	return any;
}

/* do_smart_wakeup_zero(): after @changed; NULL: any can have changed. */
static bool update_zeros(struct sem_set *set, const struct sem_pending *changed,
			 struct sem_pending **done)
{
	unsigned int n = changed ? changed->ops_len : (unsigned int)set->len;
	bool any = false, got_zero = false;

	for (unsigned int i = 0; i < n; i++) {
		int num = changed ? changed->ops[i].sem_num : (int)i;

		if (set->sems[num].value != 0)
			continue;
		got_zero = true;
		any = update_zero(set, num, done) || any;
	}
	if (got_zero)
		any = update_zero(set, ALL, done) || any;
	return any;
}

/* check_restart(): can others be possible now that @p took effect? */
static bool opens_others(const struct sem_set *set, const struct sem_pending *p)
{
	/* A single one that has waited has only taken away. */
	return set->alter || p->ops_len > 1;
}

/*
 * One round over a queue, that ends behind the first one that opens others.
 * Return: did one?
 */
static bool update_round(struct sem_set *set, int num, bool *any,
			 struct sem_pending **done)
{
	struct sem_pending *p, *next;

	DL_FOREACH_SAFE (*alter_queue(set, num), p, next) {
		int r;

		/* Single ones that wait take away: there is nothing. */
		if (num != ALL && set->sems[num].value == 0)
			return false;
		r = sems_try(set, p);
		if (r > 0)
			continue;
		finish(set, p, r, done);
		if (r < 0)
			continue;
		*any = true;
		update_zeros(set, p, done);
		if (opens_others(set, p))
			return true;
	}
	return false;
}

/* update_queue() */
static bool update_queue(struct sem_set *set, int num,
			 struct sem_pending **done)
{
	bool any = false;

	while (update_round(set, num, &any, done))
		;
	return any;
}

/* do_smart_update(). Return: has any taken effect? */
static bool update(struct sem_set *set, const struct sem_pending *changed,
		   struct sem_pending **done)
{
	bool any = update_zeros(set, changed, done);

	if (set->alter)
		return update_queue(set, ALL, done) || any;
	if (!changed) {
		for (int i = 0; i < set->len; i++)
			any = update_queue(set, i, done) || any;
		return any;
	}
	for (unsigned int i = 0; i < changed->ops_len; i++)
		if (changed->ops[i].sem_op > 0)
			any = update_queue(set, changed->ops[i].sem_num,
					   done) ||
			      any;
	return any;
}

void sems_tried(struct sem_set *set, const struct sem_pending *p, int64_t now,
		struct sem_pending **done)
{
	if (p->alter)
		update(set, p, done);
	set->otime = now;
	unmerge(set);
}

void sems_assign(struct sem_set *set, int num, int value, struct pid *pid)
{
	struct sem_undo *undo;

	DL_FOREACH2(set->undos, undo, set_next)
	undo->adjust[num] = 0;
	set->sems[num].value = value;
	set_pid(&set->sems[num], pid);
}

void sems_assigned(struct sem_set *set, int64_t now, struct sem_pending **done)
{
	set->ctime = now;
	if (update(set, NULL, done))
		set->otime = now;
	unmerge(set);
}

/* ---- counts ---- */

static int count_blocked(const struct sem_pending *queue, int num, bool zero)
{
	const struct sem_pending *p;
	int n = 0;

	DL_FOREACH (queue, p)
		n += p->blocking->sem_num == num &&
		     (zero ? p->blocking->sem_op == 0
			   : p->blocking->sem_op < 0);
	return n;
}

int sems_count(const struct sem_set *set, int num, bool zero)
{
	const struct sem *sem = &set->sems[num];
	const struct sem_pending *p;
	int n = 0;

	DL_COUNT(zero ? sem->zero : sem->alter, p, n);
	n += count_blocked(set->alter, num, zero);
	if (zero)
		n += count_blocked(set->zero, num, zero);
	return n;
}

/* ---- undo ---- */

size_t sem_undo_size(const struct sem_set *set)
{
	return sizeof(struct sem_undo) + (size_t)set->len * sizeof(int16_t);
}

/* As lookup_undo(), which makes the one that is asked for the first. */
struct sem_undo *sem_undo_find(struct sem_undo_list *list,
			       const struct sem_set *set)
{
	struct sem_undo *undo;

	DL_SEARCH_SCALAR(list->undos, undo, set, set);
	if (undo && undo != list->undos) {
		DL_DELETE(list->undos, undo);
		DL_PREPEND(list->undos, undo);
	}
	return undo;
}

struct sem_undo *sem_undo_create(struct sem_undo_list *list,
				 struct sem_set *set)
{
	struct sem_undo *undo = calloc(1, sem_undo_size(set));

	if (!undo)
		return NULL;
	undo->list = list;
	undo->set = set;
	DL_PREPEND(list->undos, undo);
	DL_PREPEND2(set->undos, undo, set_prev, set_next);
	return undo;
}

static void undo_free(struct sem_undo *undo)
{
	DL_DELETE(undo->list->undos, undo);
	DL_DELETE2(undo->set->undos, undo, set_prev, set_next);
	free(undo);
}

void sem_undo_apply(struct sem_undo *undo, struct pid *pid, int64_t now,
		    struct sem_pending **done)
{
	struct sem_set *set = undo->set;

	for (int i = 0; i < set->len; i++) {
		int value = set->sems[i].value + undo->adjust[i];

		if (undo->adjust[i] == 0)
			continue;
		if (value < 0)
			value = 0;
		if (value > SEMS_VALUE_MAX)
			value = SEMS_VALUE_MAX;
		set->sems[i].value = value;
		set_pid(&set->sems[i], pid);
	}
	undo_free(undo);
	update(set, NULL, done);
	set->otime = now;
	unmerge(set);
}

/* ---- the end of a set ---- */

static void end_queue(struct sem_set *set, struct sem_pending **queue,
		      struct sem_pending **done)
{
	while (*queue)
		finish(set, *queue, -EIDRM, done);
}

void sem_set_end(struct sem_set *set, struct sem_pending **done)
{
	while (set->undos)
		undo_free(set->undos);
	end_queue(set, &set->zero, done);
	end_queue(set, &set->alter, done);
	set->merged = false;
	for (int i = 0; i < set->len; i++) {
		end_queue(set, &set->sems[i].zero, done);
		end_queue(set, &set->sems[i].alter, done);
	}
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * System V semaphores: the values of a set, who waits for them, and what is
 * to be undone at the end of a process.
 *
 * Theory of operation. An array of operations takes effect as a whole or not
 * at all. One that can't yet is put in a queue: a single operation in that of
 * its semaphore, several in that of the set; those that only wait for zero are
 * queued apart from those that alter something. While several wait, single
 * ones that alter queue up behind them, so that each has its turn: the queues
 * are merged. After every change those are tried that can have become
 * possible: first the ones that wait for zero, then the others, the oldest
 * first, and again from the start where one of them can have made another
 * possible. The order is that of do_smart_update() of ipc/sem.c, Linux 6.x.
 *
 * What an operation with SEM_UNDO did is summed up for each process and set,
 * and taken back when the last thread that shares the list has exited.
 *
 * Limits and rights are the caller's business. No system call.
 */
#ifndef NSRUN_SEMS_H
#define NSRUN_SEMS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/sem.h>
#include "tables/ipc_ids.h"
#include "tables/pids.h"

#define SEMS_VALUE_MAX 32767 /* SEMVMX, and SEMAEM */

/* Operations that wait. The memory is the caller's. */
struct sem_pending {
	struct sem_pending *prev, *next;
	const struct sembuf *ops;
	unsigned int ops_len;
	bool alter;		       /* one of them alters a value */
	struct sem_undo *undo;	       /* where one of them says SEM_UNDO */
	struct pid *pid;	       /* of the process, borrowed */
	const struct sembuf *blocking; /* why it has to wait */
	int result; /* when it is done: 0 or a negative errno */
};

struct sem {
	int value;
	struct pid *pid;		  /* sempid, kept; NULL: none */
	struct sem_pending *alter, *zero; /* single operations */
};

struct sem_set {
	struct ipc_perm_entry perm;
	int64_t otime, ctime;
	struct sem_undo *undos; /* of all processes, list by set_prev/next */
	struct sem_pending *alter, *zero; /* several operations each */
	unsigned int complex;		  /* how many these are */
	unsigned int waits;		  /* how many wait in all queues, */
	uint64_t waits_ops;		  /* and their operations together */
	bool merged; /* single ones that alter are in `alter`, too */
	int len;
	struct sem sems[];
};

/* What one process is to give back to one set. */
struct sem_undo {
	struct sem_undo_list *list;
	struct sem_set *set;
	struct sem_undo *prev, *next; /* of the list, the last used first */
	struct sem_undo *set_prev, *set_next;
	int16_t adjust[]; /* semadj, for each semaphore */
};

/* Of a process, or of all that share it: CLONE_SYSVSEM. */
struct sem_undo_list {
	unsigned int refs;
	struct sem_undo *undos;
};

/* A set of @len zeroes. Return: NULL without memory. */
struct sem_set *sem_set_create(int len);

/*
 * Its undos are gone, and all who wait are done: -EIDRM. Wherever operations
 * get done, they are appended to *@done, in the order in which they did.
 */
void sem_set_end(struct sem_set *set, struct sem_pending **done);
void sem_set_free(struct sem_set *set); /* after sem_set_end() */

/*
 * Tries the operations of @p. They name semaphores of the set only.
 * Return: 0, when they took effect; -EAGAIN (IPC_NOWAIT); -ERANGE; or 1: they
 * have to wait.
 */
int sems_try(struct sem_set *set, struct sem_pending *p);

/* After sems_try() has returned 0: who can go on now? @now: a time(2). */
void sems_tried(struct sem_set *set, const struct sem_pending *p, int64_t now,
		struct sem_pending **done);

/*
 * May @len operations more wait? After each that takes effect all are tried
 * again where there are several at once: so one change could cost the square.
 */
bool sems_may_wait(const struct sem_set *set, unsigned int len);

/* After sems_try() has returned 1. */
void sems_wait(struct sem_set *set, struct sem_pending *p);

/* It does not wait any longer: a signal, a deadline, death. */
void sems_unwait(struct sem_set *set, struct sem_pending *p);

/* SETVAL and SETALL, whose values are in range. Undos of them are dropped. */
void sems_assign(struct sem_set *set, int num, int value, struct pid *pid);
void sems_assigned(struct sem_set *set, int64_t now, struct sem_pending **done);

/* GETNCNT and GETZCNT: how many wait because of semaphore @num. */
int sems_count(const struct sem_set *set, int num, bool zero);

/* Return: the undo of @set in @list, or NULL; it is the first one then. */
struct sem_undo *sem_undo_find(struct sem_undo_list *list,
			       const struct sem_set *set);
struct sem_undo *sem_undo_create(struct sem_undo_list *list,
				 struct sem_set *set);
size_t sem_undo_size(const struct sem_set *set);

/* The process @pid ends: @undo takes effect, and is freed. */
void sem_undo_apply(struct sem_undo *undo, struct pid *pid, int64_t now,
		    struct sem_pending **done);

#endif

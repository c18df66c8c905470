/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers that another instance had, and that this one's processes and System V
 * objects are to have again.
 *
 * Theory of operation. A process is known by who made it: its parent's numbers,
 * and the how-manieth child it was. So the children of each process take their
 * numbers in the order in which they come, whatever the other processes do
 * meanwhile. Threads are the children of their process. An object is known by
 * its key; those without one come in the order of the list.
 *
 * No system call, no lock: one thread owns it.
 */
#ifndef NSRUN_RECORDED_H
#define NSRUN_RECORDED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "tables/pids.h"

#define RECORDED_KINDS 3	/* of objects: enum ipc_kind */

/* The numbers of one process or thread, from level 1 on. */
struct recorded_numbers {
	unsigned int n;		/* 0: it is outside */
	int nr[PIDS_LEVELS_MAX];
};

struct recorded_pid {
	struct recorded_numbers own, parent;	/* a thread's: its process */
	bool thread;
	bool taken;
	int last;		/* that its namespace had given out */
};

struct recorded_object {
	int32_t key;
	int id;
	bool taken;
};

struct recorded {
	/* In the order in which they began; @left are not taken yet. */
	struct recorded_pid *pids;
	size_t n_pids, left;
	struct recorded_object *objects[RECORDED_KINDS];	/* likewise */
	size_t n_objects[RECORDED_KINDS];
};

/*
 * Takes the numbers of the next child of @parent (NULL: of somebody outside)
 * that is in a namespace of @level. Return: the entry, borrowed, or NULL.
 */
struct recorded_pid *recorded_take(struct recorded *rec,
				   const struct pid *parent,
				   unsigned int level, bool thread);

/* It was not made, after all. */
void recorded_give_back(struct recorded *rec, struct recorded_pid *entry);

/*
 * pids_reserve() with the numbers of @entry. Return: as that; -EINVAL where
 * they can't be: a namespace without a first process needs that before.
 */
int recorded_reserve(const struct recorded_pid *entry,
		     struct pid_namespace *ns, struct pid **ret_pid);

/* The id for a new object of @kind with @key, or -1. */
int recorded_take_object(struct recorded *rec, int kind, int32_t key);

/* Takes NULL. */
void recorded_free(struct recorded *rec);

#endif

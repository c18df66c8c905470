/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers that another instance had, and that this one's processes and System V
 * objects are to have again.
 *
 * Theory of operation. A process is known by who made it: its parent's numbers,
 * and the how-manieth child it was. So the children of each process take their
 * numbers in the order in which they come, whatever the other processes do
 * meanwhile. Threads are the children of their process. An ipc namespace is
 * known by who is in it, and an object there by its key; those without one come
 * in the order of the list.
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

struct recorded_object {
	int32_t key;
	int id;
	bool taken;
};

/* An ipc namespace. */
struct recorded_ipc {
	double id;		/* in the document */
	bool taken;
	struct recorded_object *objects[RECORDED_KINDS];	/* in order */
	size_t n_objects[RECORDED_KINDS];
};

struct recorded_pid {
	struct recorded_numbers own, parent;	/* a thread's: its process */
	struct recorded_ipc *ipc;	/* that it is in, or NULL */
	bool thread;
	bool taken;
	int last;		/* that its namespace had given out */
};

struct recorded {
	/* In the order in which they began; @left are not taken yet. */
	struct recorded_pid *pids;
	size_t n_pids, left;
	struct recorded_ipc *ipcs;
	size_t n_ipcs;
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

/*
 * Takes the ipc namespace that the process with the numbers of @pid was in.
 * Return: it, borrowed, or NULL: none, or it is another one's already.
 */
struct recorded_ipc *recorded_take_ipc(struct recorded *rec,
				       const struct pid *pid);

/* Of the first process. */
struct recorded_ipc *recorded_take_first_ipc(struct recorded *rec);

/* The id for a new object of @kind with @key, or -1. @ipc may be NULL. */
int recorded_take_object(struct recorded_ipc *ipc, int kind, int32_t key);

/* Takes NULL. */
void recorded_free(struct recorded *rec);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* A clone in flight, for clone.c and born.c. */
#ifndef NSRUN_TASK_CLONING_H
#define NSRUN_TASK_CLONING_H

#include <linux/sched.h>
#include "src/task/agent.h"
#include "src/task/task.h"

struct cloning {
	uint64_t token; /* 0: of the agent, born.c */
	struct cloning *prev, *next;
	struct task *parent;	  /* NULL: its call is over, or it died in it */
	struct pid *parent_tgid;  /* owned reference */
	struct pid_namespace *ns; /* owned reference, of the child */
	struct nsproxy *nsproxy;  /* owned reference */
	struct pid *child;	  /* owned reference; NULL until it is known */
	struct pid *reserved;	  /* likewise: numbers that were chosen */
	struct recorded_pid *recorded; /* by that; borrowed */
	bool child_seen; /* its first stop (of the agent: call), or death */
	bool answered;	 /* the parent's call is over */
	bool orphaned;	 /* because it died */
	bool started;	 /* the child: it runs, or is about to */
	bool traced;	 /* of the agent: the child is, as its parent */
	bool debugged;	 /* its tracer inside gets the child, too */
	uint64_t flags;
	unsigned long persona;
	bool no_new_privs;
	struct late caught;
	struct user_cred *cred;	/* owned reference */
	struct root *root;	/* likewise */
	bool root_armed, confined;
	uint64_t names; /* agent_names() when it began */
	struct bequest from;
	uint64_t parent_settid, child_settid;
	int nr;
	uint64_t args[CALL_ARGS];
	uint64_t own[CALL_ARGS]; /* of clone3: what clone's are in place of */
	uint64_t late; /* signals sent to the parent's group */
};

extern struct cloning *clonings;

/* Of @c's task, in the list. Return: 0 or a negative errno. */
int cloning_create(struct call *c, uint64_t flags, struct cloning **ret_cl);
void cloning_free(struct cloning *cl);

/* Over when both halves have been seen. */
void cloning_settle(struct cloning *cl);

/* Enters the child with host number @host. Return: 0 or a negative errno. */
int cloning_bear(struct cloning *cl, host_pid host);

/* The words that clone(2) writes a number to. Return: flags without them. */
uint64_t cloning_take_words(struct cloning *cl, uint64_t parent,
			    uint64_t child);

/*
 * Its child is to have the numbers that are recorded for it, if there are any.
 * If somebody has one of them, it gets the next that are free.
 */
void cloning_reserve_recorded(struct cloning *cl);

/* The child's own word, and the signals that it has missed. */
void cloning_child_starts(struct cloning *cl);

/* What the kernel refuses. Return: 0 or a negative errno. */
int cloning_check(const struct call *c, uint64_t flags);

/* ---- born.c ---- */

/*
 * A child of the agent's: whose is it? @args: its argument registers, or NULL.
 */
struct cloning *born_find(host_pid tid, const uint64_t *args);

#endif

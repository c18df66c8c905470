/* SPDX-License-Identifier: Apache-2.0 */
/* A clone in flight, for clone.c and born.c. */
#ifndef NSRUN_TASK_CLONING_H
#define NSRUN_TASK_CLONING_H

#include <linux/sched.h>
#include "src/task/agent.h"
#include "src/task/clone.h"
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
	uint64_t args[CALL_ARGS];
	int birth;	/* of the agent: which of AGENT_BIRTHS */
	bool quiet;	/* likewise: its parent need not tell */
	bool silent;	/* nor the child, a thread */
	bool lost;	/* its parent has no memory any more, or has unmapped it */
	bool searched;	/* likewise, or orphaned: it was looked for in /proc */
	uint32_t number; /* of a quiet one: what the parent calls it */
	bool word;	/* it was written to parent_settid ahead of time */
	uint32_t old_word;	/* and this was there */
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

/* A child of the agent's: whose is it? */
struct cloning *born_find(host_pid tid);

/* Is @host a child of @cl's, as the kernel says, or was it and has gone? */
bool born_is_child(const struct cloning *cl, host_pid host);

/* ---- birth.c ---- */

/*
 * A place in the parent's memory for what its agent makes of @rq, with the
 * program's own registers @own. Return: what the agent is answered; 0: the call
 * is to be caught.
 */
long birth_begin(struct cloning *cl, const struct clone_request *rq,
		 const uint64_t *own);

/* Where it is. */
uint64_t birth_address(const struct cloning *cl);

/* Does the birth say that @host is its child? Of a dead parent, @host's copy. */
bool birth_is_of(const struct cloning *cl, host_pid host);

/* The call has failed: its number is the next one's. */
void birth_failed(struct cloning *cl);

/* Its child is known. */
void birth_known(const struct cloning *cl);

/* @cl is over. */
void birth_end(struct cloning *cl);

#endif

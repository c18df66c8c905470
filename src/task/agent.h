/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is known of the agent in a task's memory; see doc/agent.md.
 *
 * Theory of operation. One `struct agent` for each memory, shared by the
 * groups that share that (vfork). It says whether the agent is in it, and
 * which call sites have been seen. The view page there is written here, at a
 * task's first stop and when something changes that it tells; a value that is
 * not known to be right for each reader is 0, and the agent asks. By asking,
 * it gets the page filled again (by_agent.c).
 */
#ifndef NSRUN_TASK_AGENT_H
#define NSRUN_TASK_AGENT_H

#include <stdbool.h>
#include <stdint.h>
#include "interpose/agent/page.h"
#include "src/host/maps.h"
#include "src/task/task.h"

#define AGENT_SEEN 32
#define AGENT_SITE_CALLS 4	/* to patch a site costs about as much */
#define AGENT_SAVED_MAX 288

enum agent_state {
	AGENT_NONE,
	AGENT_PENDING,	/* a task of it is about to map it */
	AGENT_COMING,	/* it is there; a task is about to come to it */
	AGENT_PRESENT,
	AGENT_FAILED,	/* it could not be: not tried again */
};

struct agent {
	unsigned int users;	/* groups */
	unsigned int heirs;	/* clones in flight */
	enum agent_state state;
	struct agent_ids ids;	/* as the view has them */
	bool has_ids;		/* it had some, or its parent's had: not 0 */
	bool has_kin;		/* likewise */
	unsigned int kin_asked;	/* how often: few are worth no view */
	bool has_threads;	/* as has_ids */
	unsigned int threads_asked;
	uint32_t threads[AGENT_THREADS];	/* of the pairs: the host's */
	uint64_t seq;		/* likewise */
	bool has_users;		/* credentials and users are filled */
	bool other_users;	/* as a child's copy must not be */
	bool higher;		/* it lies AGENT_HIGHER */
	bool has_table;
	bool threaded;		/* its page says AGENT_THREADED */
	bool stacks;		/* of its own: AGENT_STACKS */
	struct mapping go;	/* for the code there */
	bool has_area;		/* or it was tried */
	uint64_t area, area_size;	/* of stubs: site.h */
	bool suspended;		/* its page says AGENT_ASKS, for a debugger */
	/* Children that are being made: birth.c */
	bool births_open;	/* that they can be written was asked for */
	unsigned int birth_next;
	uint64_t births_taken, births_over;	/* bit N: the one of that place */
	unsigned int sites;	/* patched ones */
	unsigned int undo_tries;
	unsigned int undone;	/* so many of them have their own bytes again */
	unsigned int calls;	/* that it could have taken, before it was there */
	unsigned int patience;	/* calls of a site before threads are stopped */
	struct mapping text;	/* the last one that could be patched */
	unsigned int refused;	/* sites in mappings that may not */
	/* AGENT_PENDING and _COMING: the bytes under the code that leads there. */
	uint64_t saved_at;
	unsigned char saved[AGENT_SAVED_MAX];
	int saved_nr;		/* the call that was made there */
	uint64_t saved_arg;
	/* How often calls came from an address, by a hash of it. */
	struct agent_seen {
		uint64_t ip;
		unsigned int calls;
		bool refused;	/* no more is to be done about it */
		bool serves_any;	/* any number: others may be the agent's */
		int nr;		/* the last one, and its first argument */
		uint64_t arg;
	} seen[AGENT_SEEN];
};

/* The agent of @group, made if there is none yet; NULL without memory. */
struct agent *agent_of(struct group *group);

/*
 * What a child gets of its parent, as it is when the clone() begins: when it
 * becomes known, its parent may have ended, or be another program.
 */
struct bequest {
	struct agent *agent;	/* counted in its `heirs` */
	struct heritage heritage;
	const void *users;	/* its user namespace, to compare */
	uint64_t births;	/* the child's own: it may not have read it yet */
};

void agent_bequeath(struct group *parent, struct bequest *ret_from);
void agent_disinherit(struct bequest *from);

/* @child, of @parent or NULL, was made by a clone() with @flags. */
void agent_fork(struct group *child, const struct bequest *from,
		struct group *parent, uint64_t flags);

/*
 * A new task, before it runs: the view must not speak of another. @names is
 * what agent_names() was before it was made.
 */
void agent_first_stop(struct task *task, uint64_t names);

/* How often names have changed. */
uint64_t agent_names(void);

/* @group has another memory, or none. */
void agent_leave(struct group *group);

/* @group may hold a folder of /proc: relative paths are asked. */
void agent_note_folder(struct group *group);

/* A task of @group has a root of its own: all paths are asked, for good. */
void agent_note_root(struct group *group);

/*
 * @group is about to have a second thread, or more, or another process that runs
 * in its memory beside it.
 */
void agent_note_thread(const struct group *group);

/* @group is to make its calls itself, for good; so are its children. */
void agent_refuse(struct group *group);

/* Is each of @group's calls to be made as a caught one? */
bool agent_is_refused(const struct group *group);

/* Likewise, as long as @group traces or is traced: that has changed. */
void agent_suspend(struct group *group);

/* The names that uname(2) tells have changed, for anybody. */
void agent_names_changed(void);

/* Fills the ids of @task's view, if they are the same for each reader. */
void agent_fill_ids(struct task *task);

/* Likewise the number of @task, if it is one of several threads. */
void agent_fill_thread(const struct task *task);

/* Fills parent, process group and session of @task's view, likewise. */
void agent_fill_kin(struct task *task);

/* Likewise itself alone: what it sends to itself is known by that. */
void agent_fill_self(const struct task *task);

/* @group gets a thread more: its number is no longer that of each reader. */
void agent_hide_thread(const struct group *group);

/* @task, one of several threads, ends: another can have its host's number. */
void agent_thread_ends(const struct task *task);

/* @group has another process group or session. */
void agent_kin_changed(const struct group *group);

/* Fills the names, if each reader is to see @names (struct utsname). */
void agent_fill_names(struct task *task, const void *names);

/* Fills what a user namespace makes of @task, if each reader is to see that. */
void agent_fill_users(struct task *task);

/* A task of @group has other credentials than before, or another id map. */
void agent_users_changed(const struct group *group);

/* Where @agent has what usually lies at @at; it may be NULL. */
uint64_t agent_at(const struct agent *agent, uint64_t at);

/* Is it the agent that makes this call, and not the program? */
bool agent_tells(const struct call *c);

/* AGENT_ flags of the view, as they are to be. */
uint32_t agent_flags(const struct group *group);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Process ids: which number a task, process group or session has in which
 * pid namespace.
 *
 * Theory of operation. A `struct pid` stands for one number of the host that
 * a task, a process group or a session of the instance uses, as the kernel's
 * own struct pid does (kernel/pid.c). It has one number in each pid namespace
 * from its own up to, but not including, level 0; level 0 is the host, whose
 * number is `host`. Each user (a task, a group of tasks, a member of a process
 * group or of a session) holds a reference; with the last one the numbers are
 * free again. So a number stays taken while a group or session still uses it,
 * though its process is gone.
 *
 * A siginfo that was queued while a process lived can be read after it has
 * been reaped. The last PIDS_DEPARTED freed entries are therefore kept for
 * pids_by_host() alone, until they are pushed out or their host number comes
 * back as another process.
 *
 * Numbers are given out as alloc_pid() does: last + 1, wrapping at pid_max to
 * PIDS_RESERVED, since a low number is likely to be a long-lived daemon's.
 *
 * No system call, no lock: one thread owns it.
 */
#ifndef NSRUN_PIDS_H
#define NSRUN_PIDS_H

#include <stdbool.h>
#include <stdint.h>
#include <stddef.h>
#include <uthash.h>
#include "tables/ns_common.h"

/* A number of the kernel underneath, and one as a namespace sees it. */
typedef struct { int n; } host_pid;
typedef struct { int n; } ns_pid;

#define PIDS_RESERVED 300	/* RESERVED_PIDS of kernel/pid.c */
/* PID_MAX_LIMIT: what a new namespace begins with since Linux 6.14. */
#define PIDS_MAX_LIMIT (4 * 1024 * 1024)
#define PIDS_DEPARTED 256
#define PIDS_LEVELS_MAX 32	/* MAX_PID_NS_LEVEL */

struct pid;
struct task;
struct group;

struct upid {
	int nr;
	struct pid_namespace *ns;
	struct pid *pid;
	UT_hash_handle hh;
};

struct pid_namespace {
	struct ns_common common;
	struct pid_namespace *parent;	/* NULL at level 0 */
	unsigned int level;
	unsigned int refs;
	int last;		/* the number given out last */
	int max;		/* numbers are below it */
	bool dying;		/* its init has ended: no new members */
	bool wraps;		/* its init is a command that nsrun was given */
	unsigned int processes;	/* alive, here and below: the user's count */
	struct pid *child_reaper;	/* number 1; borrowed */
	struct upid *numbers;	/* hash by nr */
};

/* Who a process was: kernel ids, see src/ns/user.h. */
struct pid_ids {
	uint32_t uid, gid, euid, egid;
};

struct pid {
	unsigned int refs;
	unsigned int kept;	/* by pid_keep() */
	bool departed;
	bool stranger;		/* no wait may tell of it: exit.c */
	bool has_left;		/* its process has ended, and was `left` */
	struct pid_ids left;
	bool listed;		/* among the last that departed */
	bool hashed;		/* findable by host number */
	host_pid host;
	struct task *task;	/* the users', as the kernel's tasks[]: */
	struct group *group;	/* borrowed, NULL when there is none */
	unsigned int level;
	UT_hash_handle hh;	/* by host.n */
	struct upid numbers[];	/* [0] is level 1 */
};

struct pids {
	struct pid *by_host;
	struct pid_namespace root;	/* level 0: the host */
	struct pid *departed[PIDS_DEPARTED];
	unsigned int departed_next;
};

void pids_init(struct pids *pids);

/* Frees the departed; what is in use, and namespaces, are the caller's. */
void pids_fini(struct pids *pids);

/*
 * A child namespace of @parent, one level deeper, with one reference.
 * Return: NULL without memory or below PIDS_LEVELS_MAX.
 */
struct pid_namespace *pid_namespace_create(struct pid_namespace *parent);
struct pid_namespace *pid_namespace_get(struct pid_namespace *ns);
void pid_namespace_put(struct pid_namespace *ns);

/* Are fewer than @margin numbers free, here or in an ancestor? */
bool pid_namespace_full(const struct pid_namespace *ns, unsigned int margin);

/*
 * Enters the host number @host with a fresh number in @ns and in each of its
 * ancestors but level 0. An older entry of the same host number can no longer
 * be found by it. *@ret_pid has one reference, the caller's.
 * Return: 0, -EAGAIN when a namespace is full, -ENOMEM when it is dying or
 * memory is short, as alloc_pid() answers.
 */
int pids_create(struct pids *pids, struct pid_namespace *ns, host_pid host,
		struct pid **ret_pid);

/*
 * Numbers for a process that is still to come: in @ns the first of the @n
 * @chosen, in its parent the second, and so on outwards; where there are no
 * more, fresh ones. *@ret_pid has one reference. Return: as pids_create(), and
 * -EEXIST of a chosen one that somebody has; nothing is taken then.
 */
int pids_reserve(struct pid_namespace *ns, const int *chosen, size_t n,
		 struct pid **ret_pid);

/* It does not come: its numbers are those of the next, if none was given since. */
void pid_take_back(const struct pid *pid);

/* It has come, with the host number @host. */
void pids_settle(struct pids *pids, struct pid *pid, host_pid host);

/* A number is used up for a process that came to nothing. */
void pid_namespace_skip(struct pid_namespace *ns);

struct pid *pid_get(struct pid *pid);

/* Takes NULL. With the last reference the numbers are free. */
void pid_put(struct pids *pids, struct pid *pid);

/*
 * As the memory of who did something last, which outlives its bearer: what
 * pid_nr() says of it stays, though the number is another's by then. Taking a
 * reference would keep the number taken.
 */
struct pid *pid_keep(struct pid *pid);
void pid_forget(struct pid *pid);	/* takes NULL */

/* Return: the entry, borrowed, or NULL; may be one that has departed. */
struct pid *pids_by_host(const struct pids *pids, host_pid host);

/* Return: the live entry with number @nr in @ns, borrowed, or NULL. */
struct pid *pids_by_number(const struct pid_namespace *ns, ns_pid nr);

/*
 * pid_nr_ns(): the number of @pid as @ns sees it.
 * Return: 0 if @pid is NULL or not visible there.
 */
ns_pid pid_nr(const struct pid *pid, const struct pid_namespace *ns);

/* The namespace that @pid was made in, as ns_of_pid(). */
struct pid_namespace *pid_ns(struct pids *pids, const struct pid *pid);

/* How many entries are in use; departed ones do not count. */
size_t pids_count(const struct pids *pids);

#endif

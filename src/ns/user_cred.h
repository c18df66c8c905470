/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The credentials that nsrun keeps for a task in a user namespace: struct cred
 * of the kernel. What is shared is never changed: a change makes a copy,
 * changes it, and commits it.
 */
#ifndef NSRUN_NS_USER_CRED_H
#define NSRUN_NS_USER_CRED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "src/task/task.h"
#include "src/ns/user.h"

struct user_groups {
	unsigned int refs;
	size_t n;
	uint32_t gids[]; /* kernel ids, sorted */
};

struct user_cred {
	unsigned int refs;
	struct user_namespace *ns;	 /* owned reference */
	uint32_t uid, euid, suid, fsuid; /* kernel ids */
	uint32_t gid, egid, sgid, fsgid;
	struct user_groups *groups; /* owned reference; NULL: none */
	/* Bit N is capability N. */
	uint64_t permitted, effective, inheritable, bounding, ambient;
	unsigned int securebits;
};

#define USER_CAP(cap)	 (UINT64_C(1) << (cap))
#define USER_SECURE(bit) (1U << (bit))
extern const uint64_t user_caps_all; /* of this kernel's headers */

struct user_cred *user_cred_get(struct user_cred *cred); /* takes NULL */
void user_cred_put(struct user_cred *cred);		 /* likewise */

/*
 * A copy that can be changed; without a user namespace, what the kernel says.
 * Return: NULL without memory, or when the task is being killed.
 */
struct user_cred *user_cred_prepare(struct task *task);

/* @cred comes into @ns with every capability in it: set_cred_user_ns(). */
void user_cred_enter(struct user_cred *cred, struct user_namespace *ns);

/* It becomes the task's, which takes the reference: commit_creds(). */
void user_cred_commit(struct task *task, struct user_cred *cred);

/*
 * Makes @cred's groups the @n kernel ids @gids. Return: 0 or -ENOMEM, which is
 * said also when the tasks of this instance hold very many already.
 */
long user_cred_set_groups(struct user_cred *cred, const uint32_t *gids,
			  size_t n);
bool user_cred_in_group(const struct user_cred *cred, uint32_t kgid);

/* The credentials of a process, a zombie too; NULL: no user namespace. */
struct user_cred *user_group_cred(const struct group *group);

/* Is the capability effective in @ns? cap_capable() of the kernel */
bool user_cred_capable(const struct user_cred *cred,
		       const struct user_namespace *ns, int cap);

/*
 * The same for a task, in its own user namespace, and in that which owns @ns.
 * Without a user namespace nsrun has no say: true.
 */
bool user_capable(const struct task *task, int cap);
bool user_capable_over(const struct task *task, const struct ns_common *ns,
		       int cap);

/* ---- user_caps.c: what changed ids do to capabilities ---- */

/* setuid(2) and its like have changed @cred from @old. */
void user_caps_fix_setuid(struct user_cred *cred, const struct user_cred *old);
/* setfsuid(2) has. */
void user_caps_fix_setfsuid(struct user_cred *cred,
			    const struct user_cred *old);

/* prctl(2)'s options about capabilities. */
long user_prctl(struct call *c);

/* ---- user_exec.c ---- */

/* @task has begun a new program. */
void user_exec(struct task *task);

/* What the new program is told, on its stack from @sp on. */
void user_exec_auxv(struct task *task, uint64_t sp);

/* One entry of it, in which the kernel says @value. */
uint64_t user_auxv_value(struct task *task, uint64_t type, uint64_t value);

#endif

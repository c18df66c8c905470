/* SPDX-License-Identifier: Apache-2.0 */
/* What the handlers of the ipc namespace share. */
#ifndef NSRUN_NS_IPC_H
#define NSRUN_NS_IPC_H

#include <stdio.h>
#include <sys/ipc.h>
#include "src/call.h"
#include "src/task/creds.h"
#include "tables/ipc_ids.h"
#include "tables/ns_common.h"
#include "tables/recorded.h"

enum ipc_kind { IPC_SHM, IPC_SEM, IPC_MSG, IPC_KINDS };

/* /proc/sys/kernel and fs/mqueue, by their names there. */
struct ipc_limits {
	uint64_t shmmax, shmall;
	int shmmni, shm_rmid_forced;
	int semmsl, semmns, semopm, semmni;
	int msgmax, msgmnb, msgmni;
	int mq_queues_max, mq_msg_max, mq_msgsize_max, mq_msg_default,
		mq_msgsize_default;
};

struct ipc_namespace {
	struct ns_common common;
	struct recorded_ipc *recorded;	/* ids of the next objects, or NULL */
	unsigned int refs;
	struct ipc_limits limits;
	struct ipc_ids ids[IPC_KINDS];
	uint64_t shm_pages;	/* of all segments: shm_tot */
	int sems;		/* of all sets: used_sems */
	uint64_t msg_bytes, msg_count;	/* in all queues */
	struct mq_name *queues;	/* POSIX: ipc_mq.c */
	int queues_len;
};

/* The namespace of the caller. */
struct ipc_namespace *ipc_ns(const struct call *c);

/* How the three kinds make and free what is theirs. */
struct ipc_ops {
	enum ipc_kind kind;
	/*
	 * A new object of args[1] (and args[2] of semget: the flags are
	 * ipcget's), entered by ipc_add(). Return: its id or an error.
	 */
	long (*create)(struct call *c, int32_t key, int flags);
	/* Is an old one large enough? NULL: always. Return: 0 or -EINVAL. */
	long (*check)(struct call *c, const struct ipc_perm_entry *entry);
};

/* shmget(), semget(), msgget(): ipcget() of ipc/util.c. */
long ipc_get(struct call *c, const struct ipc_ops *ops, int32_t key, int flags);

/* Fills in owner, mode (of @flags) and id, and enters it. */
long ipc_add(struct call *c, enum ipc_kind kind, struct ipc_perm_entry *entry,
	     int32_t key, int flags, int limit);

/*
 * ipcperms(): may the caller do what the bits of @flags (as 0444 for
 * reading) say? Return: 0 or -EACCES.
 */
long ipc_check_access(struct call *c, const struct ipc_perm_entry *entry,
		      int flags);

/* For IPC_SET and IPC_RMID. Return: 0 or -EPERM. */
long ipc_check_owner(struct call *c, const struct ipc_perm_entry *entry);

/*
 * IPC_SET takes owner and mode from @perm, which came from the caller.
 * Return: 0 or -EINVAL.
 */
long ipc_set_perm(struct call *c, struct ipc_perm_entry *entry,
		  const struct ipc_perm *perm);

/* IPC_STAT and the like: the other way. */
/* ns_capable(), in the user namespace that owns the ipc namespace of @c. */
bool ipc_capable(struct call *c, const struct creds *creds, int cap);

void ipc_get_perm(const struct task *viewer, const struct ipc_perm_entry *entry,
		  struct ipc_perm *perm);

/* Namespace start and end; each kind's own. */
void ipc_shm_free_all(struct ipc_namespace *ns);
void ipc_sem_free_all(struct ipc_namespace *ns);
void ipc_msg_free_all(struct ipc_namespace *ns);
void ipc_mq_free_all(struct ipc_namespace *ns);

/* The text of /proc/sysvipc, as @viewer sees it. */
void ipc_shm_print(FILE *out, const struct ipc_namespace *ns,
		   const struct task *viewer);
void ipc_sem_print(FILE *out, const struct ipc_namespace *ns,
		   const struct task *viewer);
void ipc_msg_print(FILE *out, const struct ipc_namespace *ns,
		   const struct task *viewer);

/*
 * @link is what the kernel has for a descriptor's @path. If it is of a POSIX
 * queue of @ns (NULL: of none), it becomes the name that the program gave.
 */
bool ipc_mq_rename(struct ipc_namespace *ns, const char *path, char *link,
		   size_t size);

/* What ends with a task or a process: see ns_ops. */
void ipc_sem_task_clone(struct task *parent, struct task *child,
			uint64_t flags);
void ipc_sem_task_exit(struct task *task);
void ipc_sem_task_unshare(struct task *task, uint64_t flags);
void ipc_sem_task_take_over(struct task *leader, struct task *caller);
void ipc_shm_task_clone(struct task *parent, struct task *child,
			uint64_t flags);
void ipc_shm_task_exit(struct task *task);
void ipc_shm_task_take_over(struct task *leader, struct task *caller);
void ipc_shm_group_exec(struct group *group);
void ipc_shm_group_exit(struct group *group);

/* shm_rmid_forced was set: what nobody uses, and nobody alive made, goes. */
void ipc_shm_destroy_orphaned(struct ipc_namespace *ns);

#endif

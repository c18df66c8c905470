/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of System V shared memory share. */
#ifndef NSRUN_NS_IPC_SHM_H
#define NSRUN_NS_IPC_SHM_H

#include "src/host/maps.h"
#include "src/ns/ipc.h"

#define PAGE_BYTES UINT64_C(4096)

/* Which file it is, as /proc/PID/maps tells it. */
struct shm_file {
	uint64_t dev, ino;
};

struct shm_segment {
	struct ipc_perm_entry perm;	/* first; mode has SHM_DEST too */
	struct ipc_namespace *ns;	/* borrowed; NULL: it is destroyed */
	unsigned int refs;		/* the namespace, and sets of it */
	uint64_t serial;		/* no other one has had it */
	uint64_t last_at;		/* where it was attached last */
	int fd;
	bool huge;
	struct shm_file file;
	uint64_t size, pages;
	int64_t atime, dtime, ctime;	/* seconds */
	struct pid *cpid, *lpid;	/* kept; NULL: nobody */
	struct task *creator;		/* borrowed; NULL: it has ended */
	/* of shm_count_all(): its result, and whether it has lost any */
	long attached;
	bool detached;
	long here;			/* in the address space of number look */
	uint64_t look;
	UT_hash_handle by_file;
};

static inline struct shm_segment *shm_of(struct ipc_perm_entry *perm)
{
	return (struct shm_segment *)perm;
}

/* ---- ipc_shm.c ---- */

/* Return: 0 with the live segment of @id, borrowed; -EINVAL, -EIDRM. */
long shm_by_id(struct ipc_namespace *ns, int id,
	       struct shm_segment **ret_segment);

/* Its name and its memory are free once nobody has them mapped. */
void shm_destroy(struct shm_segment *segment);

struct shm_segment *shm_get(struct shm_segment *segment);
void shm_put(struct shm_segment *segment);

/* Return: the live segment that is mapped there, borrowed, or NULL. */
struct shm_segment *shm_by_mapping(const struct mapping *mapping);

/* Those go that have been unmapped for good, and only that was not seen. */
void shm_settle_all(struct ipc_namespace *ns);

/* ---- ipc_shm_list.c ---- */

/*
 * How often it is mapped: shm_nattch. What has gone unseen since it was asked
 * last is made up for, so it may be destroyed here: -1 then.
 */
long shm_settle(struct shm_segment *segment);

/* Likewise, but any number above 0 says only that it is mapped. */
long shm_settle_any(struct shm_segment *segment);

/*
 * shm_settle() of all of @ns, by one look at each address space: the numbers
 * are in the segments that are left.
 */
void shm_count_all(struct ipc_namespace *ns);

/* @group has it mapped from now on. Return: 0 or -ENOMEM. */
int shm_list_add(struct group *group, struct shm_segment *segment);

/* Has @group any attached? */
bool shm_list_any(const struct group *group);

/* @task has detached it, maybe not all of it. It may be destroyed here. */
void shm_list_detached(struct task *task, struct shm_segment *segment);

/* It has one attach more, by @by. */
void shm_attached_by(struct shm_segment *segment, struct pid *by);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * System V ids: which object has which id and key in one ipc namespace. One
 * table for each kind (shared memory, semaphores, queues), as the kernel's
 * struct ipc_ids.
 *
 * Theory of operation. An id is an index and a sequence number above it. The
 * index goes round (the next one is looked for behind the last), and the
 * sequence number grows each time that it starts again from below, so that an
 * id which was removed is not soon another object's. Follows ipc_idr_alloc()
 * of ipc/util.c, Linux 6.x.
 */
#ifndef NSRUN_IPC_IDS_H
#define NSRUN_IPC_IDS_H

#include <stdbool.h>
#include <stdint.h>
#include <uthash.h>

#define IPC_IDS_SHIFT 15	/* IPCMNI_SHIFT: bits of the index */
#define IPC_IDS_MAX (1 << IPC_IDS_SHIFT)	/* IPCMNI */

/* What every object begins with: struct kern_ipc_perm. */
struct ipc_perm_entry {
	int id;			/* set by ipc_ids_add() */
	int32_t key;		/* IPC_PRIVATE (0): none */
	uint32_t uid, gid, cuid, cgid;
	uint16_t mode;
	uint64_t made;		/* it was the how-manieth; by ipc_ids_add() */
	UT_hash_handle hh;	/* by key, unless that is 0 */
};

struct ipc_ids {
	int in_use;
	uint64_t made;		/* how many there have been */
	uint16_t seq;
	int cursor;		/* where the search for an index starts */
	int last_index;		/* -1: none was given out */
	int next_id;		/* -1: none is chosen; *_next_id */
	int top;		/* no index in use is higher; -1: none is */
	struct ipc_perm_entry **slots;
	int slots_len;
	struct ipc_perm_entry *by_key;
};

void ipc_ids_init(struct ipc_ids *ids);

/* What is still in it stays the caller's. */
void ipc_ids_fini(struct ipc_ids *ids);

/*
 * Enters @entry, whose key is set, and gives it an id: the chosen one (or the
 * next free index from there), or the one that is its turn.
 * Return: the id; -ENOSPC when @limit objects are there; -ENOMEM.
 */
int ipc_ids_add(struct ipc_ids *ids, struct ipc_perm_entry *entry, int limit);

/* Takes it out: id and key are free. The entry is the caller's. */
void ipc_ids_remove(struct ipc_ids *ids, struct ipc_perm_entry *entry);

/* Its key finds it no more; its id does: as IPC_RMID of memory in use. */
void ipc_ids_forget_key(struct ipc_ids *ids, struct ipc_perm_entry *entry);

/* Return: the object, borrowed, or NULL. */
struct ipc_perm_entry *ipc_ids_by_key(const struct ipc_ids *ids, int32_t key);
struct ipc_perm_entry *ipc_ids_by_index(const struct ipc_ids *ids, int index);

/*
 * Return: 0 with the object, or -EINVAL: no such index is in use, it is
 * another object's by now, or @id is negative.
 */
int ipc_ids_by_id(const struct ipc_ids *ids, int id,
		  struct ipc_perm_entry **ret_entry);

#endif

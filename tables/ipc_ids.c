/* SPDX-License-Identifier: Apache-2.0 */
/* System V ids; see ipc_ids.h. */
#include "tables/ipc_ids.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>

#define SLOTS_MIN 64	/* RADIX_TREE_MAP_SIZE: indices go round in no less */
#define SEQ_MAX (INT_MAX >> IPC_IDS_SHIFT)

void ipc_ids_init(struct ipc_ids *ids)
{
	*ids = (struct ipc_ids){ .last_index = -1, .next_id = -1, .top = -1 };
}

void ipc_ids_fini(struct ipc_ids *ids)
{
	HASH_CLEAR(hh, ids->by_key);
	free(ids->slots);
	ipc_ids_init(ids);
}

static bool is_free(const struct ipc_ids *ids, int index)
{
	return index >= ids->slots_len || !ids->slots[index];
}

/* Return: the first free index from @from up to, not including, @end; -1. */
static int find_free(const struct ipc_ids *ids, int from, int end)
{
	for (int i = from; i < end; i++)
		if (is_free(ids, i))
			return i;
	return -1;
}

static int next_index(struct ipc_ids *ids)
{
	int max = ids->in_use + ids->in_use / 2;
	int start = ids->cursor, index;

	if (max < SLOTS_MIN)
		max = SLOTS_MIN;
	if (max > IPC_IDS_MAX)
		max = IPC_IDS_MAX;
	index = find_free(ids, start, max);
	if (index < 0)
		index = find_free(ids, 0, max);
	if (index < 0)
		return -1;
	if (index <= ids->last_index)
		ids->seq = ids->seq + 1 > SEQ_MAX ? 0 : ids->seq + 1;
	ids->last_index = index;
	ids->cursor = index + 1;
	return index;
}

static int grow(struct ipc_ids *ids, int index)
{
	int len = ids->slots_len ? ids->slots_len : SLOTS_MIN;
	struct ipc_perm_entry **slots;

	if (index < ids->slots_len)
		return 0;
	while (len <= index)
		len *= 2;
	slots = realloc(ids->slots, (size_t)len * sizeof(*slots));
	if (!slots)
		return -ENOMEM;
	for (int i = ids->slots_len; i < len; i++)
		slots[i] = NULL;
	ids->slots = slots;
	ids->slots_len = len;
	return 0;
}

int ipc_ids_add(struct ipc_ids *ids, struct ipc_perm_entry *entry, int limit)
{
	int seq, index;

	if (ids->in_use >= limit)
		return -ENOSPC;
	if (ids->next_id < 0) {
		index = next_index(ids);
		seq = ids->seq;
	} else {
		index = find_free(ids, ids->next_id & (IPC_IDS_MAX - 1),
				  IPC_IDS_MAX);
		seq = ids->next_id >> IPC_IDS_SHIFT;
		ids->next_id = -1;
	}
	if (index < 0)
		return -ENOSPC;
	if (grow(ids, index) < 0)
		return -ENOMEM;
	entry->id = (seq << IPC_IDS_SHIFT) + index;
	ids->slots[index] = entry;
	entry->made = ++ids->made;
	ids->in_use++;
	if (index > ids->top)
		ids->top = index;
	if (entry->key)
		HASH_ADD(hh, ids->by_key, key, sizeof(entry->key), entry);
	return entry->id;
}

void ipc_ids_forget_key(struct ipc_ids *ids, struct ipc_perm_entry *entry)
{
	if (entry->key)
		HASH_DEL(ids->by_key, entry);
	entry->key = 0;
}

void ipc_ids_remove(struct ipc_ids *ids, struct ipc_perm_entry *entry)
{
	ipc_ids_forget_key(ids, entry);
	ids->slots[entry->id & (IPC_IDS_MAX - 1)] = NULL;
	ids->in_use--;
	while (ids->top >= 0 && !ids->slots[ids->top])
		ids->top--;
}

struct ipc_perm_entry *ipc_ids_by_key(const struct ipc_ids *ids, int32_t key)
{
	struct ipc_perm_entry *entry = NULL;

	if (key)
		HASH_FIND(hh, ids->by_key, &key, sizeof(key), entry);
	return entry;
}

struct ipc_perm_entry *ipc_ids_by_index(const struct ipc_ids *ids, int index)
{
	return index < 0 || is_free(ids, index) ? NULL : ids->slots[index];
}

int ipc_ids_by_id(const struct ipc_ids *ids, int id,
		  struct ipc_perm_entry **ret_entry)
{
	struct ipc_perm_entry *entry;

	if (id < 0)
		return -EINVAL;
	entry = ipc_ids_by_index(ids, id & (IPC_IDS_MAX - 1));
	if (!entry || entry->id != id)
		return -EINVAL;
	*ret_entry = entry;
	return 0;
}

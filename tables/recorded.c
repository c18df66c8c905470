/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers to be had again; see recorded.h. */
#include "tables/recorded.h"

#include <errno.h>
#include <stdlib.h>

static bool is_same(const struct recorded_numbers *numbers,
		    const struct pid *pid)
{
	unsigned int level = pid ? pid->level : 0;

	if (numbers->n != level)
		return false;
	for (unsigned int i = 0; i < level; i++)
		if (numbers->nr[i] != pid->numbers[i].nr)
			return false;
	return true;
}

struct recorded_pid *recorded_take(struct recorded *rec,
				   const struct pid *parent,
				   unsigned int level, bool thread)
{
	if (!rec || rec->left == 0)
		return NULL;
	for (size_t i = 0; i < rec->n_pids; i++) {
		struct recorded_pid *entry = &rec->pids[i];

		if (entry->taken || entry->thread != thread ||
		    entry->own.n != level || !is_same(&entry->parent, parent))
			continue;
		entry->taken = true;
		rec->left--;
		return entry;
	}
	return NULL;
}

void recorded_give_back(struct recorded *rec, struct recorded_pid *entry)
{
	entry->taken = false;
	rec->left++;
}

int recorded_reserve(const struct recorded_pid *entry,
		     struct pid_namespace *ns, struct pid **ret_pid)
{
	int chosen[PIDS_LEVELS_MAX], r;
	struct pid_namespace *at = ns;

	for (unsigned int i = 0; i < entry->own.n; i++, at = at->parent) {
		chosen[i] = entry->own.nr[entry->own.n - 1 - i];
		if (!at->child_reaper && chosen[i] != 1)
			return -EINVAL;
	}
	r = pids_reserve(ns, chosen, entry->own.n, ret_pid);
	if (r == 0 && ns->last == 0)
		ns->last = entry->last;
	return r;
}

static struct recorded_ipc *take_ipc(const struct recorded_pid *entry)
{
	struct recorded_ipc *ipc = entry->ipc;

	if (!ipc || ipc->taken)
		return NULL;
	ipc->taken = true;
	return ipc;
}

struct recorded_ipc *recorded_take_ipc(struct recorded *rec,
				       const struct pid *pid)
{
	for (size_t i = 0; i < rec->n_pids; i++)
		if (is_same(&rec->pids[i].own, pid))
			return take_ipc(&rec->pids[i]);
	return NULL;
}

struct recorded_ipc *recorded_take_first_ipc(struct recorded *rec)
{
	return rec && rec->n_pids ? take_ipc(&rec->pids[0]) : NULL;
}

int recorded_take_object(struct recorded_ipc *ipc, int kind, int32_t key)
{
	for (size_t i = 0; ipc && i < ipc->n_objects[kind]; i++) {
		struct recorded_object *object = &ipc->objects[kind][i];

		if (object->taken || object->key != key)
			continue;
		object->taken = true;
		return object->id;
	}
	return -1;
}

void recorded_free(struct recorded *rec)
{
	if (!rec)
		return;
	for (size_t i = 0; i < rec->n_ipcs; i++)
		for (int kind = 0; kind < RECORDED_KINDS; kind++)
			free(rec->ipcs[i].objects[kind]);
	free(rec->ipcs);
	free(rec->pids);
	free(rec);
}

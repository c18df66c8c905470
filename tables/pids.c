/* SPDX-License-Identifier: Apache-2.0 */
/* Process ids per namespace; see pids.h. Follows kernel/pid.c. */
#include "tables/pids.h"

#include <errno.h>
#include <stdlib.h>

void pids_init(struct pids *pids)
{
	*pids = (struct pids){ 0 };
	pids->root.refs = 1;
	pids->root.max = PIDS_MAX_LIMIT;
}

static void pid_destroy(struct pid *pid)
{
	if (pid->level > 0)
		pid_namespace_put(pid->numbers[pid->level - 1].ns);
	free(pid);
}

/* Nobody finds it any more. */
static void pid_free(struct pids *pids, struct pid *pid)
{
	if (pid->hashed)
		HASH_DEL(pids->by_host, pid);
	pid->hashed = false;
	pid->listed = false;
	if (pid->kept == 0)
		pid_destroy(pid);
}

struct pid *pid_keep(struct pid *pid)
{
	pid->kept++;
	return pid;
}

void pid_forget(struct pid *pid)
{
	if (pid && --pid->kept == 0 && pid->refs == 0 && !pid->listed)
		pid_destroy(pid);
}

void pids_fini(struct pids *pids)
{
	for (size_t i = 0; i < PIDS_DEPARTED; i++)
		if (pids->departed[i])
			pid_free(pids, pids->departed[i]);
	HASH_CLEAR(hh, pids->by_host);
}

struct pid_namespace *pid_namespace_create(struct pid_namespace *parent)
{
	struct pid_namespace *ns;

	if (parent->level >= PIDS_LEVELS_MAX)
		return NULL;
	ns = calloc(1, sizeof(*ns));
	if (!ns)
		return NULL;
	ns->parent = pid_namespace_get(parent);
	ns->level = parent->level + 1;
	ns->refs = 1;
	ns->max = PIDS_MAX_LIMIT;
	return ns;
}

struct pid_namespace *pid_namespace_get(struct pid_namespace *ns)
{
	ns->refs++;
	return ns;
}

void pid_namespace_put(struct pid_namespace *ns)
{
	/* Level 0 is part of struct pids and never freed. */
	while (ns && --ns->refs == 0 && ns->parent) {
		struct pid_namespace *parent = ns->parent;

		if (ns->common.gone)
			ns->common.gone(&ns->common);
		free(ns);
		ns = parent;
	}
}

bool pid_namespace_full(const struct pid_namespace *ns, unsigned int margin)
{
	for (; ns->level > 0; ns = ns->parent)
		if (HASH_COUNT(ns->numbers) + margin >= (unsigned int)ns->max)
			return true;
	return false;
}

/* Return: the next free number of @ns, or 0 if there is none. */
static int next_number(const struct pid_namespace *ns)
{
	int nr = ns->last + 1;

	for (int tries = ns->max; tries > 0; tries--, nr++) {
		struct upid *taken;

		if (nr >= ns->max)
			nr = ns->max > PIDS_RESERVED ? PIDS_RESERVED : 1;
		HASH_FIND_INT(ns->numbers, &nr, taken);
		if (!taken)
			return nr;
	}
	return 0;
}

void pid_namespace_skip(struct pid_namespace *ns)
{
	for (; ns->level > 0; ns = ns->parent) {
		int nr = next_number(ns);

		if (nr)
			ns->last = nr;
	}
}

static void release_numbers(struct pid *pid, unsigned int from)
{
	for (unsigned int level = from; level <= pid->level; level++) {
		struct upid *upid = &pid->numbers[level - 1];

		if (upid->ns->child_reaper == pid)
			upid->ns->child_reaper = NULL;
		HASH_DEL(upid->ns->numbers, upid);
	}
}

static bool is_taken(const struct pid_namespace *ns, int nr)
{
	struct upid *taken;

	HASH_FIND_INT(ns->numbers, &nr, taken);
	return taken;
}

/* Takes a number in @ns and in each ancestor above level 0. */
static int take_numbers(struct pid *pid, struct pid_namespace *ns,
			const int *chosen, size_t n)
{
	int r;

	for (; ns->level > 0; ns = ns->parent) {
		struct upid *upid = &pid->numbers[ns->level - 1];
		bool is_chosen = n > 0;

		r = -ENOMEM;
		if (ns->dying)
			goto fail;
		upid->nr = is_chosen ? *chosen : next_number(ns);
		upid->ns = ns;
		upid->pid = pid;
		r = is_chosen ? -EEXIST : -EAGAIN;
		if (is_chosen ? is_taken(ns, upid->nr) : upid->nr == 0)
			goto fail;
		HASH_ADD_INT(ns->numbers, nr, upid);
		if (is_chosen) {
			chosen++;
			n--;
		} else {
			ns->last = upid->nr;
		}
	}
	return 0;
fail:
	release_numbers(pid, ns->level + 1);
	return r;
}

int pids_reserve(struct pid_namespace *ns, const int *chosen, size_t n,
		 struct pid **ret_pid)
{
	struct pid *pid = calloc(1, sizeof(*pid) +
				 ns->level * sizeof(struct upid));
	int r;

	if (!pid)
		return -ENOMEM;
	pid->refs = 1;
	pid->level = ns->level;
	r = take_numbers(pid, ns, chosen, n);
	if (r < 0) {
		free(pid);
		return r;
	}
	if (ns->level > 0)
		pid_namespace_get(ns);
	*ret_pid = pid;
	return 0;
}

void pid_take_back(const struct pid *pid)
{
	for (unsigned int i = 0; i < pid->level; i++)
		if (pid->numbers[i].ns->last == pid->numbers[i].nr)
			pid->numbers[i].ns->last--;
}

void pids_settle(struct pids *pids, struct pid *pid, host_pid host)
{
	struct pid *old = pids_by_host(pids, host);

	/* The kernel gave the number out again: the old bearer is gone. */
	if (old) {
		HASH_DEL(pids->by_host, old);
		old->hashed = false;
	}
	pid->host = host;
	HASH_ADD(hh, pids->by_host, host.n, sizeof(int), pid);
	pid->hashed = true;
	for (unsigned int i = 0; i < pid->level; i++)
		if (pid->numbers[i].nr == 1)
			pid->numbers[i].ns->child_reaper = pid;
}

int pids_create(struct pids *pids, struct pid_namespace *ns, host_pid host,
		struct pid **ret_pid)
{
	int r = pids_reserve(ns, NULL, 0, ret_pid);

	if (r == 0)
		pids_settle(pids, *ret_pid, host);
	return r;
}

struct pid *pid_get(struct pid *pid)
{
	pid->refs++;
	return pid;
}

void pid_put(struct pids *pids, struct pid *pid)
{
	struct pid **slot;

	if (!pid || --pid->refs > 0)
		return;
	release_numbers(pid, 1);
	pid->departed = true;
	pid->listed = true;
	slot = &pids->departed[pids->departed_next];
	pids->departed_next = (pids->departed_next + 1) % PIDS_DEPARTED;
	if (*slot)
		pid_free(pids, *slot);
	*slot = pid;
}

struct pid *pids_by_host(const struct pids *pids, host_pid host)
{
	struct pid *pid;

	HASH_FIND(hh, pids->by_host, &host.n, sizeof(int), pid);
	return pid;
}

struct pid *pids_by_number(const struct pid_namespace *ns, ns_pid nr)
{
	struct upid *upid;

	HASH_FIND_INT(ns->numbers, &nr.n, upid);
	return upid ? upid->pid : NULL;
}

ns_pid pid_nr(const struct pid *pid, const struct pid_namespace *ns)
{
	const struct upid *upid;

	if (!pid || ns->level > pid->level)
		return (ns_pid){ 0 };
	if (ns->level == 0)
		return (ns_pid){ pid->host.n };
	upid = &pid->numbers[ns->level - 1];
	return (ns_pid){ upid->ns == ns ? upid->nr : 0 };
}

struct pid_namespace *pid_ns(struct pids *pids, const struct pid *pid)
{
	return pid->level ? pid->numbers[pid->level - 1].ns : &pids->root;
}

size_t pids_count(const struct pids *pids)
{
	const struct pid *pid;
	size_t n = 0;

	for (pid = pids->by_host; pid; pid = pid->hh.next)
		n += !pid->departed;
	return n;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * System V shared memory: who has what attached.
 *
 * Theory of operation. How often a segment is attached is not counted along,
 * since programs unmap, remap and split memory by calls that nobody catches.
 * It is asked when it matters, by counting the mappings of its file, as the
 * kernel does by its shm_open() and shm_close(). Each address space has a list
 * of the segments that it may have mapped, so that only those few are looked
 * at: inherited by fork, gone with exec and exit. A segment that the list has
 * and the maps do not was unmapped by munmap(2); that is made up for when it
 * is noticed.
 */
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <time.h>
#include <utlist.h>
#include "src/ns/ipc_shm.h"
#include "src/ns/ns.h"

/* One for each address space. */
struct shm_attached {
	unsigned int refs;	/* processes that share it: CLONE_VM */
	unsigned int stamp;	/* of the last count that has seen it */
	size_t len, size;
	struct shm_segment **segments;	/* references; destroyed ones too */
};

static struct shm_attached *list_create(void)
{
	struct shm_attached *list = calloc(1, sizeof(*list));

	if (list)
		list->refs = 1;
	return list;
}

static bool list_has(const struct shm_attached *list,
		     const struct shm_segment *segment)
{
	for (size_t i = 0; i < list->len; i++)
		if (list->segments[i] == segment)
			return true;
	return false;
}

static void list_remove(struct shm_attached *list,
			const struct shm_segment *segment)
{
	for (size_t i = 0; i < list->len; i++)
		if (list->segments[i] == segment) {
			shm_put(list->segments[i]);
			list->segments[i] = list->segments[--list->len];
			return;
		}
}

static void list_drop_destroyed(struct shm_attached *list)
{
	for (size_t i = list->len; i-- > 0;)
		if (!list->segments[i]->ns)
			list_remove(list, list->segments[i]);
}

static int list_add(struct shm_attached *list, struct shm_segment *segment)
{
	if (list_has(list, segment))
		return 0;
	if (list->len == list->size)
		list_drop_destroyed(list);
	if (list->len == list->size) {
		size_t size = list->size ? 2 * list->size : 4;
		void *grown = realloc(list->segments,
				      size * sizeof(list->segments[0]));

		if (!grown)
			return -ENOMEM;
		list->segments = grown;
		list->size = size;
	}
	list->segments[list->len++] = shm_get(segment);
	return 0;
}

static void list_free(struct shm_attached *list)
{
	while (list->len > 0)
		shm_put(list->segments[--list->len]);
	free(list->segments);
	free(list);
}

/* Shared from the beginning with those who share the memory. */
static struct shm_attached *list_of(struct group *group)
{
	if (!group->shm)
		group->shm = list_create();
	return group->shm;
}

int shm_list_add(struct group *group, struct shm_segment *segment)
{
	struct shm_attached *list = list_of(group);

	group_hold_once(group);
	return list ? list_add(list, segment) : -ENOMEM;
}

bool shm_list_any(const struct group *group)
{
	return group->shm && group->shm->len > 0;
}

/* ---- counting ---- */

void shm_attached_by(struct shm_segment *segment, struct pid *by)
{
	pid_forget(segment->lpid);
	segment->lpid = pid_keep(by);
	segment->atime = time(NULL);
}

static void detached_by(struct shm_segment *segment, struct pid *by)
{
	pid_forget(segment->lpid);
	segment->lpid = pid_keep(by);
	segment->dtime = time(NULL);
}

/* Return: how often @tid has it mapped; an error if that can't be known. */
static long count_in(host_pid tid, const struct shm_segment *segment)
{
	_cleanup_maps_ struct maps maps;
	struct mapping mapping;
	long r = maps_open(&maps, tid, 0), n = 0;

	if (r < 0)
		return r;
	while ((r = maps_next(&maps, &mapping)) > 0)
		if (shm_by_mapping(&mapping) == segment)
			n++;
	return r < 0 ? r : n;
}

/* Is it where it was attached last? Nothing else has to be looked at then. */
static bool is_at_last(host_pid tid, const struct shm_segment *segment)
{
	_cleanup_maps_ struct maps maps;
	struct mapping mapping;

	return maps_open(&maps, tid, segment->last_at) == 0 &&
	       maps_next(&maps, &mapping) > 0 &&
	       shm_by_mapping(&mapping) == segment;
}

/* Any thread that is not on its way out knows the memory. */
static long count_in_group(const struct group *group,
			   const struct shm_segment *segment, bool any)
{
	const struct task *task;
	long r = -ESRCH;

	DL_FOREACH2(group->tasks, task, in_group_next) {
		if (any && is_at_last(task->tid->host, segment))
			return 1;
		r = count_in(task->tid->host, segment);
		if (r >= 0)
			break;
	}
	return r;
}

static unsigned int stamp;	/* of the last count */

/* Without attaches, does it go? @detached: the last one has just gone. */
static bool is_over(const struct shm_segment *segment, bool detached)
{
	return (segment->perm.mode & SHM_DEST) ||
	       (detached && segment->ns->limits.shm_rmid_forced);
}

static long settle(struct shm_segment *segment, bool any)
{
	struct group *group;
	bool detached = false;
	long sum = 0;

	stamp++;
	DL_FOREACH(instance.groups, group) {
		struct shm_attached *list = group->shm;
		long n;

		if (!list || list->stamp == stamp || !list_has(list, segment))
			continue;
		n = count_in_group(group, segment, any);
		if (n < 0)
			continue;
		list->stamp = stamp;
		sum += n;
		if (n == 0) {
			list_remove(list, segment);
			detached_by(segment, group->tgid);
			detached = true;
		} else if (any) {
			break;
		}
	}
	if (sum == 0 && is_over(segment, detached)) {
		shm_destroy(segment);
		return -1;
	}
	return sum;
}

/* What @tid has mapped of @ns, noted with the number of this @look. */
static long look_at(host_pid tid, const struct ipc_namespace *ns, uint64_t look)
{
	_cleanup_maps_ struct maps maps;
	struct mapping mapping;
	long r = maps_open(&maps, tid, 0);

	if (r < 0)
		return r;
	while ((r = maps_next(&maps, &mapping)) > 0) {
		struct shm_segment *s = shm_by_mapping(&mapping);

		if (!s || s->ns != ns)
			continue;
		s->here = s->look == look ? s->here + 1 : 1;
		s->look = look;
	}
	return r;
}

/* As settle() for one group, but of all that it has of @ns. */
static void count_all_in(struct group *group, const struct ipc_namespace *ns)
{
	static uint64_t look;
	struct shm_attached *list = group->shm;
	const struct task *task;
	long r = -ESRCH;

	DL_FOREACH2(group->tasks, task, in_group_next) {
		r = look_at(task->tid->host, ns, ++look);
		if (r >= 0)
			break;
	}
	if (r < 0)
		return;
	list->stamp = stamp;
	for (size_t i = list->len; i-- > 0;) {
		struct shm_segment *s = list->segments[i];

		if (s->ns != ns)
			continue;
		if (s->look == look) {
			s->attached += s->here;
			continue;
		}
		s->detached = true;
		detached_by(s, group->tgid);
		list_remove(list, s);
	}
}

void shm_count_all(struct ipc_namespace *ns)
{
	struct ipc_ids *ids = &ns->ids[IPC_SHM];
	struct ipc_perm_entry *entry;
	struct group *group;

	for (int i = 0; i <= ids->top; i++) {
		entry = ipc_ids_by_index(ids, i);
		if (entry) {
			shm_of(entry)->attached = 0;
			shm_of(entry)->detached = false;
		}
	}
	stamp++;
	DL_FOREACH(instance.groups, group)
		if (group->shm && group->shm->len > 0 &&
		    group->shm->stamp != stamp)
			count_all_in(group, ns);
	for (int i = ids->top; i >= 0; i--) {
		entry = ipc_ids_by_index(ids, i);
		if (entry && shm_of(entry)->attached == 0 &&
		    is_over(shm_of(entry), shm_of(entry)->detached))
			shm_destroy(shm_of(entry));
	}
}

long shm_settle(struct shm_segment *segment)
{
	return settle(segment, false);
}

long shm_settle_any(struct shm_segment *segment)
{
	return settle(segment, true);
}

/* The last attach of one address space has gone. */
static void let_go(struct shm_segment *segment, struct pid *by)
{
	if (!segment->ns)
		return;
	detached_by(segment, by);
	if (((segment->perm.mode & SHM_DEST) ||
	     segment->ns->limits.shm_rmid_forced) &&
	    shm_settle_any(segment) == 0)
		shm_destroy(segment);
}

void shm_list_detached(struct task *task, struct shm_segment *segment)
{
	struct shm_attached *list = task->group->shm;

	detached_by(segment, task->group->tgid);
	if (!list || count_in(task->tid->host, segment) != 0)
		return;
	shm_get(segment);
	list_remove(list, segment);
	let_go(segment, task->group->tgid);
	shm_put(segment);
}

/* ---- what becomes of processes ---- */

/* All that @group has mapped, where nobody can be asked what it inherited. */
static void adopt(struct group *group, host_pid tid)
{
	_cleanup_maps_ struct maps maps;
	struct mapping mapping;

	if (maps_open(&maps, tid, 0) < 0)
		return;
	while (maps_next(&maps, &mapping) > 0) {
		struct shm_segment *segment = shm_by_mapping(&mapping);

		if (segment)
			shm_list_add(group, segment);
	}
}

/* Has a thread of @group mapped something that is not in its list yet? */
static bool is_attaching(const struct group *group)
{
	const struct task *task;

	DL_FOREACH2(group->tasks, task, in_group_next)
		if (task->in_call && task->call.nr == SYS_shmat)
			return true;
	return false;
}

/* dup_mmap() opens each mapping, in the name of the parent. */
static void inherit(struct group *child, const struct group *parent)
{
	const struct shm_attached *from = parent->shm;
	struct shm_attached *list;

	if (!from || from->len == 0)
		return;
	list = list_of(child);
	for (size_t i = 0; list && i < from->len; i++) {
		if (!from->segments[i]->ns)
			continue;
		list_add(list, from->segments[i]);
		shm_attached_by(from->segments[i], parent->tgid);
	}
}

void ipc_shm_task_clone(struct task *parent, struct task *child,
			uint64_t flags)
{
	if ((flags & CLONE_THREAD) || !child->nsproxy->ipc)
		return;
	if (!parent ||
	    (!(flags & CLONE_VM) && is_attaching(parent->group))) {
		adopt(child->group, child->tid->host);
	} else if (flags & CLONE_VM) {
		child->group->shm = list_of(parent->group);
		if (child->group->shm)
			child->group->shm->refs++;
	} else {
		inherit(child->group, parent->group);
	}
}

/* The address space of @group is another, or none, from now on. */
static void leave_memory(struct group *group)
{
	struct shm_attached *list = group->shm;

	group->shm = NULL;
	if (!list || --list->refs > 0)
		return;
	for (size_t i = 0; i < list->len; i++)
		let_go(list->segments[i], group->tgid);
	list_free(list);
}

void ipc_shm_group_exec(struct group *group)
{
	leave_memory(group);
}

void ipc_shm_group_exit(struct group *group)
{
	leave_memory(group);
}

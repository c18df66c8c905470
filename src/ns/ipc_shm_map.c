/* SPDX-License-Identifier: Apache-2.0 */
/*
 * System V shared memory: attaching, detaching, and who has what attached.
 *
 * Theory of operation. shmat: the task gets a descriptor of the segment, maps
 * it, and closes it, by calls that it is made to run. It is another open file
 * than the supervisor's, so what other threads do with it meanwhile is to
 * their own memory. shmdt: the task unmaps what /proc/PID/maps says.
 *
 * How often a segment is attached is not counted along, since programs unmap,
 * remap and split memory by calls that nobody catches. It is asked when it
 * matters, by counting the mappings of its file, as the kernel does by its
 * shm_open() and shm_close(). Each address space has a list of the segments
 * that it may have mapped, so that only those few are looked at: inherited by
 * fork, gone with exec and exit. A segment that the list has and the maps do
 * not was unmapped by munmap(2); that is made up for when it is noticed.
 */
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <utlist.h>
#include "src/host/sys.h"
#include "src/ns/ipc_shm.h"
#include "src/ns/ns.h"

#define PAGE_BYTES UINT64_C(4096)

/* One for each address space. */
struct shm_attached {
	unsigned int refs;	/* processes that share it: CLONE_VM */
	unsigned int stamp;	/* of the last count that has seen it */
	size_t len, size;
	struct shm_segment **segments;	/* references; destroyed ones too */
};

/* ---- the lists ---- */

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

/* ---- counting ---- */

void shm_attached_by(struct shm_segment *segment, struct pid *by)
{
	pid_forget(segment->lpid);
	segment->lpid = pid_keep(by);
	segment->atime = time(NULL);
}

void shm_detached_by(struct shm_segment *segment, struct pid *by)
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

static long settle(struct shm_segment *segment, bool any)
{
	static unsigned int stamp;
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
			shm_detached_by(segment, group->tgid);
			detached = true;
		} else if (any) {
			break;
		}
	}
	if (sum == 0 && ((segment->perm.mode & SHM_DEST) ||
			 (detached && segment->ns->limits.shm_rmid_forced))) {
		shm_destroy(segment);
		return -1;
	}
	return sum;
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
	shm_detached_by(segment, by);
	if (((segment->perm.mode & SHM_DEST) ||
	     segment->ns->limits.shm_rmid_forced) &&
	    shm_settle_any(segment) == 0)
		shm_destroy(segment);
}

/* ---- shmat ---- */

/* What attaching it was about, if it is still there. */
static struct shm_segment *wanted(struct call *c)
{
	struct ipc_perm_entry *entry;

	if (ipc_ids_by_id(&ipc_ns(c)->ids[IPC_SHM], (int)c->args[0],
			  &entry) < 0 || shm_of(entry)->serial != c->cookie)
		return NULL;
	return shm_of(entry);
}

/* The call ends with what is in c->cookie. */
static long closed_after(struct call *c, long result)
{
	(void)result;
	return (long)c->cookie;
}

static long close_with(struct call *c, int fd, long result)
{
	c->cookie = (uint64_t)result;
	c->host_args[0] = (uint64_t)fd;
	return call_then_other(c, SYS_close, closed_after);
}

static long unmapped_after(struct call *c, long result)
{
	(void)result;
	return close_with(c, (int)c->host_args[4],
			  wanted(c) ? -ENOMEM : -EIDRM);
}

static long mapped_after(struct call *c, long result)
{
	struct shm_segment *segment = wanted(c);
	int fd = (int)c->host_args[4];
	struct shm_attached *list;

	if (result < 0)
		return close_with(c, fd, result == -EEXIST ? -EINVAL : result);
	/* Destroyed in between: as if before, since no id leads to it. */
	list = segment ? list_of(c->task->group) : NULL;
	if (!list || list_add(list, segment) < 0) {
		c->host_args[0] = (uint64_t)result;
		return call_then_other(c, SYS_munmap, unmapped_after);
	}
	shm_attached_by(segment, c->task->group->tgid);
	segment->last_at = (uint64_t)result;
	return close_with(c, fd, result);
}

static int protection(int flags)
{
	return PROT_READ | (flags & SHM_RDONLY ? 0 : PROT_WRITE) |
	       (flags & SHM_EXEC ? PROT_EXEC : 0);
}

static long given_after(struct call *c, long result)
{
	const struct shm_segment *segment = wanted(c);
	int flags = (int)c->args[2], how = MAP_SHARED;

	/* The kernel needs no descriptor for it. */
	if (result < 0)
		return result == -EMFILE || result == -ENFILE ? -ENOMEM :
								result;
	if (!segment)
		return close_with(c, (int)result, -EIDRM);
	c->host_args[0] = c->args[1] & ~(PAGE_BYTES - 1);
	/* Rounded down to 0, it is not looked what is there: do_shmat(). */
	if (c->args[1])
		how |= flags & SHM_REMAP || !c->host_args[0] ?
			       MAP_FIXED : MAP_FIXED | MAP_FIXED_NOREPLACE;
	c->host_args[1] = segment->size;
	c->host_args[2] = (uint64_t)protection(flags);
	c->host_args[3] = (uint64_t)how;
	c->host_args[4] = (uint64_t)result;
	c->host_args[5] = 0;
	return call_then_other(c, SYS_mmap, mapped_after);
}

static long open_segment(struct call *c)
{
	const struct shm_segment *segment = wanted(c);
	int how = O_CLOEXEC | O_NONBLOCK |
		  ((int)c->args[2] & SHM_RDONLY ? O_RDONLY : O_RDWR);
	char path[64];
	long r;

	if (!segment)
		return -EIDRM;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", segment->fd);
	r = sys_result(open(path, how));
	/* The guest, who had one for a moment, may have changed its mode. */
	if (r == -EACCES && fchmod(segment->fd, 0600) == 0)
		r = sys_result(open(path, how));
	return r;
}

/* do_shmat(), up to where the segment is found. */
static long check_address(uint64_t addr, int flags)
{
	uint64_t offset = addr & (PAGE_BYTES - 1);

	if (addr == 0)
		return flags & SHM_REMAP ? -EINVAL : 0;
	if (offset && !(flags & SHM_RND))
		return -EINVAL;
	return addr == offset && (flags & SHM_REMAP) ? -EINVAL : 0;
}

long ipc_shmat(struct call *c)
{
	int id = (int)c->args[0], flags = (int)c->args[2];
	uint64_t addr = c->args[1] & ~(PAGE_BYTES - 1);
	struct shm_segment *segment;
	long r;

	if (id < 0)
		return -EINVAL;
	r = check_address(c->args[1], flags);
	if (r == 0)
		r = shm_by_id(ipc_ns(c), id, &segment);
	if (r == 0)
		r = ipc_check_access(c, &segment->perm,
				     0444 | (flags & SHM_RDONLY ? 0 : 0222) |
				     (flags & SHM_EXEC ? 0111 : 0));
	if (r < 0)
		return r;
	if (addr && !(flags & SHM_REMAP) && addr + segment->size < addr)
		return -EINVAL;
	c->cookie = segment->serial;
	return call_then_give(c, open_segment, given_after);
}

/* ---- shmdt ---- */

static bool is_of_attach(const struct mapping *m, uint64_t addr)
{
	return m->start >= addr && m->start - addr == m->offset;
}

/*
 * What shmdt(@addr) unmaps first from @from on: pieces of one attach, as far
 * as they lie side by side, of @only unless that is NULL.
 * Return: the segment or NULL.
 */
static struct shm_segment *find_piece(host_pid tid, uint64_t addr,
				      uint64_t from,
				      const struct shm_segment *only,
				      struct mapping *ret_piece)
{
	_cleanup_maps_ struct maps maps;
	struct shm_segment *found = NULL;
	struct mapping m;

	if (maps_open(&maps, tid, from) < 0)
		return NULL;
	while (maps_next(&maps, &m) > 0) {
		struct shm_segment *segment = shm_by_mapping(&m);

		if (found && m.start != ret_piece->end)
			break;
		if (only && m.end - addr > ((only->size + PAGE_BYTES - 1) &
					    ~(PAGE_BYTES - 1)))
			break;
		if (!segment || (only && segment != only) ||
		    !is_of_attach(&m, addr)) {
			if (found)
				break;
			continue;
		}
		if (found)
			ret_piece->end = m.end;
		else
			*ret_piece = m;
		found = segment;
		only = segment;
	}
	return found;
}

/* It is off the list of this address space if nothing of it is left there. */
static void detached(struct task *task, struct shm_segment *segment)
{
	struct shm_attached *list = task->group->shm;

	shm_detached_by(segment, task->group->tgid);
	if (!list || count_in(task->tid->host, segment) != 0)
		return;
	shm_get(segment);
	list_remove(list, segment);
	let_go(segment, task->group->tgid);
	shm_put(segment);
}

static long detached_after(struct call *c, long result)
{
	const uint64_t end = c->host_args[0] + c->host_args[1];
	struct mapping piece = { .start = c->host_args[0] };
	host_pid tid = c->task->tid->host;
	struct shm_segment *segment = NULL;
	struct ipc_perm_entry *entry = NULL;

	if (ipc_ids_by_id(&ipc_ns(c)->ids[IPC_SHM], (int)c->cookie, &entry) < 0)
		return 0;
	segment = shm_of(entry);
	if (result < 0)
		return result;
	if (find_piece(tid, c->args[0], end, segment, &piece)) {
		c->host_args[0] = piece.start;
		c->host_args[1] = piece.end - piece.start;
		return call_then_other(c, SYS_munmap, detached_after);
	}
	detached(c->task, segment);
	return 0;
}

long ipc_shmdt(struct call *c)
{
	const uint64_t addr = c->args[0];
	struct shm_segment *segment;
	struct mapping piece;

	if (addr & (PAGE_BYTES - 1))
		return -EINVAL;
	segment = find_piece(c->task->tid->host, addr, addr, NULL, &piece);
	if (!segment)
		return -EINVAL;
	c->cookie = (uint64_t)segment->perm.id;
	c->host_args[0] = piece.start;
	c->host_args[1] = piece.end - piece.start;
	return call_then_other(c, SYS_munmap, detached_after);
}

/* ---- what becomes of processes ---- */

/* All that @group has mapped, where nobody can be asked what it inherited. */
static void adopt(struct group *group, host_pid tid)
{
	_cleanup_maps_ struct maps maps;
	struct mapping mapping;
	struct shm_attached *list;

	if (maps_open(&maps, tid, 0) < 0)
		return;
	while (maps_next(&maps, &mapping) > 0) {
		struct shm_segment *segment = shm_by_mapping(&mapping);

		list = segment ? list_of(group) : NULL;
		if (list)
			list_add(list, segment);
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

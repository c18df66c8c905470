/* SPDX-License-Identifier: Apache-2.0 */
/*
 * System V shared memory: attaching and detaching.
 *
 * Theory of operation. shmat: the task gets a descriptor of the segment, maps
 * it, and closes it, by calls that it is made to run. It is another open file
 * than the supervisor's, so what other threads do with it meanwhile is to
 * their own memory. shmdt: the task unmaps what /proc/PID/maps says.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include "src/host/sys.h"
#include "src/ns/ipc_shm.h"

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
	/* What the trace shows: these are another call's. */
	memcpy(c->host_args, c->args, sizeof(c->host_args));
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

	if (result < 0)
		return close_with(c, fd, result == -EEXIST ? -EINVAL : result);
	/* Destroyed in between: as if before, since no id leads to it. */
	if (!segment || shm_list_add(c->task->group, segment) < 0) {
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
	shm_list_detached(c->task, segment);
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

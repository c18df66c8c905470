/* SPDX-License-Identifier: Apache-2.0 */
/*
 * System V shared memory: segments, from shmget(2) to their end.
 *
 * Theory of operation. A segment is a memfd of the supervisor's, whose size
 * is sealed. The kernel takes memory for it when a page is touched first, by
 * the one who touches it. Who attaches it maps it for good (ipc_shm_map.c),
 * so it is as fast as any memory. With the supervisor all segments are gone.
 *
 * Follows ipc/shm.c, Linux 6.x.
 */
#include "src/ns/ipc_shm.h"

#include <errno.h>
#include <limits.h>
#include <linux/capability.h>
#include <linux/memfd.h>
#include <signal.h>
#include <stdlib.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "src/host/sys.h"
#include "src/ns/ns.h"

/* SHM_HUGE_ and MFD_HUGE_ have them in the same place. */
#define HUGE_SIZE_BITS ((unsigned int)MFD_HUGE_MASK << MFD_HUGE_SHIFT)

static struct shm_segment *segments;	/* live ones, by their file */
static uint64_t last_serial;

/* ---- segments ---- */

struct shm_segment *shm_get(struct shm_segment *segment)
{
	segment->refs++;
	return segment;
}

void shm_put(struct shm_segment *segment)
{
	if (--segment->refs == 0)
		free(segment);
}

void shm_destroy(struct shm_segment *segment)
{
	struct ipc_namespace *ns = segment->ns;

	if (!ns)
		return;
	ns->shm_pages -= segment->pages;
	ipc_ids_remove(&ns->ids[IPC_SHM], &segment->perm);
	HASH_DELETE(by_file, segments, segment);
	sys_close(&segment->fd);
	pid_forget(segment->cpid);
	pid_forget(segment->lpid);
	segment->cpid = segment->lpid = NULL;
	segment->ns = NULL;
	shm_put(segment);
}

struct shm_segment *shm_by_mapping(const struct mapping *mapping)
{
	const struct shm_file file = { mapping->dev, mapping->ino };
	struct shm_segment *segment = NULL;

	HASH_FIND(by_file, segments, &file, sizeof(file), segment);
	return segment;
}

static bool may_go(const struct shm_segment *segment)
{
	return (segment->perm.mode & SHM_DEST) ||
	       segment->ns->limits.shm_rmid_forced;
}

long shm_by_id(struct ipc_namespace *ns, int id,
	       struct shm_segment **ret_segment)
{
	struct ipc_perm_entry *entry;
	long r = ipc_ids_by_id(&ns->ids[IPC_SHM], id, &entry);

	if (r < 0)
		return r;
	if (may_go(shm_of(entry)) && shm_settle_any(shm_of(entry)) < 0)
		return -EINVAL;
	*ret_segment = shm_of(entry);
	return 0;
}

void shm_settle_all(struct ipc_namespace *ns)
{
	struct ipc_ids *ids = &ns->ids[IPC_SHM];

	for (int i = 0; i <= ids->top; i++) {
		struct ipc_perm_entry *entry = ipc_ids_by_index(ids, i);

		if (entry && may_go(shm_of(entry))) {
			shm_count_all(ns);
			return;
		}
	}
}

/* Whoever creates one for the first time pays for it. */
static void prepare_limits(void)
{
	static bool done;
	struct rlimit limit;

	if (done)
		return;
	done = true;
	signal(SIGXFSZ, SIG_IGN);
	if (getrlimit(RLIMIT_FSIZE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_FSIZE, &limit);
	}
}

/* can_do_hugetlb_shm() */
static bool may_use_huge(struct call *c)
{
	const struct creds *creds = task_creds(c->task);
	char text[32];

	if (!creds)
		return false;
	if (creds_capable_host(creds, CAP_IPC_LOCK))
		return true;
	return sys_read_file("/proc/sys/vm/hugetlb_shm_group", text,
			     sizeof(text)) > 0 &&
	       creds_in_group(creds, (gid_t)strtoul(text, NULL, 10));
}

/*
 * Asks the kernel, with a mapping that does not stay, for what it would have
 * asked itself: overcommit of ordinary memory (shmem_acct_size()), pages set
 * aside of huge ones, which stay with the file.
 */
static long try_size(int fd, uint64_t size, int flags)
{
	int how = MAP_SHARED | (flags & SHM_NORESERVE ? MAP_NORESERVE : 0);
	void *at;

	if (fd < 0)
		how |= MAP_ANONYMOUS;
	if (size > LONG_MAX)
		return -EINVAL;
	at = mmap(NULL, size, PROT_READ | PROT_WRITE, how, fd, 0);
	if (at == MAP_FAILED)
		return -ENOMEM;
	munmap(at, size);
	return 0;
}

/* Its size is the requested one for ordinary pages, whole huge ones else. */
static long make_huge(struct call *c, const char *name, uint64_t size,
		      int flags, int *ret_fd)
{
	unsigned int how = MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_HUGETLB |
			   ((unsigned int)flags & HUGE_SIZE_BITS);
	_cleanup_close_ int fd = memfd_create(name, how);
	struct stat st;
	long r = sys_result(fd);

	if (r < 0)
		return r == -EMFILE || r == -ENFILE ? -ENOSPC : -EINVAL;
	if (fstat(fd, &st) < 0)
		return -EINVAL;
	size = (size + (uint64_t)st.st_blksize - 1) &
	       ~((uint64_t)st.st_blksize - 1);
	if (!may_use_huge(c))
		return -EPERM;
	if (ftruncate(fd, (off_t)size) < 0)
		return -EINVAL;
	r = try_size(fd, size, flags);
	if (r < 0)
		return r;
	*ret_fd = fd;
	fd = -1;
	return 0;
}

static long make_plain(const char *name, uint64_t size, int flags, int *ret_fd)
{
	_cleanup_close_ int fd = -1;
	long r = try_size(-1, size, flags);

	if (r < 0)
		return r;
	fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0)
		return sys_result(fd) == -ENOMEM ? -ENOMEM : -ENOSPC;
	if (ftruncate(fd, (off_t)size) < 0)
		return -ENOMEM;	/* RLIMIT_FSIZE */
	*ret_fd = fd;
	fd = -1;
	return 0;
}

/*
 * Whoever is given it to read is not to open it anew, to write, and nobody is
 * to change its size. Opened anew by the supervisor itself it counts as open
 * for writing, unlike from memfd_create(): so a guest can't lease it.
 */
static long make_safe(int *fd)
{
	char path[64];
	long r = sys_result(fchmod(*fd, 0600));

	if (r == 0)
		r = sys_result(fcntl(*fd, F_ADD_SEALS, F_SEAL_GROW |
				     F_SEAL_SHRINK | F_SEAL_SEAL));
	if (r < 0)
		return r;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", *fd);
	r = sys_result(open(path, O_RDWR | O_CLOEXEC));
	if (r < 0)
		return r;
	close(*fd);
	*fd = (int)r;
	return 0;
}

static long make_memory(struct call *c, struct shm_segment *segment,
			int32_t key, int flags)
{
	char name[32];
	struct stat st;
	long r;

	prepare_limits();
	snprintf(name, sizeof(name), "SYSV%08x", (unsigned int)key);
	segment->huge = flags & SHM_HUGETLB;
	r = segment->huge ?
		make_huge(c, name, segment->size, flags, &segment->fd) :
		make_plain(name, segment->size, flags, &segment->fd);
	if (r < 0)
		return r;
	if (make_safe(&segment->fd) < 0 || sys_is_reserved(segment->fd) ||
	    fstat(segment->fd, &st) < 0)
		return -ENOSPC;
	segment->file = (struct shm_file){ st.st_dev, st.st_ino };
	return 0;
}

/* newseg() */
static long create(struct call *c, int32_t key, int flags)
{
	struct ipc_namespace *ns = ipc_ns(c);
	uint64_t size = c->args[1];
	uint64_t pages = size / PAGE_BYTES + (size % PAGE_BYTES != 0);
	struct shm_segment *segment;
	long r;

	shm_settle_all(ns);
	if (size < 1 || size > ns->limits.shmmax)
		return -EINVAL;
	if (pages * PAGE_BYTES < size ||
	    ns->shm_pages + pages > ns->limits.shmall)
		return -ENOSPC;
	segment = calloc(1, sizeof(*segment));
	if (!segment)
		return -ENOMEM;
	segment->fd = -1;
	segment->size = size;
	segment->pages = pages;
	r = make_memory(c, segment, key, flags);
	if (r >= 0)
		r = ipc_add(c, IPC_SHM, &segment->perm, key, flags,
			    ns->limits.shmmni);
	if (r < 0) {
		sys_close(&segment->fd);
		free(segment);
		return r;
	}
	segment->refs = 1;
	segment->serial = ++last_serial;
	segment->ns = ns;
	segment->ctime = time(NULL);
	segment->cpid = pid_keep(c->task->group->tgid);
	segment->creator = c->task;
	ns->shm_pages += pages;
	HASH_ADD(by_file, segments, file, sizeof(segment->file), segment);
	return r;
}

/* shm_more_checks() */
static long check(struct call *c, const struct ipc_perm_entry *entry)
{
	const struct shm_segment *segment = (const struct shm_segment *)entry;

	return segment->size < c->args[1] ? -EINVAL : 0;
}

static const struct ipc_ops ops = {
	.kind = IPC_SHM,
	.create = create,
	.check = check,
};

long ipc_shmget(struct call *c)
{
	return ipc_get(c, &ops, (int32_t)c->args[0], (int)c->args[2]);
}

/* ---- the namespace ---- */

void ipc_shm_destroy_orphaned(struct ipc_namespace *ns)
{
	struct ipc_ids *ids = &ns->ids[IPC_SHM];

	for (int i = 0; ns->limits.shm_rmid_forced && i <= ids->top; i++) {
		struct ipc_perm_entry *entry = ipc_ids_by_index(ids, i);

		if (entry && !shm_of(entry)->creator &&
		    shm_settle_any(shm_of(entry)) == 0)
			shm_destroy(shm_of(entry));
	}
}

/* exit_shm(): what @task has made is an orphan. */
void ipc_shm_task_exit(struct task *task)
{
	struct shm_segment *segment, *next;

	HASH_ITER(by_file, segments, segment, next) {
		if (segment->creator != task)
			continue;
		segment->creator = NULL;
		if (segment->ns->limits.shm_rmid_forced &&
		    shm_settle_any(segment) == 0)
			shm_destroy(segment);
	}
}

void ipc_shm_task_take_over(struct task *leader, struct task *caller)
{
	struct shm_segment *segment, *next;

	ipc_shm_task_exit(leader);
	HASH_ITER(by_file, segments, segment, next)
		if (segment->creator == caller)
			segment->creator = leader;
}

void ipc_shm_free_all(struct ipc_namespace *ns)
{
	struct shm_segment *segment, *next;

	HASH_ITER(by_file, segments, segment, next)
		if (segment->ns == ns)
			shm_destroy(segment);
}

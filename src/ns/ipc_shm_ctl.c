/* SPDX-License-Identifier: Apache-2.0 */
/* System V shared memory: shmctl(2), and the list in /proc; see ipc_shm.c. */
#include <errno.h>
#include <linux/capability.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <time.h>
#include "src/ns/ipc_shm.h"
#include "src/ns/ns.h"
#include "src/ns/pid.h"

/* The highest index in use, 0 too if there is none. */
static long max_index(const struct ipc_namespace *ns)
{
	int top = ns->ids[IPC_SHM].top;

	return top < 0 ? 0 : top;
}

static long get_limits(struct call *c)
{
	struct ipc_namespace *ns = ipc_ns(c);
	const struct shminfo info = {
		.shmmax = ns->limits.shmmax,
		.shmmin = 1,
		.shmmni = (unsigned long)ns->limits.shmmni,
		.shmseg = (unsigned long)ns->limits.shmmni,
		.shmall = ns->limits.shmall,
	};

	shm_settle_all(ns);
	if (call_write(c, c->args[2], &info, sizeof(info)) < 0)
		return -EFAULT;
	return max_index(ns);
}

/* Pages that it has; which of them are swapped out nobody tells. */
static uint64_t resident(const struct shm_segment *segment)
{
	struct stat st;

	return fstat(segment->fd, &st) < 0 ?
		       0 : (uint64_t)st.st_blocks * 512 / PAGE_BYTES;
}

static long get_usage(struct call *c)
{
	struct ipc_namespace *ns = ipc_ns(c);
	struct ipc_ids *ids = &ns->ids[IPC_SHM];
	struct shm_info info = { 0 };

	shm_settle_all(ns);
	info.used_ids = ids->in_use;
	info.shm_tot = ns->shm_pages;
	for (int i = 0; i <= ids->top; i++) {
		struct ipc_perm_entry *entry = ipc_ids_by_index(ids, i);

		if (entry)
			info.shm_rss += resident(shm_of(entry));
	}
	if (call_write(c, c->args[2], &info, sizeof(info)) < 0)
		return -EFAULT;
	return max_index(ns);
}

/* SHM_STAT and SHM_STAT_ANY know a segment by its index. */
static long find_for_stat(struct call *c, int id, int cmd,
			  struct shm_segment **ret_segment)
{
	struct ipc_namespace *ns = ipc_ns(c);
	struct ipc_perm_entry *entry;

	if (cmd == IPC_STAT)
		return shm_by_id(ns, id, ret_segment);
	entry = ipc_ids_by_index(&ns->ids[IPC_SHM], id & (IPC_IDS_MAX - 1));
	if (!entry)
		return -EINVAL;
	return shm_by_id(ns, entry->id, ret_segment);
}

static long get_status(struct call *c, int id, int cmd)
{
	struct shmid_ds status = { 0 };
	struct shm_segment *segment;
	long r = find_for_stat(c, id, cmd, &segment), attached;

	if (r == 0 && cmd != SHM_STAT_ANY)
		r = ipc_check_access(c, &segment->perm, 0444);
	if (r < 0)
		return r;
	attached = shm_settle(segment);
	if (attached < 0)
		return -EINVAL;
	ipc_get_perm(&segment->perm, &status.shm_perm);
	status.shm_segsz = segment->size;
	status.shm_atime = segment->atime;
	status.shm_dtime = segment->dtime;
	status.shm_ctime = segment->ctime;
	status.shm_cpid = pid_nr(segment->cpid, task_pid_ns(c->task)).n;
	status.shm_lpid = pid_nr(segment->lpid, task_pid_ns(c->task)).n;
	status.shm_nattch = (unsigned long)attached;
	r = cmd == IPC_STAT ? 0 : segment->perm.id;
	return call_write(c, c->args[2], &status, sizeof(status)) < 0 ?
		       -EFAULT : r;
}

static long find_to_change(struct call *c, int id,
			   struct shm_segment **ret_segment)
{
	struct shm_segment *segment;
	long r = shm_by_id(ipc_ns(c), id, &segment);

	if (r == 0)
		r = ipc_check_owner(c, &segment->perm);
	if (r == 0)
		*ret_segment = segment;
	return r;
}

static long set_status(struct call *c, int id)
{
	struct shmid_ds status;
	struct shm_segment *segment;
	long r;

	if (call_read(c, c->args[2], &status, sizeof(status)) < 0)
		return -EFAULT;
	r = find_to_change(c, id, &segment);
	if (r == 0)
		r = ipc_set_perm(c, &segment->perm, &status.shm_perm);
	if (r == 0)
		segment->ctime = time(NULL);
	return r;
}

/* do_shm_rmid() */
static long remove_segment(struct call *c, int id)
{
	struct shm_segment *segment = NULL;
	long r = find_to_change(c, id, &segment), attached;

	if (r < 0)
		return r;
	attached = shm_settle_any(segment);
	if (attached > 0) {
		segment->perm.mode |= SHM_DEST;
		ipc_ids_forget_key(&segment->ns->ids[IPC_SHM], &segment->perm);
	} else if (attached == 0) {
		shm_destroy(segment);
	}
	return 0;
}

/* What is locked already of the namespace, in bytes. */
static uint64_t locked(const struct ipc_namespace *ns)
{
	const struct ipc_ids *ids = &ns->ids[IPC_SHM];
	uint64_t sum = 0;

	for (int i = 0; i <= ids->top; i++) {
		struct ipc_perm_entry *entry = ipc_ids_by_index(ids, i);

		if (entry && (entry->mode & SHM_LOCKED))
			sum += shm_of(entry)->pages * PAGE_BYTES;
	}
	return sum;
}

/*
 * shmctl_do_lock(). The rules are kept, the pages are not: who may lock memory
 * that way is the caller, and the supervisor, whose file it is, is another.
 */
static long lock_segment(struct call *c, int id, bool lock)
{
	const struct creds *creds = task_creds(c->task);
	struct rlimit limit = { 0 };
	struct shm_segment *segment;
	bool capable = creds && creds_capable(creds, CAP_IPC_LOCK);
	long r = shm_by_id(ipc_ns(c), id, &segment);

	if (r < 0)
		return r;
	prlimit(c->task->tid->host.n, RLIMIT_MEMLOCK, NULL, &limit);
	if (!capable) {
		if (!creds || (creds->euid != segment->perm.uid &&
			       creds->euid != segment->perm.cuid))
			return -EPERM;
		if (lock && limit.rlim_cur == 0)
			return -EPERM;
	}
	if (segment->huge)
		return 0;
	if (!lock) {
		segment->perm.mode &= (uint16_t)~SHM_LOCKED;
		return 0;
	}
	if (segment->perm.mode & SHM_LOCKED)
		return 0;
	if (!(creds && creds_capable_host(creds, CAP_IPC_LOCK)) &&
	    limit.rlim_cur != RLIM_INFINITY &&
	    locked(segment->ns) + segment->pages * PAGE_BYTES > limit.rlim_cur)
		return -ENOMEM;
	segment->perm.mode |= SHM_LOCKED;
	return 0;
}

long ipc_shmctl(struct call *c)
{
	int id = (int)c->args[0], cmd = (int)c->args[1];

	if (!ipc_ns(c))
		return pid_shmctl(c);
	if (cmd < 0 || id < 0)
		return -EINVAL;
	switch (cmd) {
	case IPC_INFO:
		return get_limits(c);
	case SHM_INFO:
		return get_usage(c);
	case IPC_STAT:
	case SHM_STAT:
	case SHM_STAT_ANY:
		return get_status(c, id, cmd);
	case IPC_SET:
		return set_status(c, id);
	case IPC_RMID:
		return remove_segment(c, id);
	case SHM_LOCK:
	case SHM_UNLOCK:
		return lock_segment(c, id, cmd == SHM_LOCK);
	default:
		return -EINVAL;
	}
}

/* ---- /proc/sysvipc ---- */

void ipc_shm_print(FILE *out, const struct ipc_namespace *ns,
		   const struct task *viewer)
{
	const struct ipc_ids *ids = &ns->ids[IPC_SHM];

	shm_count_all((struct ipc_namespace *)ns);
	fprintf(out, "       key      shmid perms                  size  cpid"
		"  lpid nattch   uid   gid  cuid  cgid      atime      dtime"
		"      ctime                   rss                  swap\n");
	for (int i = 0; i <= ids->top; i++) {
		struct ipc_perm_entry *entry = ipc_ids_by_index(ids, i);
		const struct shm_segment *s = entry ? shm_of(entry) : NULL;

		if (!s)
			continue;
		fprintf(out, "%10d %10d  %4o %21lu %5d %5d  %5ld %5u %5u "
			"%5u %5u %10ld %10ld %10ld %21lu %21lu\n",
			entry->key, entry->id, entry->mode, s->size,
			pid_nr(s->cpid, task_pid_ns(viewer)).n,
			pid_nr(s->lpid, task_pid_ns(viewer)).n, s->attached,
			entry->uid, entry->gid, entry->cuid, entry->cgid,
			s->atime, s->dtime, s->ctime,
			resident(s) * PAGE_BYTES, 0UL);
	}
}

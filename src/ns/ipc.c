/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ipc namespace: ids, keys, owners and limits of System V objects and
 * names of POSIX message queues. The objects themselves are in ipc_shm.c,
 * ipc_sem.c, ipc_msg.c and ipc_mq.c. Nothing of it is the host's: memory is in
 * anonymous files, the rest in tables. Follows ipc/util.c, Linux 6.x.
 */
#include "src/ns/ipc.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <linux/capability.h>
#include <sched.h>
#include <stddef.h>
#include <stdlib.h>
#include <utlist.h>
#include "src/ns/ns.h"
#include "src/ns/user_cred.h"

/* As a new namespace of the kernel's: ipc/shm.c, sem.c, msg.c, mqueue.c. */
static const struct ipc_limits limits_default = {
	.shmmax = ULONG_MAX - (1UL << 24),
	.shmall = ULONG_MAX - (1UL << 24),
	.shmmni = 4096,
	.semmsl = 32000,
	.semmns = 1024000000,
	.semopm = 500,
	.semmni = 32000,
	.msgmax = 8192,
	.msgmnb = 16384,
	.msgmni = 32000,
	.mq_queues_max = 256,
	.mq_msg_max = 10,
	.mq_msgsize_max = 8192,
	.mq_msg_default = 10,
	.mq_msgsize_default = 8192,
};

static_assert(offsetof(struct ipc_namespace, common) == 0, "by its common");

static struct ipc_namespace *ipc_of_common(struct ns_common *ns)
{
	return (struct ipc_namespace *)ns;
}

static struct ipc_namespace *ipc_new(struct user_namespace *owner)
{
	struct ipc_namespace *ns = calloc(1, sizeof(*ns));

	if (!ns)
		return NULL;
	ns->refs = 1;
	ns_common_init(&ns->common, &ipc_ns_ops, owner);
	ns->limits = limits_default;
	for (int i = 0; i < IPC_KINDS; i++)
		ipc_ids_init(&ns->ids[i]);
	return ns;
}

static int ipc_create(struct nsproxy *proxy, const struct ns_config *config)
{
	if (!(config->kinds & NS_IPC))
		return 0;
	proxy->ipc = ipc_new(proxy->user);
	if (!proxy->ipc)
		return -ENOMEM;
	proxy->ipc->recorded = recorded_take_first_ipc(config->recorded);
	return 0;
}

static void ipc_get_common(struct ns_common *common)
{
	ipc_of_common(common)->refs++;
}

static void ipc_put_common(struct ns_common *common)
{
	struct ipc_namespace *ns = ipc_of_common(common);

	if (--ns->refs > 0)
		return;
	ipc_shm_free_all(ns);
	ipc_sem_free_all(ns);
	ipc_msg_free_all(ns);
	ipc_mq_free_all(ns);
	for (int i = 0; i < IPC_KINDS; i++)
		ipc_ids_fini(&ns->ids[i]);
	ns_common_gone(common);
	free(ns);
}

static void ipc_release(struct nsproxy *proxy)
{
	if (proxy->ipc)
		ipc_put_common(&proxy->ipc->common);
	proxy->ipc = NULL;
}

static void ipc_share(struct nsproxy *to, const struct nsproxy *from)
{
	to->ipc = from->ipc;
	if (to->ipc)
		to->ipc->refs++;
}

/* Empty, with the limits that every new one has. */
static int ipc_copy(struct nsset *set, struct task *task)
{
	struct nsproxy *proxy = set->proxy;
	struct ipc_namespace *ns = ipc_new(proxy->user);

	(void)task;
	if (!ns)
		return -ENOMEM;
	ipc_release(proxy);
	proxy->ipc = ns;
	return 0;
}

static struct ns_common *ipc_of(const struct task *task)
{
	struct ipc_namespace *ns = task->nsproxy->ipc;

	return ns ? &ns->common : NULL;
}

static int ipc_install(struct nsset *set, struct task *task,
		       struct ns_common *ns)
{
	(void)task;
	ipc_get_common(ns);
	ipc_release(set->proxy);
	set->proxy->ipc = ipc_of_common(ns);
	return 0;
}

/* What a semaphore was to be given back at the end, is given back now. */
static void ipc_leave(struct task *task, const struct nsproxy *next)
{
	if (task->nsproxy->ipc != next->ipc)
		ipc_sem_task_exit(task);
}

static void ipc_task_clone(struct task *parent, struct task *child,
			   uint64_t flags)
{
	ipc_sem_task_clone(parent, child, flags);
	ipc_shm_task_clone(parent, child, flags);
}

static void ipc_task_exit(struct task *task)
{
	ipc_sem_task_exit(task);
	ipc_shm_task_exit(task);
}

static void ipc_task_unshare(struct task *task, uint64_t flags)
{
	ipc_sem_task_unshare(task, flags);
	if (flags & CLONE_NEWIPC) {
		ipc_sem_task_exit(task);
		ipc_shm_task_exit(task);
	}
}

static void ipc_task_take_over(struct task *leader, struct task *caller)
{
	ipc_sem_task_take_over(leader, caller);
	ipc_shm_task_take_over(leader, caller);
}

const struct ns_ops ipc_ns_ops = {
	.name = "ipc",
	.kind = NS_IPC,
	.flag = CLONE_NEWIPC,
	.create = ipc_create,
	.release = ipc_release,
	.share = ipc_share,
	.copy = ipc_copy,
	.of = ipc_of,
	.get = ipc_get_common,
	.put = ipc_put_common,
	.install = ipc_install,
	.leave = ipc_leave,
	.task_clone = ipc_task_clone,
	.task_exit = ipc_task_exit,
	.task_unshare = ipc_task_unshare,
	.task_take_over = ipc_task_take_over,
	.group_exec = ipc_shm_group_exec,
	.group_exit = ipc_shm_group_exit,
};

struct ipc_namespace *ipc_ns(const struct call *c)
{
	return c->task->nsproxy->ipc;
}

bool ipc_capable(struct call *c, const struct creds *creds, int cap)
{
	return c->task->cred ?
		       user_capable_over(c->task, &ipc_ns(c)->common, cap) :
		       creds_capable(creds, cap);
}

long ipc_check_access(struct call *c, const struct ipc_perm_entry *entry,
		      int flags)
{
	const struct creds *creds = task_creds(c->task);
	int wanted = (flags >> 6) | (flags >> 3) | flags;
	int granted = entry->mode;

	if (!creds)
		return -EACCES;
	if (creds->euid == entry->cuid || creds->euid == entry->uid)
		granted >>= 6;
	else if (creds_in_group(creds, entry->cgid) ||
		 creds_in_group(creds, entry->gid))
		granted >>= 3;
	return !(wanted & ~granted & 07) ||
			       ipc_capable(c, creds, CAP_IPC_OWNER) ?
		       0 : -EACCES;
}

long ipc_check_owner(struct call *c, const struct ipc_perm_entry *entry)
{
	const struct creds *creds = task_creds(c->task);

	if (creds && (creds->euid == entry->cuid || creds->euid == entry->uid ||
		      ipc_capable(c, creds, CAP_SYS_ADMIN)))
		return 0;
	return -EPERM;
}

long ipc_set_perm(struct call *c, struct ipc_perm_entry *entry,
		  const struct ipc_perm *perm)
{
	const struct user_namespace *ns = user_ns(c->task);
	uint32_t kuid = user_make_kuid(ns, perm->uid);
	uint32_t kgid = user_make_kgid(ns, perm->gid);

	if (kuid == USER_NONE || kgid == USER_NONE)
		return -EINVAL;
	entry->uid = kuid;
	entry->gid = kgid;
	entry->mode = (uint16_t)((entry->mode & ~0777) | (perm->mode & 0777));
	return 0;
}

void ipc_get_perm(const struct task *viewer, const struct ipc_perm_entry *entry,
		  struct ipc_perm *perm)
{
	const struct user_namespace *ns = user_ns(viewer);

	*perm = (struct ipc_perm){
		.__key = entry->key,
		.uid = user_from_kuid(ns, entry->uid),
		.gid = user_from_kgid(ns, entry->gid),
		.cuid = user_from_kuid(ns, entry->cuid),
		.cgid = user_from_kgid(ns, entry->cgid),
		.mode = entry->mode,
		.__seq = (unsigned short)(entry->id >> IPC_IDS_SHIFT),
	};
}

/* What was recorded of the namespace that somebody in @ns was in then. */
static struct recorded_ipc *find_recorded(const struct ipc_namespace *ns)
{
	struct recorded_ipc *found = NULL;
	const struct group *group;
	const struct task *task;

	if (!instance.recorded)
		return NULL;
	DL_FOREACH (instance.groups, group)
		DL_FOREACH2(group->tasks, task, in_group_next)
	if (!found && task->nsproxy->ipc == ns)
		found = recorded_take_ipc(instance.recorded, task->tid);
	return found;
}

/* What @ns is to have: the id for a new object, or -1. */
static int recorded_id(struct ipc_namespace *ns, enum ipc_kind kind,
		       int32_t key)
{
	if (!ns->recorded)
		ns->recorded = find_recorded(ns);
	return recorded_take_object(ns->recorded, (int)kind, key);
}

long ipc_add(struct call *c, enum ipc_kind kind, struct ipc_perm_entry *entry,
	     int32_t key, int flags, int limit)
{
	const struct creds *creds = task_creds(c->task);
	struct ipc_ids *ids = &ipc_ns(c)->ids[kind];

	if (!creds)
		return -ENOMEM;
	if (ids->next_id < 0)
		ids->next_id = recorded_id(ipc_ns(c), kind, key);
	entry->key = key;
	entry->uid = entry->cuid = creds->euid;
	entry->gid = entry->cgid = creds->egid;
	entry->mode = (uint16_t)(flags & 0777);
	return ipc_ids_add(ids, entry, limit);
}

long ipc_get(struct call *c, const struct ipc_ops *ops, int32_t key, int flags)
{
	struct ipc_perm_entry *entry;
	long r;

	if (key == IPC_PRIVATE)
		return ops->create(c, key, flags);
	entry = ipc_ids_by_key(&ipc_ns(c)->ids[ops->kind], key);
	if (!entry)
		return flags & IPC_CREAT ? ops->create(c, key, flags) : -ENOENT;
	if ((flags & IPC_CREAT) && (flags & IPC_EXCL))
		return -EEXIST;
	r = ops->check ? ops->check(c, entry) : 0;
	if (r == 0)
		r = ipc_check_access(c, entry, flags);
	return r < 0 ? r : entry->id;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* semctl(2), and the text of /proc/sysvipc/sem; see ipc_sem.c. */
#include "src/ns/ipc_sem.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include "src/ns/ns.h"
#include "src/ns/pid.h"

/* What the kernel says of limits that it has not: linux/sem.h */
#define SEMMNU 1024000000
#define SEMMAP 1024000000
#define SEMUME 500
#define SEMUSZ 20

/* What semctl(2) was asked. */
struct ask {
	int id, num, cmd;
	uint64_t arg;
};

/* Where a set is found whose values are asked for, or to be changed. */
static long find_permitted(struct call *c, const struct ask *ask, int access,
			   struct sem_set **ret_set)
{
	long r = sem_find(c, ask->id, ret_set);

	return r < 0 ? r : ipc_check_access(c, &(*ret_set)->perm, access);
}

/* IPC_INFO, SEM_INFO: semctl_info() */
static long tell_info(struct call *c, const struct ask *ask)
{
	const struct ipc_namespace *ns = ipc_ns(c);
	const struct ipc_ids *ids = &ns->ids[IPC_SEM];
	struct seminfo info = {
		.semmni = ns->limits.semmni,
		.semmns = ns->limits.semmns,
		.semmsl = ns->limits.semmsl,
		.semopm = ns->limits.semopm,
		.semvmx = SEMS_VALUE_MAX,
		.semmnu = SEMMNU,
		.semmap = SEMMAP,
		.semume = SEMUME,
		.semusz = ask->cmd == SEM_INFO ? ids->in_use : SEMUSZ,
		.semaem = ask->cmd == SEM_INFO ? ns->sems : SEMS_VALUE_MAX,
	};

	if (call_write(c, ask->arg, &info, sizeof(info)) < 0)
		return -EFAULT;
	return ids->top < 0 ? 0 : ids->top;
}

/* IPC_STAT, SEM_STAT, SEM_STAT_ANY: semctl_stat() */
static long tell_stat(struct call *c, const struct ask *ask)
{
	struct semid_ds ds = { 0 };
	struct sem_set *set;
	long r = 0;

	if (ask->cmd == IPC_STAT) {
		r = sem_find(c, ask->id, &set);
	} else {
		set = (struct sem_set *)ipc_ids_by_index(
			&ipc_ns(c)->ids[IPC_SEM], ask->id & (IPC_IDS_MAX - 1));
		r = set ? 0 : -EINVAL;
	}
	if (r == 0 && ask->cmd != SEM_STAT_ANY)
		r = ipc_check_access(c, &set->perm, 0444);
	if (r < 0)
		return r;
	ipc_get_perm(c->task, &set->perm, &ds.sem_perm);
	ds.sem_otime = set->otime;
	ds.sem_ctime = set->ctime;
	ds.sem_nsems = (unsigned long)set->len;
	if (call_write(c, ask->arg, &ds, sizeof(ds)) < 0)
		return -EFAULT;
	return ask->cmd == IPC_STAT ? 0 : set->perm.id;
}

static long get_all(struct call *c, const struct ask *ask)
{
	unsigned short *values;
	struct sem_set *set;
	long r = find_permitted(c, ask, 0444, &set);

	if (r < 0)
		return r;
	values = malloc((size_t)set->len * sizeof(*values));
	if (!values)
		return -ENOMEM;
	for (int i = 0; i < set->len; i++)
		values[i] = (unsigned short)set->sems[i].value;
	r = call_write(c, ask->arg, values, (size_t)set->len * sizeof(*values));
	free(values);
	return r;
}

static long assign_all(struct call *c, struct sem_set *set,
		       const unsigned short *values)
{
	struct sem_pending *done = NULL;

	for (int i = 0; i < set->len; i++)
		if (values[i] > SEMS_VALUE_MAX)
			return -ERANGE;
	for (int i = 0; i < set->len; i++)
		sems_assign(set, i, values[i], c->task->group->tgid);
	sems_assigned(set, time(NULL), &done);
	sem_answer(done);
	return 0;
}

static long set_all(struct call *c, const struct ask *ask)
{
	unsigned short *values;
	struct sem_set *set;
	long r = find_permitted(c, ask, 0222, &set);

	if (r < 0)
		return r;
	values = malloc((size_t)set->len * sizeof(*values));
	if (!values)
		return -ENOMEM;
	r = call_read(c, ask->arg, values, (size_t)set->len * sizeof(*values));
	if (r == 0)
		r = assign_all(c, set, values);
	free(values);
	return r;
}

/* semctl_setval() */
static long set_one(struct call *c, const struct ask *ask)
{
	struct sem_pending *done = NULL;
	int value = (int)ask->arg;
	struct sem_set *set;
	long r;

	if (value < 0 || value > SEMS_VALUE_MAX)
		return -ERANGE;
	r = sem_find(c, ask->id, &set);
	if (r < 0)
		return r;
	if (ask->num < 0 || ask->num >= set->len)
		return -EINVAL;
	if (ipc_check_access(c, &set->perm, 0222) < 0)
		return -EACCES;
	sems_assign(set, ask->num, value, c->task->group->tgid);
	sems_assigned(set, time(NULL), &done);
	sem_answer(done);
	return 0;
}

/* GETVAL, GETPID, GETNCNT, GETZCNT: the end of semctl_main() */
static long tell_one(struct call *c, const struct ask *ask)
{
	struct sem_set *set;
	long r = find_permitted(c, ask, 0444, &set);

	if (r < 0)
		return r;
	if (ask->num < 0 || ask->num >= set->len)
		return -EINVAL;
	switch (ask->cmd) {
	case GETVAL:
		return set->sems[ask->num].value;
	case GETPID:
		return pid_nr(set->sems[ask->num].pid, task_pid_ns(c->task)).n;
	default:
		return sems_count(set, ask->num, ask->cmd == GETZCNT);
	}
}

/* IPC_SET, IPC_RMID: semctl_down() */
static long change_set(struct call *c, const struct ask *ask)
{
	struct semid_ds ds = { 0 };
	struct sem_set *set;
	long r;

	if (ask->cmd == IPC_SET && call_read(c, ask->arg, &ds, sizeof(ds)) < 0)
		return -EFAULT;
	r = sem_find(c, ask->id, &set);
	if (r == 0)
		r = ipc_check_owner(c, &set->perm);
	if (r < 0)
		return r;
	if (ask->cmd == IPC_RMID) {
		sem_remove(ipc_ns(c), set);
		return 0;
	}
	r = ipc_set_perm(c, &set->perm, &ds.sem_perm);
	if (r == 0)
		set->ctime = time(NULL);
	return r;
}

/* With the host's semaphores: who used one last is the host's number. */
static long translate_last(struct call *c)
{
	return (int)c->args[2] == GETPID ? pid_semctl(c) : call_pass(c);
}

long ipc_semctl(struct call *c)
{
	const struct ask ask = { (int)c->args[0], (int)c->args[1],
				 (int)c->args[2], c->args[3] };

	if (!ipc_ns(c))
		return translate_last(c);
	if (ask.id < 0)
		return -EINVAL;
	switch (ask.cmd) {
	case IPC_INFO:
	case SEM_INFO:
		return tell_info(c, &ask);
	case IPC_STAT:
	case SEM_STAT:
	case SEM_STAT_ANY:
		return tell_stat(c, &ask);
	case GETALL:
		return get_all(c, &ask);
	case SETALL:
		return set_all(c, &ask);
	case SETVAL:
		return set_one(c, &ask);
	case GETVAL:
	case GETPID:
	case GETNCNT:
	case GETZCNT:
		return tell_one(c, &ask);
	case IPC_SET:
	case IPC_RMID:
		return change_set(c, &ask);
	default:
		return -EINVAL;
	}
}

/* sysvipc_sem_proc_show() */
void ipc_sem_print(FILE *out, const struct ipc_namespace *ns,
		   const struct task *viewer)
{
	const struct ipc_ids *ids = &ns->ids[IPC_SEM];

	fputs("       key      semid perms      nsems   uid   gid  cuid  cgid"
	      "      otime      ctime\n", out);
	for (int i = 0; i <= ids->top; i++) {
		const struct ipc_perm_entry *p = ipc_ids_by_index(ids, i);
		const struct sem_set *set = (const struct sem_set *)p;
		struct ipc_perm seen;

		if (!p)
			continue;
		ipc_get_perm(viewer, p, &seen);
		fprintf(out, "%10d %10d  %4o %10d %5u %5u %5u %5u "
			     "%10" PRId64 " %10" PRId64 "\n",
			p->key, p->id, p->mode, set->len, seen.uid, seen.gid,
			seen.cuid, seen.cgid, set->otime, set->ctime);
	}
}

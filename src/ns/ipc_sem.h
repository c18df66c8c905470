/* SPDX-License-Identifier: Apache-2.0 */
/* What ipc_sem.c and ipc_semctl.c share. */
#ifndef NSRUN_NS_IPC_SEM_H
#define NSRUN_NS_IPC_SEM_H

#include "src/ns/ipc.h"
#include "tables/sems.h"

/* Return: 0 with the set, borrowed; -EINVAL. */
long sem_find(struct call *c, int id, struct sem_set **ret_set);

/* Whose calls are @done: they are answered. */
void sem_answer(struct sem_pending *done);

/* IPC_RMID */
void sem_remove(struct ipc_namespace *ns, struct sem_set *set);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* System V semaphores; see ipc.c. */
#include "src/ns/ipc.h"

void ipc_sem_free_all(struct ipc_namespace *ns)
{
	(void)ns;
}

void ipc_sem_task_clone(struct task *parent, struct task *child,
			uint64_t flags)
{
	(void)parent;
	(void)child;
	(void)flags;
}

void ipc_sem_task_exit(struct task *task)
{
	(void)task;
}

void ipc_sem_task_take_over(struct task *leader, struct task *caller)
{
	(void)leader;
	(void)caller;
}

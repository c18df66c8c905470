/* SPDX-License-Identifier: Apache-2.0 */
/* System V shared memory; see ipc.c. */
#include "src/ns/ipc.h"

void ipc_shm_free_all(struct ipc_namespace *ns)
{
	(void)ns;
}

void ipc_shm_task_clone(struct task *parent, struct task *child,
			uint64_t flags)
{
	(void)parent;
	(void)child;
	(void)flags;
}

void ipc_shm_group_exec(struct group *group)
{
	(void)group;
}

void ipc_shm_group_exit(struct group *group)
{
	(void)group;
}

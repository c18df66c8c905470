/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who used a System V object last: the kernel gives numbers of the host
 * (pid_vnr() in ipc/), which are turned back in what it has written.
 */
#include <errno.h>
#include <stddef.h>
#include <sys/msg.h>
#include <sys/shm.h>
#include "src/ns/pid.h"

/* The int at @addr. */
static bool translate_at(struct call *c, uint64_t addr)
{
	int pid;

	if (call_read(c, addr, &pid, sizeof(pid)) < 0)
		return false;
	pid = pid_from_host(c->task, pid);
	return call_write(c, addr, &pid, sizeof(pid)) == 0;
}

static long two_after(struct call *c, long result, size_t one, size_t other)
{
	if (result < 0)
		return result;
	return translate_at(c, c->args[2] + one) &&
	       translate_at(c, c->args[2] + other) ? result : -EFAULT;
}

static long shmctl_after(struct call *c, long result)
{
	return two_after(c, result, offsetof(struct shmid_ds, shm_cpid),
			 offsetof(struct shmid_ds, shm_lpid));
}

static long msgctl_after(struct call *c, long result)
{
	return two_after(c, result, offsetof(struct msqid_ds, msg_lspid),
			 offsetof(struct msqid_ds, msg_lrpid));
}

static long semctl_after(struct call *c, long result)
{
	return result < 0 ? result : pid_from_host(c->task, (int)result);
}

long pid_shmctl(struct call *c)
{
	switch ((int)c->args[1]) {
	case IPC_STAT:
	case SHM_STAT:
	case SHM_STAT_ANY:
		return call_then(c, shmctl_after);
	default:
		return call_pass(c);
	}
}

long pid_msgctl(struct call *c)
{
	switch ((int)c->args[1]) {
	case IPC_STAT:
	case MSG_STAT:
	case MSG_STAT_ANY:
		return call_then(c, msgctl_after);
	default:
		return call_pass(c);
	}
}

long pid_semctl(struct call *c)
{
	return call_then(c, semctl_after);
}

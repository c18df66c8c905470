/* SPDX-License-Identifier: Apache-2.0 */
/* The process that made or used a System V object last. */
#include "scenario.h"

#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>

static int shm, msg, sem;

static void see_all(const char *when)
{
	struct shmid_ds s;
	struct msqid_ds q;

	see("%s", when);
	see("  shm: %s", res(shmctl(shm, IPC_STAT, &s)));
	see("  made by %d, last %d, attached %d, user %s", s.shm_cpid,
	    s.shm_lpid, (int)s.shm_nattch,
	    s.shm_perm.cuid == getuid() ? "own" : "other");
	see("  msg: %s", res(msgctl(msg, IPC_STAT, &q)));
	see("  sent by %d, received by %d", q.msg_lspid, q.msg_lrpid);
	see("  sem: %s", res(semctl(sem, 0, GETPID)));
}

static void use(void)
{
	struct { long type; char byte; } m = { 1, 'x' };
	struct sembuf up = { 0, 1, 0 };

	shmdt(shmat(shm, NULL, 0));
	MUST(msgsnd(msg, &m, 1, 0));
	MUST(semop(sem, &up, 1));
}

int main(void)
{
	struct { long type; char byte; } m;
	pid_t pid;

	shm = MUST(shmget(IPC_PRIVATE, 4096, 0600 | IPC_CREAT));
	msg = MUST(msgget(IPC_PRIVATE, 0600 | IPC_CREAT));
	sem = MUST(semget(IPC_PRIVATE, 1, 0600 | IPC_CREAT));
	see_all("new");
	use();
	see_all("used");
	pid = child();
	if (pid == 0) {
		use();
		see_all("used by a child");
		_exit(0);
	}
	reap(pid);
	see_all("the child is dead");
	MUST(msgrcv(msg, &m, 1, 0, 0));
	see_all("received");
	see("shm nowhere: %s", res(shmctl(shm, IPC_STAT, BAD_ADDR)));
	see("msg nowhere: %s", res(msgctl(msg, IPC_STAT, BAD_ADDR)));
	see("no shm: %s", res(shmctl(-1, IPC_STAT, BAD_ADDR)));
	see("no sem: %s", res(semctl(-1, 0, GETPID)));
	see("GETVAL: %s", res(semctl(sem, 0, GETVAL)));
	MUST(shmctl(shm, IPC_RMID, NULL));
	MUST(msgctl(msg, IPC_RMID, NULL));
	MUST(semctl(sem, 0, IPC_RMID));
	return done();
}

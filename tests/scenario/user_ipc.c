/* SPDX-License-Identifier: Apache-2.0 */
/*
 * System V objects and POSIX queues between users: who may open, read and
 * change what, and which owners are told.
 *
 * scenario: user=all needs=root,userns run-as=root
 */
#include "user_common.h"
#include <mqueue.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>

#define CAP(c) (UINT64_C(1) << (c))

static const int modes[] = { 0600, 0640, 0604, 0660, 0000 };
#define N(a) (int)(sizeof(a) / sizeof((a)[0]))

static void become(int uid, int gid, int group, uint64_t caps)
{
	const gid_t groups[] = { group };

	MUST(setgroups(1, groups));
	MUST(prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0));
	MUST(syscall(SYS_setresgid, gid, gid, gid));
	MUST(syscall(SYS_setresuid, uid, uid, uid));
	if (uid)
		MUST(set_caps(caps, caps, 0));
}

static void see_perm(const char *what, const struct ipc_perm *perm)
{
	see("%s: of %d %d, made by %d %d, mode %o", what, (int)perm->uid,
	    (int)perm->gid, (int)perm->cuid, (int)perm->cgid, perm->mode);
}

struct objects {
	int shm, sem, msg, mode;
};

static void use(const char *who, const struct objects *o)
{
	struct sembuf up = { 0, 1, 0 };
	struct {
		long type;
		char text[1];
	} message = { 1, "x" };
	char name[16];
	struct shmid_ds ds;
	void *at = shmat(o->shm, NULL, SHM_RDONLY);
	int fd;

	snprintf(name, sizeof(name), "/q%o", o->mode);
	see("%s, mode %o: shmget %s %s, attach %s %s, semget %s, semop %s, "
	    "GETVAL %s, msgsnd %s, msgrcv %s",
	    who, o->mode, res(shmget(100 + o->mode, 0, 0400) < 0 ? -1 : 0),
	    res(shmget(100 + o->mode, 0, 0600) < 0 ? -1 : 0),
	    res(at == (void *)-1 ? -1 : 0),
	    res(shmat(o->shm, NULL, 0) == (void *)-1 ? -1 : 0),
	    res(semget(100 + o->mode, 0, 0600) < 0 ? -1 : 0),
	    res(semop(o->sem, &up, 1)),
	    res(semctl(o->sem, 0, GETVAL) < 0 ? -1 : 0),
	    res(msgsnd(o->msg, &message, 1, IPC_NOWAIT)),
	    res(msgrcv(o->msg, &message, 1, 0, IPC_NOWAIT)));
	if (shmctl(o->shm, IPC_STAT, &ds) == 0) {
		see_perm(who, &ds.shm_perm);
		ds.shm_perm.uid = 70000;
		see("%s: IPC_SET 70000 %s", who,
		    res(shmctl(o->shm, IPC_SET, &ds)));
		ds.shm_perm.uid = 33;
		see("%s: IPC_SET 33 %s, LOCK %s", who,
		    res(shmctl(o->shm, IPC_SET, &ds)),
		    res(shmctl(o->shm, SHM_UNLOCK, NULL)));
	}
	fd = mq_open(name, O_RDONLY);
	see("%s, mode %o: mq read %s, write %s", who, o->mode,
	    res(fd < 0 ? -1 : 0), res(mq_open(name, O_RDWR) < 0 ? -1 : 0));
}

struct who {
	const char *name;
	int uid, gid, group;
	uint64_t caps;
};

static const struct who users[] = {
	{ "root", 0, 0, 0, 0 },
	{ "owner", 33, 33, 33, 0 },
	{ "group", 44, 33, 44, 0 },
	{ "supplementary", 44, 44, 33, 0 },
	{ "other", 44, 44, 44, 0 },
	{ "other with CAP_IPC_OWNER", 44, 44, 44, CAP(CAP_IPC_OWNER) },
	{ "other with CAP_SYS_ADMIN", 44, 44, 44, CAP(CAP_SYS_ADMIN) },
	{ "other with CAP_DAC_OVERRIDE", 44, 44, 44, CAP(CAP_DAC_OVERRIDE) },
};

static void as(const struct who *who, const struct objects *o,
	       void (*what)(const char *, const struct objects *))
{
	pid_t pid = child();

	if (pid == 0) {
		become(who->uid, who->gid, who->group, who->caps);
		what(who->name, o);
		_exit(0);
	}
	reap(pid);
}

static void make(const char *who, const struct objects *o)
{
	char name[16];

	(void)who;
	umask(0);
	snprintf(name, sizeof(name), "/q%o", o->mode);
	MUST(shmget(100 + o->mode, 4096, IPC_CREAT | o->mode));
	MUST(semget(100 + o->mode, 1, IPC_CREAT | o->mode));
	MUST(msgget(100 + o->mode, IPC_CREAT | o->mode));
	MUST(mq_open(name, O_CREAT | O_RDWR, o->mode, NULL));
}

static void destroy(const char *who, const struct objects *o)
{
	char name[16];

	snprintf(name, sizeof(name), "/q%o", o->mode);
	see("%s, mode %o: remove %s %s %s, unlink %s", who, o->mode,
	    res(shmctl(o->shm, IPC_RMID, NULL)),
	    res(semctl(o->sem, 0, IPC_RMID)),
	    res(msgctl(o->msg, IPC_RMID, NULL)), res(mq_unlink(name)));
}

int main(void)
{
	const struct who owner = users[1];

	for (int i = 0; i < N(modes); i++) {
		struct objects o = { .mode = modes[i] };

		as(&owner, &o, make);
		o.shm = MUST(shmget(100 + o.mode, 0, 0));
		o.sem = MUST(semget(100 + o.mode, 0, 0));
		o.msg = MUST(msgget(100 + o.mode, 0));
		for (int u = N(users) - 1; u >= 0; u--)
			as(&users[u], &o, use);
		as(&users[4], &o, destroy);
		as(&users[i % 2], &o, destroy);
	}
	return done();
}

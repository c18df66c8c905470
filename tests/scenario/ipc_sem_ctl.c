/* SPDX-License-Identifier: Apache-2.0 */
/*
 * semctl(2): each command, what it tells, and which error comes first.
 *
 * scenario: needs=root
 * (it gives the set away, to an id that a user's own namespace has not)
 */
#include "ipc_sem.h"

#define SEE(call) see("%s: %s", #call, res(call))
#define GONE 0x7fff8000

static const char *when(time_t t)
{
	time_t now = time(NULL);

	return t == 0 ? "never" : t >= now - 60 && t <= now ? "now" : "wrong";
}

static void see_stat(const char *what)
{
	struct semid_ds ds;

	memset(&ds, 0xff, sizeof(ds));
	see("%s: IPC_STAT %s", what, res(semctl(set, 0, IPC_STAT, &ds)));
	see("  key %x, uid %s, gid %s, cuid %s, cgid %s, mode %o, seq %d",
	    ds.sem_perm.__key, ds.sem_perm.uid == getuid() ? "own" : "other",
	    ds.sem_perm.gid == getgid() ? "own" : "other",
	    ds.sem_perm.cuid == getuid() ? "own" : "other",
	    ds.sem_perm.cgid == getgid() ? "own" : "other", ds.sem_perm.mode,
	    ds.sem_perm.__seq);
	see("  otime %s, ctime %s, nsems %ld", when(ds.sem_otime),
	    when(ds.sem_ctime), ds.sem_nsems);
}

static void see_info(int cmd)
{
	struct seminfo i;

	memset(&i, 0xff, sizeof(i));
	see("info %d: %s", cmd, res(semctl(0, 0, cmd, &i)));
	see("  map %d mni %d mns %d mnu %d msl %d", i.semmap, i.semmni,
	    i.semmns, i.semmnu, i.semmsl);
	see("  opm %d ume %d usz %d vmx %d aem %d", i.semopm, i.semume,
	    i.semusz, i.semvmx, i.semaem);
}

static void infos(void)
{
	see_info(IPC_INFO);
	see_info(SEM_INFO);
	SEE(semctl(-1, 0, IPC_INFO, BAD_ADDR));
	SEE(semctl(GONE, 0, SEM_INFO, BAD_ADDR));
	new_set();
	see_info(IPC_INFO);
	see_info(SEM_INFO);
}

static void stats(void)
{
	struct semid_ds *ds = guard_alloc(sizeof(*ds));
	char *small = guard_alloc(sizeof(*ds) - 1);

	see_stat("new");
	SEE(semctl(set, 99, IPC_STAT, ds));
	SEE(semctl(set, 0, IPC_STAT, small));
	SEE(semctl(set, 0, IPC_STAT, BAD_ADDR));
	SEE(semctl(set, 0, IPC_STAT, NULL));
	SEE(semctl(GONE, 0, IPC_STAT, BAD_ADDR));
	SEE(semctl(set & 0x7fff, 0, SEM_STAT, ds));
	SEE(semctl(set | 0x8000, 0, SEM_STAT, ds));
	SEE(semctl(set, 0, SEM_STAT, BAD_ADDR));
	SEE(semctl(set + 1, 0, SEM_STAT, BAD_ADDR));
	SEE(semctl(-1, 0, SEM_STAT, ds));
	SEE(semctl(set & 0x7fff, 0, SEM_STAT_ANY, ds));
	SEE(semctl(set + 1, 0, SEM_STAT_ANY, ds));
	guard_check(ds);
	guard_check(small);
}

static void values(void)
{
	unsigned short *three = guard_alloc(3 * sizeof(*three));
	unsigned short *two = guard_alloc(2 * sizeof(*two));

	SEE(semctl(set, 0, SETVAL, 5));
	SEE(semctl(set, 1, SETVAL, 32767));
	SEE(semctl(set, 1, SETVAL, 32768));
	SEE(semctl(set, 1, SETVAL, -1));
	SEE(syscall(SYS_semctl, set, 2, SETVAL, 0xf00000003L));
	SEE(syscall(SYS_semctl, 0xf00000000L + set, 0xf00000002L,
		    0xf00000000L + GETVAL, 0));
	SEE(semctl(set, 3, SETVAL, 1));
	SEE(semctl(set, -1, SETVAL, 1));
	SEE(semctl(set, 3, SETVAL, -1));
	SEE(semctl(GONE, 3, SETVAL, -1));
	SEE(semctl(GONE, 3, SETVAL, 1));
	SEE(semctl(set, 0, GETVAL));
	SEE(semctl(set, 1, GETVAL));
	SEE(semctl(set, 3, GETVAL));
	SEE(semctl(set, -1, GETVAL));
	SEE(semctl(set, 3, GETPID));
	SEE(semctl(set, 3, GETNCNT));
	SEE(semctl(set, -1, GETZCNT));
	SEE(semctl(set, 0, GETPID));
	SEE(semctl(set, 0, GETNCNT));
	SEE(semctl(set, 0, GETZCNT));
	see_stat("SETVAL");
	memset(three, 0xff, 6);
	SEE(semctl(set, 77, GETALL, three));
	see("  %d %d %d", three[0], three[1], three[2]);
	SEE(semctl(set, 0, GETALL, two));
	SEE(semctl(set, 0, GETALL, BAD_ADDR));
	three[0] = 7;
	three[1] = 8;
	three[2] = 32768;
	SEE(semctl(set, 0, SETALL, three));
	SEE(semctl(set, 0, GETVAL));
	three[2] = 9;
	SEE(semctl(set, 77, SETALL, three));
	SEE(semctl(set, 2, GETVAL));
	SEE(semctl(set, 0, SETALL, two));
	SEE(semctl(set, 0, SETALL, BAD_ADDR));
	SEE(semctl(GONE, 0, SETALL, BAD_ADDR));
	SEE(semctl(GONE, 0, GETALL, BAD_ADDR));
	SEE(semctl(set, 0, GETVAL));
	guard_check(three);
	guard_check(two);
}

static void change(void)
{
	struct semid_ds ds = { .sem_perm = { .uid = getuid(),
					     .gid = getgid(),
					     .mode = 0xf1a4 } };

	SEE(semctl(set, 0, IPC_SET, &ds));
	see_stat("mode");
	ds.sem_perm.uid = 4242;
	ds.sem_perm.gid = 4343;
	ds.sem_perm.mode = 0066;
	SEE(semctl(set, 0, IPC_SET, &ds));
	/* It still has the rights of the maker; those are none now. */
	SEE(semctl(set, 0, GETVAL));
	SEE(semctl(set, 0, IPC_STAT, &ds));
	SEE(semctl(set & 0x7fff, 0, SEM_STAT, &ds));
	SEE(semctl(set & 0x7fff, 0, SEM_STAT_ANY, &ds));
	see("  uid %d gid %d", ds.sem_perm.uid, ds.sem_perm.gid);
	ds.sem_perm.uid = -1;
	SEE(semctl(set, 0, IPC_SET, &ds));
	ds.sem_perm.uid = getuid();
	ds.sem_perm.gid = -1;
	SEE(semctl(set, 0, IPC_SET, &ds));
	ds.sem_perm.gid = getgid();
	ds.sem_perm.mode = 0600;
	SEE(semctl(set, 0, IPC_SET, &ds));
	SEE(semctl(set, 0, IPC_SET, BAD_ADDR));
	SEE(semctl(GONE, 0, IPC_SET, BAD_ADDR));
	SEE(semctl(GONE, 0, IPC_SET, &ds));
	see_stat("own again");
}

static void others(void)
{
	SEE(semctl(set, 0, 99));
	SEE(semctl(GONE, 0, 99));
	SEE(semctl(set, 0, 0x100 | GETVAL));
	SEE(semctl(-1, 0, 99));
	SEE(semctl(-1, 0, IPC_RMID));
	SEE(semctl(GONE, 0, IPC_RMID));
	op(OPS({ 0, 1, 0 }));
	see_stat("semop");
	SEE(semctl(set, 5, IPC_RMID));
	SEE(semctl(set, 0, IPC_RMID));
	SEE(semctl(set, 0, GETVAL));
	SEE(semctl(set & 0x7fff, 0, SEM_STAT, BAD_ADDR));
	set += 0x8000;
	SEE(semctl(set, 0, GETVAL));
	new_set();
	see("new %d", set);
	SEE(semctl(set + 0x8000, 0, GETVAL));
	SEE(semop(set + 0x8000, OPS({ 0, 1, 0 })));
}

int main(void)
{
	infos();
	stats();
	values();
	change();
	others();
	return done();
}

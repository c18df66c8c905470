/* SPDX-License-Identifier: Apache-2.0 */
/* semget(2): ids, keys, limits, and which error comes first. */
#include "ipc_sem.h"

#define SEE(call) see("%s: %s", #call, res(call))
#define KEY 0x1234

static void sizes(void)
{
	SEE(semget(IPC_PRIVATE, 0, 0600));
	SEE(semget(IPC_PRIVATE, -1, 0600));
	SEE(semget(IPC_PRIVATE, 32001, 0600));
	SEE(semget(IPC_PRIVATE, 32000, 0600));
	SEE(semget(IPC_PRIVATE, INT_MAX, 0600));
	SEE(syscall(SYS_semget, 0xf00000000L, 0xf00000002L, 0xf00000000L));
}

static void keys(void)
{
	int id;

	SEE(semget(KEY, 1, 0600));
	SEE(semget(KEY, 0, IPC_CREAT | 0600));
	id = MUST(semget(KEY, 3, IPC_CREAT | 0600));
	see("made %d", id);
	SEE(semget(KEY, 3, IPC_CREAT | IPC_EXCL | 0600));
	SEE(semget(KEY, 4, IPC_CREAT | IPC_EXCL | 0600));
	SEE(semget(KEY, 3, IPC_EXCL));
	SEE(semget(KEY, 2, 0));
	SEE(semget(KEY, 0, 0));
	SEE(semget(KEY, 4, 0));
	SEE(semget(KEY, 4, 0777));
	SEE(semget(KEY, -1, 0));
	SEE(semget(KEY, 32001, 0));
	SEE(semget(KEY, 1, 0400));
	SEE(semget(KEY, 1, 0200));
	SEE(semget(KEY, 1, 0077));
	SEE(semget(KEY, 1, 0700));
	SEE(semctl(id, 0, IPC_RMID));
	SEE(semget(KEY, 1, 0600));
	SEE(semctl(id, 0, IPC_RMID));
	SEE(semctl(id, 0, GETVAL));
	SEE(semget(KEY, 1, IPC_CREAT | 0600));
	SEE(semget(-1, 1, IPC_CREAT | 0600));
	SEE(semget(-1, 1, 0));
}

/* A full index goes round: the sequence number tells the ids apart. */
static void go_round(void)
{
	int first = MUST(semget(IPC_PRIVATE, 1, 0600)), id = first;
	long sum = 0;

	MUST(semctl(first, 0, IPC_RMID));
	for (int i = 0; i < 300; i++) {
		id = MUST(semget(IPC_PRIVATE, 1, 0600));
		sum += id;
		MUST(semctl(id, 0, IPC_RMID));
	}
	see("first %d, last %d, sum %ld", first, id, sum);
	SEE(semctl(first, 0, GETVAL));
	SEE(semctl(id, 0, GETVAL));
	SEE(semctl(-1, 0, GETVAL));
}

static void permissions(void)
{
	int modes[] = { 0, 0400, 0200, 0600, 0077, 0177 };

	for (int i = 0; i < 6; i++) {
		struct semid_ds ds;
		int id = MUST(semget(KEY + 1, 1, IPC_CREAT | modes[i]));

		see("mode %o", modes[i]);
		SEE(semget(KEY + 1, 1, 0));
		SEE(semget(KEY + 1, 1, 0400));
		SEE(semget(KEY + 1, 1, 0020));
		SEE(semctl(id, 0, IPC_STAT, &ds));
		SEE(semctl(id, 0, GETVAL));
		SEE(semctl(id, 0, GETPID));
		SEE(semctl(id, 9, GETNCNT));
		SEE(semctl(id, 0, SETVAL, 1));
		SEE(semctl(id, 9, SETVAL, 1));
		SEE(semctl(id, 0, SETALL, BAD_ADDR));
		SEE(semctl(id, 0, GETALL, BAD_ADDR));
		SEE(semop(id, OPS({ 0, 0, IPC_NOWAIT })));
		SEE(semop(id, OPS({ 0, 1, IPC_NOWAIT })));
		SEE(semop(id, OPS({ 7, 1, IPC_NOWAIT })));
		SEE(semctl(id, 0, IPC_RMID));
	}
}

int main(void)
{
	sizes();
	keys();
	go_round();
	permissions();
	return done();
}

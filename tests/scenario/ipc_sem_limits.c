/* SPDX-License-Identifier: Apache-2.0 */
/* As many sets as there can be: SEMMNI. */
#include "ipc_sem.h"

int main(void)
{
	struct seminfo info;
	int n = 0, last = 0, id, top;

	top = MUST(semctl(0, 0, SEM_INFO, &info));
	see("highest index %d, sets %d, semaphores %d", top, info.semusz,
	    info.semaem);
	while ((id = semget(IPC_PRIVATE, 3, 0600)) != -1) {
		n++;
		last = id;
	}
	see("%d, then %s; the last %d", n, res(-1), last);
	see("once more %s", res(semget(IPC_PRIVATE, 3, 0600)));
	see("with a key %s", res(semget(77, 3, 0600 | IPC_CREAT)));
	top = MUST(semctl(0, 0, SEM_INFO, &info));
	see("highest index %d, sets %d, semaphores %d", top, info.semusz,
	    info.semaem);
	MUST(semctl(last, 0, IPC_RMID));
	see("room for one %s", res(semget(77, 5, 0600 | IPC_CREAT)));
	top = MUST(semctl(0, 0, SEM_INFO, &info));
	see("highest index %d, sets %d, semaphores %d", top, info.semusz,
	    info.semaem);
	for (int i = 0; i <= top; i++) {
		struct semid_ds ds;

		id = semctl(i, 0, SEM_STAT, &ds);
		if (id != -1) {
			MUST(semctl(id, 0, IPC_RMID));
		}
	}
	top = MUST(semctl(0, 0, SEM_INFO, &info));
	see("highest index %d, sets %d, semaphores %d", top, info.semusz,
	    info.semaem);
	return done();
}

/* SPDX-License-Identifier: Apache-2.0 */
/* /proc/sysvipc/shm and sem: their columns, times left out. */
#include "proc_common.h"

#include <sys/sem.h>
#include <sys/shm.h>

/* The first @columns of each line, as they are, and how long the rest is. */
static void list(const char *what, const char *kind, int columns)
{
	char line[512], name[64];
	FILE *file;

	snprintf(name, sizeof(name), "/proc/sysvipc/%s", kind);
	file = fopen(name, "r");
	see("-- %s: %s", kind, what);
	while (fgets(line, sizeof(line), file)) {
		char *at = line;

		line[strcspn(line, "\n")] = 0;
		for (int i = 0; i < columns; i++) {
			at += strspn(at, " ");
			at += strcspn(at, " ");
		}
		if (strstr(line, "key"))
			see("%s", line);
		else
			see("%.*s, and %zu more", (int)(at - line), line,
			    strlen(at));
	}
	fclose(file);
}

int main(void)
{
	struct sembuf up = { 0, 1, 0 };
	int shm, sem;
	void *at;

	list("none", "shm", 11);
	list("none", "sem", 8);
	shm = MUST(shmget(0x77, 10000, IPC_CREAT | 0640));
	MUST(shmget(IPC_PRIVATE, 1, 0));
	sem = MUST(semget(-2, 5, IPC_CREAT | 0600));
	MUST(semget(IPC_PRIVATE, 250, 0));
	list("two", "shm", 11);
	list("two", "sem", 8);
	at = shmat(shm, NULL, 0);
	MUST(semop(sem, &up, 1));
	list("attached", "shm", 11);
	list("used", "sem", 8);
	MUST(shmctl(shm, IPC_RMID, NULL));
	MUST(semctl(sem, 0, IPC_RMID));
	list("removed, and attached", "shm", 11);
	list("removed", "sem", 8);
	shmdt(at);
	list("detached", "shm", 11);
	return done();
}

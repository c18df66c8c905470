/* SPDX-License-Identifier: Apache-2.0 */
/* What is told of all segments, and of each by its place among them. */
#include "ipc_shm_common.h"

static void see_usage(const char *when)
{
	struct shm_info info;
	int top;

	memset(&info, 0xff, sizeof(info));
	top = shmctl(0, SHM_INFO, (struct shmid_ds *)&info);
	see("%s: top %s, %d ids, %lu pages, %lu in memory, %lu %lu %lu", when,
	    res(top), info.used_ids, info.shm_tot, info.shm_rss + info.shm_swp,
	    info.shm_swp * 0, info.swap_attempts, info.swap_successes);
}

static void see_limits(void)
{
	struct shminfo info;

	memset(&info, 0xff, sizeof(info));
	see("limits: %s", res(shmctl(0, IPC_INFO, (struct shmid_ds *)&info)));
	see("max %lx min %lu number %lu each %lu all %lx", info.shmmax,
	    info.shmmin, info.shmmni, info.shmseg, info.shmall);
}

/* The way of ipcs without /proc. */
static void see_each(int cmd)
{
	struct shm_info info;
	int top = shmctl(0, SHM_INFO, (struct shmid_ds *)&info);

	for (int i = 0; i <= top; i++) {
		struct shmid_ds s = { 0 };
		int id = shmctl(i, cmd, &s);

		see("%d: %s mode %o size %zu attached %lu own %d", i, res(id),
		    s.shm_perm.mode, s.shm_segsz, s.shm_nattch,
		    s.shm_perm.cuid == getuid() && s.shm_perm.gid == getgid());
	}
}

int main(void)
{
	int a, b, c;
	char *p;

	see_limits();
	see_usage("none");
	SEE(shmctl(0, SHM_STAT, BAD_ADDR));
	a = made(PAGE + 1);
	b = MUST(shmget(0x5eed0003, 10 * PAGE, IPC_CREAT | 0000));
	c = made(1);
	see_usage("three");
	p = attached(a);
	see_usage("attached");
	p[0] = p[PAGE] = 'x';
	see_usage("touched");
	MUST(shmdt(p));
	see_usage("detached");
	see_each(SHM_STAT);
	see_each(SHM_STAT_ANY);
	SEE(shmctl(0x10000 + 1, SHM_STAT_ANY, (void *)&(struct shmid_ds){ 0 }));
	SEE(shmctl(3, SHM_STAT, (void *)&(struct shmid_ds){ 0 }));
	SEE(shmctl(1, SHM_STAT_ANY, BAD_ADDR));
	SEE(shmctl(1, SHM_STAT, BAD_ADDR));
	SEE(shmctl(0, SHM_INFO, BAD_ADDR));
	SEE(shmctl(0, IPC_INFO, BAD_ADDR));
	SEE(shmctl(77777, IPC_INFO, BAD_ADDR));
	SEE(shmctl(b, IPC_RMID, NULL));
	see_usage("one less");
	see_each(SHM_STAT);
	SEE(shmctl(c, IPC_RMID, NULL));
	see_usage("the last");
	p = attached(a);
	SEE(shmctl(a, IPC_RMID, NULL));
	see_usage("removed");
	see_each(SHM_STAT);
	MUST(munmap(p, 2 * PAGE));
	see_usage("unmapped");
	return done();
}

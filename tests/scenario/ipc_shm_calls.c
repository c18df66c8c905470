/* SPDX-License-Identifier: Apache-2.0 */
/* shmget, shmat, shmctl and shmdt: flags, commands, and which error wins. */
#include "ipc_shm_common.h"

#define KEY 0x5eed0001

static void get(void)
{
	int id;

	SEE(shmget(KEY, PAGE, 0600));
	SEE(shmget(KEY, 0, IPC_CREAT | 0600));
	SEE(shmget(IPC_PRIVATE, 0, 0600));
	SEE(shmget(KEY, (size_t)-1, IPC_CREAT | 0600));
	SEE(shmget(KEY, (size_t)-PAGE, IPC_CREAT | 0600));
	SEE(shmget(KEY, (size_t)-(1 << 24), IPC_CREAT | 0600));
	SEE(shmget(KEY, (size_t)-(1 << 25), IPC_CREAT | 0600));
	SEE(shmget(KEY, (size_t)1 << 63, IPC_CREAT | 0600));
	SEE(shmget(KEY, ((size_t)1 << 63) - 1, IPC_CREAT | 0600));
	SEE(shmget(KEY, (size_t)1 << 60, IPC_CREAT | 0600));
	SEE(shmget(KEY, (size_t)1 << 46, IPC_CREAT | 0600));
	id = shmget(KEY, (size_t)1 << 40, IPC_CREAT | SHM_NORESERVE | 0600);
	see("a terabyte, unreserved: %s", res(id));
	SEE(shmctl(id, IPC_RMID, NULL));
	id = MUST(shmget(KEY, 5000, IPC_CREAT | IPC_EXCL | 0640));
	see("id %d", id);
	SEE(shmget(KEY, 5000, IPC_CREAT | 0600) - id);
	SEE(shmget(KEY, 5000, IPC_CREAT | IPC_EXCL | 0600));
	SEE(shmget(KEY, 5000, IPC_EXCL | 0600) - id);
	SEE(shmget(KEY, 0, 0) - id);
	SEE(shmget(KEY, 5001, 0));
	SEE(shmget(KEY, 5001, IPC_CREAT | IPC_EXCL));
	SEE(shmget(KEY, (size_t)-1, 0));
	SEE(shmget(KEY, 1, 0777));
	SEE(shmget(KEY, 5001, 0777));
	SEE(shmget(KEY, 1, 0111));
	SEE(syscall(SYS_shmget, 0x100000000L + KEY, 1, 0) - id);
	see_segment("created", id);
	SEE(shmctl(id, IPC_RMID, NULL));
	SEE(shmget(KEY, 1, 0));
	id = made(PAGE);
	see("private: %d", id);
	see("another: %d", made(PAGE));
	SEE(shmget(IPC_PRIVATE, PAGE, IPC_CREAT | IPC_EXCL | 0600));
	SEE(shmget(IPC_PRIVATE, PAGE, 0));
	SEE(shmget(IPC_PRIVATE, PAGE, ~07777 & ~SHM_HUGETLB));
}

static void huge(void)
{
	SEE(shmget(KEY + 1, PAGE, IPC_CREAT | SHM_HUGETLB | 0600));
	SEE(shmget(KEY + 1, 1 << 21, IPC_CREAT | SHM_HUGETLB | (21 << 26) | 0600));
	SEE(shmget(KEY + 1, 1 << 21, IPC_CREAT | SHM_HUGETLB | (13 << 26) | 0600));
	SEE(shmget(KEY + 1, 1L << 40, IPC_CREAT | SHM_HUGETLB | 0600));
	SEE(shmget(KEY + 1, 0, IPC_CREAT | SHM_HUGETLB | 0600));
}

static void at(void)
{
	int id = made(PAGE), read_only = MUST(shmget(IPC_PRIVATE, PAGE, 0400));
	char *p;

	SEE_AT(shmat(-1, NULL, 0));
	SEE_AT(shmat(31337, NULL, 0));
	SEE_AT(shmat(id + 32768, NULL, 0));
	SEE_AT(shmat(id, (void *)1, 0));
	SEE_AT(shmat(id, (void *)1, SHM_RND));
	SEE_AT(shmat(id, (void *)1, SHM_RND | SHM_REMAP));
	SEE_AT(shmat(id, NULL, SHM_REMAP));
	SEE_AT(shmat(-1, NULL, SHM_REMAP));
	SEE_AT(shmat(id, (void *)-PAGE, 0));
	SEE_AT(shmat(id, (void *)(1L << 48), 0));
	SEE_AT(shmat(id, (void *)(1L << 48), SHM_REMAP));
	SEE_AT(shmat(read_only, NULL, 0));
	SEE_AT(shmat(read_only, NULL, SHM_EXEC | SHM_RDONLY));
	SEE_AT(shmat(id, NULL, SHM_EXEC));
	p = shmat(read_only, NULL, SHM_RDONLY);
	see("reading alone: %s", at_text(p));
	SEE(mprotect(p, PAGE, PROT_READ | PROT_WRITE));
	SEE(mprotect(p, PAGE, PROT_READ | PROT_EXEC));
	SEE(shmdt(p));
	see_segment("failures left nothing", id);
	see_segment("but one", read_only);
	SEE_AT(shmat((int)(0x80000000 | id), NULL, 0));
	SEE(syscall(SYS_shmat, 0x100000000L + id, NULL, SHM_RDONLY) > 0);
}

static void dt(void)
{
	int id = made(3 * PAGE);
	char *p = attached(id), *plain;

	plain = mmap(NULL, PAGE, PROT_READ, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	SEE(shmdt(NULL));
	SEE(shmdt((void *)1));
	SEE(shmdt((void *)-PAGE));
	SEE(shmdt(p + 1));
	SEE(shmdt(p + PAGE));
	SEE(shmdt(plain));
	SEE(shmdt(p));
	SEE(shmdt(p));
	see_segment("detached", id);
}

static void ctl(void)
{
	int id = made(PAGE);
	struct shmid_ds *s = guard_alloc(sizeof(*s));

	SEE(shmctl(-1, IPC_STAT, s));
	SEE(shmctl(-1, IPC_STAT, BAD_ADDR));
	SEE(shmctl(-1, IPC_INFO, s));
	SEE(shmctl(id, -1, s));
	SEE(shmctl(id, 77, s));
	SEE(shmctl(id, 0x100 | IPC_STAT, s));
	SEE(shmctl(31337, IPC_STAT, s));
	SEE(shmctl(31337, IPC_STAT, BAD_ADDR));
	SEE(shmctl(id + 32768, IPC_STAT, s));
	SEE(shmctl(id, IPC_STAT, BAD_ADDR));
	SEE(shmctl(id, IPC_STAT, (void *)((char *)s + 8)));
	SEE(shmctl(id, IPC_STAT, s));
	SEE(shmctl(31337, IPC_SET, BAD_ADDR));
	SEE(shmctl(id, IPC_SET, BAD_ADDR));
	SEE(shmctl(31337, IPC_SET, s));
	s->shm_perm.mode = 0777754;
	s->shm_segsz = 77;
	SEE(shmctl(id, IPC_SET, s));
	see_segment("set", id);
	s->shm_perm.uid = (uid_t)-1;
	SEE(shmctl(id, IPC_SET, s));
	s->shm_perm.uid = getuid();
	s->shm_perm.gid = (gid_t)-1;
	SEE(shmctl(id, IPC_SET, s));
	s->shm_perm.gid = getgid();
	s->shm_perm.mode = 0;
	SEE(shmctl(id, IPC_SET, s));
	SEE(shmctl(id, IPC_STAT, s));
	SEE(shmctl(id, SHM_STAT, s));
	SEE(shmctl(id, SHM_STAT_ANY, s) - id);
	see("mode %o", s->shm_perm.mode);
	SEE(shmctl(31337, IPC_RMID, NULL));
	SEE(shmctl(-1, IPC_RMID, NULL));
	SEE(shmctl(id, IPC_RMID, BAD_ADDR));
	SEE(shmctl(id, IPC_RMID, NULL));
	SEE(shmctl(id, IPC_STAT, s));
	SEE(shmctl(id, SHM_LOCK, NULL));
	guard_check(s);
}

static void see_locked(int id, int cmd)
{
	see("%s: %s", cmd == SHM_LOCK ? "lock" : "unlock",
	    res(shmctl(id, cmd, NULL)));
	see_segment(" then", id);
}

static void lock(void)
{
	struct rlimit limit = { 2 * PAGE, 2 * PAGE };
	int small = made(PAGE), large = made(2 * PAGE + 1);

	SEE(shmctl(-1, SHM_LOCK, NULL));
	SEE(shmctl(31337, SHM_UNLOCK, NULL));
	MUST(setrlimit(RLIMIT_MEMLOCK, &limit));
	see_locked(small, SHM_LOCK);
	see_locked(small, SHM_LOCK);
	see_locked(large, SHM_LOCK);
	see_locked(small, SHM_UNLOCK);
	see_locked(small, SHM_UNLOCK);
	limit.rlim_cur = 0;
	MUST(setrlimit(RLIMIT_MEMLOCK, &limit));
	see_locked(small, SHM_LOCK);
	see_locked(small, SHM_UNLOCK);
}

int main(void)
{
	get();
	huge();
	at();
	dt();
	ctl();
	lock();
	return done();
}

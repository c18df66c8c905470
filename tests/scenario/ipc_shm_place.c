/* SPDX-License-Identifier: Apache-2.0 */
/* Where a segment is attached, over what, and what detaching takes along. */
#include "ipc_shm_common.h"

static char *free_space(size_t size)
{
	char *p = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		       0);

	MUST(p);
	MUST(munmap(p, size));
	return p;
}

/* What lies where, relative to @at. */
static void see_at(const char *what, const char *at, const void *got)
{
	if (got == (void *)-1)
		see("%s: %s", what, res(-1));
	else
		see("%s: %+ld", what, (long)((const char *)got - at));
}

/* One byte of it can be read: */
static bool readable(const char *at)
{
	unsigned char vec;

	return mincore((void *)at, PAGE, &vec) == 0;
}

static void chosen(int id)
{
	char *at = free_space(64 * PAGE) + 16 * PAGE;

	see_at("exactly", at, shmat(id, at, 0));
	SEE(shmdt(at));
	see_at("rounded", at, shmat(id, at + 77, SHM_RND));
	see_at("again", at, shmat(id, at, 0));
	see_at("overlapping", at, shmat(id, at + PAGE, 0));
	see_at("from below", at, shmat(id, at - PAGE, 0));
	see_at("unaligned", at, shmat(id, at + 77, 0));
	see_at("above", at, shmat(id, at + 3 * PAGE, 0));
	see_at("over it", at, shmat(id, at + PAGE, SHM_REMAP));
	see_at("rounded over it", at, shmat(id, at + PAGE + 9,
					    SHM_REMAP | SHM_RND));
	see_segment("in pieces", id);
	SEE(shmdt(at));
	SEE(shmdt(at + PAGE));
	SEE(shmdt(at + 3 * PAGE));
	see_segment("detached", id);
	see("readable %d %d %d %d", readable(at), readable(at + PAGE),
	    readable(at + 2 * PAGE), readable(at + 4 * PAGE));
	MUST(munmap(at, 8 * PAGE));
}

static void content(int id)
{
	char *p = attached(id), *q = attached(id);
	const char *r = MUST((char *)shmat(id, NULL, SHM_RDONLY));
	pid_t pid;

	strcpy(p + PAGE, "one and the same");
	see("%s, %s", q + PAGE, r + PAGE);
	pid = child();
	if (pid == 0) {
		strcpy(q + PAGE, "of the child");
		_exit(0);
	}
	reap(pid);
	see("%s, %s", p + PAGE, r + PAGE);
	see("fresh: %d %d", p[0], p[3 * PAGE - 1]);
	pid = child();
	if (pid == 0) {
		*(char *)r = 'x';
		_exit(0);
	}
	see("written where it may be read: %s", wait_text(reap(pid)));
	SEE(shmdt(p));
	SEE(shmdt(q));
	SEE(shmdt(r));
	p = attached(id);
	see("kept: %s", p + PAGE);
	SEE(shmdt(p));
}

/* The size is what was asked for, the memory whole pages. */
static void sizes(void)
{
	int id = made(PAGE + 1);
	char *p = attached(id);

	see_segment("two pages", id);
	p[2 * PAGE - 1] = 'x';
	see("the last byte: %c", p[2 * PAGE - 1]);
	see("and no more: %d", readable(p + 2 * PAGE) &&
	    memcmp(p + 2 * PAGE, p, 1) == 0);
	SEE(shmdt(p));
	SEE(shmctl(id, IPC_RMID, NULL));
}

/* mremap can't make it grow, nor can anything else. */
static void grow(int id)
{
	char *at = free_space(64 * PAGE) + 16 * PAGE;
	char *p = MUST((char *)shmat(id, at, 0));
	pid_t pid;

	p = mremap(p, 3 * PAGE, 5 * PAGE, 0);
	see_at("longer", at, p);
	pid = child();
	if (pid == 0) {
		at[4 * PAGE] = 'x';
		_exit(0);
	}
	see("behind its end: %s", wait_text(reap(pid)));
	SEE(shmdt(at));
	see_segment("detached", id);
	see("left behind: %d", readable(at + 4 * PAGE));
	munmap(at, 5 * PAGE);
}

/* Pieces of another segment that lie in between stay. */
static void between(int id)
{
	int other = made(3 * PAGE);
	char *at = free_space(64 * PAGE) + 16 * PAGE;
	char *p;

	MUST(shmat(id, at, 0));
	p = attached(other);
	MUST(mremap(p + PAGE, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED,
		    at + PAGE));
	see_segment("one", id);
	see_segment("other", other);
	SEE(shmdt(at));
	see_segment("one", id);
	see_segment("other", other);
	SEE(shmdt(p));
	see_segment("other", other);
	SEE(shmdt(at));
	see_segment("other", other);
	munmap(at, 3 * PAGE);
	MUST(shmctl(other, IPC_RMID, NULL));
}

static void descriptors(int id)
{
	struct rlimit limit, few = { 3, 3 };
	int before = MUST(dup(0)), after;

	MUST(close(before));
	attached(id);
	after = MUST(dup(0));
	see("descriptors as before: %d", before == after);
	MUST(close(after));
	MUST(getrlimit(RLIMIT_NOFILE, &limit));
	few.rlim_cur = (rlim_t)before + 3;
	few.rlim_max = limit.rlim_max;
	MUST(setrlimit(RLIMIT_NOFILE, &few));
	SEE_AT(shmat(id, NULL, 0));
	MUST(setrlimit(RLIMIT_NOFILE, &limit));
}

int main(void)
{
	int id = made(3 * PAGE);

	see_segment("new", id);
	chosen(id);
	content(id);
	sizes();
	grow(id);
	between(id);
	descriptors(id);
	return done();
}

/* SPDX-License-Identifier: Apache-2.0 */
/* What the scenarios of System V shared memory share. */
#ifndef IPC_SHM_COMMON_H
#define IPC_SHM_COMMON_H

#include "scenario.h"

#include <sys/ipc.h>
#include <sys/shm.h>

#define PAGE 4096
#define SEE(call) see("%s: %s", #call, res(call))

/* An address, as a success alone: where the kernel puts things is its own. */
static inline const char *at_text(const void *at)
{
	return at == (void *)-1 ? res(-1) : "mapped";
}
#define SEE_AT(call) see("%s: %s", #call, at_text(call))

static inline int made(size_t size)
{
	return MUST(shmget(IPC_PRIVATE, size, IPC_CREAT | 0600));
}

static inline char *attached(int id)
{
	return MUST((char *)shmat(id, NULL, 0));
}

/* What a segment says of itself but for its times. */
static inline void see_segment(const char *when, int id)
{
	struct shmid_ds s = { 0 };

	if (shmctl(id, IPC_STAT, &s) < 0) {
		see("%s: %s", when, res(-1));
		return;
	}
	see("%s: key %x mode %o size %zu attached %lu made by %d last %d", when,
	    s.shm_perm.__key, s.shm_perm.mode, s.shm_segsz, s.shm_nattch,
	    s.shm_cpid, s.shm_lpid);
}

/* Whether each time is none, or about now. */
static inline const char *time_text(time_t t)
{
	time_t now = time(NULL);

	return t == 0 ? "never" : t <= now && t > now - 60 ? "now" : "wrong";
}

static inline void see_times(const char *when, int id)
{
	struct shmid_ds s = { 0 };

	MUST(shmctl(id, IPC_STAT, &s));
	see("%s: attached %s, detached %s, changed %s", when,
	    time_text(s.shm_atime), time_text(s.shm_dtime),
	    time_text(s.shm_ctime));
}

#endif

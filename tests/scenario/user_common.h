/* SPDX-License-Identifier: Apache-2.0 */
/* What the scenarios about credentials share. */
#ifndef USER_COMMON_H
#define USER_COMMON_H

#include <grp.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <sys/fsuid.h>
#include "scenario.h"

struct caps {
	uint64_t effective, permitted, inheritable;
};

/* Raw calls: a libc makes its wrappers change every thread. */
static inline long raw_setuid(long uid)
{
	return syscall(SYS_setuid, uid);
}

static inline long get_caps(struct caps *caps)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3,
						 0 };
	struct __user_cap_data_struct data[2] = { 0 };
	long r = syscall(SYS_capget, &head, data);

	caps->effective = data[0].effective | (uint64_t)data[1].effective << 32;
	caps->permitted = data[0].permitted | (uint64_t)data[1].permitted << 32;
	caps->inheritable = data[0].inheritable | (uint64_t)data[1].inheritable
							  << 32;
	return r;
}

static inline long set_caps(uint64_t effective, uint64_t permitted,
			    uint64_t inheritable)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3,
						 0 };
	struct __user_cap_data_struct data[2] = {
		{ effective, permitted, inheritable },
		{ effective >> 32, permitted >> 32, inheritable >> 32 },
	};

	return syscall(SYS_capset, &head, data);
}

/* "all", "0", or the number: how many there are depends on the kernel. */
static inline const char *cap_text(uint64_t caps)
{
	static char text[4][32];
	static int next;
	char *buf = text[next++ % 4];

	if (caps == (UINT64_C(1) << (CAP_LAST_CAP + 1)) - 1)
		return "all";
	snprintf(buf, sizeof(text[0]), "%llx", (unsigned long long)caps);
	return buf;
}

static inline uint64_t ambient(void)
{
	uint64_t set = 0;

	for (int cap = 0; cap <= CAP_LAST_CAP; cap++)
		if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, cap, 0, 0) > 0)
			set |= UINT64_C(1) << cap;
	return set;
}

static inline uint64_t bounding(void)
{
	uint64_t set = 0;

	for (int cap = 0; cap <= CAP_LAST_CAP; cap++)
		if (prctl(PR_CAPBSET_READ, cap, 0, 0, 0) > 0)
			set |= UINT64_C(1) << cap;
	return set;
}

/* Reports ids and capabilities in one line. */
static inline void see_creds(const char *what)
{
	uid_t r = -2, e = -2, s = -2;
	gid_t gr = -2, ge = -2, gs = -2;
	struct caps caps = { 0 };

	getresuid(&r, &e, &s);
	getresgid(&gr, &ge, &gs);
	get_caps(&caps);
	see("%s: uid %d %d %d fs %d gid %d %d %d fs %d e=%s p=%s i=%s", what,
	    (int)r, (int)e, (int)s, setfsuid(-1), (int)gr, (int)ge, (int)gs,
	    setfsgid(-1), cap_text(caps.effective), cap_text(caps.permitted),
	    cap_text(caps.inheritable));
}

/* The same with the sets that only prctl() tells. */
static inline void see_all_creds(const char *what)
{
	see_creds(what);
	see("%s: ambient %s bounding %s securebits %s dumpable %s", what,
	    cap_text(ambient()), cap_text(bounding()),
	    res(prctl(PR_GET_SECUREBITS, 0, 0, 0, 0)),
	    res(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0)));
}

#endif

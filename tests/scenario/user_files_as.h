/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The same tried by several: root, a stranger, an owner, who has one capability
 * alone, and root without any.
 */
#ifndef USER_FILES_AS_H
#define USER_FILES_AS_H

#include "user_common.h"
#include "user_files.h"

#define CAP_BIT(cap) (UINT64_C(1) << (cap))

/* Only whether it went well: numbers of descriptors say nothing. */
#define TRY(call)                                                    \
	do {                                                         \
		errno = 0;                                           \
		see("  %s: %s", #call, (call) < 0 ? res(-1) : "ok"); \
	} while (0)

static inline void keep_caps(uid_t uid, uint64_t caps)
{
	MUST(setgroups(0, NULL));
	MUST(prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0));
	MUST(setresgid(uid, uid, uid));
	MUST(setresuid(uid, uid, uid));
	MUST(set_caps(caps, caps, 0));
}

/* Each finds the files as @build makes them. */
static inline void as_all_of_them(void (*build)(void),
				  void (*try)(const char *who),
				  void (*destroy)(void))
{
	static const struct {
		const char *who;
		uid_t uid;
		uint64_t caps; /* ALL: as the uid gives them */
	} all[] = {
#define ALL UINT64_MAX
		{ "root", 0, ALL },
		{ "a stranger", 33, ALL },
		{ "the owner", 1000, ALL },
		{ "DAC_OVERRIDE", 1001, CAP_BIT(CAP_DAC_OVERRIDE) },
		{ "DAC_READ_SEARCH", 1001, CAP_BIT(CAP_DAC_READ_SEARCH) },
		{ "FOWNER", 1001, CAP_BIT(CAP_FOWNER) },
		{ "root without any", 0, 0 },
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		bool whole = all[i].caps == ALL;
		pid_t pid;

		build();
		pid = whole ? child_as(all[i].uid, all[i].uid) : child();
		if (pid == 0) {
			if (!whole)
				keep_caps(all[i].uid, all[i].caps);
			try(all[i].who);
			_exit(0);
		}
		reap(pid);
		destroy();
	}
#undef ALL
}

#endif

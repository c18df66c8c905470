/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What setuid(2) and its relatives may change to what: each call with each
 * combination of real, effective and saved ids, with capabilities and without,
 * and the capabilities that are left.
 *
 * scenario: user=all needs=root,userns run-as=root
 */
#include "user_common.h"

static const int ids[] = { 0, 1000, 33 };
static const int wanted[] = { -1, 0, 1000, 33, 65535, 70000 };

#define N(a) (int)(sizeof(a) / sizeof((a)[0]))

struct start {
	int r, e, s;
	bool caps;
};

/* A process that has these ids, with all capabilities or as they follow. */
static void become(const struct start *start)
{
	if (start->caps)
		MUST(prctl(PR_SET_SECUREBITS, 1 << SECURE_NO_SETUID_FIXUP, 0, 0,
			   0));
	MUST(syscall(SYS_setresgid, start->r, start->e, start->s));
	MUST(syscall(SYS_setresuid, start->r, start->e, start->s));
	if (start->caps)
		MUST(prctl(PR_SET_SECUREBITS, 0, 0, 0, 0));
}

static void try_one(const struct start *start, const char *name, long nr, int a,
		    int b, int c)
{
	char text[128];
	pid_t pid = child();

	if (pid == 0) {
		long r;

		become(start);
		r = syscall(nr, a, b, c);
		snprintf(text, sizeof(text), "%d,%d,%d%s %s(%d,%d,%d) %s",
			 start->r, start->e, start->s,
			 start->caps ? " caps" : "", name, a, b, c, res(r));
		see_creds(text);
		_exit(0);
	}
	reap(pid);
}

static void try_all(const struct start *start)
{
	for (int i = 0; i < N(wanted); i++) {
		int a = wanted[i];

		try_one(start, "setuid", SYS_setuid, a, 0, 0);
		try_one(start, "setgid", SYS_setgid, a, 0, 0);
		try_one(start, "setfsuid", SYS_setfsuid, a, 0, 0);
		try_one(start, "setfsgid", SYS_setfsgid, a, 0, 0);
		for (int j = 0; j < 4; j++) {
			int b = wanted[j];

			try_one(start, "setreuid", SYS_setreuid, a, b, 0);
			try_one(start, "setregid", SYS_setregid, b, a, 0);
			try_one(start, "setresuid", SYS_setresuid, a, b, -1);
			try_one(start, "setresuid", SYS_setresuid, -1, b, a);
			try_one(start, "setresgid", SYS_setresgid, a, -1, b);
		}
	}
}

int main(void)
{
	see_all_creds("at first");
	for (int r = 0; r < N(ids); r++)
		for (int e = 0; e < N(ids); e++)
			for (int s = 0; s < N(ids); s++) {
				struct start start = { ids[r], ids[e], ids[s],
						       false };

				/* Every third, and all of root's, is enough. */
				if ((r + e + s) % 3 != 0 && r && e && s)
					continue;
				try_all(&start);
			}
	for (int caps = 1; caps < N(ids); caps++) {
		struct start start = { 1000, ids[caps], 0, true };

		try_all(&start);
	}
	return done();
}

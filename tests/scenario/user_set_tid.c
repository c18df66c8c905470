/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers chosen by clone3(2): CAP_SYS_ADMIN or CAP_CHECKPOINT_RESTORE is asked
 * for at each level, in the user namespace that owns it, before it is asked
 * whether the number is taken.
 *
 * scenario: user=root bare=skip flags=--without=bare
 * (without namespaces, the machine's own numbers would be taken; where tasks
 * may go untraced there is no clone3)
 */
#include "user_common.h"

#include <linux/sched.h>

#ifndef CAP_CHECKPOINT_RESTORE
#define CAP_CHECKPOINT_RESTORE 40
#endif

static void try(const char *who, int inner, int outer, size_t n)
{
	const int set[] = { inner, outer };
	struct clone_args args = {
		.exit_signal = SIGCHLD,
		.set_tid = (uintptr_t)set,
		.set_tid_size = n,
	};
	long pid = syscall(SYS_clone3, &args, sizeof(args));

	if (pid == 0)
		_exit(0);
	see("%s: %d %d: %s", who, inner, n > 1 ? outer : 0, res(pid));
	if (pid > 0)
		reap((int)pid);
}

static void try_all(const char *who, uint64_t caps)
{
	pid_t pid = child();

	if (pid == 0) {
		MUST(set_caps(caps, caps, 0));
		try(who, 100, 0, 1);
		try(who, 1, 0, 1);
		try(who, 0, 0, 1);
		/* Outside it has none. */
		try(who, 100, 30000, 2);
		try(who, 100, 0, 2);
		try(who, 1, 30000, 2);
		_exit(0);
	}
	reap(pid);
}

int main(void)
{
	const uint64_t all = (UINT64_C(1) << (CAP_LAST_CAP + 1)) - 1;

	try_all("root", all);
	try_all("CAP_SYS_ADMIN", UINT64_C(1) << CAP_SYS_ADMIN);
	try_all("CAP_CHECKPOINT_RESTORE",
		UINT64_C(1) << CAP_CHECKPOINT_RESTORE);
	try_all("others", all & ~(UINT64_C(1) << CAP_SYS_ADMIN |
				  UINT64_C(1) << CAP_CHECKPOINT_RESTORE));
	try_all("none", 0);
	return done();
}

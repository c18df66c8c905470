/* SPDX-License-Identifier: Apache-2.0 */
/* What one task may do to another: all of it without a user namespace. */
#ifndef NSRUN_NS_USER_ACCESS_H
#define NSRUN_NS_USER_ACCESS_H

#include <stdbool.h>
#include "src/task/task.h"

/* kill(2) and its like; @thread NULL: to the process. */
bool user_may_signal(const struct task *from, const struct group *to,
		     const struct task *thread, int sig);

/*
 * Is it, for processes that are none of the instance's, the user who started
 * nsrun, and not one that is nobody outside? It may signal those.
 */
bool user_is_real(const struct task *from);

/*
 * ptrace_may_access(): process_vm_readv(2) and others by the real ids, files
 * of /proc by those for files. An undumpable one is heeded.
 */
enum user_access {
	USER_ACCESS_REAL,
	USER_ACCESS_FS
};
bool user_may_access(const struct task *from, const struct group *to,
		     const struct task *thread, enum user_access access);

bool user_may_renice(const struct task *from, const struct task *to);
bool user_may_schedule(const struct task *from, const struct task *to);
bool user_may_io_prioritize(const struct task *from, const struct task *to);
bool user_may_limit(const struct task *from, const struct task *to);

/*
 * The kernel ids of a process, one that has ended too, as long as it is known.
 * Return: false where nsrun keeps none.
 */
bool user_ids_of(const struct pid *pid, struct pid_ids *ret_ids);

#endif

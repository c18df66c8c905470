/* SPDX-License-Identifier: Apache-2.0 */
/* What clone(2) and clone3(2) ask for, in one form. */
#ifndef NSRUN_TASK_CLONE_H
#define NSRUN_TASK_CLONE_H

#include <stddef.h>
#include <stdint.h>
#include "src/call.h"
#include "tables/pids.h"

/* struct kernel_clone_args: read once, and nobody can change it any more. */
struct clone_request {
	uint64_t flags; /* without the exit signal */
	uint64_t exit_signal;
	uint64_t stack; /* where it begins, at its upper end; 0: as it is */
	uint64_t pidfd, parent_tid, child_tid, tls;
	int cgroup; /* CLONE_INTO_CGROUP */
	/* Numbers for the child, from its own namespace outwards. */
	int set_tid[PIDS_LEVELS_MAX];
	size_t set_tid_size;
};

/* The handlers' common part. */
long task_clone_request(struct call *c, const struct clone_request *rq);

/* In the child of CLONE_CLEAR_SIGHAND, ahead of its program: clone3.c */
long clone_clear_handlers(struct call *c);

#endif

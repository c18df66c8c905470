/* SPDX-License-Identifier: Apache-2.0 */
/* The call stack of a stopped task, by libunwind-ptrace. */
#ifndef NSRUN_BACKTRACE_H
#define NSRUN_BACKTRACE_H

#include <stdint.h>
#include "tables/pids.h"

#define BACKTRACE_FRAMES_MAX 64

struct backtrace_frame {
	uint64_t ip;
	const char *name;	/* NULL where no symbol is known */
	uint64_t offset;	/* from the symbol */
	const char *module;	/* the mapped file, NULL where none is */
	uint64_t module_offset;	/* in that file */
};

/* What @frame is given lives for the call alone. */
typedef void (*backtrace_each)(void *ctx, const struct backtrace_frame *frame);

/* Calls @each for every frame from the innermost, at most FRAMES_MAX. */
void backtrace_task(host_pid tid, backtrace_each each, void *ctx);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* The call stack of a stopped task, by libunwind-ptrace. */
#ifndef NSRUN_BACKTRACE_H
#define NSRUN_BACKTRACE_H

#include <stdint.h>
#include "tables/pids.h"

#define BACKTRACE_FRAMES_MAX 64

/* @name is NULL where no symbol is known; it lives for the call alone. */
typedef void (*backtrace_frame)(void *ctx, uint64_t ip, const char *name,
				uint64_t offset);

/* Calls @frame for each frame from the innermost, at most FRAMES_MAX. */
void backtrace_task(host_pid tid, backtrace_frame frame, void *ctx);

#endif

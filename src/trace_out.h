/* SPDX-License-Identifier: Apache-2.0 */
/* How a traced call looks: as text or as an object; and the table of all. */
#ifndef NSRUN_TRACE_OUT_H
#define NSRUN_TRACE_OUT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include "src/host/backtrace.h"
#include "src/signature.h"

#define TRACE_FRAMES_MAX BACKTRACE_FRAMES_MAX

struct trace_frame {
	uint64_t ip, offset;
	char *name, *module;	/* NULL: not known */
	uint64_t module_offset;
};

/* One call, of which everything is known. */
struct trace_record {
	const struct syscall *row;	/* NULL: only the number is known */
	int nr;
	bool foreign;		/* the number is of another entry point */
	uint64_t args[SIGNATURE_ARGS];
	struct signature_line line;
	int pid, host_pid;
	const char *gate;
	int host[SIGNATURE_ARGS];	/* what a number became; 0: nothing */
	bool returned;
	long result;
	int host_result;	/* likewise */
	uint64_t spent;		/* by the supervisor, in ns */
	struct trace_frame *frames;
	int nr_frames;
};

/* One line; with a stack in text, one more for each frame. */
void trace_out_text(FILE *out, const struct trace_record *r);
void trace_out_json(FILE *out, const struct trace_record *r);

/* Adds a call to the table; and writes it. */
void trace_count(const struct trace_record *r);
void trace_out_stats(FILE *out);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Requests of ptrace(2) about a task that stands still: ptrace_request.c */
#ifndef NSRUN_NS_PTRACE_H
#define NSRUN_NS_PTRACE_H

#include "src/call.h"

struct tracing;

long ptrace_peek(struct call *c, struct tracing *tr);
long ptrace_poke(struct call *c, struct tracing *tr);
long ptrace_peek_user(struct call *c, struct tracing *tr);
long ptrace_poke_user(struct call *c, struct tracing *tr);
long ptrace_get_regs(struct call *c, struct tracing *tr);
long ptrace_set_regs(struct call *c, struct tracing *tr);
long ptrace_get_fpregs(struct call *c, struct tracing *tr);
long ptrace_set_fpregs(struct call *c, struct tracing *tr);
long ptrace_get_regset(struct call *c, struct tracing *tr);
long ptrace_set_regset(struct call *c, struct tracing *tr);
long ptrace_get_message(struct call *c, struct tracing *tr);
long ptrace_get_info(struct call *c, struct tracing *tr);
long ptrace_set_info(struct call *c, struct tracing *tr);
long ptrace_peek_info(struct call *c, struct tracing *tr);
long ptrace_get_mask(struct call *c, struct tracing *tr);
long ptrace_set_mask(struct call *c, struct tracing *tr);
long ptrace_get_call(struct call *c, struct tracing *tr);
long ptrace_get_rseq(struct call *c, struct tracing *tr);
long ptrace_arch_prctl(struct call *c, struct tracing *tr);
long ptrace_refuse(struct call *c, struct tracing *tr);

#endif

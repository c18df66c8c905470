/* SPDX-License-Identifier: Apache-2.0 */
/* The registers of a stopped task: everything that depends on the processor. */
#ifndef NSRUN_REGS_H
#define NSRUN_REGS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/user.h>
#include "tables/pids.h"

#ifndef __x86_64__
#error "nsrun knows the x86_64 processor only"
#endif

#define REGS_ARGS 6

struct regs {
	struct user_regs_struct raw;
};

/* Return: 0, or -ESRCH when the task is not stopped any more. */
long regs_read(host_pid tid, struct regs *ret_regs);
long regs_write(host_pid tid, const struct regs *regs);

/* The call that the task is in: its number is -1 for none. */
long regs_nr(const struct regs *regs);
void regs_set_nr(struct regs *regs, long nr);
uint64_t regs_arg(const struct regs *regs, int i);
void regs_set_arg(struct regs *regs, int i, uint64_t value);
long regs_result(const struct regs *regs);
void regs_set_result(struct regs *regs, long result);
uint64_t regs_ip(const struct regs *regs);
void regs_set_ip(struct regs *regs, uint64_t ip);
uint64_t regs_sp(const struct regs *regs);

/* At an exit stop: the task makes the call @nr next, by the same instruction */
void regs_again(struct regs *regs, long nr);

/* Is the task behind the call that ends at @ip, or about to make it again? */
bool regs_is_at_call(const struct regs *regs, uint64_t ip);

/* A 32-bit program, by its code segment. */
bool regs_is_compat(const struct regs *regs);

/*
 * At a signal-delivery stop: the number and result of the call that the
 * signal ended, without reading all registers. Return: 0 or -ESRCH.
 */
long regs_peek_call(host_pid tid, long *ret_nr, long *ret_result);
long regs_peek_ip(host_pid tid, uint64_t *ret_ip);
long regs_poke_result(host_pid tid, long result);
/* The call is over: nothing restarts it. */
long regs_poke_no_call(host_pid tid);

#endif

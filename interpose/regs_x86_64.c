/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The x86-64 system-call convention: number in rax (kept in orig_rax),
 * arguments in rdi rsi rdx r10 r8 r9, result in rax; the two-byte `syscall`
 * instruction lies before the address that it returns to.
 */
#include "interpose/regs_x86_64.h"

#include <errno.h>
#include <stddef.h>
#include <sys/ptrace.h>
#include "src/host/sys.h"

#define SYSCALL_INSN_LEN 2
#define COMPAT_CODE_SEGMENT 0x23	/* __USER32_CS */

long regs_read(host_pid tid, struct regs *ret_regs)
{
	return sys_result(ptrace(PTRACE_GETREGS, tid.n, NULL, &ret_regs->raw));
}

static long poke(host_pid tid, size_t offset, unsigned long long value)
{
	return sys_result(ptrace(PTRACE_POKEUSER, tid.n, offset, value));
}

#define POKE(tid, raw, reg) \
	poke(tid, offsetof(struct user_regs_struct, reg), (raw)->reg)

/* Those that nsrun changes, one by one. */
static long write_changed(host_pid tid, const struct user_regs_struct *raw)
{
	long r = POKE(tid, raw, orig_rax);

	r = r < 0 ? r : POKE(tid, raw, rax);
	r = r < 0 ? r : POKE(tid, raw, rip);
	r = r < 0 ? r : POKE(tid, raw, rdi);
	r = r < 0 ? r : POKE(tid, raw, rsi);
	r = r < 0 ? r : POKE(tid, raw, rdx);
	r = r < 0 ? r : POKE(tid, raw, r10);
	r = r < 0 ? r : POKE(tid, raw, r8);
	return r < 0 ? r : POKE(tid, raw, r9);
}

/* PTRACE_SETREGS refuses segments that a program can well have: EIO. */
long regs_write(host_pid tid, const struct regs *regs)
{
	long r = sys_result(ptrace(PTRACE_SETREGS, tid.n, NULL, &regs->raw));

	return r == -EIO ? write_changed(tid, &regs->raw) : r;
}

long regs_nr(const struct regs *regs)
{
	return (long)regs->raw.orig_rax;
}

void regs_set_nr(struct regs *regs, long nr)
{
	regs->raw.orig_rax = (unsigned long long)nr;
}

static unsigned long long *arg(struct user_regs_struct *raw, int i)
{
	switch (i) {
	case 0:
		return &raw->rdi;
	case 1:
		return &raw->rsi;
	case 2:
		return &raw->rdx;
	case 3:
		return &raw->r10;
	case 4:
		return &raw->r8;
	default:
		return &raw->r9;
	}
}

uint64_t regs_arg(const struct regs *regs, int i)
{
	struct user_regs_struct raw = regs->raw;

	return *arg(&raw, i);
}

void regs_set_arg(struct regs *regs, int i, uint64_t value)
{
	*arg(&regs->raw, i) = value;
}

long regs_result(const struct regs *regs)
{
	return (long)regs->raw.rax;
}

void regs_set_result(struct regs *regs, long result)
{
	regs->raw.rax = (unsigned long long)result;
}

uint64_t regs_ip(const struct regs *regs)
{
	return regs->raw.rip;
}

void regs_set_ip(struct regs *regs, uint64_t ip)
{
	regs->raw.rip = ip;
}

uint64_t regs_sp(const struct regs *regs)
{
	return regs->raw.rsp;
}

void regs_again(struct regs *regs, long nr)
{
	regs->raw.rip -= SYSCALL_INSN_LEN;
	regs->raw.rax = (unsigned long long)nr;
	/* No call is in flight, so no signal on the way can restart one. */
	regs->raw.orig_rax = (unsigned long long)-1;
}

bool regs_is_at_call(const struct regs *regs, uint64_t ip)
{
	return regs->raw.rip == ip || regs->raw.rip + SYSCALL_INSN_LEN == ip;
}

bool regs_is_compat(const struct regs *regs)
{
	return regs->raw.cs == COMPAT_CODE_SEGMENT;
}

static long peek(host_pid tid, size_t offset, long *ret_value)
{
	errno = 0;
	*ret_value = ptrace(PTRACE_PEEKUSER, tid.n, offset, NULL);
	return errno ? -errno : 0;
}

long regs_peek_call(host_pid tid, long *ret_nr, long *ret_result)
{
	long r = peek(tid, offsetof(struct user_regs_struct, orig_rax), ret_nr);

	return r < 0 ? r : peek(tid, offsetof(struct user_regs_struct, rax),
				ret_result);
}

long regs_peek_ip(host_pid tid, uint64_t *ret_ip)
{
	long ip;
	long r = peek(tid, offsetof(struct user_regs_struct, rip), &ip);

	*ret_ip = (uint64_t)ip;
	return r;
}

long regs_poke_result(host_pid tid, long result)
{
	return sys_result(ptrace(PTRACE_POKEUSER, tid.n,
		offsetof(struct user_regs_struct, rax), result));
}

long regs_poke_no_call(host_pid tid)
{
	return sys_result(ptrace(PTRACE_POKEUSER, tid.n,
		offsetof(struct user_regs_struct, orig_rax), -1L));
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What ptrace(2) reads and writes of a task that stands still.
 *
 * The kernel has stopped it for nsrun, and does what is asked; the numbers in
 * what it says are made the namespace's. Memory of the debugger is read once,
 * into memory of nsrun's, before the kernel sees it.
 */
#include <asm/prctl.h>
#include <elf.h>
#include <errno.h>
#include <linux/audit.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include "src/ns/pid.h"
#include "src/ns/ptrace.h"
#include "src/task/tracing.h"

#define REGSET_MAX  65536 /* more than any processor's */
#define PENDING_MAX 1024  /* siginfos, in one call */

static long ask(const struct tracing *tr, long request, uint64_t addr,
		const void *data)
{
	return sys_call(SYS_ptrace, (uint64_t)request,
			(uint64_t)tr->task->tid->host.n, addr, (uintptr_t)data,
			0, 0);
}

/* To the debugger's memory at args[3]. */
static long tell(struct call *c, const void *data, size_t len)
{
	return call_write(c, c->args[3], data, len);
}

/* ---- words ---- */

/* The system call gives what libc returns by a pointer. */
long ptrace_peek(struct call *c, struct tracing *tr)
{
	uint64_t word = 0;
	long r = ask(tr, PTRACE_PEEKDATA, c->args[2], &word);

	return r < 0 ? r : tell(c, &word, sizeof(word));
}

long ptrace_poke(struct call *c, struct tracing *tr)
{
	return sys_call(SYS_ptrace, PTRACE_POKEDATA,
			(uint64_t)tr->task->tid->host.n, c->args[2], c->args[3],
			0, 0);
}

/* Is it one of the registers, where a call may look otherwise? */
static bool is_register(uint64_t at)
{
	return at % sizeof(uint64_t) == 0 &&
	       at < sizeof(struct user_regs_struct);
}

long ptrace_peek_user(struct call *c, struct tracing *tr)
{
	uint64_t words[sizeof(struct user_regs_struct) / sizeof(uint64_t)];
	uint64_t word = 0;
	long r;

	if (is_register(c->args[2])) {
		r = debug_get_regs(tr, words, sizeof(words));
		word = words[c->args[2] / sizeof(word)];
	} else {
		r = ask(tr, PTRACE_PEEKUSER, c->args[2], &word);
	}
	return r < 0 ? r : tell(c, &word, sizeof(word));
}

long ptrace_poke_user(struct call *c, struct tracing *tr)
{
	uint64_t words[sizeof(struct user_regs_struct) / sizeof(uint64_t)];
	long r;

	if (!is_register(c->args[2]) || !tr->task->in_call)
		return sys_call(SYS_ptrace, PTRACE_POKEUSER,
				(uint64_t)tr->task->tid->host.n, c->args[2],
				c->args[3], 0, 0);
	r = debug_get_regs(tr, words, sizeof(words));
	words[c->args[2] / sizeof(words[0])] = c->args[3];
	return r < 0 ? r : debug_set_regs(tr, words, sizeof(words));
}

/* ---- registers ---- */

long ptrace_get_regs(struct call *c, struct tracing *tr)
{
	struct user_regs_struct regs;
	long r = debug_get_regs(tr, &regs, sizeof(regs));

	return r < 0 ? r : tell(c, &regs, sizeof(regs));
}

long ptrace_set_regs(struct call *c, struct tracing *tr)
{
	struct user_regs_struct regs;
	long r = call_read(c, c->args[3], &regs, sizeof(regs));

	return r < 0 ? r : debug_set_regs(tr, &regs, sizeof(regs));
}

long ptrace_get_fpregs(struct call *c, struct tracing *tr)
{
	struct user_fpregs_struct regs;
	long r = ask(tr, PTRACE_GETFPREGS, 0, &regs);

	return r < 0 ? r : tell(c, &regs, sizeof(regs));
}

long ptrace_set_fpregs(struct call *c, struct tracing *tr)
{
	struct user_fpregs_struct regs;
	long r = call_read(c, c->args[3], &regs, sizeof(regs));

	return r < 0 ? r : ask(tr, PTRACE_SETFPREGS, 0, &regs);
}

/* The kernel takes the kind as 32 bits. */
static bool is_general(const struct call *c)
{
	return (uint32_t)c->args[2] == NT_PRSTATUS;
}

/* @request with @iov, whose base is nsrun's. */
static long pass_set(struct call *c, struct tracing *tr, int request,
		     struct iovec *iov)
{
	const size_t all = sizeof(struct user_regs_struct);

	if (!is_general(c))
		return ask(tr, request, c->args[2], iov);
	if (iov->iov_len % sizeof(uint64_t))
		return -EINVAL;
	iov->iov_len = iov->iov_len < all ? iov->iov_len : all;
	return request == PTRACE_GETREGSET ?
		       debug_get_regs(tr, iov->iov_base, iov->iov_len) :
		       debug_set_regs(tr, iov->iov_base, iov->iov_len);
}

/* By way of a copy: the debugger's memory is not nsrun's. */
static long copy_set(struct call *c, struct tracing *tr, int request,
		     const struct iovec *theirs, struct iovec *iov)
{
	const uint64_t at = (uintptr_t)theirs->iov_base;
	long r = 0;

	if (request == PTRACE_SETREGSET)
		r = call_read(c, at, iov->iov_base, iov->iov_len);
	if (r == 0)
		r = pass_set(c, tr, request, iov);
	if (r == 0 && request == PTRACE_GETREGSET)
		r = call_write(c, at, iov->iov_base, iov->iov_len);
	return r;
}

static long do_regset(struct call *c, struct tracing *tr, int request)
{
	struct iovec theirs, iov;
	long r = call_read(c, c->args[3], &theirs, sizeof(theirs));

	if (r < 0)
		return r;
	iov.iov_len = theirs.iov_len < REGSET_MAX ? theirs.iov_len : REGSET_MAX;
	iov.iov_base = calloc(1, REGSET_MAX);
	if (!iov.iov_base)
		return -ENOMEM;
	r = copy_set(c, tr, request, &theirs, &iov);
	free(iov.iov_base);
	if (r < 0)
		return r;
	theirs.iov_len = iov.iov_len;
	return tell(c, &theirs, sizeof(theirs));
}

long ptrace_get_regset(struct call *c, struct tracing *tr)
{
	return do_regset(c, tr, PTRACE_GETREGSET);
}

long ptrace_set_regset(struct call *c, struct tracing *tr)
{
	return do_regset(c, tr, PTRACE_SETREGSET);
}

/*
 * What the kernel writes, it writes to the memory of who asks, which is nsrun:
 * so to a word of nsrun's, and codes that are not known are refused. It takes
 * the code as 32 bits.
 */
long ptrace_arch_prctl(struct call *c, struct tracing *tr)
{
	const uint64_t tid = (uint64_t)tr->task->tid->host.n;
	const uint32_t code = (uint32_t)c->args[3];
	uint64_t word = 0;
	long r;

	if (code == ARCH_SET_GS || code == ARCH_SET_FS)
		return sys_call(SYS_ptrace, PTRACE_ARCH_PRCTL, tid, c->args[2],
				code, 0, 0);
	if (code != ARCH_GET_GS && code != ARCH_GET_FS)
		return -EINVAL;
	r = sys_call(SYS_ptrace, PTRACE_ARCH_PRCTL, tid, (uintptr_t)&word, code,
		     0, 0);
	return r < 0 ? r : call_write(c, c->args[2], &word, sizeof(word));
}

/* ---- signals ---- */

long ptrace_get_message(struct call *c, struct tracing *tr)
{
	return tell(c, &tr->message, sizeof(tr->message));
}

/* A stop by job control has one only where it is an event. */
static bool has_info(const struct tracing *tr)
{
	return tr->at != TRACED_GROUP || tr->seized;
}

long ptrace_get_info(struct call *c, struct tracing *tr)
{
	return has_info(tr) ? tell(c, &tr->info, sizeof(tr->info)) : -EINVAL;
}

long ptrace_set_info(struct call *c, struct tracing *tr)
{
	siginfo_t info;
	long r = call_read(c, c->args[3], &info, sizeof(info));

	if (r < 0 || !has_info(tr))
		return r < 0 ? r : -EINVAL;
	tr->info = info;
	tr->info_set = true;
	return 0;
}

long ptrace_peek_info(struct call *c, struct tracing *tr)
{
	struct __ptrace_peeksiginfo_args args, one;
	siginfo_t info;
	bool inside;
	long r = call_read(c, c->args[2], &args, sizeof(args));
	int n = 0;

	if (r < 0)
		return r;
	if ((args.flags & ~(uint32_t)PTRACE_PEEKSIGINFO_SHARED) || args.nr < 0)
		return -EINVAL;
	one = args;
	one.nr = 1;
	while (n < args.nr && n < PENDING_MAX) {
		r = sys_call(SYS_ptrace, PTRACE_PEEKSIGINFO,
			     (uint64_t)tr->task->tid->host.n, (uintptr_t)&one,
			     (uintptr_t)&info, 0, 0);
		if (r <= 0)
			break;
		signal_translate(&info, tr->task->group, &inside);
		r = call_write(c, c->args[3] + (uint64_t)n * sizeof(info),
			       &info, sizeof(info));
		if (r < 0)
			break;
		one.off++;
		n++;
	}
	return n > 0 ? n : r;
}

long ptrace_get_mask(struct call *c, struct tracing *tr)
{
	uint64_t mask = tr->task->mask;
	long r = 0;

	if (c->args[2] != sizeof(mask))
		return -EINVAL;
	if (!tr->task->masked)
		r = ask(tr, PTRACE_GETSIGMASK, sizeof(mask), &mask);
	return r < 0 ? r : tell(c, &mask, sizeof(mask));
}

long ptrace_set_mask(struct call *c, struct tracing *tr)
{
	uint64_t mask;
	long r;

	if (c->args[2] != sizeof(mask))
		return -EINVAL;
	r = call_read(c, c->args[3], &mask, sizeof(mask));
	if (r < 0 || !tr->task->masked)
		return r < 0 ? r
			     : ask(tr, PTRACE_SETSIGMASK, sizeof(mask), &mask);
	tr->task->mask = mask;
	return 0;
}

/* ---- what else there is ---- */

/* Of the system call that it stands at. */
long ptrace_get_call(struct call *c, struct tracing *tr)
{
	struct __ptrace_syscall_info info = { .arch = AUDIT_ARCH_X86_64 };
	size_t len = offsetof(struct __ptrace_syscall_info, entry);
	struct debug_call call;
	long r = debug_get_call(tr, &call);

	if (r < 0)
		return r;
	info.instruction_pointer = call.ip;
	info.stack_pointer = call.sp;
	/* As the kernel does, it goes by the siginfo of the stop. */
	if (!(tr->options & PTRACE_O_TRACESYSGOOD)) {
		info.op = PTRACE_SYSCALL_INFO_NONE;
	} else if (tr->at == TRACED_ENTRY) {
		info.op = PTRACE_SYSCALL_INFO_ENTRY;
		info.entry.nr = (uint64_t)call.nr;
		memcpy(info.entry.args, call.args, sizeof(info.entry.args));
		len += sizeof(info.entry);
	} else if (tr->at == TRACED_EXIT) {
		info.op = PTRACE_SYSCALL_INFO_EXIT;
		info.exit.rval = call.result;
		info.exit.is_error = call.result < 0 && call.result >= -4095;
		len = offsetof(struct __ptrace_syscall_info, exit.is_error) + 1;
	}
	r = tell(c, &info, c->args[2] < len ? c->args[2] : len);
	return r < 0 ? r : (long)len;
}

/* struct ptrace_rseq_configuration */
long ptrace_get_rseq(struct call *c, struct tracing *tr)
{
	unsigned char config[64] = { 0 };
	long r = ask(tr, PTRACE_GET_RSEQ_CONFIGURATION, sizeof(config), config);

	if (r < 0 || r > (long)sizeof(config))
		return r < 0 ? r : -EIO;
	if (tell(c, config, c->args[2] < (uint64_t)r ? c->args[2] : (size_t)r) <
	    0)
		return -EFAULT;
	return r;
}

/* Filters are told to who has a right over the host's first user namespace. */
long ptrace_refuse(struct call *c, struct tracing *tr)
{
	(void)c;
	(void)tr;
	return -EACCES;
}

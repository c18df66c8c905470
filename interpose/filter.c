/* SPDX-License-Identifier: Apache-2.0 */
/*
 * System-call table to seccomp filters, by libseccomp.
 *
 * Theory of operation. `caught` allows by default and catches what the rows say.
 * Ahead of what libseccomp makes of them, which can't say that and refuse a
 * number that it does not know at the same time, a few instructions of our own
 * answer ENOSYS to the numbers that no row has. It decides by number first, so
 * that the kernel's cache of always-allowed numbers covers every uncaught
 * call: those never run a filter. The i386 and x32 entry points are another
 * architecture to libseccomp: ENOSYS.
 *
 * What the agent may have run natively is for its one instruction alone, at
 * either of its two places, whichever a program has it at. That
 * libseccomp can't say: such rows get a placeholder for their action, and when
 * the program is loaded each placeholder becomes a jump to a tail that looks
 * at the instruction pointer. So the number still decides first.
 *
 * `trapped` is for what an outer filter answers; see outer.h. It is a program
 * of its own, since one can't say two things of a call.
 *
 * `traced` sends the calls that are only to be seen to the trace gate, where
 * nothing but their row decides what becomes of them: so the rows among them
 * that `caught` would refuse or notify, go there too.
 */
#include "interpose/filter.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "interpose/agent/page.h"
#include "interpose/outer.h"
#include "interpose/prebuilt.h"
#include "src/host/sys.h"
#include "src/syscall.h"

/* The data of trace actions that stand for the tails of settle(). */
#define NATIVE_DATA 0x6e75
#define WALLED_DATA 0x6e76
#define CLONES_DATA 0x6e77
#define SENDS_DATA 0x6e78
#define KIN_DATA 0x6e79
#define NATIVE_LEN 7
#define KIN_LEN 9
#define CLONES_LEN 14
#define SENDS_LEN 16
#define TAILS_LEN (2 * NATIVE_LEN + KIN_LEN + CLONES_LEN + SENDS_LEN)

static long add(scmp_filter_ctx ctx, uint32_t action, int nr)
{
	return seccomp_rule_add_array(ctx, action, nr, 0, NULL);
}

/* A rule for the forms whose argument compares so with @a (and @b). */
static long add_if(scmp_filter_ctx ctx, uint32_t action,
		   const struct syscall *row, enum scmp_compare op,
		   uint64_t a, uint64_t b)
{
	struct scmp_arg_cmp cmp = {
		.arg = (unsigned int)row->when_arg,
		.op = op,
		.datum_a = a,
		.datum_b = b,
	};

	return seccomp_rule_add_array(ctx, action, row->nr, 1, &cmp);
}

/* Two arguments of one rule: both must be 0. */
static long add_if_zeros(scmp_filter_ctx ctx, uint32_t action,
			 const struct syscall *row)
{
	struct scmp_arg_cmp cmps[] = {
		{ .arg = (unsigned int)row->when_arg, .op = SCMP_CMP_EQ },
		{ .arg = row->when_values[0], .op = SCMP_CMP_EQ },
	};

	return seccomp_rule_add_array(ctx, action, row->nr, 2, cmps);
}

/* Likewise: both have their bits. */
static long add_if_bits(scmp_filter_ctx ctx, uint32_t action,
			const struct syscall *row)
{
	const uint32_t *v = row->when_values;
	struct scmp_arg_cmp cmps[] = {
		{ .arg = (unsigned int)row->when_arg,
		  .op = SCMP_CMP_MASKED_EQ, .datum_a = v[0], .datum_b = v[0] },
		{ .arg = v[1], .op = SCMP_CMP_MASKED_EQ, .datum_a = v[2],
		  .datum_b = v[2] },
	};

	return seccomp_rule_add_array(ctx, action, row->nr, 2, cmps);
}

/* One rule a value or bit; the kernel takes these arguments as 32 bits. */
static long add_values(scmp_filter_ctx ctx, uint32_t action,
		       const struct syscall *row, unsigned int active)
{
	long r = 0;

	for (int i = 0; r == 0 && i < WHEN_VALUES_MAX && row->when_values[i];
	     i++) {
		uint32_t mask = syscall_value_mask(row->when_values[i], active);

		if (mask)
			r = add_if(ctx, action, row, SCMP_CMP_MASKED_EQ, mask,
				   row->when_values[i]);
	}
	return r;
}

static long add_bits(scmp_filter_ctx ctx, uint32_t action,
		     const struct syscall *row)
{
	long r = 0;

	for (unsigned int bit = 0; r == 0 && bit < 32; bit++) {
		uint64_t mask = UINT64_C(1) << bit;

		if (row->when_values[0] & mask)
			r = add_if(ctx, action, row, SCMP_CMP_MASKED_EQ, mask,
				   mask);
	}
	return r;
}

static long add_nonzero(scmp_filter_ctx ctx, uint32_t action,
			const struct syscall *row, int arg)
{
	struct scmp_arg_cmp cmp = {
		.arg = (unsigned int)arg,
		.op = SCMP_CMP_NE,
	};

	return seccomp_rule_add_array(ctx, action, row->nr, 1, &cmp);
}

static long add_row(scmp_filter_ctx ctx, uint32_t action,
		    const struct syscall *row, unsigned int active)
{
	if (row->with & active) {
		long r = add_nonzero(ctx, action, row, row->with_arg);

		if (r < 0)
			return r;
	}
	switch (syscall_when(row, active)) {
	case WHEN_ALWAYS:
		return add(ctx, action, row->nr);
	case WHEN_NONZERO:
		return add_nonzero(ctx, action, row, row->when_arg);
	case WHEN_ZERO:
		return add_if(ctx, action, row, SCMP_CMP_EQ, 0, 0);
	case WHEN_ZEROS:
		return add_if_zeros(ctx, action, row);
	case WHEN_BITS:
		return add_if_bits(ctx, action, row);
	case WHEN_NO_BIT:
		return add_if(ctx, action, row, SCMP_CMP_MASKED_EQ,
			      row->when_values[0], 0);
	case WHEN_IS:
		return add_values(ctx, action, row, active);
	case WHEN_ISNT:
		return add_if(ctx, action, row, SCMP_CMP_NE,
			      row->when_values[0], 0);
	case WHEN_ANY_BIT:
		return add_bits(ctx, action, row);
	case WHEN_ARMED:
		return 0;	/* by a filter of the task's own */
	}
	return -EINVAL;
}

/* What the programs are made for. */
struct plan {
	unsigned int active;
	enum filter_mode mode;
	const bool *traced;	/* NULL: none */
	bool agent;
	unsigned int late;	/* what comes to @active afterwards */
};

static bool is_traced(const struct plan *plan, const struct syscall *row)
{
	return plan->traced && plan->traced[row->nr];
}

static uint32_t row_action(const struct plan *plan, const struct syscall *row)
{
	const enum agent_part part = row->agent;

	if (is_traced(plan, row))
		return SCMP_ACT_TRACE(SYSCALL_TRACE_DATA);
	if (row->gate == GATE_DENY)
		return SCMP_ACT_ERRNO((uint32_t)row->err);
	if ((row->gate == GATE_STOP && plan->mode != FILTER_BARE) ||
	    plan->mode == FILTER_STOP ||
	    (row->once && plan->mode == FILTER_INTERRUPTIBLE))
		return SCMP_ACT_TRACE(SYSCALL_TRACE_DATA);
	if (plan->agent && (part == AGENT_NATIVE || part == AGENT_RUNS))
		return SCMP_ACT_TRACE(NATIVE_DATA);
	if (plan->agent && part == AGENT_KIN)
		return SCMP_ACT_TRACE(KIN_DATA);
	if (plan->agent && part == AGENT_SENDS)
		return SCMP_ACT_TRACE(SENDS_DATA);
	if (plan->agent && part == AGENT_CLONES)
		return SCMP_ACT_TRACE(CLONES_DATA);
	if (plan->agent && part == AGENT_WALLED)
		return SCMP_ACT_TRACE(WALLED_DATA);
	return SCMP_ACT_NOTIFY;
}

static long add_caught(scmp_filter_ctx ctx, const struct plan *plan)
{
	long r = 0;

	for (int nr = 0; r == 0 && nr < SYSCALL_LIMIT; nr++) {
		const struct syscall *row = syscall_row(nr);

		if (row && syscall_caught(row, plan->active))
			r = add_row(ctx, row_action(plan, row), row,
				    plan->active);
	}
	return r;
}

static long add_traced(scmp_filter_ctx ctx, const struct plan *plan)
{
	long r = 0;

	for (int nr = 0; r == 0 && nr < SYSCALL_LIMIT; nr++) {
		const struct syscall *row = syscall_row(nr);

		if (row && is_traced(plan, row))
			r = add(ctx, SCMP_ACT_TRACE(FILTER_SHOWN), nr);
	}
	return r;
}

static long add_trapped(scmp_filter_ctx ctx, const struct plan *plan)
{
	const struct outer_form *forms;
	unsigned int n = outer_forms(&forms);
	long r = 0;

	(void)plan;
	for (unsigned int i = 0; r == 0 && i < n; i++) {
		struct scmp_arg_cmp cmp = {
			.arg = (unsigned int)forms[i].arg,
			.op = SCMP_CMP_MASKED_EQ,
			.datum_a = forms[i].mask,
			.datum_b = forms[i].value,
		};

		if (forms[i].err)
			r = seccomp_rule_add_array(ctx, SCMP_ACT_TRAP,
						   forms[i].nr,
						   forms[i].mask != 0, &cmp);
	}
	return r;
}

/* libseccomp's traps have no data to be known by. */
static void mark_traps(struct sock_fprog *program)
{
	for (unsigned int i = 0; i < program->len; i++) {
		struct sock_filter *at = &program->filter[i];

		if (at->code == (BPF_RET | BPF_K) && at->k == SECCOMP_RET_TRAP)
			at->k |= SYSCALL_TRACE_DATA;
	}
}

#define HEAD_MAX 18
#define NO_CALL ((uint32_t)-1)
#define RET_ENOSYS (SECCOMP_RET_ERRNO | ENOSYS)

static bool has_row(int nr)
{
	return syscall_row(nr) != NULL;
}

/*
 * Puts ahead of @program what answers the numbers without a row, of whatever
 * architecture: from the highest on, each border of a run of rows is a jump to
 * the refusal or to the program behind it. There is room for it. The number -1
 * is no call, but what a debugger inside puts in place of one; the kernel does
 * nothing then, and answers ENOSYS by itself if it was the program.
 */
static void put_head(struct sock_fprog *program)
{
	struct sock_filter head[HEAD_MAX] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, NO_CALL, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const unsigned int first = 3;
	unsigned int n = first;

	for (int nr = SYSCALL_LIMIT; nr > 0 && n < HEAD_MAX - 1; nr--)
		if (has_row(nr) != has_row(nr - 1))
			head[n++] = (struct sock_filter)
				BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K,
					 (unsigned int)nr, has_row(nr), 0);
	for (unsigned int i = first; i < n; i++)
		head[i].jt = (unsigned char)(head[i].jt + n - i - 1);
	head[n - 1].jf = has_row(0);
	head[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, RET_ENOSYS);
	memmove(program->filter + n, program->filter,
		program->len * sizeof(*head));
	memcpy(program->filter, head, n * sizeof(*head));
	program->len = (unsigned short)(program->len + n);
}

/* libseccomp writes a program to a descriptor only. */
static long export(scmp_filter_ctx ctx, struct sock_fprog *ret_program)
{
	_cleanup_close_ int fd = memfd_create("filter", MFD_CLOEXEC);
	struct stat st;
	long r;

	if (fd < 0)
		return sys_result(fd);
	r = seccomp_export_bpf(ctx, fd);
	if (r < 0)
		return r;
	if (fstat(fd, &st) < 0 || lseek(fd, 0, SEEK_SET) < 0)
		return -EIO;
	ret_program->filter = malloc((size_t)st.st_size +
				     (HEAD_MAX + TAILS_LEN) *
				     sizeof(struct sock_filter));
	if (!ret_program->filter)
		return -ENOMEM;
	ret_program->len = (unsigned short)((size_t)st.st_size /
					    sizeof(struct sock_filter));
	r = sys_read(fd, ret_program->filter, (size_t)st.st_size);
	return r == st.st_size ? 0 : -EIO;
}

static long build(struct sock_fprog *ret_program, uint32_t default_action,
		  long (*add_rows)(scmp_filter_ctx, const struct plan *),
		  const struct plan *plan)
{
	scmp_filter_ctx ctx = seccomp_init(default_action);
	long r;

	if (!ctx)
		return -ENOMEM;
	r = seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH,
			     SCMP_ACT_ERRNO(ENOSYS));
	/* A binary tree by number instead of a list: libseccomp 2.5 */
	if (r == 0)
		r = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	if (r == 0)
		r = add_rows(ctx, plan);
	if (r == 0)
		r = export(ctx, ret_program);
	seccomp_release(ctx);
	return r;
}

/* settle() writes to it, and behind it. */
static long copy(struct sock_fprog *ret_program, const struct sock_fprog *from)
{
	ret_program->filter = malloc((from->len + TAILS_LEN) *
				     sizeof(struct sock_filter));
	if (!ret_program->filter)
		return -ENOMEM;
	memcpy(ret_program->filter, from->filter,
	       from->len * sizeof(struct sock_filter));
	ret_program->len = from->len;
	return 0;
}

static long build_caught(struct filter *f, const struct plan *plan)
{
	const struct sock_fprog *made = plan->agent && !plan->traced ?
		prebuilt_caught(plan->active, plan->mode) : NULL;
	long r;

	if (made)
		return copy(&f->caught, made);
	r = build(&f->caught, SCMP_ACT_ALLOW, add_caught, plan);
	if (r == 0)
		put_head(&f->caught);
	return r;
}

long filter_build(struct filter *f, unsigned int active, enum filter_mode mode,
		  const bool *traced, uint32_t native)
{
	const struct plan plan = { active, mode, traced, native != 0, 0 };
	const struct outer_form *forms;
	long r;

	*f = (struct filter){ .native = native };
	r = build_caught(f, &plan);
	if (r == 0 && traced)
		r = build(&f->traced, SCMP_ACT_ALLOW, add_traced, &plan);
	if (r == 0 && outer_forms(&forms) > 0) {
		r = build(&f->trapped, SCMP_ACT_ALLOW, add_trapped, &plan);
		if (r == 0)
			mark_traps(&f->trapped);
	}
	if (r < 0)
		filter_free(f);
	return r;
}

static long add_late(scmp_filter_ctx ctx, const struct plan *plan)
{
	long r = 0;

	for (int nr = 0; r == 0 && nr < SYSCALL_LIMIT; nr++) {
		const struct syscall *row = syscall_row(nr);

		if (row && syscall_caught(row, plan->late))
			r = add_row(ctx, SCMP_ACT_TRACE(SYSCALL_TRACE_DATA),
				    row, plan->active);
	}
	return r;
}

long filter_file_late(unsigned int active, unsigned int late)
{
	const struct plan plan = { .active = active | late, .late = late };
	int fd = memfd_create("filter", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	struct sock_fprog program = { 0 };
	long r = sys_result(fd);

	if (r >= 0)
		r = build(&program, SCMP_ACT_ALLOW, add_late, &plan);
	if (r == 0)
		r = sys_write_all(fd, program.filter,
				  program.len * sizeof(*program.filter));
	free(program.filter);
	/* Others inside could open it in /proc, and write. */
	if (r >= 0)
		r = sys_result(fcntl(fd, F_ADD_SEALS,
				     F_SEAL_SEAL | F_SEAL_SHRINK |
					     F_SEAL_GROW | F_SEAL_WRITE));
	if (r >= 0)
		return fd;
	close(fd);
	return r;
}

void filter_free(struct filter *f)
{
	free(f->caught.filter);
	free(f->traced.filter);
	free(f->trapped.filter);
	*f = (struct filter){ 0 };
}

static long load(const struct sock_fprog *program, unsigned long flags)
{
	return sys_call(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags,
			(uintptr_t)program, 0, 0, 0);
}

#define LOAD(field) \
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define LOAD_UPPER(field)            \
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, \
		 offsetof(struct seccomp_data, field) + 4)
/* Over so many instructions, if it is so, and if not. */
#define IF(what, value, yes, no) \
	BPF_JUMP(BPF_JMP | BPF_##what | BPF_K, value, yes, no)
#define ANSWER(action) BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_##action)

static void replace(struct sock_fprog *program, uint32_t data,
		    struct sock_filter other, unsigned int target)
{
	for (unsigned int i = 0; i < program->len; i++) {
		struct sock_filter *at = &program->filter[i];

		if (at->code != (BPF_RET | BPF_K) ||
		    at->k != (SECCOMP_RET_TRACE | data))
			continue;
		*at = other;
		if (target)
			at->k = target - i - 1;
	}
}

/* What stands for @data becomes a jump to @tail, which comes to the end. */
static void put_tail(struct sock_fprog *program, uint32_t data,
		     const struct sock_filter *tail, unsigned int n)
{
	const struct sock_filter jump = BPF_STMT(BPF_JMP | BPF_JA, 0);

	replace(program, data, jump, program->len);
	memcpy(program->filter + program->len, tail, n * sizeof(*tail));
	program->len = (unsigned short)(program->len + n);
}

/* By the agent's one instruction. */
static void put_native(struct sock_fprog *program, uint32_t data,
		       uint32_t native)
{
	const struct sock_filter tail[NATIVE_LEN] = {
		LOAD(instruction_pointer),
		IF(JEQ, native, 1, 0),
		IF(JEQ, native + AGENT_HIGHER, 0, 3),
		LOAD_UPPER(instruction_pointer),
		IF(JEQ, 0, 0, 1),
		ANSWER(ALLOW),
		ANSWER(USER_NOTIF),
	};

	put_tail(program, data, tail, NATIVE_LEN);
}

/* Likewise, of nobody else. */
static void put_kin(struct sock_fprog *program, uint32_t native)
{
	const struct sock_filter tail[KIN_LEN] = {
		LOAD(instruction_pointer),
		IF(JEQ, native, 1, 0),
		IF(JEQ, native + AGENT_HIGHER, 0, 5),
		LOAD_UPPER(instruction_pointer),
		IF(JEQ, 0, 0, 3),
		LOAD(args[0]),
		IF(JEQ, 0, 0, 1),
		ANSWER(ALLOW),
		ANSWER(USER_NOTIF),
	};

	put_tail(program, KIN_DATA, tail, KIN_LEN);
}

/* From any site, with flags that do no harm; vfork has none. */
static void put_clones(struct sock_fprog *program)
{
	const struct sock_filter tail[CLONES_LEN] = {
		LOAD_UPPER(instruction_pointer),
		IF(JEQ, 0, 0, 11),
		LOAD(instruction_pointer),
		IF(JGE, AGENT_TEXT + AGENT_HIGHER, 9, 0),
		IF(JGE, AGENT_BASE + AGENT_HIGHER, 2, 0),
		IF(JGE, AGENT_TEXT, 7, 0),
		IF(JGE, AGENT_BASE, 0, 6),
		LOAD(nr),
		IF(JEQ, SYS_vfork, 3, 0),
		IF(JEQ, SYS_fork, 2, 0),
		LOAD(args[0]),
		IF(JSET, ~(uint32_t)AGENT_CLONE_FLAGS, 1, 0),
		ANSWER(ALLOW),
		ANSWER(USER_NOTIF),
	};

	put_tail(program, CLONES_DATA, tail, CLONES_LEN);
}

/*
 * By the agent's one instruction: a plain signal to oneself, thread or
 * process, by a descriptor that can be nobody else.
 */
static void put_sends(struct sock_fprog *program, uint32_t native)
{
	const struct sock_filter tail[SENDS_LEN] = {
		LOAD(instruction_pointer),
		IF(JEQ, native, 1, 0),
		IF(JEQ, native + AGENT_HIGHER, 0, 12),
		LOAD_UPPER(instruction_pointer),
		IF(JEQ, 0, 0, 10),
		LOAD(args[0]),
		IF(JEQ, (uint32_t)AGENT_SELF_THREAD, 1, 0),
		IF(JEQ, (uint32_t)AGENT_SELF_PROCESS, 0, 7),
		LOAD(args[2]),
		IF(JEQ, 0, 0, 5),
		LOAD_UPPER(args[2]),
		IF(JEQ, 0, 0, 3),
		LOAD(args[3]),
		IF(JEQ, 0, 0, 1),
		ANSWER(ALLOW),
		ANSWER(USER_NOTIF),
	};

	put_tail(program, SENDS_DATA, tail, SENDS_LEN);
}

/* Puts what the placeholders stand for in their places. */
static void settle(struct sock_fprog *program, uint32_t native, bool walled)
{
	put_native(program, NATIVE_DATA, native);
	if (walled)
		put_native(program, WALLED_DATA, native);
	else
		replace(program, WALLED_DATA,
			(struct sock_filter)ANSWER(USER_NOTIF), 0);
	put_kin(program, native);
	put_clones(program);
	put_sends(program, native);
}

long filter_load(struct filter *f, enum filter_mode mode, bool walled,
		 int *ret_listener)
{
	unsigned long flags = 0;
	long r = sys_result(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));

	if (f->native)
		settle(&f->caught, f->native, walled);
	if (r < 0)
		return r;
	if (mode != FILTER_STOP)
		flags = SECCOMP_FILTER_FLAG_NEW_LISTENER;
	if (mode <= FILTER_KILLABLE)
		flags |= SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
	r = load(&f->caught, flags);
	if (r < 0)
		return r;
	*ret_listener = mode == FILTER_STOP ? -1 : (int)r;
	return 0;
}

long filter_allowed(void)
{
	long r = load(NULL, 0);

	return r == -EFAULT ? 0 : r;
}

bool filter_has_killable(void)
{
	/* No program: EFAULT if the flags are known, EINVAL if not. */
	return load(NULL, SECCOMP_FILTER_FLAG_NEW_LISTENER |
		    SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV) == -EFAULT;
}

long filter_load_held(const struct filter *f)
{
	long r = f->trapped.len ? load(&f->trapped, 0) : 0;

	return r == 0 && f->traced.len ? load(&f->traced, 0) : r;
}

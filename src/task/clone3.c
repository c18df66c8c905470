/* SPDX-License-Identifier: Apache-2.0 */
/*
 * clone3(2): its arguments, and what of them clone(2) can't say.
 *
 * Theory of operation. What struct clone_args holds is read once, checked as
 * the kernel checks it, and given to clone(2) in registers: so no other thread
 * can change what was checked, the flag that keeps the child traced above all.
 * Numbers that were chosen are reserved before the kernel makes the child
 * (clone.c). With CLONE_CLEAR_SIGHAND the child begins with one
 * rt_sigaction(2) for each handler that it has.
 *
 * Follows kernel/fork.c of Linux 6.18.
 */
#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <linux/sched.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include "src/host/sys.h"
#include "src/task/clone.h"
#include "src/task/task.h"

#define ARGS_MAX 4096			    /* a page, whatever may come */
#define USER_END UINT64_C(0x7ffffffff000) /* TASK_SIZE_MAX of x86-64 */

static_assert(sizeof(struct clone_args) == CLONE_ARGS_SIZE_VER2,
	      "headers of another version than this was written for");

/* copy_struct_from_user(): what it has beyond must be 0. */
static long read_args(struct call *c, struct clone_args *ret_args)
{
	const uint64_t addr = c->args[0], size = c->args[1];
	const size_t known = sizeof(*ret_args);
	char beyond[ARGS_MAX];

	if (size > ARGS_MAX)
		return -E2BIG;
	if (size < CLONE_ARGS_SIZE_VER0)
		return -EINVAL;
	if (size > known) {
		if (call_read(c, addr + known, beyond, size - known) < 0)
			return -EFAULT;
		for (size_t i = 0; i < size - known; i++)
			if (beyond[i])
				return -E2BIG;
	}
	memset(ret_args, 0, known);
	return call_read(c, addr, ret_args, size < known ? size : known);
}

/* copy_clone_args_from_user() */
static long check_args(const struct clone_args *args, uint64_t size)
{
	if (args->set_tid_size > PIDS_LEVELS_MAX ||
	    !args->set_tid != !args->set_tid_size)
		return -EINVAL;
	if (args->exit_signal >= _NSIG)
		return -EINVAL;
	if ((args->flags & CLONE_INTO_CGROUP) &&
	    (args->cgroup > INT_MAX || size < CLONE_ARGS_SIZE_VER2))
		return -EINVAL;
	return 0;
}

/* clone3_stack_valid() */
static bool stack_is_valid(const struct clone_args *args)
{
	if (!args->stack || !args->stack_size)
		return !args->stack && !args->stack_size;
	return args->stack <= USER_END &&
	       args->stack_size <= USER_END - args->stack;
}

/* clone3_args_valid() */
static bool flags_are_valid(const struct clone_args *args)
{
	const uint64_t known = 0xffffffff | CLONE_CLEAR_SIGHAND |
			       CLONE_INTO_CGROUP;
	const uint64_t clear = CLONE_SIGHAND | CLONE_CLEAR_SIGHAND;

	if (args->flags & ~known ||
	    args->flags & (CLONE_DETACHED | (CSIGNAL & ~CLONE_NEWTIME)) ||
	    (args->flags & clear) == clear)
		return false;
	return !(args->flags & (CLONE_THREAD | CLONE_PARENT)) ||
	       !args->exit_signal;
}

long task_clone3(struct call *c)
{
	struct clone_request rq = { 0 };
	struct clone_args args;
	long r = read_args(c, &args);

	if (r == 0)
		r = check_args(&args, c->args[1]);
	if (r == 0 && args.set_tid)
		r = call_read(c, args.set_tid, rq.set_tid,
			      args.set_tid_size * sizeof(rq.set_tid[0]));
	if (r == 0 && !(flags_are_valid(&args) && stack_is_valid(&args)))
		r = -EINVAL;
	if (r < 0)
		return r;
	rq.flags = args.flags;
	rq.exit_signal = args.exit_signal;
	rq.stack = args.stack + args.stack_size;
	rq.pidfd = args.pidfd;
	rq.parent_tid = args.parent_tid;
	rq.child_tid = args.child_tid;
	rq.tls = args.tls;
	rq.cgroup = (int)args.cgroup;
	rq.set_tid_size = args.set_tid_size;
	return task_clone_request(c, &rq);
}

/* ---- CLONE_CLEAR_SIGHAND ---- */

/* struct sigaction of the kernel */
struct action {
	uint64_t handler, flags, restorer, mask;
};

#define IGNORED_ARG 5	/* rt_sigaction(2) has four */

/* c->cookie: the signals that are left, bit N is signal N + 1. */
static long clear_next(struct call *c, long result)
{
	const uint64_t ignored = c->host_args[IGNORED_ARG];
	struct action clear = { 0 };	/* SIG_DFL */
	uint64_t sig;

	(void)result;
	call_restore(c);
	if (!c->cookie)
		return 0;
	sig = (uint64_t)__builtin_ctzll(c->cookie);
	c->cookie &= c->cookie - 1;
	if (ignored >> sig & 1)
		clear.handler = (uintptr_t)SIG_IGN;
	if (call_lend(c, &clear, sizeof(clear), &c->host_args[1]) < 0)
		return 0;
	c->host_args[0] = sig + 1;
	return call_then_other(c, SYS_rt_sigaction, clear_next);
}

long clone_clear_handlers(struct call *c)
{
	struct sys_signals signals = { 0 };

	c->task->clears_handlers = false;
	c->scratch_len = 0;
	sys_signals(c->task->tid->host, &signals);
	/* Of SIG_DFL the flags of one are of interest, too: SA_NOCLDWAIT. */
	c->cookie = signals.caught | signals.ignored |
		    UINT64_C(1) << (SIGCHLD - 1);
	memset(c->host_args, 0, sizeof(c->host_args));
	c->host_args[3] = sizeof(uint64_t);	/* of a mask */
	c->host_args[IGNORED_ARG] = signals.ignored;
	return clear_next(c, 0);
}

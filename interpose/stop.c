/* SPDX-License-Identifier: Apache-2.0 */
/* The trace gate; see stop.h and ptrace(2). */
#include "interpose/stop.h"

#include <errno.h>
#include <linux/audit.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include "src/host/sys.h"

#define OPTIONS (PTRACE_O_EXITKILL | PTRACE_O_TRACESECCOMP | \
		 PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEEXEC)

/* A step stop shows as SIGTRAP with this bit: PTRACE_O_TRACESYSGOOD. */
#define SYSGOOD 0x80

#ifndef SYS_SECCOMP
#define SYS_SECCOMP 1	/* si_code of a filter's trap */
#endif

long stop_seize(host_pid tid, bool exits)
{
	return sys_result(ptrace(PTRACE_SEIZE, tid.n, NULL,
				 OPTIONS | (exits ? PTRACE_O_TRACEEXIT : 0)));
}

long stop_want_events(host_pid tid, bool exits, unsigned long events)
{
	return sys_result(ptrace(PTRACE_SETOPTIONS, tid.n, NULL,
				 OPTIONS | (exits ? PTRACE_O_TRACEEXIT : 0) |
					 events));
}

static enum stop_kind event_kind(int event, int sig)
{
	switch (event) {
	case PTRACE_EVENT_SECCOMP:
		return STOP_CALL;
	case PTRACE_EVENT_EXEC:
		return STOP_EXEC;
	case PTRACE_EVENT_EXIT:
		return STOP_EXIT;
	case PTRACE_EVENT_FORK:
	case PTRACE_EVENT_VFORK:
	case PTRACE_EVENT_CLONE:
	case PTRACE_EVENT_VFORK_DONE:
		return STOP_FORK;
	case PTRACE_EVENT_STOP:
		return sig == SIGTRAP ? STOP_TRAP : STOP_GROUP;
	case 0:
		return sig == (SIGTRAP | SYSGOOD) ? STOP_STEP : STOP_SIGNAL;
	default:
		return STOP_OTHER;
	}
}

/* Of nsrun's own filter; what a guest sends itself has no such code. */
static bool is_trapped(host_pid tid)
{
	siginfo_t info;

	return stop_get_signal(tid, &info) == 0 &&
	       info.si_code == SYS_SECCOMP &&
	       info.si_errno == SYSCALL_TRACE_DATA &&
	       info.si_arch == AUDIT_ARCH_X86_64;
}

static unsigned long count;

unsigned long stop_count(void)
{
	return count;
}

static void read_event(struct stop *stop, int status)
{
	unsigned long message = 0;

	count++;
	stop->status = status;
	if (!WIFSTOPPED(status)) {
		stop->kind = STOP_DIED;
		return;
	}
	stop->sig = WSTOPSIG(status);
	stop->kind = event_kind(status >> 16, stop->sig);
	if (stop->kind == STOP_SIGNAL && stop->sig == SIGSYS &&
	    is_trapped(stop->tid))
		stop->kind = STOP_TRAPPED;
	stop->event = status >> 16;
	if (stop->kind == STOP_EXEC || stop->kind == STOP_CALL ||
	    stop->kind == STOP_FORK || stop->kind == STOP_EXIT)
		ptrace(PTRACE_GETEVENTMSG, stop->tid.n, NULL, &message);
	stop->former.n = (int)message;
	stop->data = message;
}

static long (*ask_how)(host_pid tid);
static struct rusage usage;

const struct rusage *stop_usage(void)
{
	return &usage;
}

/* Events that were taken ahead of their turn, as waitpid() told them. */
static struct taken {
	host_pid tid;
	int status;
	struct rusage usage;
} taken[STOPS_TAKEN_MAX];
static unsigned int taken_first, taken_end;

long stop_take(host_pid tid)
{
	struct taken *t = &taken[taken_end];
	siginfo_t info = { 0 };
	long r;

	if (taken_end == STOPS_TAKEN_MAX)
		return -ENOSPC;
	r = sys_result(waitid(P_PID, (id_t)tid.n, &info, __WALL | WNOHANG |
			      WNOWAIT | WEXITED | WSTOPPED));
	if (r < 0 || info.si_pid == 0)
		return r == -EINTR ? 0 : r;
	/* Its number stays taken until the loop knows that it is dead. */
	if (info.si_code != CLD_TRAPPED && info.si_code != CLD_STOPPED)
		return 1;
	r = sys_result(wait4(tid.n, &t->status, __WALL | WNOHANG, &t->usage));
	if (r <= 0)
		return r == -EINTR ? 0 : r;
	t->tid = tid;
	taken_end++;
	return 1;
}

unsigned int stop_taken(void)
{
	return taken_end - taken_first;
}

static void tell_taken(struct stop *ret_stop)
{
	const struct taken *t = &taken[taken_first++];

	ret_stop->tid = t->tid;
	usage = t->usage;
	read_event(ret_stop, t->status);
	if (taken_first == taken_end)
		taken_first = taken_end = 0;
}

long stop_next(struct stop *ret_stop)
{
	int status;
	long tid;

	ret_stop->kind = STOP_NONE;
	if (stop_taken() > 0) {
		tell_taken(ret_stop);
		return 0;
	}
	do {
		tid = sys_result(wait4(-1, &status, __WALL | WNOHANG,
				       ask_how ? &usage : NULL));
	} while (tid == -EINTR);
	if (tid < 0)
		return tid;
	if (tid > 0) {
		ret_stop->tid.n = (int)tid;
		read_event(ret_stop, status);
	}
	return 0;
}

static long resume(int request, host_pid tid, int sig)
{
	return sys_result(ptrace(request, tid.n, NULL, (long)sig));
}

static bool step_always, step_now;

void stop_step_always(void)
{
	step_always = true;
}

void stop_step_now(bool on)
{
	step_now = on;
}

void stop_ask_how(long (*how)(host_pid tid))
{
	ask_how = how;
}

long stop_resume(host_pid tid, int sig)
{
	long how = ask_how ? ask_how(tid) : 0;

	if (how > 0)
		return resume((int)how, tid, sig);
	return resume(step_always || step_now ? PTRACE_SYSCALL : PTRACE_CONT,
		      tid, sig);
}

long stop_let_go(host_pid tid, int sig)
{
	return resume(PTRACE_DETACH, tid, sig);
}

long stop_resume_unseen(host_pid tid)
{
	return resume(PTRACE_CONT, tid, 0);
}

/* PTRACE_GET_SYSCALL_INFO: Linux 5.3 */
long stop_is_entry(host_pid tid, bool *ret_foreign)
{
	struct __ptrace_syscall_info info = { 0 };
	long r = sys_result(ptrace(PTRACE_GET_SYSCALL_INFO, tid.n,
				   sizeof(info), &info));

	if (r < 0)
		return r;
	*ret_foreign = info.arch != AUDIT_ARCH_X86_64;
	return info.op == PTRACE_SYSCALL_INFO_ENTRY;
}

long stop_resume_step(host_pid tid, int sig)
{
	return resume(PTRACE_SYSCALL, tid, sig);
}

long stop_interrupt(host_pid tid)
{
	return sys_result(ptrace(PTRACE_INTERRUPT, tid.n, NULL, NULL));
}

long stop_set_mask(host_pid tid, uint64_t mask)
{
	return sys_result(ptrace(PTRACE_SETSIGMASK, tid.n, sizeof(mask),
				 &mask));
}

long stop_block_signals(host_pid tid, uint64_t *ret_old)
{
	long r = sys_result(ptrace(PTRACE_GETSIGMASK, tid.n, sizeof(*ret_old),
				   ret_old));

	return r < 0 ? r : stop_set_mask(tid, ~UINT64_C(0));
}

void stop_mend_mask(host_pid tid)
{
	/* Two are libc's own, of which no program can block the first. */
	const uint64_t others = UINT64_C(3) << 31 | UINT64_C(1) << (SIGKILL - 1) |
				UINT64_C(1) << (SIGSTOP - 1);
	const uint64_t sigsys = UINT64_C(1) << (SIGSYS - 1);
	uint64_t mask;

	if (sys_result(ptrace(PTRACE_GETSIGMASK, tid.n, sizeof(mask),
			      &mask)) == 0 &&
	    (mask | others | sigsys) == ~UINT64_C(0) && !(mask & sigsys))
		stop_set_mask(tid, mask | sigsys);
}

long stop_listen(host_pid tid)
{
	return resume(PTRACE_LISTEN, tid, 0);
}

long stop_get_signal(host_pid tid, siginfo_t *ret_info)
{
	return sys_result(ptrace(PTRACE_GETSIGINFO, tid.n, NULL, ret_info));
}

long stop_set_signal(host_pid tid, const siginfo_t *info)
{
	return sys_result(ptrace(PTRACE_SETSIGINFO, tid.n, NULL, info));
}

void stop_fill_call(struct call *c, const struct regs *regs)
{
	c->nr = (int)regs_nr(regs);
	c->ip = regs_ip(regs);
	c->sp = regs_sp(regs);
	c->go_to = 0;
	for (int i = 0; i < CALL_ARGS; i++)
		c->args[i] = regs_arg(regs, i);
}

long stop_put_answer(host_pid tid, struct regs *regs, long value)
{
	regs_set_nr(regs, -1);
	regs_set_result(regs, value);
	return regs_write(tid, regs);
}

long stop_answer(host_pid tid, struct regs *regs, long value)
{
	long r = stop_put_answer(tid, regs, value);

	return r < 0 ? r : stop_resume(tid, 0);
}

static void set_args(struct regs *regs, const uint64_t *args)
{
	for (int i = 0; i < CALL_ARGS; i++)
		regs_set_arg(regs, i, args[i]);
}

static long write_and_step(host_pid tid, const struct regs *regs)
{
	long r = regs_write(tid, regs);

	return r < 0 ? r : stop_resume_step(tid, 0);
}

long stop_run(host_pid tid, struct regs *regs, const struct call *c)
{
	regs_set_nr(regs, c->host_nr);
	set_args(regs, c->host_args);
	return write_and_step(tid, regs);
}

long stop_run_again(host_pid tid, struct regs *regs, const struct call *c)
{
	regs_again(regs, c->host_nr);
	set_args(regs, c->host_args);
	return write_and_step(tid, regs);
}

void stop_finish(struct regs *regs, const struct call *c, long result)
{
	set_args(regs, c->args);
	/* A restart code makes the kernel run this number again. */
	regs_set_nr(regs, c->nr);
	regs_set_result(regs, result);
	if (c->go_to)
		regs_set_ip(regs, c->go_to);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signals between tasks, and what a siginfo says.
 *
 * Theory of operation. The supervisor sends what a task sends, so the kernel
 * would name the supervisor as the sender. It therefore queues a siginfo of
 * its own with a private negative si_code (the kernel lets nobody queue one
 * of SI_USER or SI_TKILL to another process), the sender's number as the
 * receiver's namespace sees it, and the instance's secret in si_value. It is
 * turned into what kill(2) or tgkill(2) make where a program reads it: at the
 * signal-delivery stop, after sigtimedwait(2), after a read of a signalfd.
 *
 * Signals that the kernel itself sends (SIGCHLD, SIGPIPE …) or that come from
 * outside hold host numbers; they are translated in the same places.
 *
 * Init of a namespace gets from inside only what it has a handler for
 * (SIGNAL_UNKILLABLE in kernel/signal.c). What the kernel sends because of
 * init's own doings (SIGPIPE, SIGALRM, a fault), and what comes from outside
 * (a terminal, `kill` of a user) acts as on any process: whoever runs a
 * command under nsrun expects ^C and a closed pipe to end it. That is so of the
 * init that nsrun itself was given (`wraps`), also by an nsrun inside; any other
 * is as the kernel has it.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <utlist.h>
#include "src/host/sys.h"
#include "src/ns/user_access.h"
#include "src/ns/user_cred.h"
#include "src/task/task.h"

#define CODE_KILL (-0x6e730001)		/* "ns" */
#define CODE_TKILL (-0x6e730002)
#define CODE_OWN (-0x6e730003)	/* a code of the sender's own: in si_errno */
#define CODE_CHILD (-0x6e730004)	/* of a traced task; likewise, and status */

static bool is_ours(const siginfo_t *info)
{
	return info->si_code <= CODE_KILL && info->si_code >= CODE_CHILD &&
	       (uint64_t)(uintptr_t)info->si_value.sival_ptr ==
	       instance.secret;
}

/* What a program sees of one of ours. */
static void unmask(siginfo_t *info)
{
	switch (info->si_code) {
	case CODE_KILL:
		info->si_code = SI_USER;
		break;
	case CODE_TKILL:
		info->si_code = SI_TKILL;
		break;
	case CODE_CHILD:
		info->si_code = info->si_errno >> 8;
		info->si_value.sival_ptr = NULL;
		info->si_status = info->si_errno & 0xff;
		info->si_errno = 0;
		return;
	default:
		info->si_code = info->si_errno;
		info->si_errno = 0;
		break;
	}
	info->si_value.sival_ptr = NULL;
}

/* Is @from in the namespace of @to, or below it? */
static bool is_inside(const struct task *from, const struct group *to)
{
	return pid_nr(from->group->tgid, group_pid_ns(to)).n > 0;
}

/* Those that reach init, too, from above its namespace. */
static bool is_forced(int sig)
{
	return sig == SIGKILL || sig == SIGSTOP;
}

static bool init_drops(const struct task *from, struct group *to, int sig)
{
	struct sys_signals signals;
	const struct task *task;
	uint64_t bit = UINT64_C(1) << (sig - 1);

	if (is_forced(sig))
		return true;
	/* It goes on first: prepare_signal() */
	if (sig == SIGCONT)
		return false;
	if (sys_signals(to->tgid->host, &signals) < 0)
		return true;
	/*
	 * What it blocks is judged at its delivery, by a stop; and so is what
	 * others send, since it may look otherwise by then.
	 */
	if (!(signals.caught & bit) && (signals.blocked & bit))
		group_hold(to);
	else if ((signals.caught & bit) &&
		 (from->group != to || (signals.blocked & bit)))
		group_hold_once(to);
	/* sigtimedwait() unblocks what it waits for: kernel's real_blocked */
	DL_FOREACH2(to->tasks, task, in_group_next)
		if (task->in_call && task->call.nr == SYS_rt_sigtimedwait)
			return false;
	return !((signals.caught | signals.blocked) & bit);
}

bool signal_is_dropped(const struct task *from, struct group *to, int sig)
{
	if (!group_is_init(to))
		return false;
	/* From above: to one that is the kernel's kind of init. */
	if (!is_inside(from, to) && (is_forced(sig) || group_pid_ns(to)->wraps))
		return false;
	return init_drops(from, to, sig);
}

bool signal_hides_sender(const struct task *from, const struct group *to,
			 siginfo_t *info)
{
	/* SIL_RT and SIL_KILL of siginfo_layout() */
	if (is_inside(from, to) || info->si_code == SI_TIMER ||
	    info->si_code == SI_SIGIO || info->si_code >= 0)
		return false;
	info->si_pid = 0;
	return true;
}

/* The user namespace that the processes' siginfos are seen in. */
static const struct user_namespace *group_user_ns(const struct group *group)
{
	const struct user_cred *cred = user_group_cred(group);

	return cred ? cred->ns : NULL;
}

uint32_t signal_uid(const struct task *from, const struct group *to)
{
	return user_from_kuid(group_user_ns(to),
			      from->cred ? from->cred->uid : sys_uid());
}

long signal_send(struct task *from, struct group *to, struct task *thread,
		 int sig, enum signal_kind kind)
{
	siginfo_t info;
	long r;

	if (sig < 0 || sig > 64)
		return -EINVAL;
	if (!user_may_signal(from, to, thread, sig))
		return -EPERM;
	/* A zombie takes every signal and does nothing. */
	if (to->zombie)
		return to->gone ? -ESRCH : 0;
	if (sig == 0 && !thread)
		return sys_kill(to->tgid->host, 0);
	if (sig && signal_is_dropped(from, to, sig))
		return 0;
	memset(&info, 0, sizeof(info));
	info.si_signo = sig;
	info.si_code = kind == SIGNAL_KILL ? CODE_KILL : CODE_TKILL;
	/* Its number where it is itself, if it is to be seen at all: the
	 * kernel's prepare_kill_siginfo() does not turn it into the receiver's.
	 */
	info.si_pid = is_inside(from, to) ? group_number(from->group, from).n :
					    0;
	info.si_uid = signal_uid(from, to);
	info.si_value.sival_ptr = (void *)(uintptr_t)instance.secret;
	r = thread ? sys_tgsigqueue(to->tgid->host, thread->tid->host, sig,
				    &info) :
		     sys_sigqueue(to->tgid->host, sig, &info);
	/* The user's queue is full, which kill(2) does not mind. */
	if (r == -EAGAIN && !thread)
		r = sys_kill(to->tgid->host, sig);
	if (r == 0 && sig == SIGKILL)
		to->killed = true;
	return r;
}

void signal_child(struct group *to, const struct task *about, int code,
		  int status)
{
	const uint64_t bit = UINT64_C(1) << (SIGCHLD - 1);
	struct sys_signals signals;
	siginfo_t info;

	if (to->zombie || sys_signals(to->tgid->host, &signals) < 0 ||
	    !((signals.caught | signals.blocked) & bit))
		return;
	memset(&info, 0, sizeof(info));
	info.si_signo = SIGCHLD;
	info.si_code = CODE_CHILD;
	info.si_errno = code << 8 | (status & 0xff);
	info.si_pid = pid_nr(about->tid, group_pid_ns(to)).n;
	info.si_uid = signal_uid(about, to);
	info.si_value.sival_ptr = (void *)(uintptr_t)instance.secret;
	sys_sigqueue(to->tgid->host, SIGCHLD, &info);
}

long signal_task(const struct task *task, int sig)
{
	return sys_call(SYS_tgkill, (uint64_t)task->group->tgid->host.n,
			(uint64_t)task->tid->host.n, (uint64_t)sig, 0, 0, 0);
}

/* Signals whose codes from 1 up say something else than CLD_EXITED. */
static bool has_own_codes(int sig)
{
	return sig == SIGILL || sig == SIGFPE || sig == SIGSEGV ||
	       sig == SIGBUS || sig == SIGTRAP || sig == SIGIO || sig == SIGSYS;
}

bool signal_holds_pid(const siginfo_t *info)
{
	/* clone() lets a child end with any signal, not SIGCHLD alone. */
	if (info->si_code >= CLD_EXITED && info->si_code <= CLD_CONTINUED)
		return !has_own_codes(info->si_signo);
	return info->si_code == SI_USER || info->si_code == SI_TKILL ||
	       info->si_code == SI_MESGQ;
}

void signal_make_own(siginfo_t *info)
{
	info->si_errno = info->si_code;
	info->si_code = CODE_OWN;
	info->si_value.sival_ptr = (void *)(uintptr_t)instance.secret;
}

bool signal_is_own(const siginfo_t *info)
{
	return is_ours(info) && info->si_code == CODE_OWN;
}

long signal_queue_own(struct task *from, struct task *thread, int sig,
		      const siginfo_t *info)
{
	host_pid tgid = from->group->tgid->host;
	siginfo_t masked = *info;

	signal_make_own(&masked);
	return thread ? sys_tgsigqueue(tgid, thread->tid->host, sig, &masked) :
			sys_sigqueue(tgid, sig, &masked);
}

/*
 * SI_MESGQ can be a program's own word, with any number; what clone() was
 * told to send looks like what F_SETSIG was: there the bytes are an event set.
 */
static bool is_ambiguous(const siginfo_t *info)
{
	return info->si_code == SI_MESGQ ||
	       (info->si_code > 0 && info->si_signo != SIGCHLD);
}

/* The kernel knows all tasks as the same user. */
static void translate_uid(siginfo_t *info, const struct pid *sender,
			  const struct group *to)
{
	const struct user_namespace *ns = group_user_ns(to);
	struct pid_ids ids;

	if (!ns)
		return;
	info->si_uid = user_ids_of(sender, &ids) ?
			       user_from_kuid(ns, ids.uid) :
			       user_uid_from_host(ns, info->si_uid);
}

bool signal_translate(siginfo_t *info, const struct group *to,
		      bool *ret_inside)
{
	struct pid_namespace *ns = group_pid_ns(to);
	struct pid *pid;

	*ret_inside = false;
	if (is_ours(info)) {
		*ret_inside = info->si_code != CODE_OWN;
		unmask(info);
		return true;
	}
	if (!signal_holds_pid(info) || info->si_pid == 0)
		return false;
	pid = pids_by_host(&instance.pids, (host_pid){ info->si_pid });
	if (is_ambiguous(info) && !pid)
		return false;
	translate_uid(info, pid, to);
	if (ns->level > 0)
		info->si_pid = pid_nr(pid, ns).n;
	return true;
}

/* force_sig_fault() and the like: what a task did itself ends init, too. */
static bool is_fault(const siginfo_t *info)
{
	return info->si_code > 0 && info->si_signo != SIGIO &&
	       has_own_codes(info->si_signo);
}

bool signal_deliver(struct task *task, siginfo_t *info, bool *ret_changed)
{
	struct sys_signals signals;
	bool inside;

	*ret_changed = signal_translate(info, task->group, &inside);
	/* Sent from inside of its namespace, SIGSTOP would not have come. */
	if (!group_is_init(task->group) || info->si_signo == SIGSTOP)
		return true;
	if (group_pid_ns(task->group)->wraps && (!inside || !info->si_pid))
		return true;
	if (!inside && is_fault(info))
		return true;
	if (sys_signals(task->tid->host, &signals) < 0)
		return false;
	return signals.caught & (UINT64_C(1) << (info->si_signo - 1));
}

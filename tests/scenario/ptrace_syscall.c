/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entries and exits of calls, as a tracer sees them: the numbers and arguments
 * are the program's own, the results the namespace's. What the tracer changes
 * at an entry is what is run.
 */
#include "scenario.h"

#include <linux/audit.h>
#include <stddef.h>
#include <sys/ptrace.h>
#include <sys/user.h>

static void program(void)
{
	sigset_t set;
	int status;
	pid_t pid;

	/* It comes at no certain place. */
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	syscall(SYS_getpid);
	syscall(SYS_getppid);
	syscall(SYS_kill, getpid(), 0);
	syscall(SYS_kill, NOBODY, 0);
	pid = (pid_t)syscall(SYS_fork);
	if (pid == 0) {
		_exit(3);
	}
	syscall(SYS_wait4, pid, &status, 0, NULL);
	syscall(SYS_wait4, -1, &status, 0, NULL);
	syscall(SYS_getsid, 0);
	syscall(SYS_gettid); /* the tracer makes it getppid */
	syscall(SYS_getuid); /* and this one none at all */
	_exit(4);
}

static bool is_shown(long nr)
{
	static const long shown[] = { SYS_getpid, SYS_getppid, SYS_kill,
				      SYS_fork,	  SYS_wait4,   SYS_getsid,
				      SYS_gettid, SYS_getuid,  SYS_exit_group };

	for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++) {
		if (shown[i] == nr) {
			return true;
		}
	}
	return false;
}

static void see_info(pid_t pid, const struct user_regs_struct *regs)
{
	struct __ptrace_syscall_info info = { 0 };
	long len = ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info);

	if (len < 0) {
		see("info: %s", res(len));
	} else if (info.op == PTRACE_SYSCALL_INFO_ENTRY) {
		see("entry %ld: nr %llu args %llu, same %d len %ld",
		    (long)regs->orig_rax, (unsigned long long)info.entry.nr,
		    info.entry.nr == SYS_kill
			    ? (unsigned long long)info.entry.args[0]
			    : 0,
		    info.entry.args[1] == regs->rsi &&
			    info.instruction_pointer == regs->rip &&
			    info.stack_pointer == regs->rsp &&
			    info.arch == AUDIT_ARCH_X86_64,
		    len);
	} else {
		see("exit %ld: op %d result %ld, %lld error %d len %ld",
		    (long)regs->orig_rax, info.op, (long)regs->rax,
		    (long long)info.exit.rval, info.exit.is_error, len);
	}
}

static void change(pid_t pid, struct user_regs_struct *regs)
{
	if (regs->orig_rax == SYS_gettid) {
		regs->orig_rax = SYS_getppid;
	} else if (regs->orig_rax == SYS_getuid) {
		regs->orig_rax = (unsigned long)-1;
		regs->rax = 77;
	} else {
		return;
	}
	see("changed: %s", res(ptrace(PTRACE_SETREGS, pid, NULL, regs)));
}

static void follow(pid_t pid, int stop)
{
	struct user_regs_struct regs;
	unsigned long message;
	siginfo_t info;
	bool entry = true;
	int status;
	long nr = -1;

	for (;;) {
		MUST(ptrace(PTRACE_SYSCALL, pid, NULL, 0));
		MUST(waitpid(pid, &status, 0));
		if (!WIFSTOPPED(status) || WSTOPSIG(status) != stop) {
			see("%s", wait_text(status));
			if (!WIFSTOPPED(status)) {
				return;
			}
			continue;
		}
		MUST(ptrace(PTRACE_GETREGS, pid, NULL, &regs));
		MUST(ptrace(PTRACE_GETEVENTMSG, pid, NULL, &message));
		MUST(ptrace(PTRACE_GETSIGINFO, pid, NULL, &info));
		if (entry) {
			nr = (long)regs.orig_rax;
		}
		if (is_shown(nr)) {
			see_info(pid, &regs);
			see("message %lu, SIG%d code %d pid %d", message,
			    info.si_signo, info.si_code, info.si_pid);
		}
		if (entry) {
			change(pid, &regs);
		}
		entry = !entry;
	}
}

static void trace(unsigned long options, int stop)
{
	pid_t pid = child();
	int status;

	if (pid == 0) {
		MUST(ptrace(PTRACE_TRACEME, 0, NULL, NULL));
		raise(SIGSTOP);
		program();
	}
	MUST(waitpid(pid, &status, 0));
	see("%d: %s", pid, wait_text(status));
	MUST(ptrace(PTRACE_SETOPTIONS, pid, NULL, options));
	follow(pid, stop);
}

int main(void)
{
	trace(PTRACE_O_TRACESYSGOOD, SIGTRAP | 0x80);
	trace(0, SIGTRAP);
	return done();
}

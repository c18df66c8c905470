/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The events of fork, vfork, clone, exec and exit: the numbers in their
 * messages, who is traced with its parent, and registers in between.
 */
#include "scenario.h"

#include <sys/ptrace.h>
#include <sys/user.h>

#define ALL                                                               \
	(PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | \
	 PTRACE_O_TRACEEXEC | PTRACE_O_TRACEVFORKDONE | PTRACE_O_TRACEEXIT)

static void *thread(void *arg)
{
	return arg;
}

static void program(void)
{
	pthread_t t;
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		_exit(1);
	}
	waitpid(pid, &status, 0);
	pid = vfork();
	if (pid == 0) {
		execl(self_path, self_path, "after", NULL);
		_exit(2);
	}
	waitpid(pid, &status, 0);
	pthread_create(&t, NULL, thread, NULL);
	pthread_join(t, NULL);
	_exit(WEXITSTATUS(status));
}

static const char *event_text(int event)
{
	static const char *const names[] = { "none",  "fork", "vfork",
					     "clone", "exec", "vfork-done",
					     "exit" };

	return event == 128 ? "stop" : event < 7 ? names[event] : "?";
}

/* In what order tasks are told of is nobody's business: each has its list. */
struct told {
	pid_t pid;
	int n;
	char lines[20][120];
};

static struct told told[8];

static struct told *of(pid_t pid)
{
	int i = 0;

	while (told[i].pid && told[i].pid != pid) {
		i++;
	}
	told[i].pid = pid;
	return &told[i];
}

static pid_t thread_id;

static void note(pid_t pid, int status)
{
	struct told *t = of(pid);
	char *line = t->lines[t->n++];
	struct user_regs_struct regs;
	unsigned long message = 0;
	siginfo_t info = { 0 };
	int event = status >> 16;

	if (!WIFSTOPPED(status)) {
		/* A thread's can be that of its process, if that has ended. */
		snprintf(line, 120, "%s",
			 pid == thread_id ? "ended" : wait_text(status));
		return;
	}
	MUST(ptrace(PTRACE_GETREGS, pid, NULL, &regs));
	if (regs.orig_rax == SYS_clone3) {
		regs.orig_rax = SYS_clone; /* which libc has it is its own */
	}
	MUST(ptrace(PTRACE_GETSIGINFO, pid, NULL, &info));
	MUST(ptrace(PTRACE_GETEVENTMSG, pid, NULL, &message));
	if (event == PTRACE_EVENT_CLONE) {
		thread_id = (pid_t)message;
	}
	snprintf(line, 120, "%s %s message %lu, code %#x pid %d, call %s",
		 sig_text(WSTOPSIG(status)), event_text(event), message,
		 info.si_code, info.si_pid,
		 event >= 1 && event <= 3 ? res((long)regs.orig_rax) : "-");
	if (event >= 1 && event <= 3 && (long)regs.rax != -ENOSYS) {
		see("%d: result %ld", pid, (long)regs.rax);
	}
}

static int by_pid(const void *a, const void *b)
{
	const struct told *x = a, *y = b;

	return x->pid && y->pid ? x->pid - y->pid : y->pid - x->pid;
}

static void follow(void)
{
	int status, sig;
	pid_t pid;

	while ((pid = waitpid(-1, &status, __WALL)) > 0) {
		note(pid, status);
		if (!WIFSTOPPED(status)) {
			continue;
		}
		sig = WSTOPSIG(status);
		if (status >> 16 || sig == SIGTRAP || sig == SIGSTOP) {
			sig = 0;
		}
		MUST(ptrace(PTRACE_CONT, pid, NULL, sig));
	}
	see("wait: %s", res(pid));
	qsort(told, sizeof(told) / sizeof(told[0]), sizeof(told[0]), by_pid);
	for (int i = 0; told[i].pid; i++) {
		see("%d:", told[i].pid);
		for (int j = 0; j < told[i].n; j++) {
			see("  %s", told[i].lines[j]);
		}
	}
	memset(told, 0, sizeof(told));
}

/* So that the numbers of the tasks come in one order. */
static void trace_me(unsigned long options)
{
	pid_t pid = child();
	int status;

	if (pid == 0) {
		MUST(ptrace(PTRACE_TRACEME, 0, NULL, NULL));
		raise(SIGSTOP);
		program();
	}
	MUST(waitpid(pid, &status, 0));
	MUST(ptrace(PTRACE_SETOPTIONS, pid, NULL, options));
	MUST(ptrace(PTRACE_CONT, pid, NULL, 0));
	see("-- options %#lx", options);
	follow();
}

static void seize(unsigned long options)
{
	struct gate hold;
	pid_t pid;

	gate_init(&hold);
	pid = child();
	if (pid == 0) {
		pass(&hold);
		program();
	}
	MUST(ptrace(PTRACE_SEIZE, pid, NULL, options));
	let(&hold, 1);
	see("-- seized, options %#lx", options);
	follow();
}

int main(int argc, char **argv)
{
	(void)argv;
	if (argc > 1) {
		return 7;
	}
	trace_me(ALL);
	trace_me(PTRACE_O_TRACEVFORK);
	trace_me(0);
	seize(ALL);
	seize(PTRACE_O_TRACEEXEC);
	return done();
}

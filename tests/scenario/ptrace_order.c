/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signals that come in between: entries and exits of calls take turns all the
 * same, and no call fails that a signal does not end.
 */
#include "scenario.h"

#include <sys/ptrace.h>

#define CHILDREN 60

static volatile sig_atomic_t caught;

static void handler(int sig)
{
	(void)sig;
	syscall(SYS_getpid);
	caught++;
}

static void program(void)
{
	struct sigaction action = { .sa_handler = handler };
	int made = 0, ended = 0, failed = 0;

	/* Without SA_RESTART. */
	sigaction(SIGCHLD, &action, NULL);
	MUST(ptrace(PTRACE_TRACEME, 0, NULL, NULL));
	raise(SIGSTOP);
	for (int i = 0; i < CHILDREN; i++) {
		pid_t pid = (pid_t)syscall(SYS_fork);

		if (pid == 0) {
			_exit(0);
		}
		made += pid > 0;
		failed += syscall(SYS_getppid) == -1;
		failed += syscall(SYS_kill, getpid(), 0) == -1;
		failed += access("/proc/self/stat", R_OK) == -1;
	}
	while (ended < made) {
		pid_t pid = (pid_t)syscall(SYS_wait4, -1, NULL, 0, NULL);

		if (pid == -1 && errno != EINTR) {
			break;
		}
		ended += pid > 0;
	}
	see("made %d, ended %d, failed %d, caught %s", made, ended, failed,
	    caught > 0 ? "some" : "none");
	_exit(0);
}

int main(void)
{
	int status, wrong = 0, entries = 0;
	struct __ptrace_syscall_info info;
	bool entry = true;
	pid_t pid = child();

	if (pid == 0) {
		program();
	}
	MUST(waitpid(pid, &status, 0));
	MUST(ptrace(PTRACE_SETOPTIONS, pid, NULL, PTRACE_O_TRACESYSGOOD));
	while (WIFSTOPPED(status)) {
		int sig = WSTOPSIG(status);

		if (sig == (SIGTRAP | 0x80)) {
			MUST(ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info),
				    &info));
			wrong +=
				(info.op == PTRACE_SYSCALL_INFO_ENTRY) != entry;
			entries += entry;
			entry = !entry;
			sig = 0;
		} else if (!entry) {
			wrong++; /* a signal in a call */
		}
		MUST(ptrace(PTRACE_SYSCALL, pid, NULL,
			    sig == SIGSTOP ? 0 : sig));
		MUST(waitpid(pid, &status, 0));
	}
	see("%s, wrong %d, entries %s", wait_text(status), wrong,
	    entries > 4 * CHILDREN ? "many" : "few");
	see("%d", pid);
	return done();
}

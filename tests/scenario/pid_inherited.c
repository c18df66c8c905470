/* SPDX-License-Identifier: Apache-2.0 */
/* What the first process starts with: nothing of the one that started it. */
#include "scenario.h"

#include <sys/auxv.h>

int main(void)
{
	struct sigaction action;
	int sig, value = 77, ignored = 0;
	stack_t stack;
	sigset_t set;

	see("getpid %d", getpid());
	sigprocmask(SIG_BLOCK, NULL, &set);
	for (sig = 1; sig <= 64; sig++) {
		if (sigismember(&set, sig) == 1) {
			see("blocked: %d", sig);
		}
		if (sigaction(sig, NULL, &action) == 0 &&
		    action.sa_handler != SIG_DFL) {
			ignored++;
		}
	}
	see("not default: %d", ignored);
	sigpending(&set);
	see("pending: SIGCHLD %d", sigismember(&set, SIGCHLD));
	prctl(PR_GET_CHILD_SUBREAPER, &value);
	see("subreaper %d", value);
	see("dumpable %d", prctl(PR_GET_DUMPABLE));
	see("keepcaps %d", prctl(PR_GET_KEEPCAPS));
	see("timerslack %d", prctl(PR_GET_TIMERSLACK));
	see("no_new_privs %d", prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
	see("seccomp %d", prctl(PR_GET_SECCOMP));
	see("secure %lu", getauxval(AT_SECURE));
	sigaltstack(NULL, &stack);
	see("sigaltstack %d", stack.ss_flags);
	see("umask %03o", umask(0));
	see("nice %d", getpriority(PRIO_PROCESS, 0));
	see("wait: %s", res(wait(NULL)));
	see("alarm %u", alarm(0));
	return done();
}

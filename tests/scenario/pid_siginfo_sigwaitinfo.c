/* SPDX-License-Identifier: Apache-2.0 */
/* sigwaitinfo and sigtimedwait show the numbers that a handler shows. */
#include "scenario.h"

static siginfo_t *info;
static sigset_t set;

static void expect(const char *what)
{
	long r;

	memset(info, 0x55, sizeof(*info));
	r = syscall(SYS_rt_sigtimedwait, &set, info, NULL, 8);
	guard_check(info);
	see("%s: %s", what, res(r));
	see("  %s", info_text(info));
}

int main(void)
{
	struct timespec zero = { 0, 0 };
	union sigval value = { .sival_int = 99 };
	struct gate hold;
	pid_t pid;

	info = guard_alloc(sizeof(*info));
	gate_init(&hold);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGRTMIN);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	kill(getpid(), SIGUSR1);
	expect("own kill");
	raise(SIGUSR1);
	expect("raise");
	pid = child();
	if (pid == 0) {
		kill(getppid(), SIGUSR1);
		pass(&hold);
		sys_tgkill(getppid(), getppid(), SIGUSR1);
		pass(&hold);
		value.sival_int = 1;
		sigqueue(getppid(), SIGRTMIN, value);
		value.sival_int = 2;
		sigqueue(getppid(), SIGRTMIN, value);
		pass(&hold);
		_exit(3);
	}
	expect("kill");
	let(&hold, 1);
	expect("tgkill");
	let(&hold, 1);
	expect("sigqueue");
	expect("sigqueue, second");
	let(&hold, 1);
	expect("SIGCHLD");
	reap(pid);
	see("sigtimedwait: %s", res(sigtimedwait(&set, info, &zero)));
	kill(getpid(), SIGUSR1);
	see("sigwaitinfo without info: %s",
	    res(syscall(SYS_rt_sigtimedwait, &set, NULL, NULL, 8)));
	kill(getpid(), SIGUSR1);
	see("sigwaitinfo to a bad address: %s",
	    res(syscall(SYS_rt_sigtimedwait, &set, BAD_ADDR, NULL, 8)));
	see("sigtimedwait: %s", res(sigtimedwait(&set, info, &zero)));
	see("sigtimedwait, wrong size: %s",
	    res(syscall(SYS_rt_sigtimedwait, &set, info, &zero, 4)));
	return done();
}

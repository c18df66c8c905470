/* SPDX-License-Identifier: Apache-2.0 */
/* wait4: every form of its pid, its options, its status, usage and errors. */
#include "scenario.h"

static int *status;
static struct rusage *usage;

static void see_wait(const char *what, pid_t pid, int options)
{
	long r;

	*status = 0x55555555;
	memset(usage, 0x55, sizeof(*usage));
	r = syscall(SYS_wait4, pid, status, options, usage);
	guard_check(status);
	guard_check(usage);
	see("%s: %s, %s, usage %s", what, res(r),
	    *status == 0x55555555 ? "status untouched" : wait_text(*status),
	    usage->ru_nsignals == 0x5555555555555555 ? "untouched" : "written");
}

#define W(pid, options) see_wait("wait4(" #pid ", " #options ")", pid, options)

static void errors(pid_t running)
{
	W(-1, 0x1000);
	W(NOBODY, 0);
	W(NOBODY, WNOHANG);
	W(-NOBODY, 0);
	W(-NOBODY, WNOHANG);
	W(INT_MIN, 0);
	W(running, WNOHANG);
	W(-1, WNOHANG);
	W(0, WNOHANG);
	W(-1, WNOHANG | WUNTRACED | WCONTINUED);
	W(running, WNOHANG | __WCLONE);
	W(running, WNOHANG | __WALL);
	W(getpid(), WNOHANG);
	W(getppid(), WNOHANG);
	see("wait4(-1, 0x1, bad status): %s",
	    res(syscall(SYS_wait4, -1, BAD_ADDR, WNOHANG, NULL)));
}

static void stops(pid_t pid)
{
	kill(pid, SIGSTOP);
	W(pid, WUNTRACED);
	W(pid, WUNTRACED | WNOHANG);
	kill(pid, SIGCONT);
	W(pid, WCONTINUED);
	W(pid, WCONTINUED | WNOHANG);
	/* In a group of its own, or SIGTSTP could find an orphaned group. */
	setpgid(pid, pid);
	kill(pid, SIGTSTP);
	W(-1, WUNTRACED);
	kill(pid, SIGCONT);
	W(-1, WCONTINUED);
}

static void bad_pointers(struct gate *hold)
{
	pid_t pid = child();

	if (pid == 0) {
		pass(hold);
		_exit(6);
	}
	let(hold, 1);
	/* The kernel reaps first and then fails to write. */
	see("wait4(%d, bad status): %s", pid,
	    res(syscall(SYS_wait4, pid, BAD_ADDR, 0, NULL)));
	see("wait4(%d) again: %s", pid, res(wait4(pid, NULL, 0, NULL)));
	pid = child();
	if (pid == 0) {
		pass(hold);
		_exit(6);
	}
	let(hold, 1);
	*status = 0x55555555;
	see("wait4(%d, bad usage): %s", pid,
	    res(syscall(SYS_wait4, pid, status, 0, BAD_ADDR)));
	see("its status: %#x", *status);
	see("wait4(%d) again: %s", pid, res(wait4(pid, NULL, 0, NULL)));
}

int main(void)
{
	struct gate hold, ready, other;
	pid_t a, b, c;

	status = guard_alloc(sizeof(*status));
	usage = guard_alloc(sizeof(*usage));
	gate_init(&hold);
	gate_init(&ready);
	gate_init(&other);
	W(-1, 0);
	W(0, WNOHANG);
	a = child();
	if (a == 0) {
		pass(&hold);
		_exit(0x1234);
	}
	errors(a);
	stops(a);
	let(&hold, 1);
	W(a, 0);
	W(a, 0);
	a = child();
	if (a == 0) {
		setpgid(0, 0);
		let(&ready, 1);
		pass(&hold);
		_exit(1);
	}
	pass(&ready);
	b = child();
	if (b == 0) {
		setpgid(0, a);
		let(&ready, 1);
		pass(&other);
		_exit(2);
	}
	pass(&ready);
	c = child();
	if (c == 0) {
		let(&ready, 1);
		pass(&other);
		_exit(3);
	}
	pass(&ready);
	W(0, WNOHANG);
	let(&hold, 1);
	W(-a, 0);
	W(-a, WNOHANG);
	kill(c, SIGKILL);
	W(0, 0);
	W(0, 0);
	kill(b, SIGTERM);
	W(-a, 0);
	W(-a, 0);
	W(-1, 0);
	bad_pointers(&hold);
	return done();
}

/* SPDX-License-Identifier: Apache-2.0 */
/* waitid: its types, options, the fields it writes and its errors. */
#include "scenario.h"

static siginfo_t *info;

static void see_waitid(const char *what, int type, long id, int options)
{
	struct rusage usage;
	long r;

	memset(info, 0x55, sizeof(*info));
	usage.ru_nsignals = 77;
	r = syscall(SYS_waitid, type, id, info, options, &usage);
	guard_check(info);
	if (info->si_signo == 0x55555555) {
		see("%s: %s, untouched", what, res(r));
	} else if (info->si_signo == 0) {
		see("%s: %s, none: errno %d code %d pid %d uid %u status %d",
		    what, res(r), info->si_errno, info->si_code, info->si_pid,
		    info->si_uid, info->si_status);
	} else {
		see("%s: %s, %s errno %d, usage %s", what, res(r),
		    info_text(info), info->si_errno,
		    usage.ru_nsignals == 77 ? "untouched" : "written");
	}
}

#define W(type, id, options)                                             \
	see_waitid("waitid(" #type ", " #id ", " #options ")", type, id, \
		   options)

static void errors(pid_t pid, int fd)
{
	W(P_ALL, 0, 0);
	W(P_ALL, 0, WNOHANG);
	W(P_ALL, 0, WEXITED | 0x100);
	W(P_ALL, 0, WEXITED | WUNTRACED | WNOHANG);
	W(P_PID, 0, WEXITED);
	W(P_PID, -1, WEXITED);
	W(P_PID, NOBODY, WEXITED | WNOHANG);
	W(P_PID, 1, WEXITED | WNOHANG);
	W(P_PGID, -1, WEXITED | WNOHANG);
	W(P_PGID, NOBODY, WEXITED | WNOHANG);
	W(P_PIDFD, -1, WEXITED | WNOHANG);
	W(P_PIDFD, 249, WEXITED | WNOHANG);
	W(P_PIDFD, 0, WEXITED | WNOHANG);
	W(7, 0, WEXITED | WNOHANG);
	W(P_ALL, 0, WEXITED | WNOHANG);
	W(P_PID, pid, WEXITED | WNOHANG);
	W(P_PID, pid, WEXITED | WNOHANG | __WCLONE);
	W(P_PGID, 0, WEXITED | WNOHANG);
	W(P_PGID, pid, WEXITED | WNOHANG);
	W(P_PIDFD, fd, WEXITED | WNOHANG);
}

static void life(pid_t pid, int fd)
{
	kill(pid, SIGSTOP);
	W(P_PID, pid, WSTOPPED | WNOWAIT);
	W(P_PID, pid, WSTOPPED | WEXITED | WCONTINUED);
	W(P_PID, pid, WSTOPPED | WNOHANG);
	kill(pid, SIGCONT);
	W(P_PIDFD, fd, WCONTINUED | WNOWAIT);
	W(P_PGID, pid, WCONTINUED);
	W(P_PGID, pid, WCONTINUED | WNOHANG);
	kill(pid, SIGTERM);
	W(P_ALL, 0, WEXITED | WNOWAIT);
	W(P_PIDFD, fd, WEXITED | WNOWAIT);
	W(P_PID, pid, WSTOPPED | WNOHANG);
	W(P_PID, pid, WEXITED);
	W(P_PID, pid, WEXITED);
	W(P_PIDFD, fd, WEXITED);
}

static void null_info(struct gate *hold)
{
	pid_t pid = child();

	if (pid == 0) {
		pass(hold);
		_exit(5);
	}
	see("waitid(P_PID, %d, NULL, WNOHANG): %s", pid,
	    res(syscall(SYS_waitid, P_PID, pid, NULL, WEXITED | WNOHANG,
			NULL)));
	let(hold, 1);
	see("waitid(P_PID, %d, NULL): %s", pid,
	    res(syscall(SYS_waitid, P_PID, pid, NULL, WEXITED, NULL)));
	pid = child();
	if (pid == 0) {
		pass(hold);
		_exit(5);
	}
	let(hold, 1);
	see("waitid(P_PID, %d, bad info): %s", pid,
	    res(syscall(SYS_waitid, P_PID, pid, BAD_ADDR, WEXITED, NULL)));
	see("waitid(P_PID, %d, NULL): %s", pid,
	    res(syscall(SYS_waitid, P_PID, pid, NULL, WEXITED, NULL)));
	pid = child();
	if (pid == 0) {
		pass(hold);
		_exit(5);
	}
	let(hold, 1);
	see("waitid(P_PID, %d, bad usage): %s", pid,
	    res(syscall(SYS_waitid, P_PID, pid, info, WEXITED, BAD_ADDR)));
	see("waitid(P_PID, %d, NULL): %s", pid,
	    res(syscall(SYS_waitid, P_PID, pid, NULL, WEXITED, NULL)));
}

int main(void)
{
	struct gate hold, ready;
	pid_t pid;
	int fd;

	info = guard_alloc(sizeof(*info));
	gate_init(&hold);
	gate_init(&ready);
	W(P_ALL, 0, WEXITED);
	pid = child();
	if (pid == 0) {
		setpgid(0, 0);
		let(&ready, 1);
		pass(&hold);
		_exit(0);
	}
	pass(&ready);
	see("child %d", pid);
	fd = MUST(sys_pidfd_open(pid, 0));
	errors(pid, fd);
	life(pid, fd);
	null_info(&hold);
	pid = child();
	if (pid == 0) {
		_exit(0x1ff);
	}
	W(P_ALL, 0, WEXITED);
	return done();
}

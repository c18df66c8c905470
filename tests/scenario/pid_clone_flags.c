/* SPDX-License-Identifier: Apache-2.0 */
/*
 * clone: exit signals, CLONE_PARENT, what is shared, flags that exclude each
 * other, and which failures use up a number.
 */
#include "scenario.h"

static void see_clone(const char *what, unsigned long flags)
{
	long pid = sys_clone(flags, NULL, NULL);

	if (pid == 0) {
		_exit(0);
	}
	see("clone(%s): %s", what, res(pid));
	if (pid > 0) {
		see("  %s", wait_text(reap(pid)));
	}
}

#define C(flags) see_clone(#flags, flags)

static void exit_signal(int sig)
{
	struct gate hold;
	int status;
	long pid;
	pid_t r;

	gate_init(&hold);
	caught_count = 0;
	memset(&caught_info, 0, sizeof(caught_info));
	pid = sys_clone(sig, NULL, NULL);
	if (pid == 0) {
		pass(&hold);
		see("child of signal %d: %d of %d", sig, getpid(), getppid());
		_exit(4);
	}
	r = waitpid(pid, NULL, WNOHANG);
	see("waitpid: %s", res(r));
	r = waitpid(pid, NULL, WNOHANG | __WCLONE);
	see("waitpid(__WCLONE): %s", res(r));
	let(&hold, 1);
	r = waitpid(-1, &status, __WALL);
	see("waitpid(-1, __WALL): %s %s", res(r), wait_text(status));
	if (caught_count) {
		see("signal: %s", info_text(&caught_info));
	} else {
		see("signal: none");
	}
}

/* The child of a child becomes a sibling. */
static void clone_parent(void)
{
	struct gate hold;
	int status;
	pid_t pid, r;

	gate_init(&hold);
	see_clone("CLONE_PARENT of init", CLONE_PARENT | SIGCHLD);
	pid = child();
	if (pid == 0) {
		pid = sys_clone(CLONE_PARENT | SIGCHLD, NULL, NULL);
		if (pid == 0) {
			pass(&hold);
			see("sibling %d: getppid %d", getpid(), getppid());
			_exit(12);
		}
		see("not my child: %s", res(waitpid(pid, NULL, 0)));
		_exit(11);
	}
	r = waitpid(pid, &status, 0);
	see("%s %s", res(r), wait_text(status));
	let(&hold, 1);
	r = waitpid(-1, &status, 0);
	see("%s %s", res(r), wait_text(status));
}

static void clone_pidfd(void)
{
	int *fd = guard_alloc(sizeof(*fd));
	siginfo_t info;
	long pid;

	pid = sys_clone(CLONE_PIDFD | SIGCHLD, fd, NULL);
	if (pid == 0) {
		_exit(21);
	}
	guard_check(fd);
	see("CLONE_PIDFD: child %ld, close-on-exec %d", pid,
	    fcntl(*fd, F_GETFD));
	MUST(waitid(P_PIDFD, *fd, &info, WEXITED));
	see("  %s", info_text(&info));
	see("pidfd_send_signal: %s", res(sys_pidfd_send(*fd, 0, NULL, 0)));
	close(*fd);
	see("bad address: %s",
	    res(sys_clone(CLONE_PIDFD | SIGCHLD, BAD_ADDR, NULL)));
	see("with CLONE_PARENT_SETTID: %s",
	    res(sys_clone(CLONE_PIDFD | CLONE_PARENT_SETTID | SIGCHLD, fd,
			  NULL)));
	see("with CLONE_DETACHED: %s",
	    res(sys_clone(CLONE_PIDFD | CLONE_DETACHED | SIGCHLD, fd, NULL)));
}

static void shared_files(void)
{
	long pid = sys_clone(CLONE_FILES | CLONE_FS | SIGCHLD, NULL, NULL);

	if (pid == 0) {
		dup2(STDIN_FILENO, 77);
		umask(0123);
		_exit(0);
	}
	reap(pid);
	see("descriptor of child %ld: %s", pid, res(fcntl(77, F_GETFD)));
	see("umask of child: %04o", umask(022));
}

int main(void)
{
	catch_signal(SIGUSR1, SA_RESTART);
	exit_signal(SIGUSR1);
	exit_signal(0);
	exit_signal(SIGCHLD);
	exit_signal(SIGURG);
	clone_parent();
	clone_pidfd();
	shared_files();
	C(CLONE_THREAD | SIGCHLD);
	C(CLONE_SIGHAND | SIGCHLD);
	C(CLONE_THREAD | CLONE_SIGHAND | SIGCHLD);
	C(CLONE_NEWNS | CLONE_FS | SIGCHLD);
	C(CLONE_NEWPID | CLONE_PARENT | SIGCHLD);
	C(CLONE_NEWPID | CLONE_THREAD | CLONE_SIGHAND | CLONE_VM);
	C(CLONE_NEWUSER | CLONE_FS | SIGCHLD);
	C(CLONE_UNTRACED | SIGCHLD);
	C(CLONE_PTRACE | SIGCHLD);
	C(CLONE_DETACHED | SIGCHLD);
	C(CLONE_IO | SIGCHLD);
	C(CLONE_SYSVSEM | SIGCHLD);
	C(SIGCHLD);
	return done();
}

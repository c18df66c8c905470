/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A parent that ignores SIGCHLD, or says SA_NOCLDWAIT, has no zombies: wait
 * blocks until the last child has gone and then says ECHILD.
 */
#include "scenario.h"

static void several(const char *what)
{
	struct gate hold;
	pid_t pids[3];
	int i, status;

	gate_init(&hold);
	for (i = 0; i < 3; i++) {
		pids[i] = child();
		if (pids[i] == 0) {
			pass(&hold);
			_exit(i);
		}
	}
	see("%s: WNOHANG %s", what, res(waitpid(-1, NULL, WNOHANG)));
	let(&hold, 3);
	see("%s: wait %s", what, res(wait(&status)));
	for (i = 0; i < 3; i++) {
		until_gone(pids[i]);
		see("%s: kill(%d, 0) %s", what, pids[i], res(kill(pids[i], 0)));
		see("%s: waitpid(%d) %s", what, pids[i],
		    res(waitpid(pids[i], NULL, 0)));
	}
}

static void one(const char *what)
{
	siginfo_t info;
	pid_t pid = child();

	if (pid == 0) {
		_exit(1);
	}
	see("%s: waitpid(%d) %s", what, pid, res(waitpid(pid, NULL, 0)));
	pid = child();
	if (pid == 0) {
		_exit(1);
	}
	see("%s: waitid(%d) %s", what, pid,
	    res(waitid(P_PID, pid, &info, WEXITED)));
}

/* A stopped child is reported all the same. */
static void stopped(const char *what)
{
	int status;
	pid_t pid = child();

	if (pid == 0) {
		raise(SIGSTOP);
		_exit(1);
	}
	waitpid(pid, &status, WUNTRACED);
	see("%s: %d %s", what, pid, wait_text(status));
	kill(pid, SIGCONT);
	see("%s: waitpid(%d) %s", what, pid, res(waitpid(pid, NULL, 0)));
}

int main(void)
{
	struct sigaction action = { .sa_handler = SIG_IGN };
	pid_t pid;

	sigaction(SIGCHLD, &action, NULL);
	several("SIG_IGN");
	one("SIG_IGN");
	stopped("SIG_IGN");
	action.sa_handler = SIG_DFL;
	action.sa_flags = SA_NOCLDWAIT;
	sigaction(SIGCHLD, &action, NULL);
	several("SA_NOCLDWAIT");
	one("SA_NOCLDWAIT");
	catch_signal(SIGCHLD, SA_NOCLDWAIT | SA_RESTART);
	caught_count = 0;
	one("SA_NOCLDWAIT, handler");
	see("signals: %d, %s", caught_count, info_text(&caught_info));
	signal(SIGCHLD, SIG_DFL);
	pid = child();
	if (pid == 0) {
		_exit(9);
	}
	see("default: %d %s", pid, wait_text(reap(pid)));
	return done();
}

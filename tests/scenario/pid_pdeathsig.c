/* SPDX-License-Identifier: Apache-2.0 */
/* PR_SET_PDEATHSIG: the signal at the end of a parent, and whose it is. */
#include "scenario.h"

static struct gate ready, go;

static void *parent_thread(void *unused)
{
	if (child() == 0) {
		siginfo_t info;
		sigset_t set;

		sigemptyset(&set);
		sigaddset(&set, SIGUSR2);
		sigprocmask(SIG_BLOCK, &set, NULL);
		prctl(PR_SET_PDEATHSIG, SIGUSR2);
		let(&ready, 1);
		sigwaitinfo(&set, &info);
		see("end of the thread: %s", info_text(&info));
		see("getppid %d", getppid());
		_exit(0);
	}
	pass(&ready);
	return unused;
}

int main(void)
{
	siginfo_t info;
	sigset_t set;
	pthread_t id;
	pid_t pid;
	int sig = 77;

	gate_init(&ready);
	gate_init(&go);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	prctl(PR_GET_PDEATHSIG, &sig);
	see("PR_SET_PDEATHSIG 65: %s", res(prctl(PR_SET_PDEATHSIG, 65)));
	pid = child();
	if (pid == 0) {
		if (child() == 0) {
			sigprocmask(SIG_BLOCK, &set, NULL);
			prctl(PR_SET_PDEATHSIG, SIGUSR1);
			prctl(PR_GET_PDEATHSIG, &sig);
			see("set to %d", sig);
			let(&ready, 1);
			sigwaitinfo(&set, &info);
			see("end of the parent: %s", info_text(&info));
			see("getppid %d", getppid());
			let(&go, 1);
			_exit(0);
		}
		pass(&ready);
		_exit(0);
	}
	reap(pid);
	pass(&go);
	wait(NULL);
	pthread_create(&id, NULL, parent_thread, NULL);
	pthread_join(id, NULL);
	wait(NULL);
	return done();
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Exit codes and deadly signals, as the parent reads them. */
#include "scenario.h"

static void *other(void *unused)
{
	syscall(SYS_exit_group, 77);
	return unused;
}

int main(void)
{
	static const int codes[] = { 0, 1, 127, 128, 255, 256, 511, -1 };
	struct rlimit none = { 0, 0 };
	pthread_t id;
	size_t i;
	pid_t pid;
	int sig;

	setrlimit(RLIMIT_CORE, &none);
	for (i = 0; i < sizeof(codes) / sizeof(*codes); i++) {
		pid = child();
		if (pid == 0) {
			_exit(codes[i]);
		}
		see("_exit(%d): %d %s", codes[i], pid, wait_text(reap(pid)));
	}
	for (sig = 1; sig <= 64; sig++) {
		if (sig == SIGSTOP || sig == SIGTSTP || sig == SIGTTIN ||
		    sig == SIGTTOU || sig == 32 || sig == 33) {
			continue;
		}
		pid = child();
		if (pid == 0) {
			kill(getpid(), sig);
			_exit(200);
		}
		see("%s: %s", sig_text(sig), wait_text(reap(pid)));
	}
	pid = child();
	if (pid == 0) {
		pthread_create(&id, NULL, other, NULL);
		pause();
	}
	see("exit_group by a thread: %s", wait_text(reap(pid)));
	pid = child();
	if (pid == 0) {
		syscall(SYS_exit, 5);
	}
	see("exit of the only thread: %s", wait_text(reap(pid)));
	return done();
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The descriptors that stand for the caller, thread or process.
 *
 * scenario: needs=kernel:6.16
 */
#include "scenario.h"

#define SELF_THREAD  (-10000)
#define SELF_PROCESS (-10001)

#define SEE(call) see("%s: %s", #call, res(call))

static void both(const char *who, unsigned int flags)
{
	const int fds[] = { SELF_THREAD, SELF_PROCESS };

	/* What is sent to a process of several threads another one may take. */
	for (int i = 0; i < (gettid() == getpid() ? 2 : 1); i++)
		for (int turn = 0; turn < 10; turn++) {
			long r;

			memset(&caught_info, 0, sizeof(caught_info));
			r = sys_pidfd_send(fds[i], SIGUSR1, NULL, flags);
			if (turn == 9)
				see("%s, %s, flags %u: %s %s", who,
				    i ? "process" : "thread", flags, res(r),
				    info_text(&caught_info));
		}
}

static void all(const char *who)
{
	for (unsigned int flags = 0; flags < 4; flags++)
		both(who, flags);
}

static void *in_thread(void *who)
{
	both(who, 0);
	both(who, 1);
	return NULL;
}

/* Its own words, to itself. */
static void own_words(void)
{
	siginfo_t info = { .si_signo = SIGUSR1, .si_code = SI_USER };

	info.si_pid = 1;
	SEE(sys_pidfd_send(SELF_PROCESS, SIGUSR1, &info, 0));
	see("%s", info_text(&caught_info));
	info.si_pid = 7777;
	info.si_code = SI_QUEUE;
	SEE(sys_pidfd_send(SELF_THREAD, SIGUSR1, &info, 0));
	see("%s", info_text(&caught_info));
	SEE(sys_pidfd_send(SELF_PROCESS, SIGUSR2, &info, 0));
}

int main(void)
{
	pthread_t thread;
	pid_t pid;

	catch_signal(SIGUSR1, 0);
	all("init");
	own_words();
	SEE(sys_pidfd_send(SELF_PROCESS, SIGTERM, NULL, 0));
	SEE(sys_pidfd_send(SELF_THREAD, SIGKILL, NULL, 0));
	SEE(sys_pidfd_send(SELF_PROCESS, 65, NULL, 0));
	SEE(sys_pidfd_send(SELF_PROCESS, 0, NULL, 8));
	pid = child();
	if (pid == 0) {
		all("child");
		own_words();
		MUST(setpgid(0, 0));
		both("leader", 4);
		sys_pidfd_send(SELF_PROCESS, SIGTERM, NULL, 0);
		_exit(0);
	}
	see("%s", wait_text(reap(pid)));
	MUST(-pthread_create(&thread, NULL, in_thread, (void *)"thread"));
	pthread_join(thread, NULL);
	return done();
}

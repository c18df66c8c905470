/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signals that the kernel makes (a broken pipe, a timer) do nothing to the
 * first process either, as long as it has no handler.
 *
 * scenario: bare=skip
 * (without namespaces the first signal ends it)
 */
#include "scenario.h"

int main(void)
{
	struct itimerval soon = { { 0, 0 }, { 0, 1000 } };
	int fd[2];

	see("getpid %d", getpid());
	MUST(pipe(fd));
	close(fd[0]);
	see("write to a closed pipe: %s", res(write(fd[1], "", 1)));
	setitimer(ITIMER_REAL, &soon, NULL);
	do {
		getitimer(ITIMER_REAL, &soon);
	} while (soon.it_value.tv_usec != 0);
	see("survived SIGALRM");
	catch_signal(SIGALRM, 0);
	catch_signal(SIGPIPE, 0);
	see("write with a handler: %s", res(write(fd[1], "", 1)));
	see("  %s", info_text(&caught_info));
	caught_count = 0;
	soon.it_value.tv_usec = 1000;
	setitimer(ITIMER_REAL, &soon, NULL);
	while (!caught_count) {
		sched_yield();
	}
	see("  %s, code is SI_KERNEL %d", sig_text(caught_info.si_signo),
	    caught_info.si_code == SI_KERNEL);
	return done();
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See watchdog.h.
 *
 * Theory of operation. While there is work, a signal comes every TICK, which
 * ends such a wait, and changes nothing else: other calls are restarted. When
 * a tick finds the supervisor asleep, it is the last one. So who has nothing
 * to do is not woken, and who has much to do makes no call for it.
 */
#include "src/host/watchdog.h"

#include <signal.h>
#include <stdbool.h>
#include <sys/time.h>

#define TICK_US 10000

static volatile sig_atomic_t asleep, ticking;

static void set_ticks(long us)
{
	const struct itimerval every = { { 0, us }, { 0, us } };

	setitimer(ITIMER_REAL, &every, NULL);
}

static void on_tick(int sig)
{
	(void)sig;
	if (!asleep)
		return;
	set_ticks(0);
	ticking = false;
}

static void mask(int how)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGALRM);
	sigprocmask(how, &set, NULL);
}

void watchdog_hold(void)
{
	mask(SIG_BLOCK);
}

void watchdog_release(void)
{
	mask(SIG_UNBLOCK);
}

void watchdog_start(void)
{
	struct sigaction action = {
		.sa_handler = on_tick,
		.sa_flags = SA_RESTART,
	};

	sigaction(SIGALRM, &action, NULL);
	watchdog_release();
}

void watchdog_sleep(void)
{
	asleep = true;
}

void watchdog_wake(void)
{
	asleep = false;
	if (ticking)
		return;
	ticking = true;
	set_ticks(TICK_US);
}

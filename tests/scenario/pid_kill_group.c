/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kill(-group), kill(0) and kill(-1) reach exactly their targets: neither the
 * caller nor the first process by -1.
 */
#include "scenario.h"

#define MEMBERS 5

static struct gate ready, check[MEMBERS], checked;

/* Blocks SIGUSR1 and reports, each time it's asked, whether it is pending. */
static void report(const char *who)
{
	struct timespec now = { 0, 0 };
	siginfo_t info;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	if (sigtimedwait(&set, &info, &now) == -1) {
		see("  %s: nothing", who);
	} else {
		see("  %s: %s", who, info_text(&info));
	}
}

static void member(int i)
{
	char who[16];
	int round;

	snprintf(who, sizeof(who), "member %d", i);
	let(&ready, 1);
	for (round = 0; round < 6; round++) {
		pass(&check[i]);
		if (i == 1 && round == 4) {
			see("member 1: kill(-1, SIGUSR1): %s",
			    res(kill(-1, SIGUSR1)));
		} else if (i == 3 && round == 5) {
			see("member 3: kill(0, SIGUSR1): %s",
			    res(kill(0, SIGUSR1)));
			report(who);
		} else {
			report(who);
		}
		let(&checked, 1);
	}
	_exit(0);
}

/* Everybody reports in turn, the member that sends (if any) first. */
static void round_of_reports(int sender)
{
	int i;

	if (sender >= 0) {
		let(&check[sender], 1);
		pass(&checked);
	}
	report("init");
	for (i = 0; i < MEMBERS; i++) {
		if (i != sender) {
			let(&check[i], 1);
			pass(&checked);
		}
	}
}

int main(void)
{
	pid_t pid[MEMBERS];
	int i;

	block(SIGUSR1);
	gate_init(&ready);
	gate_init(&checked);
	for (i = 0; i < MEMBERS; i++) {
		gate_init(&check[i]);
		pid[i] = child();
		if (pid[i] == 0) {
			if (i == 4) {
				setsid();
			}
			member(i);
		}
		pass(&ready);
		/* 0 stays where it is, 1 and 2 are a group, so are 3 alone. */
		if (i == 1 || i == 3) {
			MUST(setpgid(pid[i], 0));
		} else if (i == 2) {
			MUST(setpgid(pid[i], pid[1]));
		}
	}
	see("kill(-group): %s", res(kill(-pid[1], SIGUSR1)));
	round_of_reports(-1);
	see("kill(-session leader): %s", res(kill(-pid[4], SIGUSR1)));
	round_of_reports(-1);
	see("kill(0): %s", res(kill(0, SIGUSR1)));
	round_of_reports(-1);
	see("kill(-1): %s", res(kill(-1, SIGUSR1)));
	round_of_reports(-1);
	round_of_reports(1);
	round_of_reports(3);
	for (i = 0; i < MEMBERS; i++) {
		see("member %d is %d", i, pid[i]);
		reap(pid[i]);
	}
	return done();
}

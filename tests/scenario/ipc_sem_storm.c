/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two play ping-pong in a storm of signals: each success is counted once, and
 * what was interrupted had no effect.
 *
 * scenario: bare=same
 * (a set of one's own looks the same in every namespace)
 */
#include "ipc_sem.h"

#define TURNS 5000

static volatile sig_atomic_t alarms;

static void on_alarm(int sig)
{
	(void)sig;
	alarms++;
}

static void storm(int us)
{
	struct itimerval every = { { 0, us }, { 0, us } };
	struct sigaction act = { .sa_handler = on_alarm };

	MUST(sigaction(SIGALRM, &act, NULL));
	MUST(setitimer(ITIMER_REAL, &every, NULL));
}

/* Return: how often it failed otherwise than by EINTR. */
static int play(struct sembuf *ops, size_t n)
{
	int failed = 0;

	for (int turn = 0; turn < TURNS;) {
		if (semop(set, ops, n) == 0) {
			turn++;
		} else if (errno != EINTR) {
			failed++;
		}
	}
	return failed;
}

static void see_values(const char *what)
{
	unsigned short v[SEMS];

	MUST(semctl(set, 0, GETALL, v));
	see("%s: %d %d %d, waiting %d", what, v[0], v[1], v[2], waiting());
}

int main(void)
{
	int status;
	pid_t pid;

	new_set();
	pid = child();
	if (pid == 0) {
		storm(200);
		_exit(play(OPS({ 0, -1, 0 }, { 1, 1, 0 }, { 2, 1, 0 })) != 0);
	}
	storm(200);
	op(OPS({ 0, 1, 0 }));
	see("failed %d",
	    play(OPS({ 1, -1, 0 }, { 0, 1, 0 }, { 2, 1, 0 })));
	while (waitpid(pid, &status, 0) == -1 && errno == EINTR) {
		;
	}
	storm(0);
	see("%s", wait_text(status));
	see_values("several at once");
	MUST(semctl(set, 0, SETALL, (unsigned short[]){ 1, 0, 0 }));
	pid = child();
	if (pid == 0) {
		storm(200);
		for (int i = 0; i < TURNS; i++) {
			while (semop(set, OPS({ 0, -1, SEM_UNDO })) == -1) {
				;
			}
			while (semop(set, OPS({ 1, 1, 0 })) == -1) {
				;
			}
		}
		_exit(0);
	}
	storm(200);
	for (int i = 0; i < TURNS; i++) {
		while (semop(set, OPS({ 1, -1, 0 })) == -1) {
			;
		}
		if (i < TURNS - 1) {
			while (semop(set, OPS({ 0, 1, 0 })) == -1) {
				;
			}
		}
	}
	while (waitpid(pid, &status, 0) == -1 && errno == EINTR) {
		;
	}
	storm(0);
	see("%s", wait_text(status));
	see_values("one at a time, undone");
	see("alarms came: %d", alarms > 10);
	MUST(semctl(set, 0, IPC_RMID));
	return done();
}

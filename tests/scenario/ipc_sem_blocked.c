/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a wait ends: its turn, a timeout, a signal, a stop, removal, death; soon
 * after it began, and later.
 *
 * scenario: bare=same
 * (a set of one's own looks the same in every namespace)
 */
#include "ipc_sem.h"

#define NS 1000000000L

static bool later;
static int handled;

static void dawdle_on(void)
{
	struct timespec from, now;

	clock_gettime(CLOCK_MONOTONIC, &from);
	do {
		sched_yield();
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while (later && (now.tv_sec - from.tv_sec) * NS + now.tv_nsec -
				  from.tv_nsec < 10000000);
}

static void on_signal(int sig)
{
	handled = sig;
}

/* What the child has set up for the signal. */
enum how { DEFAULT, HANDLED, RESTARTED, IGNORED, BLOCKED, OPERATES };

static void on_signal_operate(int sig)
{
	handled = sig;
	op(OPS({ 2, 1, 0 }, { 1, 0, 0 }));
}

static void set_up(int sig, enum how how)
{
	struct sigaction act = { .sa_handler = SIG_DFL };

	if (how == BLOCKED) {
		block(sig);
	}
	if (how == HANDLED || how == RESTARTED || how == BLOCKED) {
		act.sa_handler = on_signal;
	} else if (how == OPERATES) {
		act.sa_handler = on_signal_operate;
	} else if (how == IGNORED) {
		act.sa_handler = SIG_IGN;
	}
	if (how == RESTARTED) {
		act.sa_flags = SA_RESTART;
	}
	if (sig != SIGSTOP && sig != SIGKILL) {
		MUST(sigaction(sig, &act, NULL));
	}
}

static pid_t blocked(int sig, enum how how, const struct timespec *timeout)
{
	pid_t pid = child();

	if (pid == 0) {
		struct sembuf ops[] = { { 1, 1, 0 }, { 0, -1, 0 } };
		int r;

		set_up(sig, how);
		setpgid(0, 0);	/* or SIGTSTP would do nothing */
		r = semtimedop(set, ops, 2, timeout);
		see("  semop %s, handled %s", res(r), sig_text(handled));
		if (how == BLOCKED) {
			unblock(sig);
			see("  handled %s", sig_text(handled));
		}
		_exit(0);
	}
	until_waiting(1);
	dawdle_on();
	return pid;
}

static void see_end(pid_t pid)
{
	unsigned short v[SEMS];
	const char *end = wait_text(reap(pid));

	if (waiting() < 0) {
		see("  %s, no set", end);
		return;
	}
	MUST(semctl(set, 0, GETALL, v));
	see("  %s, values %d %d %d, waiting %d", end, v[0], v[1], v[2],
	    waiting());
	MUST(semctl(set, 0, SETALL, (unsigned short[SEMS]){ 0 }));
}

static void let_go(pid_t pid)
{
	op(OPS({ 0, 1, 0 }));
	see_end(pid);
}

static void ended_by(int sig, enum how how, const char *what)
{
	pid_t pid;

	see("%s, %s", sig_text(sig), what);
	pid = blocked(sig, how, NULL);
	MUST(kill(pid, sig));
	see_end(pid);
}

static void not_ended_by(int sig, enum how how, const char *what)
{
	pid_t pid;

	see("%s, %s", sig_text(sig), what);
	pid = blocked(sig, how, NULL);
	MUST(kill(pid, sig));
	dawdle_on();
	see("  waiting %d", waiting());
	MUST(kill(pid, sig));
	let_go(pid);
}

static void signals(void)
{
	ended_by(SIGUSR1, HANDLED, "handler");
	ended_by(SIGUSR1, RESTARTED, "handler with SA_RESTART");
	ended_by(SIGUSR1, OPERATES, "handler that operates");
	ended_by(SIGCHLD, HANDLED, "handler");
	ended_by(SIGCONT, HANDLED, "handler");
	ended_by(SIGTERM, DEFAULT, "default");
	ended_by(SIGKILL, DEFAULT, "default");
	ended_by(SIGRTMIN, DEFAULT, "default");
	not_ended_by(SIGUSR1, IGNORED, "ignored");
	not_ended_by(SIGUSR1, BLOCKED, "blocked");
	not_ended_by(SIGCHLD, DEFAULT, "default");
	not_ended_by(SIGCHLD, IGNORED, "ignored");
	not_ended_by(SIGCONT, DEFAULT, "default");
	not_ended_by(SIGWINCH, DEFAULT, "default");
	not_ended_by(SIGURG, DEFAULT, "default");
}

static void stopped(int sig)
{
	int status;
	pid_t pid;

	see("%s and SIGCONT", sig_text(sig));
	pid = blocked(sig, DEFAULT, NULL);
	MUST(kill(pid, sig));
	MUST(waitpid(pid, &status, WUNTRACED));
	see("  %s, waiting %d", wait_text(status), waiting());
	dawdle_on();
	MUST(kill(pid, SIGCONT));
	see_end(pid);
}

static void turns(void)
{
	pid_t pid;

	see("its turn");
	let_go(blocked(SIGUSR1, HANDLED, NULL));
	see("removed");
	pid = blocked(SIGUSR1, HANDLED, NULL);
	MUST(semctl(set, 0, IPC_RMID));
	see_end(pid);
	new_set();
	see("removed, a new one in its place");
	pid = blocked(SIGUSR1, HANDLED, NULL);
	MUST(semctl(set, 0, IPC_RMID));
	new_set();
	see_end(pid);
}

static void timeouts(void)
{
	static const struct timespec times[] = {
		{ 0, 500000 }, { 0, 30000000 }, { 1000, 0 },
		{ LONG_MAX, 0 },
	};

	see("turn before the timeout");
	let_go(blocked(SIGUSR1, HANDLED, &times[2]));
	let_go(blocked(SIGUSR1, HANDLED, &times[3]));
	for (int i = 0; i < 2; i++) {
		struct timespec from, now;
		struct sembuf down = { 0, -1, 0 };
		int r;

		clock_gettime(CLOCK_MONOTONIC, &from);
		r = semtimedop(set, &down, 1, &times[i]);
		see("timeout %s", res(r));
		clock_gettime(CLOCK_MONOTONIC, &now);
		see("  at least that long: %d, waiting %d",
		    (now.tv_sec - from.tv_sec) * NS + now.tv_nsec -
				    from.tv_nsec >= times[i].tv_nsec,
		    waiting());
	}
	see("timeouts of several");
	for (int i = 0; i < 3; i++) {
		if (child() == 0) {
			struct timespec t = { 0, (3 - i) * 20000000 };
			struct sembuf down = { 0, -1, 0 };

			_exit(semtimedop(set, &down, 1, &t) == -1 &&
			      errno == EAGAIN ? 0 : 1);
		}
	}
	for (int i = 0; i < 3; i++) {
		int status;

		MUST(wait(&status));
		see("  %s", wait_text(status));
	}
}

int main(void)
{
	new_set();
	for (int i = 0; i < 2; i++) {
		later = i;
		see(later ? "LATER" : "SOON");
		turns();
		signals();
		stopped(SIGSTOP);
		stopped(SIGTSTP);
		timeouts();
	}
	return done();
}

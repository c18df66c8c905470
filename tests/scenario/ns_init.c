/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The init of a pid namespace inside: which signals reach it, who its orphans
 * come to, and what its end means.
 *
 * scenario: run-as=root bare=skip
 * (without namespaces, the machine's own would be changed)
 */
#include "scenario.h"

#define SEE(call) see("%s: %s", #call, res(call))

static struct gate up, down;

static pid_t clone_pid(void)
{
	return (pid_t)MUST(sys_clone(CLONE_NEWPID | SIGCHLD, NULL, NULL));
}

static void ignored_init(void)
{
	pid_t pid = child();

	if (pid == 0) {
		see("from inside, TERM: %s", res(kill(1, SIGTERM)));
		see("from inside, KILL: %s", res(kill(1, SIGKILL)));
		see("from inside, STOP: %s", res(kill(1, SIGSTOP)));
		see("from inside, tgkill: %s", res(sys_tgkill(1, 1, SIGKILL)));
		_exit(0);
	}
	reap(pid);
	SEE(raise(SIGTERM));
	SEE(raise(SIGKILL));
	SEE(kill(-1, SIGKILL));
	let(&up, 1);
	pass(&down);
	see("%s", "still there");
	let(&up, 1);
	pass(&down);
	pause();
	_exit(0);
}

/* Neither from inside nor, but for KILL and STOP, from above. */
static void ignored(void)
{
	pid_t pid = clone_pid();
	int status;

	if (pid == 0)
		ignored_init();
	pass(&up);
	SEE(kill(pid, SIGTERM));
	SEE(kill(pid, SIGINT));
	SEE(kill(pid, SIGSEGV));
	SEE(sigqueue(pid, SIGUSR1, (union sigval){ 0 }));
	let(&down, 1);
	pass(&up);
	SEE(kill(pid, SIGSTOP));
	MUST(waitpid(pid, &status, WUNTRACED));
	see("%s", wait_text(status));
	SEE(kill(pid, SIGCONT));
	MUST(waitpid(pid, &status, WCONTINUED));
	see("%s", wait_text(status));
	SEE(kill(pid, SIGKILL));
	see("%s", wait_text(reap(pid)));
}

/* With a handler it gets them; the sender from above is 0. */
static void handled(void)
{
	pid_t pid, outer = getpid();

	block(SIGUSR1);
	catch_signal(SIGUSR1, 0);
	pid = clone_pid();
	if (pid == 0) {
		sigset_t none;

		let(&up, 1);
		sigemptyset(&none);
		sigsuspend(&none);
		see("from above: %s", info_text(&caught_info));
		pid = child();
		if (pid == 0) {
			kill(1, SIGUSR1);
			_exit(0);
		}
		sigsuspend(&none);
		see("from inside: %s", info_text(&caught_info));
		reap(pid);
		SEE(kill(getppid(), SIGUSR1));
		SEE(kill(outer, 0));
		_exit(5);
	}
	pass(&up);
	MUST(kill(pid, SIGUSR1));
	see("%s", wait_text(reap(pid)));
	unblock(SIGUSR1);
}

static void raise_fault(void)
{
	volatile int *volatile nowhere = BAD_ADDR;

	*nowhere = 0;
}

/* What it does itself. */
static void own_doings(void)
{
	pid_t pid = clone_pid();

	if (pid == 0) {
		int ends[2];

		MUST(pipe(ends));
		close(ends[0]);
		SEE(write(ends[1], "", 1));
		alarm(1);
		SEE(usleep(1100000));
		raise_fault();
		_exit(0);
	}
	see("%s", wait_text(reap(pid)));
}

/* Orphans come to it, also from a process that entered from above. */
static void orphans(void)
{
	pid_t pid = clone_pid();

	if (pid == 0) {
		int status;

		pid = child();
		if (pid == 0) {
			if (child() == 0) {
				pass(&down);
				see("orphan %d of %d", getpid(), getppid());
				_exit(9);
			}
			_exit(8);
		}
		see("child %s", wait_text(reap(pid)));
		let(&down, 1);
		pid = wait(&status);
		see("orphan %d %s", pid, wait_text(status));
		_exit(0);
	}
	see("%s", wait_text(reap(pid)));
}

static void sleeper(int wr)
{
	(void)wr;
	let(&up, 1);
	for (;;)
		pause();
}

/*
 * Its end is that of everything below, and is told when all are gone: nothing
 * of theirs is told to anybody else.
 */
static void end(bool killed)
{
	int ends[2], status;
	char byte;
	pid_t pid;

	MUST(pipe(ends));
	pid = clone_pid();
	if (pid == 0) {
		for (int i = 0; i < 3; i++)
			if (child() == 0)
				sleeper(ends[1]);
		if (clone_pid() == 0) {
			if (child() == 0)
				sleeper(ends[1]);
			sleeper(ends[1]);
		}
		if (killed)
			pause();
		for (int i = 0; i < 5; i++)
			pass(&up);
		_exit(6);
	}
	close(ends[1]);
	if (killed) {
		for (int i = 0; i < 5; i++)
			pass(&up);
		SEE(kill(pid, SIGKILL));
	}
	see("%s", wait_text(reap(pid)));
	MUST(fcntl(ends[0], F_SETFL, O_NONBLOCK));
	see("their pipe: %s", res(read(ends[0], &byte, 1)));
	for (int i = 1; i < 6; i++)
		see("%d of them: %s", i, res(kill(pid + i, 0)));
	see("wait for any: %s", res(waitpid(-1, &status, WNOHANG)));
	close(ends[0]);
}

int main(void)
{
	gate_init(&up);
	gate_init(&down);
	ignored();
	handled();
	own_doings();
	orphans();
	for (int i = 0; i < 5; i++) {
		end(false);
		end(true);
	}
	return done();
}

/* SPDX-License-Identifier: Apache-2.0 */
/* SEM_UNDO: what is taken back, when, and how far. */
#include "ipc_sem.h"

#define UNDO SEM_UNDO
#define SEE(call) see("%s: %s", #call, res(call))

static struct gate go, ready;

static void see_values(const char *what)
{
	unsigned short v[SEMS];

	MUST(semctl(set, 0, GETALL, v));
	see("%s: %d %d %d, by %d %d %d", what, v[0], v[1], v[2],
	    MUST(semctl(set, 0, GETPID)), MUST(semctl(set, 1, GETPID)),
	    MUST(semctl(set, 2, GETPID)));
}

/* A child that operates, says so, and ends when it is told. */
static pid_t user(struct sembuf *ops, size_t n)
{
	pid_t pid = child();

	if (pid == 0) {
		int r = semop(set, ops, n);

		if (r != 0) {
			see("user: %s", res(r));
		}
		let(&ready, 1);
		pass(&go);
		_exit(0);
	}
	pass(&ready);
	return pid;
}

static void end(pid_t pid)
{
	let(&go, 1);
	reap(pid);
}

static void ends(void)
{
	pid_t pid;

	see_values("new");
	pid = user(OPS({ 0, 3, UNDO }, { 1, 2, 0 }));
	see_values("used");
	end(pid);
	see_values("ended");
	pid = user(OPS({ 1, -1, UNDO }, { 2, 4, UNDO }, { 2, -1, UNDO }));
	see_values("used");
	MUST(kill(pid, SIGKILL));
	reap(pid);
	see_values("killed");
	pid = user(OPS({ 0, 0, UNDO }, { 1, 1, UNDO }, { 1, -1, UNDO }));
	end(pid);
	see_values("nothing to undo");
	pid = user(OPS({ 1, 1, UNDO }, { 1, -9, UNDO | IPC_NOWAIT }));
	end(pid);
	see_values("had no effect");
}

static void clamped(void)
{
	pid_t pid;

	MUST(semctl(set, 0, SETALL, (unsigned short[]){ 0, 32767, 5 }));
	pid = user(OPS({ 0, 5, UNDO }, { 1, -5, UNDO }));
	op(OPS({ 0, -4, 0 }, { 1, 3, 0 }));
	see_values("changed meanwhile");
	end(pid);
	see_values("no less than 0, no more than 32767");
	if (child() == 0) {
		SEE(semop(set, OPS({ 0, 32767, UNDO })));
		SEE(semop(set, OPS({ 0, -32767, 0 })));
		SEE(semop(set, OPS({ 0, 1, UNDO })));
		SEE(semop(set, OPS({ 0, 1, UNDO })));
		SEE(semop(set, OPS({ 2, -1, 0 }, { 0, 1, UNDO })));
		SEE(semop(set, OPS({ 1, -32767, UNDO })));
		SEE(semop(set, OPS({ 1, 32767, 0 })));
		SEE(semop(set, OPS({ 1, -1, UNDO })));
		SEE(semop(set, OPS({ 1, 0, IPC_NOWAIT }, { 1, -1, UNDO })));
		see_values("range of undo");
		_exit(0);
	}
	wait(NULL);
	see_values("undone");
}

static void assigned(void)
{
	pid_t pid;

	MUST(semctl(set, 0, SETALL, (unsigned short[]){ 0, 0, 0 }));
	pid = user(OPS({ 0, 1, UNDO }, { 1, 1, UNDO }));
	MUST(semctl(set, 0, SETVAL, 7));
	end(pid);
	see_values("SETVAL drops that of one");
	pid = user(OPS({ 0, 1, UNDO }, { 1, 1, UNDO }));
	MUST(semctl(set, 0, SETALL, (unsigned short[]){ 4, 5, 6 }));
	end(pid);
	see_values("SETALL drops all");
	pid = user(OPS({ 0, 1, UNDO }));
	MUST(semctl(set, 0, IPC_RMID));
	new_set();
	end(pid);
	see_values("another set");
}

/* Whose end lets others go on. */
static void wakes(void)
{
	pid_t pid;

	MUST(semctl(set, 0, SETALL, (unsigned short[]){ 2, 0, 0 }));
	pid = user(OPS({ 0, -2, UNDO }, { 1, 2, UNDO }));
	wait_in('a', OPS({ 0, -1, UNDO }));
	wait_in('b', OPS({ 0, -1, 0 }));
	wait_in('c', OPS({ 0, -1, 0 }));
	wait_in('d', OPS({ 1, 0, 0 }));
	wait_in('e', OPS({ 2, -1, 0 }));
	let(&go, 1);
	reap(pid);
	/* a ends and gives back what it got. */
	until_waiting(1);
	see_ended("ended");
	end_set();
	new_set();
}

static void processes(void)
{
	pid_t pid = child();

	if (pid == 0) {
		pid_t inner;

		op(OPS({ 0, 1, UNDO }));
		inner = child();
		if (inner == 0) {
			op(OPS({ 1, 1, UNDO }));
			_exit(0);
		}
		reap(inner);
		see_values("child's child ended");
		inner = MUST(sys_clone(CLONE_SYSVSEM | SIGCHLD, NULL, NULL));
		if (inner == 0) {
			op(OPS({ 0, 1, UNDO }, { 2, 1, UNDO }));
			_exit(0);
		}
		reap(inner);
		see_values("one that shares ended");
		_exit(0);
	}
	reap(pid);
	see_values("child ended");
	pid = child();
	if (pid == 0) {
		op(OPS({ 0, 1, UNDO }));
		exec_self("exec");
	}
	reap(pid);
	see_values("it has ended");
}

static void unshared(void)
{
	pid_t pid = child();

	if (pid == 0) {
		op(OPS({ 0, 1, UNDO }));
		SEE(unshare(0));
		SEE(unshare(CLONE_FILES | CLONE_FS));
		see_values("unshared files");
		SEE(unshare(CLONE_SYSVSEM | 1));
		see_values("refused");
		SEE(unshare(CLONE_SYSVSEM));
		see_values("unshared");
		op(OPS({ 1, 1, UNDO }));
		SEE(unshare(CLONE_SYSVSEM | CLONE_FS));
		see_values("once more");
		op(OPS({ 2, 1, UNDO }));
		_exit(0);
	}
	reap(pid);
	see_values("ended");
}

static void *thread_up(void *number)
{
	op(OPS({ (unsigned short)(uintptr_t)number, 1, UNDO }));
	return NULL;
}

static void *thread_on(void *leader)
{
	pthread_join(*(pthread_t *)leader, NULL);
	op(OPS({ 2, 1, UNDO }));
	see_values("the first thread has ended");
	exit(0);
}

static void threads(void)
{
	pthread_t thread, self;
	pid_t pid = child();

	if (pid != 0) {
		reap(pid);
		see_values("ended");
		return;
	}
	pthread_create(&thread, NULL, thread_up, (void *)0);
	pthread_join(thread, NULL);
	see_values("thread ended");
	op(OPS({ 1, 1, UNDO }));
	self = pthread_self();
	pthread_create(&thread, NULL, thread_on, &self);
	pthread_exit(NULL);
}

/* The end of a process shows here first, and then in its files. */
static void order(void)
{
	int ends[2], right = 0;
	char byte;

	for (int i = 0; i < 50; i++) {
		pid_t pid;

		MUST(pipe(ends));
		pid = child();
		if (pid == 0) {
			op(OPS({ 0, 1, UNDO }));
			_exit(0);
		}
		close(ends[1]);
		MUST(read(ends[0], &byte, 1));
		right += MUST(semctl(set, 0, GETVAL)) == 0;
		close(ends[0]);
		reap(pid);
	}
	see("undone before the files are closed: %d", right);
}

int main(int argc, char **argv)
{
	if (argc > 1) {
		set = atoi(getenv("SET"));
		see_values("exec");
		return 0;
	}
	(void)argv;
	gate_init(&go);
	gate_init(&ready);
	new_set();
	ends();
	clamped();
	assigned();
	wakes();
	MUST(setenv("SET", res(set), 1));
	processes();
	unshared();
	threads();
	order();
	end_set();
	return done();
}

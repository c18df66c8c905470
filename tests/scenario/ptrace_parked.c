/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A tracer stops a task that waits for another: for a message, for a
 * semaphore. What its call returns then, and that it goes on.
 */
#include "ptrace_common.h"

#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/user.h>

static int queue, sems;

struct message {
	long type;
	char text[8];
};

static void receive(void)
{
	struct message m;
	long r = msgrcv(queue, &m, sizeof(m.text), 0, 0);

	see("  msgrcv: %s", res(r));
}

static void take(void)
{
	struct sembuf op = { 0, -1, 0 };

	see("  semop: %s", res(syscall(SYS_semop, sems, &op, 1)));
}

static void wake(long nr)
{
	const struct message m = { 1, "hello" };
	struct sembuf op = { 0, 1, 0 };

	if (nr == SYS_msgrcv) {
		MUST(msgsnd(queue, &m, sizeof(m.text), 0));
	} else {
		MUST(semop(sems, &op, 1));
	}
}

static void see_stop(pid_t pid)
{
	struct user_regs_struct regs;
	int status;

	MUST(waitpid(pid, &status, __WALL));
	if (!WIFSTOPPED(status)) {
		see("%s", wait_text(status));
		return;
	}
	MUST(ptrace(PTRACE_GETREGS, pid, NULL, &regs));
	/* That of raise(), which is over, is nobody's business. */
	if (regs.orig_rax != SYS_msgrcv && regs.orig_rax != SYS_semop &&
	    regs.orig_rax != SYS_write) {
		regs.orig_rax = (unsigned long)-1;
	}
	see("%d: %s event %d, call %lld, rax %lld", pid,
	    wait_text(status & 0xffff), status >> 16, (long long)regs.orig_rax,
	    (long long)regs.rax);
}

/* Steps up to the entry of @nr, and lets it sleep there. */
static void go_to_sleep(pid_t pid, long nr, int request)
{
	struct user_regs_struct regs;

	do {
		MUST(ptrace(PTRACE_SYSCALL, pid, NULL, 0));
		MUST(waitpid(pid, &(int){ 0 }, __WALL));
		MUST(ptrace(PTRACE_GETREGS, pid, NULL, &regs));
	} while ((long)regs.orig_rax != nr);
	MUST(ptrace(request, pid, NULL, 0));
	while (!sleeps(pid)) {
		sched_yield();
	}
}

static void trace(const char *name, long nr, void (*sleep_in)(void),
		  int request)
{
	pid_t pid;

	see("-- %s%s", name, request == PTRACE_SYSCALL ? ", stepped" : "");
	pid = child();
	if (pid == 0) {
		MUST(ptrace(PTRACE_TRACEME, 0, NULL, NULL));
		raise(SIGSTOP);
		sleep_in();
		_exit(0);
	}
	see_stop(pid);
	MUST(ptrace(PTRACE_DETACH, pid, NULL, SIGSTOP));
	MUST(waitpid(pid, &(int){ 0 }, WUNTRACED));
	MUST(ptrace(PTRACE_SEIZE, pid, NULL, PTRACE_O_TRACESYSGOOD));
	see_stop(pid);
	kill(pid, SIGCONT);
	MUST(ptrace(PTRACE_CONT, pid, NULL, 0));
	see_stop(pid);
	MUST(ptrace(PTRACE_CONT, pid, NULL, 0));
	see_stop(pid);
	go_to_sleep(pid, nr, request);
	MUST(ptrace(PTRACE_INTERRUPT, pid, NULL, NULL));
	see_stop(pid);
	MUST(ptrace(request, pid, NULL, 0));
	if (request == PTRACE_SYSCALL) {
		see_stop(pid);
		MUST(ptrace(PTRACE_CONT, pid, NULL, 0));
	}
	wake(nr);
	see_stop(pid);
}

int main(void)
{
	queue = MUST(msgget(IPC_PRIVATE, 0600));
	sems = MUST(semget(IPC_PRIVATE, 1, 0600));
	for (int i = 0; i < 2; i++) {
		int request = i ? PTRACE_SYSCALL : PTRACE_CONT;

		trace("msgrcv", SYS_msgrcv, receive, request);
		trace("semop", SYS_semop, take, request);
		MUST(semctl(sems, 0, SETVAL, 0));
	}
	return done();
}

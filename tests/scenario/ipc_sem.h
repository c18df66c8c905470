/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For scenarios of semaphores: children that wait in semop(2), each with a
 * letter, and what became of them.
 *
 * Who waits is known by GETNCNT and GETZCNT, so nobody has to sleep. Who has
 * been let go is known by how many wait less, at once, and by who ends then.
 */
#ifndef IPC_SEM_H
#define IPC_SEM_H

#include "scenario.h"

#include <sys/ipc.h>
#include <sys/sem.h>

#define SEMS 3
#define WAITERS_MAX 26

static int set;
static pid_t waiters[WAITERS_MAX];	/* 0: it has ended, or never was */

static inline void new_set(void)
{
	set = MUST(semget(IPC_PRIVATE, SEMS, 0600));
}

/* How many wait for anything; -1: there is no set. */
static inline int waiting(void)
{
	int n = 0;

	for (int i = 0; i < SEMS; i++) {
		int down = semctl(set, i, GETNCNT);

		if (down == -1) {
			return -1;
		}
		n += down + MUST(semctl(set, i, GETZCNT));
	}
	return n;
}

static inline void until_waiting(int n)
{
	while (waiting() != n) {
		sched_yield();
	}
}

static inline int alive(void)
{
	int n = 0;

	for (int i = 0; i < WAITERS_MAX; i++) {
		n += waiters[i] != 0;
	}
	return n;
}

#define OPS(...) (struct sembuf[]){ __VA_ARGS__ }, \
		 sizeof((struct sembuf[]){ __VA_ARGS__ }) / sizeof(struct sembuf)

/* Starts a child that waits in the operations. */
static inline void wait_in(char name, struct sembuf *ops, size_t n)
{
	int before = waiting();
	pid_t pid = child();

	if (pid == 0) {
		_exit(semop(set, ops, n) == 0 ? 0 : errno);
	}
	waiters[name - 'a'] = pid;
	until_waiting(before + 1);
}

static inline int which(pid_t pid)
{
	for (int i = 0; i < WAITERS_MAX; i++) {
		if (waiters[i] == pid) {
			return i;
		}
	}
	die("%d is nobody", pid);
}

/* Reports who was let go and how, what is left, and who waits. */
static inline void see_ended(const char *what)
{
	int left = waiting(), ended = alive() - (left < 0 ? 0 : left);
	const char *ends[WAITERS_MAX] = { NULL };
	char text[400] = "", values[100] = "";
	int at = 0;

	while (ended-- > 0) {
		int status, i;

		i = which(MUST(wait(&status)));
		waiters[i] = 0;
		errno = WEXITSTATUS(status);
		ends[i] = !WIFEXITED(status) ? wait_text(status) :
			  errno ? strerrorname_np(errno) : "0";
	}
	for (int i = 0; i < WAITERS_MAX; i++) {
		if (ends[i]) {
			at += sprintf(text + at, " %c:%s", 'a' + i, ends[i]);
		}
	}
	at = 0;
	for (int i = 0; left >= 0 && i < SEMS; i++) {
		at += sprintf(values + at, " %d(%d,%d)",
			      MUST(semctl(set, i, GETVAL)),
			      MUST(semctl(set, i, GETNCNT)),
			      MUST(semctl(set, i, GETZCNT)));
	}
	see("%s: ended%s; values%s", what, *text ? text : " none", values);
}

static inline void op(struct sembuf *ops, size_t n)
{
	MUST(semop(set, ops, n));
}

/* Ends all who still wait, and the set. */
static inline void end_set(void)
{
	MUST(semctl(set, 0, IPC_RMID));
	see_ended("removed");
}

#endif

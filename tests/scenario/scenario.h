/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What every scenario shares: reporting, barriers, guard buffers, children.
 *
 * A scenario prints what it sees with see() and ends with "return done();".
 * The runner compares the lines of the kernel's own namespaces with those of
 * nsrun; a run without the line that done() writes has failed.
 *
 * Numbers of processes may be printed as they are, since they are
 * deterministic in a fresh pid namespace, as long as the order of the forks
 * is. Users are printed as "own" or "other".
 */
#ifndef SCENARIO_H
#define SCENARIO_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* A number that no process of a scenario ever has. */
#define NOBODY 31999

/* The absolute path of the running scenario, for exec of itself. */
extern const char *self_path;

/* Reports one observation: one line, written at once. */
void see(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Reports that the scenario came to its end. Return: 0. */
int done(void);

/* Reports what went wrong and ends the process: a broken scenario. */
void die(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));

/* An expression that must not be -1; its value. */
#define MUST(e)                                                           \
	({                                                                \
		__typeof__(e) must_ = (e);                                \
		if (must_ == (__typeof__(e))-1)                           \
			die("%s:%d: %s: %s", __FILE_NAME__, __LINE__, #e, \
			    strerrorname_np(errno));                      \
		must_;                                                    \
	})
#ifndef __FILE_NAME__
#define __FILE_NAME__ __FILE__
#endif

/*
 * Texts of results; each lives in one of sixteen buffers of the thread.
 * res(): the value, or the name of errno if it is -1.
 * raw(): likewise for a negated error as the kernel returns it.
 */
const char *res(long value);
const char *raw(long value);
const char *wait_text(int status);
const char *sig_text(int sig);
const char *info_text(const siginfo_t *info);

/* fork() that must not fail. */
pid_t child(void);

/* Waits for that child however often it is interrupted. Return: its status. */
int reap(pid_t pid);

/*
 * Waits until that number is nobody's. A thread that was joined and a child
 * that nobody waits for may still have theirs for a moment.
 */
void until_gone(pid_t tid);

/* Starts the scenario anew in this process, with one argument. */
void exec_self(const char *role) __attribute__((noreturn));

/* A gate: pass() takes one of the tokens that let() put in, or blocks. */
struct gate {
	int rd, wr;
};

void gate_init(struct gate *g);
void let(struct gate *g, int tokens);
void pass(struct gate *g);

/*
 * A zeroed buffer whose last byte lies against an unmapped page, and with a
 * canary before its first. guard_check() dies if the canary was touched.
 */
void *guard_alloc(size_t size);
void guard_check(void *p);

/* An address that is never mapped. */
#define BAD_ADDR ((void *)8)

/* A handler for sigaction with SA_SIGINFO that keeps the last siginfo. */
extern volatile sig_atomic_t caught_count;
extern siginfo_t caught_info;
void catch_signal(int sig, int flags);
void catch_nothing(int sig);
void block(int sig);
void unblock(int sig);

/* Raw system calls that a libc wrapper would bend. */
static inline long sys_tgkill(long tgid, long tid, long sig)
{
	return syscall(SYS_tgkill, tgid, tid, sig);
}

static inline long sys_tkill(long tid, long sig)
{
	return syscall(SYS_tkill, tid, sig);
}

static inline int sys_pidfd_open(long pid, unsigned int flags)
{
	return syscall(SYS_pidfd_open, pid, flags);
}

static inline long sys_pidfd_send(int fd, int sig, siginfo_t *info,
				  unsigned int flags)
{
	return syscall(SYS_pidfd_send_signal, fd, sig, info, flags);
}

/* clone() as fork() is: no stack, no function. Unused words are 0. */
static inline long sys_clone(unsigned long flags, void *ptid, void *ctid)
{
	return syscall(SYS_clone, flags, NULL, ptid, ctid, 0L);
}

#endif

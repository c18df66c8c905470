/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One caught system call in flight: the one thing that travels the whole path
 * from a gate through dispatch to a handler and back.
 *
 * A handler returns what the kernel would: a value >= 0 or a negative errno;
 * or one of the CALL_ codes, by the functions below. It never knows by which
 * gate its call came. A row of the NOTIFY gate that wants call_then() is called
 * again where it can be had; call_lend() needs call_can_change() before.
 */
#ifndef NSRUN_CALL_H
#define NSRUN_CALL_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "src/syscall.h"
#include "tables/pids.h"

#define CALL_ARGS 6
#define CALL_SCRATCH_MAX 256
#define CALL_LEND_MAX (256 * 1024)	/* beyond, memory is taken for it */

/* Answers that no system call returns. */
#define CALL_PASS (LONG_MIN + 1)	/* the kernel runs it, unchanged */
#define CALL_THEN (LONG_MIN + 2)	/* the task runs host_nr(host_args) */
#define CALL_RUN_FD (LONG_MIN + 3)	/* likewise; the result is a new fd */
#define CALL_GIVE_FD (LONG_MIN + 4)	/* give_fd becomes the task's */
#define CALL_STOP (LONG_MIN + 5)	/* it comes again, by the trace gate */
#define CALL_PARK (LONG_MIN + 6)	/* later: park.h */
#define CALL_AGAIN (LONG_MIN + 7)	/* of an after: from the start */

/* The kernel's own restart codes: 512 to 516, which no guest ever sees. */
#define CALL_ERESTARTSYS 512
#define CALL_ERESTARTNOINTR 513
#define CALL_ERESTARTNOHAND 514

struct task;

struct call {
	const struct syscall *row;
	struct task *task;
	int nr;
	uint64_t args[CALL_ARGS];	/* as the program made it */
	uint64_t ip, sp;	/* sp is 0 at the notify gate, which can't know it */

	/* CALL_THEN and CALL_RUN_FD: what the task runs in its place. */
	long host_nr;
	uint64_t host_args[CALL_ARGS];
	/* Called with the kernel's result; returns as a handler does. */
	long (*after)(struct call *c, long result);

	/* Saved bytes of the guest's memory under a borrowed argument. */
	uint64_t scratch;
	size_t scratch_len;
	unsigned char scratch_saved[CALL_SCRATCH_MAX];
	unsigned char *scratch_large;	/* owned; in its place, if not NULL */

	int give_fd;		/* the supervisor's; closed when given */
	bool give_cloexec;
	bool give_held;		/* until the task has one like it */

	/* call_then_give() */
	long (*give_make)(struct call *c);	/* NULL: no such call */
	long (*give_after)(struct call *c, long result);
	bool given;		/* give_make() was asked, by the notify gate */
	int given_fd, given_pair[2];	/* the task's, where it was not */

	/* unix_reach.c: to whom, and with which of its descriptors */
	struct {
		uint64_t id, head, flags;
		int fd;
		long result;
		long (*done)(struct call *c, long result);
	} reach;

	bool rooted;		/* its paths were resolved: view/root.h */
	/* late.c: for which kinds, and what is to come after it */
	unsigned int late;
	long (*caught)(struct call *c, long result);
	long (*armed)(struct call *c, long result);	/* likewise: chroot.c */

	bool waits;		/* call_may_wait() */
	uint64_t go_to;		/* at its end: where the task goes on; 0: there */
	uint64_t cookie;	/* a handler's own, kept until its after */
};

/* Let the kernel run the call as it is. Never where pointers decided. */
long call_pass(struct call *c);

/* Said of a call of the NOTIFY gate: in the kernel, EINTR may end it. */
void call_may_wait(struct call *c);

/*
 * The task runs the call with c->host_args, which start as c->args, and
 * @after makes the guest's result of the kernel's. NULL: as it is.
 * The guest's own argument registers are restored.
 */
long call_then(struct call *c, long (*after)(struct call *c, long result));

/* As call_then(), with another call, from an after too. */
long call_then_other(struct call *c, long nr,
		     long (*after)(struct call *c, long result));

/*
 * Of an after: the task makes its call anew, as if nothing had been. What it
 * did in the kernel stays done.
 */
long call_again(struct call *c);

/*
 * The task gets a descriptor of the supervisor's, close-on-exec, and goes on
 * with @after, whose result is the number, or an error. @make opens it, right
 * before it is given: it returns a descriptor, which is taken, or an error.
 * STOP gate only.
 */
long call_then_give(struct call *c, long (*make)(struct call *c),
		    long (*after)(struct call *c, long result));

/*
 * The call, with c->host_args, makes a descriptor (close-on-exec) that is the
 * guest's result: run by the supervisor or by the task, as the gate can.
 */
long call_run_fd(struct call *c);

/*
 * The result is a descriptor of the supervisor's, @fd, which is given away.
 * @cloexec: it is close-on-exec there.
 */
long call_give_fd(struct call *c, int fd, bool cloexec);

/*
 * A row of the NOTIFY gate that finds that it must change the call returns
 * call_stop(). The call then comes to the same handler again by the trace
 * gate, where call_can_change() is true: there call_then() and call_pass()
 * are the only answers.
 */
bool call_can_change(const struct call *c);
long call_stop(struct call *c);

/*
 * The guest's memory: all of @len or -EFAULT. A handler reads each thing once.
 */
long call_read(struct call *c, uint64_t addr, void *buf, size_t len);
long call_write(struct call *c, uint64_t addr, const void *buf, size_t len);

/*
 * Puts @len bytes where the kernel can read them as an argument: on the stack
 * of the task, below the red zone; what was there comes back after the call.
 * STOP gate only. Return: 0 with *@ret_addr, or -EFAULT.
 */
long call_lend(struct call *c, const void *buf, size_t len, uint64_t *ret_addr);

/* The same in a place of the guest's own, up to CALL_LEND_MAX bytes. */
long call_patch(struct call *c, uint64_t addr, const void *buf, size_t len);

/* Gives borrowed memory back; nothing to do without any. */
void call_restore(struct call *c);

/* Likewise, by another task that has the same memory. */
void call_give_back(struct call *c, host_pid by);

/* Likewise, where that memory is gone: exec, death. */
void call_forget(struct call *c);

/* Closes the descriptor that is held for the task, if one is. */
void call_drop_fd(struct call *c);

#endif

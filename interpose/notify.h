/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The notify gate: seccomp user notification (seccomp_unotify(2)).
 *
 * Theory of operation. The task waits in the kernel while its call is
 * answered. An answer may find the task gone or interrupted by a signal
 * (-ENOENT); what that means is for the caller, since only it knows what the
 * call had done already.
 */
#ifndef NSRUN_NOTIFY_H
#define NSRUN_NOTIFY_H

#include <linux/seccomp.h>
#include "src/call.h"
#include "tables/pids.h"

struct notify {
	int listener;	/* -1: none */
	struct seccomp_notif *request;	/* as large as this kernel's */
	size_t request_size;
	bool add_and_send;	/* SECCOMP_ADDFD_FLAG_SEND, Linux 5.14 */
};

/*
 * Takes over the descriptor @listener. @sync asks for the synchronous
 * wake-up, where the kernel has it (Linux 6.6).
 * Return: 0 or a negative errno.
 */
long notify_open(struct notify *n, int listener, bool sync);
void notify_close(struct notify *n);

/*
 * The next notification: @c's nr, ip and args, and who asks. Call it after
 * poll() only. Return: 0, or -ENOENT when it was withdrawn.
 */
long notify_receive(struct notify *n, struct call *c, host_pid *ret_tid,
		    uint64_t *ret_id);

/* Return: 0, or -ENOENT when the task does not wait for it any more. */
long notify_answer(struct notify *n, uint64_t id, long value);
long notify_pass(struct notify *n, uint64_t id);

/*
 * A new descriptor of the task, made of @fd; it is not answered yet.
 * Return: its number or a negative errno.
 */
long notify_lend(struct notify *n, uint64_t id, int fd);

/*
 * Answers with a new descriptor of the task, made of @fd.
 * Return: its number; -ENOENT; or the error that the task was told.
 */
long notify_install(struct notify *n, uint64_t id, int fd, bool cloexec);

#endif

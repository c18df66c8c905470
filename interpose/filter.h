/* SPDX-License-Identifier: Apache-2.0 */
/* The seccomp filters that the system-call table asks for. */
#ifndef NSRUN_FILTER_H
#define NSRUN_FILTER_H

#include <linux/filter.h>
#include <stdbool.h>

struct filter {
	struct sock_fprog known;	/* ENOSYS for what the table lacks */
	struct sock_fprog caught;	/* which calls are caught, and how */
};

/* How rows of the notify gate are caught. */
enum filter_mode {
	/* A received call waits deaf to signals: Linux 5.19 */
	FILTER_KILLABLE,
	/*
	 * A signal can end the wait in the moment of the answer, and the call
	 * is made again: rows that may not be are caught by the trace gate.
	 */
	FILTER_INTERRUPTIBLE,
	FILTER_STOP,	/* all by the trace gate */
};

/* Does this kernel know SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV? */
bool filter_has_killable(void);

/*
 * Builds both programs for the namespaces @active (set of enum ns_kind).
 * Return: 0, or a negative errno. filter_free() takes what it made.
 */
long filter_build(struct filter *f, unsigned int active,
		  enum filter_mode mode);
void filter_free(struct filter *f);

/*
 * Loads both into the calling task, for good. @ret_listener gets the
 * notification descriptor, -1 with FILTER_STOP. Return: 0 or a negative
 * errno: -EBUSY if an outer filter has a listener.
 */
long filter_load(const struct filter *f, enum filter_mode mode,
		 int *ret_listener);

#endif

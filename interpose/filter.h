/* SPDX-License-Identifier: Apache-2.0 */
/* The seccomp filters that the system-call table asks for. */
#ifndef NSRUN_FILTER_H
#define NSRUN_FILTER_H

#include <linux/filter.h>
#include <stdbool.h>

/* What the filter of the trace says, and the one of the table does not. */
#define FILTER_SHOWN 0x6e73

struct filter {
	struct sock_fprog known;	/* ENOSYS for what the table lacks */
	struct sock_fprog caught;	/* which calls are caught, and how */
	struct sock_fprog traced;	/* what is caught for the trace alone */
};

/*
 * Builds both programs for the namespaces @active (set of enum ns_kind).
 * @stop_only: rows of the notify gate are caught by the trace gate.
 * @traced: by number, whose every form goes to the trace gate; NULL for none.
 * Return: 0, or a negative errno. filter_free() takes what it made.
 */
long filter_build(struct filter *f, unsigned int active, bool stop_only,
		  const bool *traced);
void filter_free(struct filter *f);

/*
 * Loads the first two into the calling task, for good. @ret_listener gets the
 * notification descriptor, -1 with @stop_only. @killable: Linux 5.19's
 * SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV.
 * Return: 0 or a negative errno: -EBUSY if an outer filter has a listener.
 */
long filter_load(const struct filter *f, bool stop_only, bool killable,
		 int *ret_listener);

/* Loads the third, once the task is held by its tracer: or ENOSYS follows. */
long filter_load_traced(const struct filter *f);

#endif

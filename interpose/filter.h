/* SPDX-License-Identifier: Apache-2.0 */
/* The seccomp filters that the system-call table asks for. */
#ifndef NSRUN_FILTER_H
#define NSRUN_FILTER_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stdint.h>

/* What the filter of the trace says, and the one of the table does not. */
#define FILTER_SHOWN 0x6e74

struct filter {
	struct sock_fprog caught;	/* which calls are caught, and how */
	struct sock_fprog traced;	/* what is caught for the trace alone */
	struct sock_fprog trapped;	/* what an outer filter answers */
	uint32_t native;	/* ip after the agent's native instruction, as
				 * it usually lies; or 0 */
};

/* How rows of the notify gate are caught. */
enum filter_mode {
	/*
	 * As the next; and rows of the trace gate are caught by notify, since
	 * a task may have no tracer.
	 */
	FILTER_BARE,
	/* A received call waits deaf to signals: Linux 5.19 */
	FILTER_KILLABLE,
	/*
	 * A signal can end the wait in the moment of the answer, and the call
	 * is made again: rows that may not be are caught by the trace gate.
	 */
	FILTER_INTERRUPTIBLE,
	FILTER_STOP,	/* all by the trace gate */
};

/* Can a filter be loaded? Return: 0 or a negative errno. */
long filter_allowed(void);

/* Does this kernel know SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV? */
bool filter_has_killable(void);

/*
 * Builds the programs for the namespaces @active (set of enum ns_kind).
 * @traced: by number, whose every form goes to the trace gate; NULL for none.
 * What outer_find() found is caught by a third, ahead of the outer filter.
 * @native: the address after the instruction of the agent that runs natively
 * what the table marks so; 0 without an agent.
 * Return: 0, or a negative errno. filter_free() takes what it made.
 */
long filter_build(struct filter *f, unsigned int active,
		  enum filter_mode mode, const bool *traced,
		  uint32_t native);
void filter_free(struct filter *f);

/*
 * A file with one more program, an array of struct sock_filter: it has all
 * calls come to the trace gate that the namespaces @late need caught, which come
 * to @active afterwards (sets of enum ns_kind). What `caught` notifies goes on
 * doing so, since that counts more.
 * Return: a descriptor or a negative errno.
 */
long filter_file_late(unsigned int active, unsigned int late);

/*
 * Loads the first into the calling task, for good. @walled: Landlock closes
 * /proc. @ret_listener gets the notification descriptor, -1 with FILTER_STOP.
 * Return: 0 or a negative errno: -EBUSY if an outer filter has a listener.
 */
long filter_load(struct filter *f, enum filter_mode mode, bool walled,
		 int *ret_listener);

/* Loads the others, once the task is held by its tracer: what they need. */
long filter_load_held(const struct filter *f);

#endif

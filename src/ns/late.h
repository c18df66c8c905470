/* SPDX-License-Identifier: Apache-2.0 */
/* Namespaces of kinds that the instance began without. */
#ifndef NSRUN_NS_LATE_H
#define NSRUN_NS_LATE_H

#include <stdint.h>

struct call;
struct task;

/* What a task has caught beside what the instance began with. */
struct late {
	unsigned int kinds;   /* set of enum ns_kind */
	unsigned int filters; /* how many have been loaded for it */
};

/*
 * For which of @kinds must @task have more calls caught before it is in a
 * namespace of that kind? What it makes later will have, too.
 */
unsigned int late_missing(const struct task *task, unsigned int kinds);

/* Which of those that are caught for @task's sake came late? */
unsigned int late_kinds(const struct task *task);

/*
 * The task has more calls caught from now on; then @caught goes on, as an
 * after. An error is one of the host's. STOP gate only.
 */
long late_catch(struct call *c, unsigned int kinds,
		long (*caught)(struct call *c, long result));

/* filter_file_late() */
extern long (*late_filter_hook)(unsigned int active, unsigned int late);

#endif

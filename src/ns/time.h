/* SPDX-License-Identifier: Apache-2.0 */
/* Time namespaces; see time.c. */
#ifndef NSRUN_NS_TIME_H
#define NSRUN_NS_TIME_H

#include <stdint.h>
#include <time.h>

struct nsproxy;
struct task;
struct time_namespace;
struct user_cred;

#define TIME_OFFSETS 2 /* of CLOCK_MONOTONIC and CLOCK_BOOTTIME */

/* That for children becomes its own, and keeps its offsets: timens_on_fork() */
void time_enter(struct nsproxy *proxy);

/* By how much @clock is ahead for @task, in nanoseconds. */
int64_t time_offset(const struct task *task, int clock);

/*
 * The program of @task, which stands still, asks the kernel for the time from
 * now on, if its clocks are not the host's.
 */
void time_hide_vdso(const struct task *task);

/* Seconds and nanoseconds of each; of the host's (NULL) 0. */
void time_get_offsets(const struct time_namespace *ns,
		      struct timespec ret_offsets[TIME_OFFSETS]);

/*
 * What is written to timens_offsets, which ends with a 0, by who had @opener
 * when he opened it (NULL: no user namespace). Return: how many
 * bytes of it count, or a negative errno.
 */
long time_write_offsets(struct time_namespace *ns,
			const struct user_cred *opener, const char *text);

struct time_namespace *time_ns_get(struct time_namespace *ns);
void time_ns_put(struct time_namespace *ns);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one call that only an nsrun answers: prctl(PR_NSRUN, …), by which an
 * nsrun that runs inside of another finds that out. The kernel says EINVAL.
 *
 * Nothing rests on the answer: whoever hears a false one asks for namespaces
 * that it does not get.
 */
#ifndef NSRUN_TASK_PRCTL_H
#define NSRUN_TASK_PRCTL_H

#define PR_NSRUN 0x6e737275

/* Which namespaces there are: a set of enum ns_kind. */
#define PR_NSRUN_KINDS 0
/*
 * The pid namespace that was unshared last is for a command, which is not to
 * mind that it is an init: what comes from above acts on it as on any process.
 */
#define PR_NSRUN_WRAPS 1

#endif

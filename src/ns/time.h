/* SPDX-License-Identifier: Apache-2.0 */
/* Time namespaces; see time.c. */
#ifndef NSRUN_NS_TIME_H
#define NSRUN_NS_TIME_H

struct nsproxy;

/* That for children becomes its own: timens_on_fork() */
void time_enter(struct nsproxy *proxy);

#endif

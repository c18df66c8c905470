/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An end of waits that the supervisor never meant to begin.
 *
 * Some system calls on what is a guest's can wait, and can't be told not to.
 * Whoever looks at a descriptor of a task holds its file for a moment; if the
 * task closes it in that moment, the looker's is the last close, and a socket
 * lingers there for as long as the task has said (SO_LINGER).
 */
#ifndef NSRUN_WATCHDOG_H
#define NSRUN_WATCHDOG_H

void watchdog_start(void);

/* Around the one place that may wait: not watched from sleep to wake. */
void watchdog_sleep(void);
void watchdog_wake(void);

/* No tick from hold to release. */
void watchdog_hold(void);
void watchdog_release(void);

#endif

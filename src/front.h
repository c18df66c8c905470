/* SPDX-License-Identifier: Apache-2.0 */
/* What a process does that stands before a command: front.c, outside/enter.c */
#ifndef NSRUN_FRONT_H
#define NSRUN_FRONT_H

#include <signal.h>

/* What a user sends to end a command or to tell it something. */
void front_signals(sigset_t *ret_set);

/* The exit status that a wait status stands for. */
int front_status(int status);

/* Stops as a command did that @sig has stopped. */
void front_stop_self(int sig);

/* Closes what was inherited, but @a and @b and standard error. */
void front_let_go(int a, int b);

#endif

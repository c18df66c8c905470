/* SPDX-License-Identifier: Apache-2.0 */
/* Descriptors for tasks at the trace gate, which can't be put into them. */
#ifndef NSRUN_GIVE_H
#define NSRUN_GIVE_H

#include "src/call.h"

/*
 * Makes the task get c->give_fd's like by calls of its own: a copy of a made
 * file, the same file opened by its name, or else what the call makes of it.
 * Takes the descriptor over. Return: CALL_THEN, or a negative errno.
 */
long give_by_task(struct call *c);

#endif

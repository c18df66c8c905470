/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes from one stream socket to another: one way of a connection. */
#ifndef NSRUN_GATEWAY_PUMP_H
#define NSRUN_GATEWAY_PUMP_H

#include <stdbool.h>
#include <stddef.h>

struct pump {
	int from, to;
	int pipe[2];	/* -1: nothing is in it */
	size_t pending; /* in the pipe */
	bool eof;	/* of from */
	bool done;	/* and told to the other, or that takes no more */
	long error;	/* why, if not by eof */
	bool at_read;	/* of the error */
};

void pump_init(struct pump *pump, int from, int to);

/*
 * Moves what can be moved without waiting, but not for long.
 * Return: whether there may be more at once.
 */
bool pump_run(struct pump *pump);

/* What is in it is lost. */
void pump_end(struct pump *pump);

#endif

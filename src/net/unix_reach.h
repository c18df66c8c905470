/* SPDX-License-Identifier: Apache-2.0 */
/* Calls of tasks to sockets with an abstract name of their net. */
#ifndef NSRUN_NET_UNIX_REACH_H
#define NSRUN_NET_UNIX_REACH_H

#include "src/call.h"

/*
 * The task runs connect(2) or sendto(2), or, if @head is not 0, sendmsg(2) with
 * the header that is there, to the one that unix_name_find() has found (0:
 * -ECONNREFUSED). @done makes the answer of the result, or is NULL.
 */
long unix_reach(struct call *c, uint64_t id, uint64_t head,
		long (*done)(struct call *c, long result));

#endif

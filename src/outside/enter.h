/* SPDX-License-Identifier: Apache-2.0 */
/* The client's side: what a user asks of an instance from outside. */
#ifndef NSRUN_OUTSIDE_ENTER_H
#define NSRUN_OUTSIDE_ENTER_H

#include "src/config.h"
#include "src/outside/protocol.h"

/*
 * Runs config->command in the instance at the other end of @instance, which is
 * taken. @target: whose namespaces, as host pid, 0 for init's; @number: the
 * pid that the command gets inside, 0 for the next.
 * Return: the exit status, or ENTER_GONE: the instance has ended before, and
 * nothing was run or told.
 */
#define ENTER_GONE (-1)
int enter_run(struct config *config, int instance, int target, int number);

/* A request and its answer; *@ret_fd gets what came with it, or -1. */
long ask(int instance, const struct request *rq, struct reply *ret_reply,
	 int *ret_fd);
struct request request_of(enum protocol_op op, int value);

/* ---- command.c ---- */

/* Is argv[1] one of ls, ids, kill, enter? */
bool outside_is_command(int argc, char **argv);
int outside_command(int argc, char **argv);

/* ---- list.c ---- */

int list_instances(bool json);
int list_ids(int instance, bool json);

#endif

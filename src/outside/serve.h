/* SPDX-License-Identifier: Apache-2.0 */
/* The supervisor's side of the socket that clients outside connect to. */
#ifndef NSRUN_OUTSIDE_SERVE_H
#define NSRUN_OUTSIDE_SERVE_H

#include "src/loop.h"
#include "src/outside/protocol.h"

/* Before anything of the instance is closed: opens the socket. */
void serve_start(const struct config *config);

/* For the loop's poll(): it is readable when serve_next() has work. */
int serve_fd(void);
void serve_next(struct loop *loop);

/* Once each turn of the loop: watches zombies whose parents are outside. */
void serve_settle(void);

/* The instance has ended, or is about to. */
void serve_end(void);

/* The instance is kept: the front process ends, with @status. */
void serve_detach(struct loop *loop, int status);

/* ---- join.c ---- */

/* Whose namespaces are meant by @host, as host pid; 0: init's. May be NULL. */
struct task *join_target(int host);

/* Is it one that can be waited on, and that is asked for? 0 or -errno */
long join_check_listener(const struct config *config, int listener);

/*
 * The child of @peer behind @pidfd, which has loaded the filter, becomes a
 * task. Its @listener stays the caller's. Return: 0 with its number, or
 * -errno, with what failed in @reply.
 */
long join_adopt(const struct config *config, const struct request *rq,
		const struct peer *peer, int pidfd, int listener,
		struct reply *reply, host_pid *ret_child);

/* Frees zombies that a parent outside has reaped. Return: are any left? */
bool join_sweep(void);

/* ---- report.c ---- */

/* Return: a memfd with the description of the instance, or -errno. */
int report_make(const struct config *config);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* The event loop: the only place of the supervisor that waits. */
#ifndef NSRUN_LOOP_H
#define NSRUN_LOOP_H

#include "interpose/notify.h"
#include "src/config.h"

/* What is waited for beside the notifications, and comes seldom. */
enum seldom {
	SELDOM_SIGNALS,	/* loop.signals */
	SELDOM_CONTROL,	/* loop.control */
	SELDOM_NSFS,	/* nsfs_watch() */
	SELDOM_SERVE,	/* serve_fd() */
	SELDOM_ENDS,	/* loop.epoll */
	SELDOM_SOCK,	/* sock_wait_fd() */
	SELDOM_COUNT,
};

struct loop {
	const struct config *config;
	struct notify notify;
	int control;		/* to the front process; -1: it is gone */
	int signals;		/* signalfd: SIGCHLD, SIGTERM */
	int epoll;		/* pidfds: bare.c */
	int seldom;		/* an epoll of these */
	int watched[SELDOM_COUNT];	/* what it holds */
};

struct group;

/* The process that the user asked for: with --init it is number 2. */
bool loop_is_command(const struct loop *loop, const struct group *group);

/* The front process is gone, or not to be told any more. */
void loop_leave_front(struct loop *loop);

/* Runs until the tree has ended. Return: init's wait status. */
int loop_run(struct loop *loop);

#endif

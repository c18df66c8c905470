/* SPDX-License-Identifier: Apache-2.0 */
/* What the handlers of the pid namespace share. */
#ifndef NSRUN_NS_PID_H
#define NSRUN_NS_PID_H

#include "src/call.h"
#include "src/host/sys.h"
#include "src/task/task.h"

/*
 * Numbers that a guest passes, as the host's: 0 and negative ones stay, what
 * the namespace does not have becomes SYS_NO_PID, of which the kernel says
 * what it says of any process that does not exist, in its own order of checks.
 */
uint64_t pid_to_host(const struct task *from, int nr);	/* a task's */
uint64_t pgrp_to_host(const struct task *from, int nr);	/* a group's */

/* The entry of a process group, borrowed, or NULL. */
struct pid *pgrp_by_number(const struct task *from, int nr);

/* A number of the host as @to's namespace sees it, 0 if it does not. */
int pid_from_host(const struct task *to, int host);

/* capget(2), capset(2) of the kernel's credentials. */
long pid_capget(struct call *c);
/* msgctl(2) where queues are the host's, and process ids are not. */
long pid_msgctl(struct call *c);
/* shmctl(2) where segments are the host's, and process ids are not. */
long pid_shmctl(struct call *c);

/* ---- pid_wait.c, pid_wait_traced.c ---- */

/* A wait as it is made in the kernel. */
struct wait_call {
	bool is_waitid;
	uint64_t args[CALL_ARGS];
};

/* c->host_args get the host's numbers. */
void pid_wait_to_host(struct call *c);

/*
 * What a wait is told of tasks that the caller traces, or CALL_PASS: at once;
 * at the entry of the call, which may sleep for it; and after the kernel's own.
 */
long pid_wait_news(struct call *c);
long pid_wait_traced(struct call *c);
long pid_wait_traced_after(struct call *c, long result);

/* Likewise to a wait in the kernel, with the host's numbers. */
long pid_wait_native(struct task *task, const struct wait_call *w);

/* Makes @nr (negative: a process group) the owner of descriptor args[0]. */
long pid_set_owner(struct call *c, int nr);

/*
 * A message goes to an address of netlink by the descriptor args[0]. Return:
 * whether the supervisor could see to it; else pid_netlink_claim() has to.
 */
bool pid_netlink_sends(struct call *c);

/* The task sees to it, and then makes its call. */
long pid_netlink_claim(struct call *c);

/* Of the host's objects, where they are not the instance's own. */
long pid_semctl(struct call *c);

/* The handlers, of descriptors that no net namespace has a say in. */
long pid_bind(struct call *c);	/* of a netlink socket, as the next two */
long pid_connect(struct call *c);
long pid_sendto(struct call *c);
long pid_sendmsg(struct call *c);
long pid_sendmmsg(struct call *c);
long pid_recvmsg(struct call *c);
long pid_recvmmsg(struct call *c);
/* The credentials in what was received, whose header is at @addr. */
void pid_message_received(struct call *c, uint64_t addr);
long pid_getsockopt(struct call *c);
long pid_setsockopt(struct call *c);
long pid_clock(struct call *c);
long pid_ioctl(struct call *c);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Users and groups at the other end of a socket; pid_sock.c calls these. */
#ifndef NSRUN_NS_USER_SOCK_H
#define NSRUN_NS_USER_SOCK_H

#include <sys/socket.h>
#include "src/task/task.h"

/*
 * What the kernel says of a peer or a sender, in host numbers, becomes what
 * @to sees. @effective: by its effective ids, as SO_PEERCRED; otherwise by its
 * real ones, or what it claimed to be.
 */
void user_sock_from_host(const struct task *to, struct ucred *cred,
			 bool effective);

/*
 * What @from says that it is, in its numbers, becomes what the host's kernel
 * will believe; what it claims is kept for those who receive it if @commit.
 * Return: 0, or -EINVAL, -EPERM or -ESRCH where it may not, as the kernel.
 */
long user_sock_to_host(struct task *from, struct ucred *cred, bool commit);

/*
 * Is the task's socket @fd one to the kernel's audit, which hears nobody of
 * a user namespace? Without one: false.
 */
bool user_sock_is_audit(const struct task *task, int fd);

/* getsockopt(SO_PEERGROUPS) */
long user_peergroups(struct call *c);

#endif

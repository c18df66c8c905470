/* SPDX-License-Identifier: Apache-2.0 */
/* sendmmsg(2) and recvmmsg(2): the messages of one call. */
#ifndef NSRUN_NET_MANY_H
#define NSRUN_NET_MANY_H

#include "src/net/sock.h"

/* How many there are, where each has its header. */
unsigned int many_count(const struct call *c);
uint64_t many_head(const struct call *c, unsigned int i);
/* How long the one was: 0 or -EFAULT. */
long many_put_len(struct call *c, unsigned int i, long len);

/*
 * One after another, by the task's own sendmsg(2) or recvmsg(2), without the
 * addresses where @sock is a stream's; those of AF_UNIX (@sock is NULL) are
 * changed.
 */
long many_by_task(struct call *c, const struct net_sock *sock);

#endif

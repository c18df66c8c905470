/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls on descriptors that are no sockets of a net namespace's: what the
 * other namespaces make of them.
 */
#ifndef NSRUN_NET_OTHER_H
#define NSRUN_NET_OTHER_H

#include "src/call.h"

long other_connect(struct call *c);
long other_bind(struct call *c);
long other_sendto(struct call *c);
long other_sendmsg(struct call *c);
long other_sendmmsg(struct call *c);
long other_recvmsg(struct call *c);
long other_recvmmsg(struct call *c);
long other_getsockopt(struct call *c);
long other_setsockopt(struct call *c);

#endif
